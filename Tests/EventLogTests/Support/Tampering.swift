import EventLog
import SQLite

/// What somebody with the file and the sqlite3 shell can do.
enum Tampering {
  static let triggers = [
    "events_no_update": """
    CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN
      SELECT RAISE(ABORT, 'events are never changed');
    END
    """,
    "events_no_delete": """
    CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN
      SELECT RAISE(ABORT, 'events are never removed');
    END
    """,
    "tiles_no_delete": """
    CREATE TRIGGER tiles_no_delete BEFORE DELETE ON tiles BEGIN
      SELECT RAISE(ABORT, 'tiles are never removed');
    END
    """,
  ]

  /// Takes a trigger away, does it, and puts the trigger back to the letter.
  static func with(_ trigger: String, _ change: String) -> String {
    guard let text = triggers[trigger] else { preconditionFailure("no such trigger: \(trigger)") }
    return "DROP TRIGGER \(trigger); \(change); \(text)"
  }
}
