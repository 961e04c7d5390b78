// Vault: filled in by the commits that follow.
