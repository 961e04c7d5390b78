import Cryptography
import EventLog
import Formats
import KeyLedger
import LedgerService
import Testing

@Suite("The shape of what a command answers")
struct OutcomeShapesTests {
  private let ledger: ReadingLedger

  init() throws { ledger = try ReadingLedger() }

  /// What the command answers, with names for ids, digests, secrets and leaf hashes.
  private func answer(_ command: Command, idempotencyKey: String? = nil) throws -> String {
    let outcome = try ledger.run(command, idempotencyKey: idempotencyKey)
    let queries = try ledger.queries()
    var names = GoldenNames()
    for key in try queries.keys(KeyFilter(includeRemoved: true), at: outcome.asOf) {
      names.add(key, "key \(key.firstEvent)")
      names.add(outcome.secrets[key.id], "secret \(key.firstEvent)")
    }
    for user in try queries.users(at: outcome.asOf) { names.add(user.id.description, "user \(user.added.sequence)") }
    names.add(outcome.secret, "secret")
    for appended in outcome.events {
      names.add(Base64.encode(appended.leafHash.bytes), "leaf \(appended.event.sequence)")
    }
    return names.text(try Shapes(queries, telling: outcome).outcome(outcome, of: command))
  }

  @Test("for environments: both default keys, with their secrets this once")
  func environments() throws {
    #expect(
      try answer(.provisionEnvironment("production")) == #"""
        {"environment":{"id":"production","created_at":"2026-09-21T14:13:21.000Z","created_by":"operator:ops",\#
        "enforced":false,"signing_generation":1,"integrations":[],"revision":1,"last_event":3},\#
        "keys":[{"id":"<key 4>","environment":"production","kind":"full_access","type":"Default","class":"server",\#
        "name":"Full access key","description":"","masked":"<key 4 masked>","fingerprint":"<key 4 sha256>",\#
        "status":"active","expired_because":null,"expires_at":null,"created_at":"2026-09-21T14:13:21.000Z",\#
        "created_by":"system","scope":["*"],"predecessor":null,"successor":null,"integration":null,\#
        "revealable":true,"revision":1,"last_event":4,"secret":"<secret 4>"},{"id":"<key 5>",\#
        "environment":"production","kind":"publishable","type":"Default","class":"client","name":"Publishable key",\#
        "description":"","masked":"<key 5 masked>","fingerprint":"<key 5 sha256>","status":"active",\#
        "expired_because":null,"expires_at":null,"created_at":"2026-09-21T14:13:21.000Z","created_by":"system",\#
        "scope":["coupons:read","customers:read","subscriptions:read"],"predecessor":null,"successor":null,\#
        "integration":null,"revealable":true,"revision":1,"last_event":5,"secret":"<secret 5>"}],\#
        "events":[{"sequence":3,"type":"environment.provisioned","leaf_hash":"<leaf 3>"},{"sequence":4,\#
        "type":"key.created","leaf_hash":"<leaf 4>"},{"sequence":5,"type":"key.created","leaf_hash":"<leaf 5>"}]}
        """#)
    #expect(
      try answer(.enforceClientSecurity(environment: "production")) == #"""
        {"environment":"production","enforced":true,"signing_generation":1,"events":[{"sequence":6,\#
        "type":"client_security.enforced","leaf_hash":"<leaf 6>"}]}
        """#)
    #expect(
      try answer(.enforceClientSecurity(environment: "production"))
        == #"{"environment":"production","enforced":true,"signing_generation":1,"events":[]}"#)
    #expect(
      try answer(.revealSigningSecret(environment: "production")) == #"""
        {"environment":"production","enforced":true,"signing_generation":1,"secret":"<secret>",\#
        "events":[{"sequence":7,"type":"client_security.secret_revealed","leaf_hash":"<leaf 7>"}]}
        """#)
    let token = SecretForm.legacyToken(sha256: String(repeating: "ab", count: 32))
    let migrated = try answer(.migrateEnvironment("old", client: nil, server: token, allowWeak: false))
    #expect(migrated.contains(#""revealable":false"#))
    #expect(!migrated.contains(#""secret":"<secret 9>""#) && migrated.contains(#""secret":"<secret 10>""#))
  }

  @Test("for keys: the key, its successor, its secret")
  func keys() throws {
    try ledger.run(.provisionEnvironment("production"))
    let create = Command.createKey(
      environment: "production", name: "Billing", description: "", scope: ["customers:read"])
    #expect(
      try answer(create, idempotencyKey: "one") == #"""
        {"id":"<key 6>","environment":"production","kind":"scoped","type":"Scoped","class":"server",\#
        "name":"Billing","description":"","masked":"<key 6 masked>","fingerprint":"<key 6 sha256>",\#
        "status":"active","expired_because":null,"expires_at":null,"created_at":"2026-09-21T14:13:22.000Z",\#
        "created_by":"operator:ops","scope":["customers:read"],"predecessor":null,"successor":null,\#
        "integration":null,"revealable":true,"revision":1,"last_event":6,"secret":"<secret 6>",\#
        "events":[{"sequence":6,"type":"key.created","leaf_hash":"<leaf 6>"}]}
        """#)
    #expect(
      try answer(create, idempotencyKey: "one") == #"""
        {"id":"<key 6>","environment":"production","kind":"scoped","type":"Scoped","class":"server",\#
        "name":"Billing","description":"","masked":"<key 6 masked>","fingerprint":"<key 6 sha256>",\#
        "status":"active","expired_because":null,"expires_at":null,"created_at":"2026-09-21T14:13:22.000Z",\#
        "created_by":"operator:ops","scope":["customers:read"],"predecessor":null,"successor":null,\#
        "integration":null,"revealable":true,"revision":1,"last_event":6,"events":[{"sequence":6,\#
        "type":"key.created","leaf_hash":"<leaf 6>"}],"repeated":true}
        """#)
    let key = try #require(try ledger.queries().keys(KeyFilter(type: .scoped), at: ledger.queries().moment()).first)
    let id = key.id.description
    #expect(
      try answer(.revealKey(key: id)) == #"""
        {"key":"<key 6>","secret":"<secret>","events":[{"sequence":7,"type":"key.revealed","leaf_hash":"<leaf 7>"}]}
        """#)
    #expect(
      try answer(.rotateKey(key: id, grace: "1h")) == #"""
        {"key":{"id":"<key 9>","environment":"production","kind":"scoped","type":"Scoped","class":"server",\#
        "name":"Billing","description":"","masked":"<key 9 masked>","fingerprint":"<key 9 sha256>",\#
        "status":"active","expired_because":null,"expires_at":null,"created_at":"2026-09-21T14:13:25.000Z",\#
        "created_by":"operator:ops","scope":["customers:read"],"predecessor":"<key 6>","successor":null,\#
        "integration":null,"revealable":true,"revision":1,"last_event":9,"secret":"<secret 9>"},\#
        "rotated":{"id":"<key 6>","environment":"production","kind":"scoped","type":"Scoped","class":"server",\#
        "name":"Billing","description":"","masked":"<key 6 masked>","fingerprint":"<key 6 sha256>",\#
        "status":"expiring","expired_because":null,"expires_at":"2026-09-21T15:13:25.000Z",\#
        "created_at":"2026-09-21T14:13:22.000Z","created_by":"operator:ops","scope":["customers:read"],\#
        "predecessor":null,"successor":"<key 9>","integration":null,"revealable":true,"revision":3,"last_event":8},\#
        "events":[{"sequence":8,"type":"key.rotated","leaf_hash":"<leaf 8>"},{"sequence":9,"type":"key.created",\#
        "leaf_hash":"<leaf 9>"}]}
        """#)
    #expect(
      try answer(.revokeKey(key: id)) == #"""
        {"id":"<key 6>","environment":"production","kind":"scoped","type":"Scoped","class":"server",\#
        "name":"Billing","description":"","masked":"<key 6 masked>","fingerprint":"<key 6 sha256>",\#
        "status":"expired","expired_because":"revoked","expires_at":"2026-09-21T14:13:26.000Z",\#
        "created_at":"2026-09-21T14:13:22.000Z","created_by":"operator:ops","scope":["customers:read"],\#
        "predecessor":null,"successor":"<key 9>","integration":null,"revealable":true,"revision":4,"last_event":10,\#
        "events":[{"sequence":10,"type":"key.revoked","leaf_hash":"<leaf 10>"}]}
        """#)
  }

  @Test("for integrations: connecting gives the key, disconnecting does not")
  func integrations() throws {
    try ledger.run(.provisionEnvironment("production"))
    let connect = Command.connectIntegration(name: "zapier", environment: "production", scope: ["coupons:read"])
    #expect(
      try answer(connect) == #"""
        {"integration":{"name":"zapier","environment":"production","scope":["coupons:read"],"key":"<key 7>",\#
        "status":"connected","connected_at":"2026-09-21T14:13:22.000Z","connected_by":"operator:ops",\#
        "disconnected_at":null,"disconnected_by":null},"key":{"id":"<key 7>","environment":"production",\#
        "kind":"integration","type":"Default","class":"server","name":"zapier","description":"",\#
        "masked":"<key 7 masked>","fingerprint":"<key 7 sha256>","status":"active","expired_because":null,\#
        "expires_at":null,"created_at":"2026-09-21T14:13:22.000Z","created_by":"system","scope":["coupons:read"],\#
        "predecessor":null,"successor":null,"integration":"zapier","revealable":true,"revision":1,"last_event":7,\#
        "secret":"<secret 7>"},"events":[{"sequence":6,"type":"integration.connected","leaf_hash":"<leaf 6>"},\#
        {"sequence":7,"type":"key.created","leaf_hash":"<leaf 7>"}]}
        """#)
    #expect(
      try answer(.disconnectIntegration(name: "zapier", environment: "production")) == #"""
        {"integration":{"name":"zapier","environment":"production","scope":["coupons:read"],"key":"<key 7>",\#
        "status":"disconnected","connected_at":"2026-09-21T14:13:22.000Z","connected_by":"operator:ops",\#
        "disconnected_at":"2026-09-21T14:13:23.000Z","disconnected_by":"operator:ops"},"events":[{"sequence":8,\#
        "type":"integration.disconnected","leaf_hash":"<leaf 8>"},{"sequence":9,"type":"key.removed",\#
        "leaf_hash":"<leaf 9>"}]}
        """#)
  }

  @Test("for users: with the token where one is made")
  func users() throws {
    #expect(
      try answer(.addUser(handle: "ben@example.com", role: .member), idempotencyKey: "one") == #"""
        {"user":{"id":"<user 3>","handle":"ben@example.com","handle_state":"known","role":"member","state":"active",\#
        "token":"good","added_at":"2026-09-21T14:13:21.000Z","added_by":"operator:ops","revision":1,"last_event":3},\#
        "token":"<secret>","events":[{"sequence":3,"type":"user.added","leaf_hash":"<leaf 3>"}]}
        """#)
    #expect(
      try answer(.addUser(handle: "ben@example.com", role: .member), idempotencyKey: "one") == #"""
        {"user":{"id":"<user 3>","handle":"ben@example.com","handle_state":"known","role":"member","state":"active",\#
        "token":"good","added_at":"2026-09-21T14:13:21.000Z","added_by":"operator:ops","revision":1,"last_event":3},\#
        "events":[{"sequence":3,"type":"user.added","leaf_hash":"<leaf 3>"}],"repeated":true}
        """#)
    #expect(
      try answer(.renewToken(user: "ben@example.com")) == #"""
        {"user":{"id":"<user 3>","handle":"ben@example.com","handle_state":"known","role":"member","state":"active",\#
        "token":"good","added_at":"2026-09-21T14:13:21.000Z","added_by":"operator:ops","revision":2,"last_event":4},\#
        "token":"<secret>","events":[{"sequence":4,"type":"user.token_renewed","leaf_hash":"<leaf 4>"}]}
        """#)
    #expect(
      try answer(.changeRole(user: "ben@example.com", role: .owner)) == #"""
        {"id":"<user 3>","handle":"ben@example.com","handle_state":"known","role":"owner","state":"active",\#
        "token":"good","added_at":"2026-09-21T14:13:21.000Z","added_by":"operator:ops","revision":3,"last_event":5,\#
        "events":[{"sequence":5,"type":"user.role_changed","leaf_hash":"<leaf 5>"}]}
        """#)
    #expect(
      try answer(.endToken(user: "ben@example.com")) == #"""
        {"id":"<user 3>","handle":"ben@example.com","handle_state":"known","role":"owner","state":"active",\#
        "token":"none","added_at":"2026-09-21T14:13:21.000Z","added_by":"operator:ops","revision":4,"last_event":6,\#
        "events":[{"sequence":6,"type":"user.token_ended","leaf_hash":"<leaf 6>"}]}
        """#)
  }

  @Test("for the ledger: plan and resource")
  func ledgerItself() throws {
    #expect(
      try answer(.changePlan(.starter))
        == #"{"plan":"starter","events":[{"sequence":3,"type":"plan.changed","leaf_hash":"<leaf 3>"}]}"#)
    #expect(try answer(.changePlan(.starter)) == #"{"plan":"starter","events":[]}"#)
    #expect(
      try answer(.addResource(name: "invoices", clientReadable: true, readOnly: false)) == #"""
        {"resource":{"name":"invoices","client_readable":true,"read_only":false,\#
        "added_at":"2026-09-21T14:13:23.000Z"},"events":[{"sequence":4,"type":"resource.added",\#
        "leaf_hash":"<leaf 4>"}]}
        """#)
  }

  @Test("for founding: the ledger and its owner, if it has one")
  func founding() throws {
    let founding = ledger.founding
    var names = GoldenNames()
    names.add(founding.ledger.description, "ledger")
    names.add(founding.owner?.id.description ?? "", "owner")
    names.add(founding.owner?.token, "token")
    for appended in founding.events {
      names.add(Base64.encode(appended.leafHash.bytes), "leaf \(appended.event.sequence)")
    }
    let shape = Shapes.founding(founding.ledger, owner: founding.owner, events: founding.events)
    #expect(
      names.text(shape) == #"""
        {"ledger":"<ledger>","owner":{"id":"<owner>","token":"<token>"},"events":[{"sequence":1,\#
        "type":"ledger.created","leaf_hash":"<leaf 1>"},{"sequence":2,"type":"user.added","leaf_hash":"<leaf 2>"}]}
        """#)
    let alone = Shapes.founding(founding.ledger, owner: nil, events: [])
    #expect(names.text(alone) == #"{"ledger":"<ledger>","owner":null,"events":[]}"#)
  }

  @Test("for a rehearsal: the records that would be appended, whole, and nothing secret")
  func rehearsal() throws {
    let outcome = try ledger.rehearse(.changePlan(.starter))
    var names = GoldenNames()
    names.add(ledger.founding.ledger.description, "ledger")
    #expect(
      names.text(Shapes.rehearsal([outcome])) == #"""
        {"dry_run":true,"events":[{"actor":"operator:ops","data":{"after":"starter","before":"scale"},"id":"3",\#
        "source":"/ledgers/<ledger>","specversion":"1.0","subject":"ledger","time":"2026-09-21T14:13:20.000Z",\#
        "type":"plan.changed"}]}
        """#)
    let made = try ledger.rehearse(.provisionEnvironment("production"))
    #expect(made.secrets.isEmpty && made.secret == nil)
    #expect(Shapes.rehearsal([outcome, made])["events"]?.array?.count == 4)
  }

  @Test("says when bytes of a destroyed secret may still be there")
  func shredPending() throws {
    try ledger.run(.provisionEnvironment("production"))
    let made = try ledger.run(
      .createKey(environment: "production", name: "Billing", description: "", scope: ["customers:read"]))
    let id = try made.onlyKey.id.description
    let outcome = try ledger.whileSomebodyReadsTheVault { try ledger.run(.revokeKey(key: id)) }
    #expect(outcome.shredPending)
    let shape = try Shapes(ledger.queries(), telling: outcome).outcome(outcome, of: .revokeKey(key: id))
    #expect(shape.object?.last == JSONMember("shred_pending", .bool(true)))
  }
}
