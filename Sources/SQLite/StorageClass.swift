import CSQLite

/// How SQLite keeps a value, whatever the column says.
package enum StorageClass: Int32, Sendable {
  case integer = 1
  case real, text, blob, null
}

extension Statement {
  /// What is stored in the column of the row that `step()` went to. Asked before the value: reading may convert it.
  package func storage(_ column: Int32) -> StorageClass {
    guard let storage = StorageClass(rawValue: unsafe sqlite3_value_type(value(column))) else {
      preconditionFailure("SQLite knows no other")
    }
    return storage
  }

  package func holds(_ storage: StorageClass, _ column: Int32) -> Bool { self.storage(column) == storage }
}
