import Cryptography
import EventLog
import Formats
import KeyLedger
import LedgerService
import Testing

@Suite("The shape of an answer")
struct ShapesTests {
  private let story: ReadingStory
  private let queries: Queries
  private let now: Moment
  private let shapes: Shapes
  private let names: GoldenNames

  init() throws {
    story = try ReadingStory()
    queries = try story.ledger.queries()
    now = try queries.moment()
    shapes = try Shapes(queries, at: now)
    var names = GoldenNames()
    for (name, id) in story.keys { names.add(try queries.key(id.description, at: now), name) }
    for user in try queries.users(at: now) { names.add(user.id.description, "user \(user.added.sequence)") }
    self.names = names
  }

  private func key(_ name: String) throws -> KeyState { try queries.key(story.key(name), at: now) }

  @Test("about a scoped key")
  func scopedKey() throws {
    #expect(
      try names.text(shapes.key(key("billing"))) == #"""
        {"id":"<billing>","environment":"production","kind":"scoped","type":"Scoped","class":"server",\#
        "name":"Billing worker","description":"nightly","masked":"<billing masked>",\#
        "fingerprint":"<billing sha256>","status":"expired","expired_because":"grace_ended",\#
        "expires_at":"2026-09-22T14:13:31.000Z","created_at":"2026-09-21T14:13:27.000Z","created_by":"operator:ops",\#
        "scope":["customers:write","subscriptions:read"],"predecessor":null,"successor":"<billing 2>",\#
        "integration":null,"revealable":true,"revision":6,"last_event":19}
        """#)
  }

  @Test("about default keys: everything as a star, what is inherited in full")
  func defaultKeys() throws {
    #expect(
      try names.text(shapes.key(key("staging full_access"))) == #"""
        {"id":"<staging full_access>","environment":"staging","kind":"full_access","type":"Default",\#
        "class":"server","name":"Full access key","description":"","masked":"<staging full_access masked>",\#
        "fingerprint":"<staging full_access sha256>","status":"active","expired_because":null,"expires_at":null,\#
        "created_at":"2026-09-21T14:13:22.000Z","created_by":"system","scope":["*"],"predecessor":null,\#
        "successor":null,"integration":null,"revealable":true,"revision":1,"last_event":7}
        """#)
    #expect(
      try names.text(shapes.key(key("staging publishable 2"))) == #"""
        {"id":"<staging publishable 2>","environment":"staging","kind":"publishable","type":"Default",\#
        "class":"client","name":"Publishable key","description":"","masked":"<staging publishable 2 masked>",\#
        "fingerprint":"<staging publishable 2 sha256>","status":"active","expired_because":null,"expires_at":null,\#
        "created_at":"2026-09-21T14:13:36.000Z","created_by":"operator:ops","scope":["coupons:read",\#
        "customers:read","invoices:read","subscriptions:read"],"predecessor":"<staging publishable>",\#
        "successor":null,"integration":null,"revealable":true,"revision":1,"last_event":24}
        """#)
  }

  @Test("about an integration's key that was removed")
  func integrationKey() throws {
    #expect(
      try names.text(shapes.key(key("zapier"))) == #"""
        {"id":"<zapier>","environment":"production","kind":"integration","type":"Default","class":"server",\#
        "name":"zapier","description":"","masked":"<zapier masked>","fingerprint":"<zapier sha256>",\#
        "status":"expired","expired_because":"removed","expires_at":"2026-09-21T14:13:40.000Z",\#
        "created_at":"2026-09-21T14:13:37.000Z","created_by":"system","scope":["coupons:read"],"predecessor":null,\#
        "successor":"<zapier 2>","integration":"zapier","revealable":true,"revision":3,"last_event":32}
        """#)
  }

  @Test("as of the past rests on the catalogue of then, and says what it rests on")
  func pastKey() throws {
    let then = try queries.moment(.event(8))
    let shapes = try Shapes(queries, at: then)
    let shown = try shapes.shownKey(queries.key(story.key("staging publishable"), at: then))
    #expect(
      names.text(shown) == #"""
        {"id":"<staging publishable>","environment":"staging","kind":"publishable","type":"Default",\#
        "class":"client","name":"Publishable key","description":"","masked":"<staging publishable masked>",\#
        "fingerprint":"<staging publishable sha256>","status":"active","expired_because":null,"expires_at":null,\#
        "created_at":"2026-09-21T14:13:22.000Z","created_by":"system","scope":["coupons:read","customers:read",\#
        "subscriptions:read"],"predecessor":null,"successor":null,"integration":null,"revealable":true,"revision":1,\#
        "last_event":8,"last_used":null,"as_of":{"sequence":8,"time":"2026-09-21T14:13:22.000Z"}}
        """#)
    let checked = try queries.check(story.secret("staging publishable"), at: then)
    #expect(
      names.text(shapes.check(checked)) == #"""
        {"was_valid":true,"outcome":"valid","key":{"id":"<staging publishable>","environment":"staging",\#
        "kind":"publishable","type":"Default","class":"client","name":"Publishable key","description":"",\#
        "masked":"<staging publishable masked>","fingerprint":"<staging publishable sha256>","status":"active",\#
        "expired_because":null,"expires_at":null,"created_at":"2026-09-21T14:13:22.000Z","created_by":"system",\#
        "scope":["coupons:read","customers:read","subscriptions:read"],"predecessor":null,"successor":null,\#
        "integration":null,"revealable":true,"revision":1,"last_event":8},"permission":null,\#
        "decided_by":{"sequence":8,"type":"key.created","time":"2026-09-21T14:13:22.000Z"},"as_of":{"sequence":8,\#
        "time":"2026-09-21T14:13:22.000Z"}}
        """#)
    let unknown = try queries.check(SecretBytes("x"), at: then)
    #expect(
      names.text(shapes.check(unknown)) == #"""
        {"was_valid":false,"outcome":"unknown","key":null,"permission":null,"decided_by":null,"as_of":{"sequence":8,\#
        "time":"2026-09-21T14:13:22.000Z"}}
        """#)
  }

  @Test("that lists, with what it rests on")
  func lists() throws {
    #expect(
      names.text(shapes.list("keys", [])) == #"{"keys":[],"as_of":{"sequence":39,"time":"2026-09-22T15:13:46.000Z"}}"#)
    #expect(
      names.text(shapes.list("resources", shapes.resources)) == #"""
        {"resources":[{"name":"invoices","client_readable":true,"read_only":false,\#
        "added_at":"2026-09-21T14:13:35.000Z"},{"name":"customers","client_readable":true,"read_only":false,\#
        "added_at":"2026-09-21T14:13:20.000Z"},{"name":"subscriptions","client_readable":true,"read_only":false,\#
        "added_at":"2026-09-21T14:13:20.000Z"},{"name":"coupons","client_readable":true,"read_only":false,\#
        "added_at":"2026-09-21T14:13:20.000Z"},{"name":"api_keys","client_readable":false,"read_only":false,\#
        "added_at":"2026-09-21T14:13:20.000Z"},{"name":"event_queue","client_readable":false,"read_only":true,\#
        "added_at":"2026-09-21T14:13:20.000Z"}],"as_of":{"sequence":39,"time":"2026-09-22T15:13:46.000Z"}}
        """#)
    let backfilled = try ReadingLedger(owner: nil, at: Instant(milliseconds: 1_600_000_000_000))
    defer { withExtendedLifetime(backfilled) {} }
    _ = try backfilled.backfill(.changePlan(.starter), at: Instant(milliseconds: 1_600_000_000_000))
    let queries = try backfilled.queries()
    let resting = try Shapes(queries, at: queries.moment(.event(2)))
    #expect(
      names.text(resting.list("keys", []))
        == #"{"keys":[],"as_of":{"sequence":2,"time":"2020-09-13T12:26:40.000Z","backfilled":true}}"#)
    #expect(
      names.text(resting.shown(resting.plan(try queries.ledger(at: resting.moment))))
        == #"{"plan":"starter","as_of":{"sequence":2,"time":"2020-09-13T12:26:40.000Z","backfilled":true}}"#)
  }

  @Test("about activity, newest first, with details as recorded")
  func activity() throws {
    let entries = try queries.activity(of: story.key("billing"), chain: false, at: now)
    #expect(
      try names.text(shapes.activity(of: key("billing"), entries)) == #"""
        {"key":"<billing>","activity":[{"sequence":19,"timestamp":"2026-09-21T14:13:32.000Z","event":"Key revealed",\#
        "type":"key.revealed","actor":"operator:ops","actor_name":null,"details":{}},{"sequence":18,\#
        "timestamp":"2026-09-21T14:13:31.000Z","event":"Grace period changed","type":"grace.changed",\#
        "actor":"operator:ops","actor_name":null,"details":{"after":"2026-09-22T14:13:31.000Z",\#
        "before":"2026-09-21T15:13:30.000Z","grace":"24h"}},{"sequence":16,"timestamp":"2026-09-21T14:13:30.000Z",\#
        "event":"Key rotated","type":"key.rotated","actor":"operator:ops","actor_name":null,\#
        "details":{"expires_at":"2026-09-21T15:13:30.000Z","grace":"1h","successor":"<billing 2>"}},{"sequence":15,\#
        "timestamp":"2026-09-21T14:13:29.000Z","event":"Scope updated","type":"scope.updated",\#
        "actor":"operator:ops","actor_name":null,"details":{"after":["customers:write","subscriptions:read"],\#
        "before":["customers:read"]}},{"sequence":14,"timestamp":"2026-09-21T14:13:28.000Z","event":"Key renamed",\#
        "type":"key.renamed","actor":"operator:ops","actor_name":null,"details":{"description":"nightly",\#
        "name":"Billing worker"}},{"sequence":13,"timestamp":"2026-09-21T14:13:27.000Z","event":"Key created",\#
        "type":"key.created","actor":"operator:ops","actor_name":null,"details":{"description":"",\#
        "fingerprint":"<billing sha256>","integration":null,"kind":"scoped","masked":"<billing masked>",\#
        "name":"Billing","predecessor":null,"revealable":true,"scope":["customers:read"]}}],"as_of":{"sequence":39,\#
        "time":"2026-09-22T15:13:46.000Z"}}
        """#)
    let chain = try queries.activity(of: story.key("billing"), chain: true, at: now)
    #expect(
      try names.text(shapes.activity(of: key("billing"), Array(chain.prefix(1)), chain: true)) == #"""
        {"key":"<billing>","activity":[{"sequence":19,"timestamp":"2026-09-21T14:13:32.000Z","event":"Key revealed",\#
        "type":"key.revealed","actor":"operator:ops","actor_name":null,"details":{},"key":"<billing>"}],\#
        "as_of":{"sequence":39,"time":"2026-09-22T15:13:46.000Z"}}
        """#)
  }

  @Test("about a check and whose a secret is")
  func checks() throws {
    let revoked = try queries.check(story.secret("leaked"), permission: "customers:read", at: now)
    #expect(
      names.text(shapes.check(revoked)) == #"""
        {"valid":false,"outcome":"revoked","key":{"id":"<leaked>","environment":"production","kind":"scoped",\#
        "type":"Scoped","class":"server","name":"Leaked","description":"","masked":"<leaked masked>",\#
        "fingerprint":"<leaked sha256>","status":"expired","expired_because":"revoked",\#
        "expires_at":"2026-09-21T14:13:34.000Z","created_at":"2026-09-21T14:13:33.000Z","created_by":"operator:ops",\#
        "scope":["api_keys:read","coupons:read","customers:read","event_queue:read","subscriptions:read"],\#
        "predecessor":null,"successor":null,"integration":null,"revealable":true,"revision":2,"last_event":21},\#
        "permission":"customers:read","as_of":{"sequence":39,"time":"2026-09-22T15:13:46.000Z"}}
        """#)
    #expect(
      names.text(shapes.check(try queries.check(SecretBytes("x"), at: now))) == #"""
        {"valid":false,"outcome":"unknown","key":null,"permission":null,"as_of":{"sequence":39,\#
        "time":"2026-09-22T15:13:46.000Z"}}
        """#)
    #expect(names.text(shapes.whose(nil)) == #"{"found":false,"key":null}"#)
    let found = shapes.whose(try queries.whose(story.secret("leaked"), at: now))
    #expect(found == .object([JSONMember("found", .bool(true)), JSONMember("key", shapes.key(try key("leaked")))]))
  }

  @Test("about environments and integrations")
  func environments() throws {
    let environments = try queries.environments(at: now)
    #expect(
      environments.map { names.text(shapes.environment($0)) } == [
        #"""
        {"id":"staging","created_at":"2026-09-21T14:13:22.000Z","created_by":"operator:ops","enforced":false,\#
        "signing_generation":2,"integrations":["segment"],"revision":4,"last_event":29}
        """#,
        #"""
        {"id":"production","created_at":"2026-09-21T14:13:21.000Z","created_by":"operator:ops","enforced":true,\#
        "signing_generation":1,"integrations":[],"revision":5,"last_event":31}
        """#,
      ])
    #expect(
      environments.map { names.text(shapes.clientSecurity($0)) } == [
        #"{"environment":"staging","enforced":false,"signing_generation":2}"#,
        #"{"environment":"production","enforced":true,"signing_generation":1}"#,
      ])
    let zapier = try #require(try queries.integrations(environment: "production", at: now).first)
    let newest = try shapes.newestKey(of: zapier, in: slug("production"))
    #expect(
      names.text(shapes.integration(zapier, in: slug("production"), newestKey: newest)) == #"""
        {"name":"zapier","environment":"production","scope":["coupons:read"],"key":"<zapier 2>",\#
        "status":"disconnected","connected_at":"2026-09-21T14:13:37.000Z","connected_by":"operator:ops",\#
        "disconnected_at":"2026-09-21T14:13:40.000Z","disconnected_by":"operator:ops"}
        """#)
  }

  @Test("about users")
  func users() throws {
    let texts = try queries.users(at: now).map { names.text(shapes.user($0)) }
    #expect(
      texts == [
        #"""
        {"id":"<user 35>","handle":null,"handle_state":"forgotten","role":"read_only","state":"forgotten",\#
        "token":"none","added_at":"2026-09-21T14:13:42.000Z","added_by":"operator:ops","revision":3,\#
        "last_event":38}
        """#,
        #"""
        {"id":"<user 34>","handle":"ben@example.com","handle_state":"known","role":"owner","state":"active",\#
        "token":"good","added_at":"2026-09-21T14:13:41.000Z","added_by":"operator:ops","revision":2,\#
        "last_event":36}
        """#,
        #"""
        {"id":"<user 2>","handle":"ada@example.com","handle_state":"known","role":"owner","state":"active",\#
        "token":"good","added_at":"2026-09-21T14:13:20.000Z","added_by":"operator:ops","revision":1,\#
        "last_event":2}
        """#,
      ])
  }
}
