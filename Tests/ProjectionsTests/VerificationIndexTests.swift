import Cryptography
import EventLog
import KeyLedger
import Projections
import SeededRandom
import Testing
import Transparency

struct VerificationIndexTests {
  @Test(
    "The index judges every secret as the domain does over folded states, along a random history",
    arguments: 1...8 as ClosedRange<UInt64>)
  func agreesWithJudge(seed: UInt64) throws {
    var history = try RandomHistory(seed: seed)
    var index = VerificationIndex(ledger: history.log.ledger)
    var seen: Set<VerificationOutcome> = []
    while history.size < 250 {
      try history.grow(by: Int.random(in: 1...60, using: &history.random))
      try index.catchUp(with: history.log)
      #expect(index.sequence == history.size)
      #expect(index.ledgerState == history.ledger)
      for key in history.keys.keys(includingRemoved: true) {
        try compare(index, &history, key, &seen)
      }
      for (id, state) in history.environments { #expect(index.environment(id) == state) }
    }
    #expect(index.judge(history.random.hash(), VerificationRequest(), at: history.now) == (.unknown, nil))
    #expect(seen.count >= 7, "the history is too tame: \(seen)")
  }

  @Test(
    "Written as bytes and read again it judges as before, and goes on from there",
    arguments: 11...14 as ClosedRange<UInt64>)
  func image(seed: UInt64) throws {
    var history = try RandomHistory(seed: seed)
    try history.grow(by: 200)
    var folded = VerificationIndex(ledger: history.log.ledger)
    try folded.catchUp(with: history.log)
    let image = try #require(try history.log.read { try folded.image(by: $0) })
    var again = try #require(read(image, of: history.log.ledger))
    #expect(again.sequence == folded.sequence && again.count == folded.count && again.byteCount == folded.byteCount)
    #expect(try history.log.read { try again.image(by: $0) } == image)
    try history.grow(by: 60)
    #expect(try history.log.read { try again.catchUp(reading: $0) })
    var seen: Set<VerificationOutcome> = []
    for key in history.keys.keys(includingRemoved: true) { try compare(again, &history, key, &seen) }
    #expect(again.ledgerState == history.ledger)
    for (id, state) in history.environments { #expect(again.environment(id) == state) }
  }

  @Test("What is no image of this ledger's index, whole, is none")
  func noImage() throws {
    var history = try RandomHistory(seed: 95)
    try history.grow(by: 60)
    var index = VerificationIndex(ledger: history.log.ledger)
    try index.catchUp(with: history.log)
    let image = try #require(try history.log.read { try index.image(by: $0) })
    for length in 0..<image.count {
      #expect(read(Array(image[..<length]), of: history.log.ledger) == nil)
    }
    #expect(read(image + [0], of: history.log.ledger) == nil)
    let other = LedgerID(time: Instant(milliseconds: 1), randomness: 1)
    #expect(read(image, of: other) == nil)
    // A state that the log does not lead to is not written.
    var cut = try RandomHistory(seed: 96)
    try cut.grow(by: 60)
    #expect(try cut.log.read { try index.image(by: $0) } == nil)
  }

  private func read(_ image: [UInt8], of ledger: LedgerID) -> VerificationIndex? {
    VerificationIndex(image: image.span, of: ledger)
  }

  /// All customers' evidence, a few moments, environments and permissions.
  private func compare(
    _ index: VerificationIndex, _ history: inout RandomHistory, _ key: KeyState, _ seen: inout Set<VerificationOutcome>
  ) throws {
    let entry = try #require(index.find(key.fingerprint))
    #expect(entry.id == key.id && index.environment(of: entry) == key.environment && entry.kind == key.kind)
    #expect(entry.ending == key.ending && entry.expiresAt == key.expiresAt)
    #expect(index.effectiveScope(of: entry) == key.effectiveScope(in: history.ledger))
    let environment = try #require(history.environments[key.environment])
    let other = history.environments.keys.sorted().randomElement(using: &history.random)
    let resources = history.ledger.resources.map(\.name) + [Slug("unheard_of")].compactMap { $0 }
    let permission = resources.randomElement(using: &history.random).flatMap {
      Permission($0, history.random.chance(50) ? .read : .write)
    }
    let end = key.expiresAt ?? history.now
    for now in [history.now, end, end.advanced(by: -1), end.advanced(by: 1), history.now.advanced(by: 8 * 86_400_000)] {
      for customer in CustomerEvidence.allCases {
        for (permission, environment_) in [(nil, nil), (permission, nil), (nil, other), (permission, key.environment)] {
          let request = VerificationRequest(permission: permission, environment: environment_, customer: customer)
          let wanted = Verification.judge(key, in: environment, history.ledger, request, at: now)
          let judged = index.judge(key.fingerprint, request, at: now)
          seen.insert(judged.outcome)
          #expect(judged == (wanted, key.id))
        }
      }
    }
  }

  @Test("An index of another log, of the same ledger or not, is folded anew")
  func anotherLog() throws {
    var history = try RandomHistory(seed: 91)
    try history.grow(by: 60)
    var cut = try RandomHistory(seed: 91)
    try cut.grow(by: 20)
    var index = VerificationIndex(ledger: history.log.ledger)
    try index.catchUp(with: history.log)
    // Shorter, as a restored backup is.
    try index.catchUp(with: cut.log)
    #expect(index.sequence == cut.size && index.count == cut.ids.count)
    // Grown another way since.
    cut.random = SplitMix64(92)
    try cut.grow(by: 100)
    try index.catchUp(with: history.log)
    #expect(index.sequence == history.size && index.count == history.ids.count)
    try index.catchUp(with: cut.log)
    #expect(index.sequence == cut.size && index.count == cut.ids.count)
    #expect(try index.frontier.root == cut.log.read { try $0.head().root })
  }

  @Test("A log that contradicts its own root, or holds an event that can't be read, is an error")
  func faultyLog() throws {
    var history = try RandomHistory(seed: 93)
    try history.grow(by: 60)
    var index = VerificationIndex(ledger: history.log.ledger)
    #expect(throws: ViewsError.logContradictsItself(size: history.size)) {
      try index.catchUp(with: FaultyLog(history.log, .wrongRoot))
    }
    var other = VerificationIndex(ledger: history.log.ledger)
    #expect(throws: LogError.unreadable(sequence: 31, reason: FaultyLog.reason)) {
      try other.catchUp(with: FaultyLog(history.log, .unreadable(31)))
    }
    #expect(other.sequence == 30)
    try other.catchUp(with: history.log)
    #expect(other.sequence == history.size)
  }

  @Test("A key takes at most 128 bytes, at any number of keys from a thousand on, and each is found")
  func bytesPerKey() throws {
    let ledger = LedgerID(time: Instant(milliseconds: 0), randomness: 1)
    let environment = try #require(Slug("production"))
    let customers = try #require(Permission("customers:read"))
    var random = SplitMix64(94)
    var index = VerificationIndex(ledger: ledger)
    var most = 0.0
    var sample: [(Hash256, KeyID)] = []
    for number in 1...60_000 as ClosedRange<UInt64> {
      let id = KeyID(time: Instant(milliseconds: Int64(number)), randomness: UInt128(random.next()))
      let record = KeyRecord(
        kind: .scoped, name: "n", description: "", scope: Scope(granting: [customers]), fingerprint: random.hash(),
        masked: "m")
      let event = Event(
        sequence: number, stream: .key(environment, id), version: 1, time: Instant(milliseconds: Int64(number)),
        actor: .system, data: .keyCreated(record))
      index.evolve(event, leafHash: MerkleTree.leafHash([UInt8(truncatingIfNeeded: number)]))
      if number >= 1_000 { most = max(most, Double(index.byteCount) / Double(number)) }
      if number % 97 == 0 { sample.append((record.fingerprint, id)) }
    }
    #expect(most <= 128 && most > 64)
    for (fingerprint, id) in sample { #expect(index.find(fingerprint)?.id == id) }
  }

  @Test("Keys whose permissions change again and again have those of the last change, and the others are let go")
  func changingScopes() throws {
    var index = VerificationIndex(ledger: LedgerID(time: Instant(milliseconds: 0), randomness: 1))
    func append(_ stream: Stream, _ data: EventData) {
      let event = Event(
        sequence: index.sequence + 1, stream: stream, version: 1, time: Instant(milliseconds: 1), actor: .system,
        data: data)
      index.evolve(event, leafHash: MerkleTree.leafHash([]))
    }
    var random = SplitMix64(97)
    let names = try (0..<16).map { try #require(Slug("resource_\($0)")) }
    let resources = names.map { Resource(name: $0, clientReadable: false, readOnly: false) }
    append(.ledger, .ledgerCreated(plan: .scale, resources: resources))
    let environment = try #require(Slug("production"))
    var keys: [(id: KeyID, fingerprint: Hash256, scope: Scope)] = []
    for number in 0..<20 as Range<UInt128> {
      let key = (
        id: KeyID(time: Instant(milliseconds: 1), randomness: number), fingerprint: random.hash(),
        scope: Scope.permissions([])
      )
      keys.append(key)
      append(
        .key(environment, key.id),
        .keyCreated(
          KeyRecord(
            kind: .scoped, name: "n", description: "", scope: key.scope, fingerprint: key.fingerprint, masked: "m")))
    }
    for _ in 0..<5_000 {
      let place = Int.random(in: keys.indices, using: &random)
      let scope = Scope(
        granting: names.filter { _ in random.chance(50) }.map { Permission($0, random.chance(50) ? .read : .write) })
      append(.key(environment, keys[place].id), .scopeUpdated(before: keys[place].scope, after: scope))
      keys[place].scope = scope
    }
    #expect(index.byteCount < 100_000)
    for key in keys {
      let entry = try #require(index.find(key.fingerprint))
      #expect(entry.id == key.id && index.effectiveScope(of: entry) == key.scope)
    }
  }
}
