import SQLite
import Testing
import Vault

@Suite struct ShreddingTests {
  let directory: DataDirectory
  let vault: Vault

  init() throws {
    directory = try DataDirectory()
    vault = try directory.vault()
  }

  /// How many of the traces are in the vault and its WAL.
  func count(_ traces: Traces) throws -> Int {
    try traces.count(in: directory.bytesOnDisk("vault.sqlite") + directory.bytesOnDisk("vault.sqlite-wal"))
  }

  /// Rows of many lengths over many pages, so that SQLite splits and balances as much as it ever will.
  func fill(_ range: Range<Int>) throws {
    try vault.begin()
    defer { vault.rollback() }
    for number in range {
      let content = DataDirectory.random(number % 7 == 0 ? 1_000 : number % 200)
      try vault.put(owner: "key_\(number * 7919 % 10_007)", kind: "key", content: content)
    }
    try vault.commit()
  }

  @Test func `what was destroyed is in neither file after the log is cut`() throws {
    try fill(0..<200)
    #expect(try vault.truncateLog())
    try fill(200..<400)
    var (gone, kept) = (Traces(), Traces())
    let tables = try directory.tables()
    let rows = try tables.sealedRows()
    tables.close()
    for row in rows {
      for bytes in [row.salt, row.sealed] {
        if row.row.isMultiple(of: 2) { gone.add(bytes) } else { kept.add(bytes) }
      }
    }
    #expect(try count(gone) == gone.count)

    for row in rows where row.row.isMultiple(of: 2) { try vault.destroy(owner: row.owner, kind: "key") }
    try fill(400..<500)
    #expect(vault.hasPendingLog)
    #expect(try vault.truncateLog())
    #expect(!vault.hasPendingLog)
    #expect(try count(gone) == 0)
    #expect(try count(kept) == kept.count)
  }

  @Test func `no secret stands in the clear in any file of the vault`() throws {
    var traces = Traces()
    let secret = Array("planted-secret-planted-secret-planted-secret".utf8)
    for shift in 0..<8 { traces.add(Array(secret[shift...])) }
    try vault.putAlone("key_a", "key", secret)
    for name in ["vault.sqlite", "vault.sqlite-wal", "vault.sqlite-shm"] {
      #expect(try traces.count(in: directory.bytesOnDisk(name)) == 0)
    }
    #expect(try vault.bytes("key_a", "key") == secret)
    #expect(traces.count(in: secret) == traces.count)
  }

  @Test func `a reader makes a shred pending, and the next one finishes it`() throws {
    try vault.putAlone("key_a", "key", [1, 2, 3])
    var traces = Traces()
    let tables = try directory.tables()
    for row in try tables.sealedRows() { traces.add(row.salt + row.sealed) }
    try tables.read {
      _ = try tables.sealedRows()
      try vault.destroy(owner: "key_a", kind: "key")
      #expect(try !vault.truncateLog(limitMilliseconds: 20))
      #expect(vault.hasPendingLog)
    }
    let next = try directory.vault()
    #expect(next.hasPendingLog)
    #expect(try next.truncateLog())
    #expect(try count(traces) == 0)
  }

  @Test func `the file says whose it is and of which version`() throws {
    let tables = try directory.tables()
    #expect(try tables.pragmaText("journal_mode") == "wal")
    #expect(try tables.applicationID() == 0x4B4C_7674)
    #expect(try tables.userVersion() == 1)
  }
}
