import KeyLedger
import Testing

/// What the diff calls it when a key of the stage goes through something.
@Suite struct KeyChangeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let title: String
    let key: Int
    var before: [Command] = []
    var commands: [Command] = []
    /// Hours that pass after them.
    var hours: Int64 = 0
    let change: KeyChange?
    var testDescription: String { title }
  }

  static let rows: [Row] = [
    Row(title: "nothing", key: Stage.worker, hours: 99, change: nil),
    Row(title: "what happens to others", key: Stage.worker, commands: [revoke(Stage.reader)], change: nil),
    Row(title: "renamed", key: Stage.worker, commands: [rename(Stage.worker, to: "other")], change: .changed),
    Row(title: "revealed", key: Stage.worker, commands: [reveal(Stage.worker)], change: .changed),
    Row(title: "rescoped", key: Stage.worker, commands: [changeScope(Stage.worker, "coupons:read")], change: .changed),
    Row(
      title: "rotated, and still good", key: Stage.worker, commands: [rotate(Stage.worker)], hours: 23, change: .changed
    ),
    Row(title: "rotated, and over", key: Stage.worker, commands: [rotate(Stage.worker)], hours: 24, change: .ended),
    Row(
      title: "ended by time alone", key: Stage.worker, before: [rotate(Stage.worker)], hours: 24, change: .ended),
    Row(title: "not yet ended by time", key: Stage.worker, before: [rotate(Stage.worker)], hours: 23, change: nil),
    Row(
      title: "a grace changed after it was rotated", key: Stage.worker, before: [rotate(Stage.worker)],
      commands: [changeGrace(Stage.worker, "7d")], hours: 24, change: .changed),
    Row(title: "revoked", key: Stage.worker, commands: [revoke(Stage.worker)], change: .ended),
    Row(title: "ended before", key: Stage.worker, before: [revoke(Stage.worker)], hours: 1, change: nil),
    Row(title: "made", key: Stage.next, commands: [Stage.create("new", "customers:read")], change: .added),
    Row(
      title: "made and revoked", key: Stage.next,
      commands: [Stage.create("new", "customers:read"), revoke(Stage.next)], change: .added),
    Row(
      title: "made and removed", key: Stage.next,
      commands: [
        .connectIntegration(name: "crm", environment: "staging", scope: ["customers:read"]),
        .disconnectIntegration(name: "crm", environment: "staging"),
      ], change: .added),
    Row(
      title: "removed while it was good", key: Stage.hubspot,
      commands: [.disconnectIntegration(name: "hubspot", environment: "production")], change: .removed),
    Row(
      title: "removed after it had ended", key: Stage.hubspot, before: [rotate(Stage.hubspot, "now")],
      commands: [.disconnectIntegration(name: "hubspot", environment: "production")], change: .removed),
    Row(
      title: "a publishable key that inherits", key: Stage.publishable,
      commands: [.addResource(name: "invoices", clientReadable: true, readOnly: false)], change: .changed),
    Row(
      title: "a publishable key that does not", key: Stage.publishable,
      commands: [.addResource(name: "invoices", clientReadable: false, readOnly: false)], change: nil),
    Row(
      title: "a full access key, which holds everything as before", key: Stage.full,
      commands: [.addResource(name: "invoices", clientReadable: true, readOnly: false)], change: nil),
  ]

  @Test(arguments: rows) func `what became of a key has one word, or none`(row: Row) throws {
    var world = Stage.base
    for command in row.before { world.must(command) }
    let before = world.keys[keyID(row.key)].map { KeySighting($0, in: world.ledger, at: world.now) }
    for command in row.commands { world.must(command) }
    world.pass(row.hours * hour)
    let after = KeySighting(world.key(row.key), in: world.ledger, at: world.now)
    #expect(KeyChange(from: before, to: after) == row.change)
  }

  @Test func `the four words are as they are shown`() {
    #expect(KeyChange.allCases.map(\.rawValue) == ["added", "ended", "removed", "changed"])
  }
}
