import KeyLedger
import Testing

@Suite struct KindTests {
  struct Row: Sendable {
    let kind: KeyKind
    let keyClass: KeyClass
    let shownType: String
    let isDefault: Bool
  }

  @Test(arguments: [
    Row(kind: .fullAccess, keyClass: .server, shownType: "Default", isDefault: true),
    Row(kind: .publishable, keyClass: .client, shownType: "Default", isDefault: true),
    Row(kind: .scoped, keyClass: .server, shownType: "Scoped", isDefault: false),
    Row(kind: .integration, keyClass: .server, shownType: "Default", isDefault: false),
  ]) func `each kind has its class, its prefix and its shown type`(row: Row) {
    #expect(row.kind.keyClass == row.keyClass)
    #expect(row.kind.shownType == row.shownType)
    #expect(row.kind.isDefault == row.isDefault)
  }

  @Test func `there are four kinds, two classes and two shown types`() {
    #expect(KeyKind.allCases.map(\.rawValue) == ["full_access", "publishable", "scoped", "integration"])
    #expect(Set(KeyKind.allCases.map(\.keyClass.rawValue)) == ["server", "client"])
    #expect(Set(KeyKind.allCases.map(\.shownType)) == ["Default", "Scoped"])
  }

  @Test func `plans, roles and grace periods are closed sets`() {
    #expect(Plan.allCases.map(\.rawValue) == ["starter", "scale"])
    #expect(Role.allCases.map(\.rawValue) == ["owner", "member", "read_only"])
    #expect(Grace.allCases.map(\.rawValue) == ["now", "1h", "24h", "3d", "7d"])
    #expect(Grace.allCases.map(\.milliseconds) == [0, hour, day, 3 * day, 7 * day])
  }

  @Test func `a new ledger knows five resources, three of them client-readable, one read-only`() {
    let resources = World().ledger.resources
    #expect(resources.map(\.name.text) == ["customers", "subscriptions", "coupons", "api_keys", "event_queue"])
    #expect(resources.filter(\.clientReadable).map(\.name.text) == ["customers", "subscriptions", "coupons"])
    #expect(resources.filter(\.readOnly).map(\.name.text) == ["event_queue"])
  }

  struct Inheritance: Sendable {
    let key: Int
    let clientReadable: Bool
    let inherits: Bool
  }

  /// The key that `read_only` made stands last: it must not inherit either.
  @Test(arguments: [
    Inheritance(key: Stage.full, clientReadable: false, inherits: true),
    Inheritance(key: Stage.full, clientReadable: true, inherits: true),
    Inheritance(key: Stage.publishable, clientReadable: false, inherits: false),
    Inheritance(key: Stage.publishable, clientReadable: true, inherits: true),
    Inheritance(key: Stage.worker, clientReadable: true, inherits: false),
    Inheritance(key: Stage.salesforce, clientReadable: true, inherits: false),
    Inheritance(key: Stage.next, clientReadable: true, inherits: false),
  ]) func `a full access key inherits later resources, a publishable one those that are client-readable`(
    row: Inheritance
  ) {
    var world = Stage.base
    world.must(Stage.create("reader of all", "read_only"))
    world.must(.addResource(name: "invoices", clientReadable: row.clientReadable, readOnly: false))
    let scope = world.key(row.key).effectiveScope(in: world.ledger)
    #expect(scope.holds(permission("invoices:read")) == row.inherits)
    #expect(scope.holds(permission("invoices:write")) == (row.key == Stage.full))
  }

  @Test func `a publishable key reads every client-readable resource and writes none`() {
    let world = Stage.base
    let scope = world.key(Stage.publishable).effectiveScope(in: world.ledger)
    #expect(scope == Scope(granting: ["coupons:read", "customers:read", "subscriptions:read"].map(permission)))
  }

  @Test func `each environment has keys of its own`() {
    let world = Stage.base
    for (production, staging) in [(Stage.full, Stage.stagingFull), (Stage.publishable, Stage.stagingPublishable)] {
      #expect(world.key(production).environment == slug("production"))
      #expect(world.key(staging).environment == slug("staging"))
      #expect(world.key(production).fingerprint != world.key(staging).fingerprint)
    }
  }
}
