import SQLite

/// When to look at a row again.
package struct VaultDue: Sendable, Equatable {
  package let owner: String
  package let kind: String
  /// Milliseconds since 1970, UTC.
  package let at: Int64
}

/// Hints for destroying rows on time. They hold no secret and decide nothing: whether a key has ended is for the log.
extension Vault {
  /// Notes that the row may end at `at`, in milliseconds since 1970. Once is enough; more is the same.
  package func schedule(owner: String, kind: String, at: Int64) throws(VaultError) {
    do {
      try connection.prepare("INSERT OR IGNORE INTO due(owner, kind, at) VALUES (?, ?, ?)").run(owner, kind, at)
    } catch {
      throw .storage(error)
    }
  }

  /// At most `limit` notes for `at` or earlier, the earliest first.
  package func due(at: Int64, limit: Int) throws(VaultError) -> [VaultDue] {
    do {
      let rows = try connection.prepare("SELECT owner, kind, at FROM due WHERE at <= ? ORDER BY at LIMIT ?")
      defer { rows.reset() }
      try rows.bind(1, at)
      try rows.bind(2, limit)
      var found: [VaultDue] = []
      while try rows.step() {
        found.append(VaultDue(owner: try rows.text(0), kind: try rows.text(1), at: rows.int64(2)))
      }
      return found
    } catch {
      throw .storage(error)
    }
  }

  /// Takes a note away; nothing to do when it is not there.
  package func unschedule(owner: String, kind: String, at: Int64) throws(VaultError) {
    do {
      try connection.prepare("DELETE FROM due WHERE owner = ? AND kind = ? AND at = ?").run(owner, kind, at)
    } catch {
      throw .storage(error)
    }
  }
}
