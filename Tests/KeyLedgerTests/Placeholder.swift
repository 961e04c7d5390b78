// KeyLedger
