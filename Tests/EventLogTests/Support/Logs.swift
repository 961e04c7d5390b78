import EventLog
import Foundation
import KeyLedger

/// A directory of a test's own, gone with it.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "eventlog-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String = "ledger.sqlite") -> String { url.appending(path: name).path }
}

/// The implementations that keep one contract.
enum Implementation: String, CaseIterable, Sendable {
  case memory, sqlite

  /// A log with its founding event, at `Sample.start`.
  func make(in scratch: Scratch) throws -> any EventLog {
    switch self {
    case .memory:
      let log = InMemoryLog(ledger: Fixture.ledger)
      _ = try log.append([Sample.founding], at: Sample.start)
      return log
    case .sqlite: return try Sample.sqlite(in: scratch)
    }
  }
}

enum Sample {
  static let start = Instant(milliseconds: 1_795_378_960_123)
  static let founding = Draft(.ledger, .system, .ledgerCreated(plan: .scale, resources: LedgerState.initialResources))

  static func sqlite(in scratch: Scratch) throws -> SQLiteLog {
    try SQLiteLog.create(path: scratch.path(), ledger: Fixture.ledger, founding: [founding], at: start).log
  }

  static func slug(_ text: String) -> Slug {
    guard let slug = Slug(text) else { preconditionFailure("\(text) is no slug") }
    return slug
  }

  static func key(_ number: Int) -> KeyID { KeyID(time: start, randomness: UInt128(number)) }

  static func stream(_ environment: String, key number: Int) -> KeyLedger.Stream {
    .key(slug(environment), key(number))
  }

  /// A small event of a key's stream.
  static func revealed(_ number: Int, in environment: String = "e") -> Draft {
    Draft(stream(environment, key: number), .system, .keyRevealed)
  }

  static func enforced(_ environment: String = "e") -> Draft {
    Draft(.environment(slug(environment)), .system, .clientSecurityEnforced)
  }
}

extension EventLog {
  @discardableResult
  func append(
    _ drafts: [Draft], at time: Instant = Sample.start, marks: EventMarks = EventMarks(),
    expected: [KeyLedger.Stream: UInt64] = [:]
  ) throws -> [AppendedEvent] {
    try write { try $0.append(drafts, at: time, marks: marks, expected: expected) }
  }

  func size() throws -> UInt64 { try read { try $0.head().size } }

  /// All records, copied.
  func allRecords(after: UInt64 = 0, through: UInt64 = .max) throws -> [[UInt8]] {
    try read { reader in
      var records: [[UInt8]] = []
      try reader.records(after: after, through: through) { _, record in
        records.append(record.indices.map { record[$0] })
        return true
      }
      return records
    }
  }
}
