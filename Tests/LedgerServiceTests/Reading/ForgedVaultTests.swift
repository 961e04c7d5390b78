import Cryptography
import EventLog
import KeyLedger
import LedgerService
import SQLite
import Testing

/// Rows of the vault that somebody with its file has moved, or put back from an older copy of it: each is refused or
/// reported, and none opens a door.
@Suite("A vault whose rows were put elsewhere")
struct ForgedVaultTests {
  private let story: ReadingStory
  private var ledger: ReadingLedger { story.ledger }

  init() throws { story = try ReadingStory() }

  private func change(_ sql: String) throws {
    let connection = try Connection(
      path: ledger.file("vault.sqlite"), mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    defer { connection.close() }
    try connection.execute(sql)
    #expect(connection.changes > 0, "nothing was changed")
  }

  enum Swap: String, CaseIterable, Sendable { case contents, owners }

  private func swap(_ swap: Swap, _ one: String, _ other: String) throws {
    let pair = "CREATE TEMP TABLE pair AS SELECT * FROM secrets WHERE owner IN ('\(one)', '\(other)')"
    switch swap {
    case .contents:
      try change(
        """
        \(pair);
        UPDATE secrets SET (root_id, salt, sealed) = (SELECT root_id, salt, sealed FROM pair WHERE row <> secrets.row)
        WHERE row IN (SELECT row FROM pair)
        """)
    case .owners:
      try change(
        """
        \(pair);
        UPDATE secrets SET owner = 'nobody' WHERE owner = '\(one)';
        UPDATE secrets SET owner = '\(one)' WHERE owner = '\(other)';
        UPDATE secrets SET owner = '\(other)' WHERE owner = 'nobody'
        """)
    }
  }

  @Test("tells nobody the secret of another key", arguments: Swap.allCases)
  func swappedKeys(how: Swap) throws {
    let (one, other) = try (story.key("billing 2"), story.key("production publishable"))
    let told = try ledger.run(.revealKey(key: one)).secret
    let mine = try story.secret("billing 2")
    #expect(told.map { $0.withBytes(SHA256.hash) } == mine.withBytes(SHA256.hash))
    try swap(how, one, other)
    let size = try ledger.queries().moment().sequence
    for key in [one, other] {
      #expect(refusal { try ledger.run(.revealKey(key: key)) } == .secretUnavailable)
    }
    #expect(try ledger.queries().moment().sequence == size, "a refusal is in the log")
    // To present a secret needs no vault.
    #expect(try Gatekeeper(ledger.directory, clock: ledger.clock).answer(GateQuestion(mine)).outcome == .valid)
  }

  @Test("takes no user for another", arguments: Swap.allCases)
  func swappedUsers(how: Swap) throws {
    let ben = try #require(story.users["ben@example.com"])
    let ada = try #require(ledger.founding.owner?.id)
    try swap(how, ben.description, ada.description)
    let queries = try ledger.queries()
    for handle in ["ada@example.com", "ben@example.com"] { #expect(try queries.names.user(handle) == nil) }
    let users = try queries.users(at: queries.moment())
    #expect(users.filter { !$0.forgotten }.allSatisfy { queries.names.handle(of: $0) == .lost })
    #expect(refusal { try ledger.run(.endToken(user: "ben@example.com")) } == .notFound)
  }

  @Test("proves no customer with a signing secret that was put back, and says that it is there")
  func oldSigningSecret() throws {
    let old = try story.secret("production signing")
    let token = "HMAC-SHA256 a:" + old.withBytes { HMAC.sha256(key: $0, Array("a".utf8)).hex }
    let question = GateQuestion(try story.secret("production publishable"), customerID: "a", customerToken: token)
    let gate = try Gatekeeper(ledger.directory, clock: ledger.clock)
    #expect(try gate.answer(question).outcome == .valid)
    let row = try oldRow()
    try ledger.run(.rotateSigningSecret(environment: "production"))
    let examination = LedgerExamination(kept: nil, clock: ledger.clock) { _, _ in }
    #expect(try examination.ledger(of: ledger.directory, logOnly: false).log.isWhole)

    // In its own place: whoever looks is told, and nobody is let in.
    try change("UPDATE secrets SET \(row) WHERE owner = 'production' AND kind = 'signing.1'")
    let said = "the vault holds signing.1 of production, which has ended and was to be destroyed"
    #expect(
      try examination.ledger(of: ledger.directory, logOnly: false).log.findings.list.map(\.what) == [said])
    #expect(try gate.answer(question).outcome == .customerTokenInvalid)
    // In the place of the one that counts: then that one is lost, and what is enforced is refused.
    try change("UPDATE secrets SET \(row) WHERE owner = 'production' AND kind = 'signing.2'")
    let again = try Gatekeeper(ledger.directory, clock: ledger.clock)
    #expect(try again.answer(question).outcome == .customerTokenInvalid)
    #expect(refusal { try ledger.run(.revealSigningSecret(environment: "production")) } == .secretUnavailable)
  }

  /// What the row of the first signing secret holds, as SQL.
  private func oldRow() throws -> String {
    let connection = try Connection(
      path: ledger.file("vault.sqlite"), mode: .readOnly, busy: .jitter(limitMilliseconds: 1_000))
    defer { connection.close() }
    let row = try connection.prepare(
      "SELECT hex(salt), hex(sealed) FROM secrets WHERE owner = 'production' AND kind = 'signing.1'")
    defer { row.reset() }
    try #require(try row.step())
    return try "salt = X'\(row.text(0))', sealed = X'\(row.text(1))'"
  }
}
