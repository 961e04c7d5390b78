/// One step of a schema: what makes version `version` out of the one before.
package struct Migration {
  package let version: Int32
  /// Runs inside the step's transaction and must not end it.
  package let apply: (Connection) throws -> Void

  package init(version: Int32, apply: @escaping (Connection) throws -> Void) {
    self.version = version
    self.apply = apply
  }

  package init(version: Int32, sql: String) {
    self.init(version: version) { try $0.execute(sql) }
  }
}

/// Why a file is not taken for ours.
package enum MigrationError: Error, Sendable, CustomStringConvertible {
  /// Written by a newer program. Untouched.
  case newer(found: Int64, known: Int64)
  /// Another program's file. Untouched.
  case foreign(found: Int32, expected: Int32)

  package var description: String {
    switch self {
    case .newer(let found, let known):
      "the file has format \(found) and this program knows up to \(known): use the newer program"
    case .foreign(let found, let expected):
      "the file belongs to another program (application id \(found), ours is \(expected))"
    }
  }
}

/// Brings a file to the newest version of its schema.
package struct Migrator {
  private let applicationID: Int32
  private let steps: [Migration]

  /// `steps` make the versions 1, 2, 3, … in this order, from an empty file on.
  package init(applicationID: Int32, steps: [Migration]) {
    precondition(applicationID != 0, "0 is what a file without an owner has")
    precondition(steps.map(\.version) == (0..<steps.count).map { Int32($0) + 1 }, "a gap in the migrations")
    self.applicationID = applicationID
    self.steps = steps
  }

  /// Applies the steps that the file has not seen, each in its own transaction together with the move of
  /// `user_version`. Any number of processes may do this at once. Throws `MigrationError`, `SQLiteError`, or what a
  /// step throws; the steps before it stay.
  package func migrate(_ connection: Connection) throws {
    for step in steps[try check(connection)...] {
      try connection.write {
        // Another process may have been faster while we waited for the lock.
        guard try check(connection) < Int(step.version) else { return }
        try step.apply(connection)
        try connection.setApplicationID(applicationID)
        try connection.setUserVersion(step.version)
      }
    }
  }

  /// The file's version. Writes nothing; throws `MigrationError` if the file is not ours or is newer. A file that holds
  /// nothing at all is ours, at version 0.
  package func check(_ connection: Connection) throws -> Int {
    let version = try connection.userVersion()
    let found = try connection.applicationID()
    let isEmpty = try found == 0 && version == 0 && connection.schema().isEmpty
    guard isEmpty || found == applicationID else {
      throw MigrationError.foreign(found: found, expected: applicationID)
    }
    guard (0...Int64(steps.count)).contains(version) else {
      throw MigrationError.newer(found: version, known: Int64(steps.count))
    }
    return Int(version)
  }
}
