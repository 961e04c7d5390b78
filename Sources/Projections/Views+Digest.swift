package import Cryptography
internal import SQLite

extension Views {
  /// SHA-256 over the content of the views, the same however it came to be: every row of keys, versions, activity and
  /// idempotency keys in the order of events, each value with its length. Indexes and position are not part of it.
  /// Cost: a walk over every row.
  package func digest() throws -> Digest {
    try translated { try connection.read { try ViewsDigest.compute(connection, .live, asOf: nil) } }
  }
}

/// The content of tables as one number.
enum ViewsDigest {
  /// As the tables were after event `asOf`; nil for all that is in them. In a transaction of the caller.
  static func compute(
    _ connection: Connection, _ tables: ViewsSchema.Tables, asOf: UInt64?
  ) throws -> Digest {
    var hash = SHA256()
    hash.update(Array("keyledger/views/v2".utf8))
    let last = Int64(clamping: asOf ?? .max)
    for table in RowTable.allCases {
      let name = "\"\(tables.name(table.rawValue))\""
      let question =
        table == .keys && asOf != nil
        ? keysThen(tables)
        : "SELECT \(table.list(of: "t")) FROM \(name) AS t WHERE t.\(table.order) <= ?1 ORDER BY t.\(table.order)"
      let rows = try connection.prepare(question)
      defer { rows.reset() }
      try rows.bind(1, last)
      try add(rows, table.columns.count, to: &hash)
    }
    return hash.finalize()
  }

  /// The rows that `keys` had after event ?1: those of today, and for keys that changed later what they were.
  private static func keysThen(_ tables: ViewsSchema.Tables) -> String {
    let (keys, versions) = (tables.name("keys"), tables.name("key_versions"))
    let then = RowTable.keys.columns.map { column in
      if column == "last_event" { return "v.from_sequence" }
      return RowTable.versions.columns.contains(column) ? "v.\(column)" : "k.\(column)"
    }
    return """
      SELECT \(RowTable.keys.list(of: "k")) FROM "\(keys)" AS k WHERE k.last_event <= ?1
      UNION ALL
      SELECT \(then.joined(separator: ", ")) FROM "\(versions)" AS v CROSS JOIN "\(keys)" AS k
      WHERE k.first_event = v.first_event AND v.to_sequence > ?1 AND v.from_sequence <= ?1
      ORDER BY 1
      """
  }

  /// Bytes gathered before they are hashed.
  private static let chunk = 1 << 16

  private static func add(_ rows: Statement, _ columns: Int, to hash: inout SHA256) throws {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * chunk)
    var count: UInt64 = 0
    while try rows.step() {
      count += 1
      for column in 0..<Int32(columns) { try append(rows, column, to: &bytes) }
      if bytes.count >= chunk {
        hash.update(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    // The number of rows at the end of each table keeps rows of one from passing for rows of the next.
    append(count, to: &bytes)
    hash.update(bytes)
  }

  private static func append(_ row: Statement, _ column: Int32, to bytes: inout [UInt8]) throws {
    switch row.storage(column) {
    case .null: bytes.append(0)
    case .integer:
      bytes.append(1)
      append(UInt64(bitPattern: row.int64(column)), to: &bytes)
    case .text, .blob, .real:
      try row.withBlob(column) { value in
        bytes.append(2)
        append(UInt64(value.count), to: &bytes)
        unsafe value.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
      }
    }
  }

  private static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }
}
