import SQLite
import Synchronization
import Testing

@testable import EventLog
@testable import Vault

extension SQLiteLog {
  /// Lets the file grow by so many pages and no more; nil for as large as it likes. For as long as its connection.
  func limitPages(_ more: Int64?) throws { try connection.limitPages(more) }
}

extension Vault {
  func limitPages(_ more: Int64?) throws { try connection.limitPages(more) }
}

extension Connection {
  fileprivate func limitPages(_ more: Int64?) throws {
    let limit = try more.map { try pragma("page_count") + $0 } ?? 1 << 30
    #expect(try pragma("max_page_count=\(limit)") == limit)
  }
}

/// What threads have to say.
final class Counter: Sendable {
  private let lines = Mutex<[String]>([])
  func add(_ line: String) { lines.withLock { $0.append(line) } }
  var all: [String] { lines.withLock { $0 } }
}
