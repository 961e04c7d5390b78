print("keyledger")
