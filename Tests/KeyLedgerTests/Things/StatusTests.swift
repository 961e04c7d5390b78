import KeyLedger
import Testing

@Suite struct StatusTests {
  /// What happens to a key at which hour, and what it is worth before and after.
  struct Row: Sendable, CustomTestStringConvertible {
    let title: String
    let happens: [(hour: Int64, data: EventData)]
    let asked: [(milliseconds: Int64, status: KeyStatus)]
    let expiresAt: Int64?
    var testDescription: String { title }
  }

  static let rows: [Row] = [
    Row(title: "nothing", happens: [], asked: [(0, .active), (1000 * day, .active)], expiresAt: nil),
    Row(
      title: "rotated with an hour", happens: [(1, rotated(.oneHour, until: 2))],
      asked: [(hour, .expiring), (2 * hour - 1, .expiring), (2 * hour, .expired(.graceEnded))], expiresAt: 2),
    Row(
      title: "rotated with grace now", happens: [(1, rotated(.now, until: 1))],
      asked: [(0, .expired(.graceEnded)), (hour, .expired(.graceEnded)), (9 * hour, .expired(.graceEnded))],
      expiresAt: 1),
    Row(
      title: "grace made longer", happens: [(1, rotated(.oneHour, until: 2)), (1, changed(.oneDay, 2, 25))],
      asked: [(2 * hour, .expiring), (25 * hour, .expired(.graceEnded))], expiresAt: 25),
    Row(
      title: "grace made shorter", happens: [(1, rotated(.oneDay, until: 25)), (3, changed(.oneHour, 25, 4))],
      asked: [(4 * hour - 1, .expiring), (4 * hour, .expired(.graceEnded))], expiresAt: 4),
    Row(
      title: "grace changed to now", happens: [(1, rotated(.oneDay, until: 25)), (3, changed(.now, 25, 3))],
      asked: [(2 * hour, .expired(.graceEnded)), (3 * hour, .expired(.graceEnded))], expiresAt: 3),
    Row(
      title: "revoked", happens: [(1, .keyRevoked)],
      asked: [(0, .expired(.revoked)), (hour, .expired(.revoked)), (9 * hour, .expired(.revoked))], expiresAt: 1),
    Row(
      title: "removed", happens: [(1, .keyRemoved(integration: slug("salesforce")))],
      asked: [(0, .expired(.removed)), (hour, .expired(.removed))], expiresAt: 1),
    Row(
      title: "revoked while expiring", happens: [(1, rotated(.oneDay, until: 25)), (2, .keyRevoked)],
      asked: [(2 * hour, .expired(.revoked)), (99 * hour, .expired(.revoked))], expiresAt: 2),
    Row(
      title: "removed while expiring",
      happens: [(1, rotated(.oneDay, until: 25)), (2, .keyRemoved(integration: slug("salesforce")))],
      asked: [(2 * hour, .expired(.removed)), (99 * hour, .expired(.removed))], expiresAt: 2),
    Row(
      title: "removed after revoked", happens: [(1, .keyRevoked), (2, .keyRemoved(integration: slug("salesforce")))],
      asked: [(0, .expired(.revoked)), (3 * hour, .expired(.revoked))], expiresAt: 1),
    Row(
      title: "removed after its grace ended, and then asked with a clock set back",
      happens: [(1, rotated(.oneHour, until: 2)), (3, .keyRemoved(integration: slug("salesforce")))],
      asked: [(hour, .expired(.graceEnded)), (2 * hour, .expired(.graceEnded)), (9 * hour, .expired(.graceEnded))],
      expiresAt: 2),
    Row(
      title: "removed in the millisecond in which its grace ended",
      happens: [(1, rotated(.oneHour, until: 2)), (2, .keyRemoved(integration: slug("salesforce")))],
      asked: [(2 * hour, .expired(.graceEnded))], expiresAt: 2),
    Row(
      title: "removed after grace now",
      happens: [(1, rotated(.now, until: 1)), (1, .keyRemoved(integration: slug("salesforce")))],
      asked: [(0, .expired(.graceEnded))], expiresAt: 1),
    Row(
      title: "revoked, then rotated by an event that no decider makes",
      happens: [(1, .keyRevoked), (2, rotated(.oneDay, until: 26))],
      asked: [(0, .expired(.revoked)), (3 * hour, .expired(.revoked))], expiresAt: 1),
    Row(
      title: "revoked, then given a grace by an event that no decider makes",
      happens: [(1, rotated(.oneDay, until: 25)), (2, .keyRevoked), (3, changed(.sevenDays, 25, 171))],
      asked: [(4 * hour, .expired(.revoked))], expiresAt: 2),
    Row(
      title: "grace ended, then prolonged by an event that no decider makes",
      happens: [(1, rotated(.oneHour, until: 2)), (3, changed(.oneDay, 2, 27))],
      asked: [(4 * hour, .expired(.graceEnded))], expiresAt: 2),
  ]

  @Test(arguments: rows) func `the status follows from the events and the moment asked about`(row: Row) {
    let key = StatusTests.key(after: row.happens)
    for (milliseconds, status) in row.asked {
      let now = dawn.advanced(by: milliseconds)
      #expect(key.status(at: now) == status, "\(row.title) at \(milliseconds)")
      #expect(key.status(at: now).isValid == (status == .active || status == .expiring))
    }
    #expect(key.expiresAt == row.expiresAt.map { dawn.advanced(by: $0 * hour) })
  }

  @Test func `a removed key is marked so, and no other`() {
    for row in StatusTests.rows {
      let removal = row.happens.contains { if case .keyRemoved = $0.data { true } else { false } }
      #expect(StatusTests.key(after: row.happens).removed == removal, "\(row.title)")
    }
  }

  @Test func `the three words of a status and the three reasons of an end are as they are shown`() {
    #expect([KeyStatus.active, .expiring, .expired(.revoked)].map(\.word) == ["active", "expiring", "expired"])
    #expect(EndReason.allCases.map(\.rawValue) == ["grace_ended", "revoked", "removed"])
  }

  private static func rotated(_ grace: Grace, until hours: Int64) -> EventData {
    .keyRotated(grace: grace, expiresAt: dawn.advanced(by: hours * hour), successor: keyID(2))
  }

  private static func changed(_ grace: Grace, _ before: Int64, _ after: Int64) -> EventData {
    .graceChanged(grace: grace, before: dawn.advanced(by: before * hour), after: dawn.advanced(by: after * hour))
  }

  private static func key(after happenings: [(hour: Int64, data: EventData)]) -> KeyState {
    let stream = Stream.key(slug("production"), keyID(1))
    let record = KeyRecord(
      kind: .integration, name: "salesforce", description: "", scope: scope("customers:read"), fingerprint: hash(1),
      masked: "server-••", integration: slug("salesforce"))
    let all = [(hour: 0, data: EventData.keyCreated(record))] + happenings
    let events = all.enumerated().map { index, happening in
      Event(
        sequence: UInt64(index + 1), stream: stream, version: UInt64(index + 1),
        time: dawn.advanced(by: happening.hour * hour), actor: .system, data: happening.data)
    }
    guard let key = KeyState.fold(events) else { preconditionFailure("the stream begins with a key") }
    return key
  }
}
