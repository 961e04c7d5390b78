import SQLite

/// What `ledger.sqlite` is made of: design §3. Any other object in it, or another text of one, and the file is refused:
/// an added trigger could swallow a revocation.
enum LedgerFormat {
  /// "KLog".
  static let applicationID: Int32 = 0x4b4c_6f67
  static let version: Int32 = 1

  /// The rules that the log lives by stand here once more, for whoever writes to the file by other means. Where a
  /// trigger asks for less than the whole truth, it is because asking must cost no more than a step in an index.
  static let schema = """
    CREATE TABLE events(
      sequence INTEGER PRIMARY KEY,
      stream TEXT NOT NULL,
      version INTEGER NOT NULL,
      type TEXT NOT NULL,
      time INTEGER NOT NULL,
      record BLOB NOT NULL,
      UNIQUE(stream, version)
    ) STRICT;
    CREATE TABLE tiles(
      level INTEGER NOT NULL,
      number INTEGER NOT NULL,
      hashes BLOB NOT NULL CHECK(length(hashes) = 8192),
      PRIMARY KEY(level, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE head(
      size INTEGER NOT NULL,
      root BLOB NOT NULL CHECK(length(root) = 32),
      frontier BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER events_append BEFORE INSERT ON events BEGIN
      SELECT CASE
        WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM events)
          THEN RAISE(ABORT, 'events: not the next sequence')
        WHEN NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
          THEN RAISE(ABORT, 'events: not the next version of its stream')
        WHEN NEW.time < (SELECT time FROM events WHERE sequence = NEW.sequence - 1)
          THEN RAISE(ABORT, 'events: time runs backwards')
      END;
    END;
    CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN
      SELECT RAISE(ABORT, 'events are never changed');
    END;
    CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN
      SELECT RAISE(ABORT, 'events are never removed');
    END;
    CREATE TRIGGER tiles_append BEFORE INSERT ON tiles
      WHEN EXISTS (SELECT 1 FROM tiles WHERE level = NEW.level AND number = NEW.number) BEGIN
      SELECT RAISE(ABORT, 'tiles are never replaced');
    END;
    CREATE TRIGGER tiles_no_update BEFORE UPDATE ON tiles BEGIN
      SELECT RAISE(ABORT, 'tiles are never changed');
    END;
    CREATE TRIGGER tiles_no_delete BEFORE DELETE ON tiles BEGIN
      SELECT RAISE(ABORT, 'tiles are never removed');
    END;
    CREATE TRIGGER head_one BEFORE INSERT ON head WHEN EXISTS (SELECT 1 FROM head) BEGIN
      SELECT RAISE(ABORT, 'there is one head');
    END;
    CREATE TRIGGER head_forward BEFORE UPDATE ON head
      WHEN NEW.size < OLD.size OR NEW.size IS NOT (SELECT coalesce(max(sequence), 0) FROM events) BEGIN
      SELECT RAISE(ABORT, 'head: not where the events end');
    END;
    CREATE TRIGGER head_no_delete BEFORE DELETE ON head BEGIN
      SELECT RAISE(ABORT, 'the head is never removed');
    END;
    """

  /// The schema as SQLite keeps it. Made once.
  static func objects() throws(SQLiteError) -> [SchemaObject] { try made.get() }
  private static let made = Result { () throws(SQLiteError) in try SchemaObject.made(by: schema) }

  /// Throws unless the file is a ledger of a format that this program knows, object for object. Writes nothing.
  static func check(_ connection: Connection) throws(LogError) {
    let found: (id: Int32, version: Int64)
    do throws(SQLiteError) {
      found = (try connection.applicationID(), try connection.userVersion())
    } catch {
      throw error.isCorrupt ? .notALedger(error.message) : LogError(error)
    }
    guard found.id == applicationID else { throw .notALedger("its application id is \(found.id)") }
    guard found.version <= Int64(version) else {
      throw .newerFormat(found: found.version, known: Int64(version))
    }
    guard found.version == Int64(version) else { throw .damaged("there is no format \(found.version)") }
    let difference = try sql { () throws(SQLiteError) -> SchemaDifference? in
      try connection.schemaMatches(try objects())
    }
    if let difference { throw .damaged("its schema: \(difference)") }
  }
}
