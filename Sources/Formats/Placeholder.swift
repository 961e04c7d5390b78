// Formats: filled in by the commits that follow.
