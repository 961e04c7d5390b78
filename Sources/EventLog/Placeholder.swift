// EventLog: filled in by the commits that follow.
