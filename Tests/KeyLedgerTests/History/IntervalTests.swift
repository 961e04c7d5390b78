import KeyLedger
import SeededRandom
import Testing

/// When a permission was held, told as `hours: since…until opened/closed`, for what happened to one key.
@Suite struct IntervalTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let title: String
    var kind = KeyKind.scoped
    var granted: [String] = ["customers:read"]
    var asked = "customers:read"
    /// At which hour what happens, as event 101, 102, … The key is made by event 100, at hour 0.
    var happens: [(hour: Int64, data: EventData)] = []
    /// The hour and the number of the event that adds the resource `invoices`.
    var invoices: (hour: Int64, sequence: UInt64, clientReadable: Bool) = (-9, 2, true)
    let intervals: [String]
    var testDescription: String { title }
  }

  static let rows: [Row] = [
    Row(title: "granted and never taken", intervals: ["0…  #100"]),
    Row(title: "never granted", granted: ["coupons:write"], intervals: []),
    Row(title: "read is implied by write", granted: ["customers:write"], intervals: ["0…  #100"]),
    Row(title: "write is not implied by read", asked: "customers:write", intervals: []),
    Row(
      title: "taken and given again", happens: [(2, scoped("coupons:read")), (5, scoped("customers:write"))],
      intervals: ["0…2 #100 #101", "5…  #102"]),
    Row(
      title: "what changes nothing about it neither closes nor opens",
      happens: [(1, .keyRevealed), (2, scoped("customers:write")), (3, .keyRenamed(name: "n", description: ""))],
      intervals: ["0…  #100"]),
    Row(
      title: "taken and given again in one millisecond: two intervals, and no moment between them",
      happens: [(2, scoped("coupons:read")), (2, scoped("customers:read"))],
      intervals: ["0…2 #100 #101", "2…  #102"]),
    Row(
      title: "given and taken in one millisecond: at no moment", granted: ["coupons:read"],
      happens: [(2, scoped("customers:read")), (2, scoped("coupons:read"))], intervals: []),
    Row(title: "revoked", happens: [(3, .keyRevoked)], intervals: ["0…3 #100 #101"]),
    Row(title: "removed", happens: [(3, .keyRemoved(integration: slug("crm")))], intervals: ["0…3 #100 #101"]),
    Row(title: "rotated with a grace", happens: [(1, rotated(.oneDay, 25))], intervals: ["0…25 #100 expired"]),
    Row(title: "rotated at once", happens: [(1, rotated(.now, 1))], intervals: ["0…1 #100 #101"]),
    Row(
      title: "grace made longer", happens: [(1, rotated(.oneHour, 2)), (1, changed(.oneDay, 2, 25))],
      intervals: ["0…25 #100 expired"]),
    Row(
      title: "grace made shorter", happens: [(1, rotated(.oneDay, 25)), (3, changed(.oneHour, 25, 4))],
      intervals: ["0…4 #100 expired"]),
    Row(
      title: "grace changed to now", happens: [(1, rotated(.oneDay, 25)), (3, changed(.now, 25, 3))],
      intervals: ["0…3 #100 #102"]),
    Row(
      title: "revoked while expiring", happens: [(1, rotated(.oneDay, 25)), (2, .keyRevoked)],
      intervals: ["0…2 #100 #102"]),
    Row(
      title: "revoked after the grace had passed", happens: [(1, rotated(.oneDay, 25)), (30, .keyRevoked)],
      intervals: ["0…25 #100 expired"]),
    Row(
      title: "revoked in the millisecond in which the grace passed",
      happens: [(1, rotated(.oneDay, 25)), (25, .keyRevoked)], intervals: ["0…25 #100 expired"]),
    Row(
      title: "prolonged after it had passed, by an event that no decider makes",
      happens: [(1, rotated(.oneHour, 2)), (3, changed(.oneDay, 2, 27))], intervals: ["0…2 #100 expired"]),
    Row(
      title: "taken while expiring, and never given again",
      happens: [(1, rotated(.oneDay, 25)), (4, scoped("coupons:read"))], intervals: ["0…4 #100 #102"]),
    Row(
      title: "taken before, given again while expiring",
      happens: [(1, scoped("coupons:read")), (2, rotated(.oneDay, 26)), (4, scoped("customers:read"))],
      intervals: ["0…1 #100 #101", "4…26 #103 expired"]),
    Row(title: "full access holds everything", kind: .fullAccess, asked: "api_keys:write", intervals: ["0…  #100"]),
    Row(
      title: "full access inherits what is added later", kind: .fullAccess, asked: "invoices:write",
      invoices: (7, 170, false), intervals: ["7…  #170"]),
    Row(
      title: "full access that had ended inherits nothing", kind: .fullAccess, asked: "invoices:write",
      happens: [(1, rotated(.oneHour, 2))], invoices: (2, 170, false), intervals: []),
    Row(
      title: "full access that is ending inherits for a while", kind: .fullAccess, asked: "invoices:write",
      happens: [(1, rotated(.oneDay, 25))], invoices: (7, 170, false), intervals: ["7…25 #170 expired"]),
    Row(
      title: "a publishable key reads what is client-readable", kind: .publishable, granted: [],
      intervals: ["0…  #100"]),
    Row(title: "a publishable key writes nothing", kind: .publishable, asked: "customers:write", intervals: []),
    Row(title: "a publishable key reads nothing else", kind: .publishable, asked: "api_keys:read", intervals: []),
    Row(
      title: "a publishable key inherits what is client-readable", kind: .publishable, asked: "invoices:read",
      invoices: (7, 170, true), intervals: ["7…  #170"]),
    Row(
      title: "a publishable key does not inherit what is not", kind: .publishable, asked: "invoices:read",
      invoices: (7, 170, false), intervals: []),
    Row(title: "a scoped key does not inherit", asked: "invoices:read", invoices: (7, 170, true), intervals: []),
    Row(
      title: "a resource of before opens nothing", kind: .fullAccess, asked: "invoices:read",
      happens: [(5, .keyRevealed)], intervals: ["0…  #100"]),
    Row(title: "nobody writes what is read-only", kind: .fullAccess, asked: "event_queue:write", intervals: []),
    Row(title: "nobody holds what does not exist", kind: .fullAccess, asked: "parrots:read", intervals: []),
  ]

  @Test(arguments: rows) func `a permission was held from the event that gave it to what took it`(row: Row) {
    let (events, ledger) = IntervalTests.story(row)
    let intervals = KeyState.intervals(holding: permission(row.asked), events, in: ledger)
    #expect(intervals.map(IntervalTests.told) == row.intervals)
  }

  @Test func `a user had a role from the event that gave it to the one that took it`() throws {
    var world = World()
    world.must(.addUser(handle: "bob", role: .member))
    world.pass(hour)
    for command in [
      Command.changeRole(user: userID(2).description, role: .owner), .renewToken(user: userID(2).description),
      .changeRole(user: userID(2).description, role: .member), .removeUser(user: userID(2).description),
      .forgetUser(user: userID(2).description),
    ] {
      world.must(command)
      world.pass(hour)
    }
    let events = world.events.filter { $0.stream == .user(userID(2)) }
    #expect(UserState.intervals(having: .member, events).map(IntervalTests.told) == ["0…1 #3 #4", "3…4 #6 #7"])
    #expect(UserState.intervals(having: .owner, events).map(IntervalTests.told) == ["1…3 #4 #6"])
    #expect(UserState.intervals(having: .readOnly, events) == [])
    let owner = world.events.filter { $0.stream == .user(userID(1)) }
    #expect(UserState.intervals(having: .owner, owner).map(IntervalTests.told) == ["0…  #2"])
  }

  @Test func `an interval has its beginning and not its end`() {
    let interval = Interval(since: at(2), openedBy: 7, closing: .expiration(at(4)))
    #expect((0...5).map { interval.contains(at($0)) } == [false, false, true, true, false, false])
    for (from, to, overlaps) in [(0, 2, false), (0, 3, true), (3, 4, true), (4, 9, false), (2, 3, true)] {
      #expect(interval.overlaps(from: at(Int64(from)), to: at(Int64(to))) == overlaps, "\(from) to \(to)")
    }
    let open = Interval(since: at(2), openedBy: 7)
    #expect(open.until == nil && open.contains(at(99)) && !open.contains(at(1)))
  }

  /// Whoever asks at a moment must hear what the intervals say: at every event, a millisecond before and after, and at
  /// every end of a grace.
  @Test(arguments: 0..<10 as Range<UInt64>)
  func `at every moment the intervals say what judging the key then says`(seed: UInt64) throws {
    var random = SplitMix64(seed)
    var world = Stage.base
    for _ in 0..<60 {
      world.pass(Int64.random(in: 0...(6 * hour), using: &random) * Int64.random(in: 0...1, using: &random))
      let command = IntervalTests.command(world, &random)
      _ = try? world.run(command)
    }
    let ends = world.keys.values.compactMap(\.expiresAt)
    let moments = Set((world.events.map(\.time) + ends).flatMap { [$0.advanced(by: -1), $0, $0.advanced(by: 1)] })
    var held = 0
    for key in world.keys.values {
      let stream = world.events.filter { $0.stream == .key(key.environment, key.id) }
      for asked in ["customers:read", "customers:write", "coupons:read", "r1:read", "r2:write"].map(permission)
      where world.ledger.knows(asked) {
        let intervals = KeyState.intervals(holding: asked, stream, in: world.ledger)
        for time in moments {
          let truth = IntervalTests.judge(world, key, asked, at: time)
          #expect(intervals.contains { $0.contains(time) } == truth, "\(key.id) \(asked) at \(time.milliseconds)")
          held += truth ? 1 : 0
        }
      }
    }
    #expect(held > 100)
  }

  private static func judge(_ world: World, _ key: KeyState, _ asked: Permission, at time: Instant) -> Bool {
    let past = world.events.filter { $0.time <= time }
    guard let then = KeyState.fold(past.filter { $0.stream == .key(key.environment, key.id) }),
      let environment = EnvironmentState.fold(past.filter { $0.stream == .environment(key.environment) }),
      let ledger = LedgerState.fold(past.filter { $0.stream == .ledger })
    else { return false }
    let request = VerificationRequest(permission: asked, customer: .right)
    return Verification.judge(then, in: environment, ledger, request, at: time) == .valid
  }

  private static func command(_ world: World, _ random: inout SplitMix64) -> Command {
    let key = Int.random(in: 1..<world.nextKey, using: &random)
    let grace = Grace.allCases[Int.random(in: 0..<5, using: &random)].rawValue
    let words = ["customers:read", "customers:write", "coupons:read", "subscriptions:read", "r1:read", "r2:write"]
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<4: return changeScope(key, words[Int.random(in: 0..<6, using: &random)], "subscriptions:read")
    case 4..<6: return rotate(key, grace)
    case 6: return changeGrace(key, grace)
    case 7: return revoke(key)
    case 8: return reveal(key)
    case 9: return .disconnectIntegration(name: "hubspot", environment: "production")
    default:
      let name = "r\(Int.random(in: 1...3, using: &random))"
      return .addResource(name: name, clientReadable: key % 2 == 0, readOnly: false)
    }
  }

  // MARK: Telling

  private static func scoped(_ words: String...) -> EventData {
    .scopeUpdated(before: .permissions([]), after: Scope(granting: words.map(permission)))
  }

  private static func rotated(_ grace: Grace, _ end: Int64) -> EventData {
    .keyRotated(grace: grace, expiresAt: at(end), successor: keyID(2))
  }

  private static func changed(_ grace: Grace, _ before: Int64, _ after: Int64) -> EventData {
    .graceChanged(grace: grace, before: at(before), after: at(after))
  }

  private static func told(_ interval: Interval) -> String {
    func hours(_ time: Instant) -> Int64 { (time.milliseconds - dawn.milliseconds) / hour }
    let opened = "\(hours(interval.since))…\(interval.until.map { "\(hours($0))" } ?? " ") #\(interval.openedBy)"
    switch interval.closing {
    case nil: return opened
    case .event(let sequence, _): return opened + " #\(sequence)"
    case .expiration: return opened + " expired"
    }
  }

  private static func story(_ row: Row) -> ([Event], LedgerState) {
    let record = KeyRecord(
      kind: row.kind, name: "key", description: "",
      scope: row.kind == .fullAccess ? .everything : Scope(granting: row.granted.map(permission)),
      fingerprint: hash(1), masked: "server-••")
    let all = [(hour: 0, data: EventData.keyCreated(record))] + row.happens
    let events = all.enumerated().map { index, happening in
      Event(
        sequence: UInt64(100 + index), stream: .key(slug("production"), keyID(1)), version: UInt64(index + 1),
        time: at(happening.hour), actor: .system, data: happening.data)
    }
    let added = Resource(name: slug("invoices"), clientReadable: row.invoices.clientReadable, readOnly: false)
    let catalogue = [
      Event(
        sequence: 1, stream: .ledger, version: 1, time: at(-99), actor: .system,
        data: .ledgerCreated(plan: .scale, resources: LedgerState.initialResources)),
      Event(
        sequence: row.invoices.sequence, stream: .ledger, version: 2, time: at(row.invoices.hour), actor: .system,
        data: .resourceAdded(added)),
    ]
    guard let ledger = LedgerState.fold(catalogue) else { preconditionFailure("the stream founds a ledger") }
    return (events, ledger)
  }
}

private func at(_ hours: Int64) -> Instant { dawn.advanced(by: hours * hour) }
