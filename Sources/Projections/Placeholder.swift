// Projections: filled in by the commits that follow.
