import Cryptography
import KeyLedger
import SQLite
import Transparency

/// What can still be read of a ledger's file, by number: through SQLite where that works, else from the pages themselves.
///
/// It reads a copy that nobody else has open, and believes no row: a record counts when it decodes strictly as the event
/// of its number.
final class DamagedLedger {
  enum Found {
    case record([UInt8])
    /// Why there is none.
    case nothing(String)
  }

  private let path: String
  private let connection: Connection?
  private let sqlProblem: String?
  /// Looked for when SQLite is at its end.
  private lazy var file = PageFile(path: path)
  private lazy var rows = file.map { RawRows($0) }
  /// Whose ledger it is, once event 1 was read: records of another are none.
  var ledger: LedgerID?

  init(path: String) {
    self.path = path
    do throws(SQLiteError) {
      let connection = try Connection(path: path, mode: .readOnly, busy: .jitter(limitMilliseconds: 0))
      _ = try connection.userVersion()
      (self.connection, sqlProblem) = (connection, nil)
    } catch {
      (connection, sqlProblem) = (nil, error.message)
    }
  }

  deinit { connection?.close() }

  /// Whether there is a write-ahead log that could not be read to its end. Reads it.
  var isWALCutOff: Bool { file?.isWALCutOff ?? false }

  // MARK: Events

  func record(_ sequence: UInt64) -> Found {
    var problem = sqlProblem
    if let connection {
      do throws(SQLiteError) {
        if let record = try stored(sequence, connection) {
          guard let fault = fault(record, sequence) else { return .record(record) }
          problem = fault
        }
      } catch {
        problem = "its page can't be read: \(error.message)"
      }
    }
    let found = rows?.records(sequence) ?? []
    let good = found.filter { fault($0, sequence) == nil }
    guard let record = good.first else {
      return .nothing(problem ?? found.lazy.compactMap { self.fault($0, sequence) }.first ?? "it is missing")
    }
    return good.count == 1 ? .record(record) : .nothing("two different records claim to be it")
  }

  private func stored(_ sequence: UInt64, _ connection: Connection) throws(SQLiteError) -> [UInt8]? {
    let row = try connection.prepare("SELECT record FROM events WHERE sequence = ?")
    defer { row.reset() }
    try row.bind(1, Int64(clamping: sequence))
    return try row.step() ? row.blob(0) : nil
  }

  /// What is wrong with a record that is to be the event of that number; nil for nothing.
  private func fault(_ record: [UInt8], _ sequence: UInt64) -> String? {
    do throws(RecordError) {
      let event = try RecordCodec.decode(record.span, ledger: ledger, version: 1)
      return event.sequence == sequence ? nil : "its record says that it is number \(event.sequence)"
    } catch {
      return error.description
    }
  }

  /// The greatest number of an event that can be read.
  func lastReadable() -> UInt64 {
    rows?.sequences(after: 0).reversed().first { if case .record = record($0) { true } else { false } } ?? 0
  }

  /// The numbers of the events behind one that can be read.
  func readable(after size: UInt64) -> [ClosedRange<UInt64>] {
    var ranges: [ClosedRange<UInt64>] = []
    for sequence in rows?.sequences(after: size) ?? [] {
      guard ranges.last?.upperBound != sequence, case .record = record(sequence) else { continue }
      if let open = ranges.last, open.upperBound + 1 == sequence {
        ranges[ranges.count - 1] = open.lowerBound...sequence
      } else {
        ranges.append(sequence...sequence)
      }
    }
    return ranges
  }

  // MARK: The tree

  /// The head as SQLite gives it, and whether the rows end with it too; nil where it can't be read or contradicts itself.
  func storedHead() -> (head: LogHead, isWhole: Bool)? {
    let row = try? connection.flatMap { connection throws(SQLiteError) -> (Int64, [UInt8], [UInt8], Int64)? in
      let row = try connection.prepare("SELECT size, root, frontier, (SELECT max(sequence) FROM events) FROM head")
      defer { row.reset() }
      return try row.step() ? (row.int64(0), row.blob(1), row.blob(2), row.int64(3)) : nil
    }
    guard let row, let size = UInt64(exactly: row.0), let frontier = Frontier(size: size, serialized: row.2) else {
      return nil
    }
    let head = LogHead(frontier: frontier)
    return head.root.bytes == row.1 ? (head, row.0 == row.3) : nil
  }

  /// The newest head that any page holds.
  func salvagedHead() -> LogHead? { rows?.heads.max { $0.size < $1.size } }

  /// The leaf hashes of full tile `number`; nil where they can't be read.
  func tile(_ number: UInt64) -> [Digest]? {
    let hashes = try? connection.flatMap { connection throws(SQLiteError) -> [UInt8]? in
      let row = try connection.prepare("SELECT hashes FROM tiles WHERE level = 0 AND number = ?")
      defer { row.reset() }
      try row.bind(1, Int64(clamping: number))
      return try row.step() ? row.blob(0) : nil
    }
    guard let hashes, hashes.count == Tile.width * Digest.byteCount else { return nil }
    return stride(from: 0, to: hashes.count, by: Digest.byteCount).compactMap {
      Digest(hashes[$0..<$0 + Digest.byteCount])
    }
  }
}
