package import Cryptography
internal import SQLite

extension Views {
  /// SHA-256 over the content of the views, the same however it came to be: every row of versions, activity and
  /// idempotency keys in the order of events, each value with its length. Indexes and position are not part of it.
  /// Cost: about 2 µs an event.
  package func digest() throws -> Digest {
    try translated { try connection.read { try ViewsDigest.compute(connection, .live, asOf: nil) } }
  }
}

/// The content of tables as one number.
enum ViewsDigest {
  private static let versions: [Column] = [
    .integer("from_sequence"), .integer("first_event"), .integer("version"), .integer("from_time"),
    .integer("created_at"), .integer("expires_at"), .integer("ended_by_event"), .integer("ended_at_once"),
    .integer("revealable"), .integer("migrated"), .integer("removed"), .bytes("key"), .bytes("environment"),
    .bytes("kind"), .bytes("ended_because"), .bytes("name"), .bytes("description"), .bytes("scope"),
    .bytes("fingerprint"), .bytes("masked"), .bytes("predecessor"), .bytes("successor"), .bytes("integration"),
    .bytes("created_by"),
    .integer("CASE WHEN to_sequence <= ?1 THEN to_sequence END"),
    .integer("CASE WHEN to_sequence <= ?1 THEN to_time END"),
  ]
  private static let activity: [Column] = [
    .integer("sequence"), .integer("time"), .bytes("key"), .bytes("type"), .bytes("actor"), .bytes("details"),
  ]
  private static let idempotency: [Column] = [.integer("sequence"), .bytes("key")]

  private enum Column {
    case integer(String)
    /// Texts and blobs.
    case bytes(String)

    var isInteger: Bool {
      switch self {
      case .integer: true
      case .bytes: false
      }
    }

    var expression: String {
      switch self {
      case .integer(let text), .bytes(let text): text
      }
    }
  }

  /// As the tables were after event `asOf`; nil for all that is in them. In a transaction of the caller.
  static func compute(
    _ connection: Connection, _ tables: ViewsSchema.Tables, asOf: UInt64?
  ) throws -> Digest {
    var hash = SHA256()
    hash.update(Array("keyledger/views/v1".utf8))
    let last = Int64(clamping: asOf ?? .max)
    try add(versions, "key_versions", "from_sequence", connection, tables, last, to: &hash)
    try add(activity, "key_activity", "sequence", connection, tables, last, to: &hash)
    try add(idempotency, "idempotency", "sequence", connection, tables, last, to: &hash)
    return hash.finalize()
  }

  /// Bytes gathered before they are hashed.
  private static let chunk = 1 << 16

  private static func add(
    _ columns: [Column], _ table: String, _ order: String, _ connection: Connection, _ tables: ViewsSchema.Tables,
    _ last: Int64, to hash: inout SHA256
  ) throws {
    let list = columns.map(\.expression).joined(separator: ", ")
    let rows = try connection.prepare(
      "SELECT \(list) FROM \"\(tables.name(table))\" WHERE \(order) <= ?1 ORDER BY \(order)")
    defer { rows.reset() }
    try rows.bind(1, last)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * chunk)
    var count: UInt64 = 0
    let isInteger = columns.map(\.isInteger)
    while try rows.step() {
      count += 1
      for index in isInteger.indices {
        if isInteger[index] {
          append(rows, Int32(index), integerTo: &bytes)
        } else {
          try append(rows, Int32(index), bytesTo: &bytes)
        }
      }
      if bytes.count >= chunk {
        hash.update(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    // The number of rows at the end of each table keeps rows of one from passing for rows of the next.
    append(count, to: &bytes)
    hash.update(bytes)
  }

  private static func append(_ row: Statement, _ column: Int32, integerTo bytes: inout [UInt8]) {
    guard let value = row.int64OrNil(column) else { return bytes.append(0) }
    bytes.append(1)
    append(UInt64(bitPattern: value), to: &bytes)
  }

  private static func append(_ row: Statement, _ column: Int32, bytesTo bytes: inout [UInt8]) throws {
    guard !row.isNull(column) else { return bytes.append(0) }
    try row.withBlob(column) { value in
      bytes.append(2)
      append(UInt64(value.count), to: &bytes)
      unsafe value.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }
}
