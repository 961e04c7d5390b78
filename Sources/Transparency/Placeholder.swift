// Transparency: filled in by the commits that follow.
