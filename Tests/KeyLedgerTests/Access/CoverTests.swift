import KeyLedger
import Testing

/// On which keys a key may act.
@Suite struct CoverTests {
  struct Row: Sendable {
    let acting: Int
    let target: Int
    let covers: Bool

    init(_ acting: Int, _ target: Int, _ covers: Bool) {
      self.acting = acting
      self.target = target
      self.covers = covers
    }
  }

  static let rows: [Row] = [
    // Full access covers all.
    Row(Stage.full, Stage.full, true), Row(Stage.full, Stage.publishable, true), Row(Stage.full, Stage.worker, true),
    Row(Stage.full, Stage.manager, true), Row(Stage.full, Stage.salesforce, true),
    // A scoped key: itself, scoped keys within its scope, and nothing that the system made.
    Row(Stage.manager, Stage.manager, true), Row(Stage.manager, Stage.reader, true),
    Row(Stage.manager, Stage.watcher, true), Row(Stage.manager, Stage.worker, false),
    Row(Stage.manager, Stage.full, false), Row(Stage.manager, Stage.publishable, false),
    Row(Stage.manager, Stage.salesforce, false), Row(Stage.manager, Stage.hubspot, false),
    // An integration's key likewise.
    Row(Stage.hubspot, Stage.hubspot, true), Row(Stage.hubspot, Stage.reader, true),
    Row(Stage.hubspot, Stage.watcher, true), Row(Stage.hubspot, Stage.manager, false),
    Row(Stage.hubspot, Stage.worker, false), Row(Stage.hubspot, Stage.salesforce, false),
    Row(Stage.hubspot, Stage.full, false), Row(Stage.hubspot, Stage.publishable, false),
  ]

  /// Acting on a key: what would change it, and is not refused for what it is.
  @Test(arguments: rows) func `a key covers what holds no more than it does`(row: Row) {
    let base = Stage.base
    #expect(base.key(row.acting).covers(base.key(row.target)) == row.covers)
    for command in [
      rotate(row.target), changeGrace(row.target, "1h"), revoke(row.target), rename(row.target, to: "x"),
      changeScope(row.target, "api_keys:read"),
    ] {
      var world = base
      var code: RefusalCode?
      do throws(Refusal) { try world.run(command, by: .key(row.acting)) } catch { code = error.code }
      let granted = base.key(row.acting).effectiveScope(in: base.ledger).holds(permission("api_keys:read"))
      #expect(granted && (code == .escalation) == !row.covers, "\(command)")
    }
  }

  @Test func `a key acts on itself, and may end itself`() throws {
    for (command, count) in [
      (rotate(Stage.manager, "1h"), 2), (rename(Stage.manager, to: "x"), 1),
      (changeScope(Stage.manager, "customers:read"), 1), (revoke(Stage.manager), 1),
    ] {
      var world = Stage.base
      #expect(try world.run(command, by: .key(Stage.manager)).count == count)
    }
    var world = Stage.base
    #expect(try world.run(rotate(Stage.full, "now"), by: .key(Stage.full)).count == 2)
    #expect(try world.run(rotate(Stage.hubspot, "now"), by: .key(Stage.hubspot)).count == 2)
  }

  @Test(arguments: ["1h", "24h", "3d", "7d"])
  func `a key that rotated itself prolongs nothing, and its successor may`(grace: String) throws {
    var world = Stage.base
    world.must(rotate(Stage.manager, grace), by: .key(Stage.manager))
    for command in [
      changeGrace(Stage.manager, "7d"), rotate(Stage.next), revoke(Stage.next), Stage.create("x", "customers:read"),
    ] {
      #expect { try world.run(command, by: .key(Stage.manager)) } throws: { ($0 as? Refusal)?.code == .forbidden }
    }
    #expect(try world.run(changeGrace(Stage.manager, "now"), by: .key(Stage.next)).count == 1)
  }
}
