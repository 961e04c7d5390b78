import Cryptography
import EventLog
import KeyLedger
import Projections
import SeededRandom

/// The verification index: time to find a secret's fingerprint and to judge it, and bytes a key.
struct Finding {
  private let options: Options
  private static let askings = 1_000_000

  init(_ options: Options) { self.options = options }

  func run() throws {
    for keys in options.keys == 100_000 ? [100_000, 1_000_000] : [100_000] { try run(keys) }
  }

  private func run(_ keys: Int) throws {
    var random = SplitMix64(UInt64(keys))
    let fingerprints = (0..<keys).map { _ in random.hash() }
    let index = try build(fingerprints, &random)
    let probe = BareProbe(fingerprints)
    let asked = (0..<Finding.askings).map { _ in fingerprints[random.index(keys)] }
    let moment = Instant(milliseconds: 1_900_000_000_000)
    let request = VerificationRequest(permission: Slug("coupons").map { Permission($0, .read) })
    let rounds = try Rounds(
      options.rounds,
      [
        { try processed { try ask(asked) { probe.find($0) } } },
        { try processed { try ask(asked) { index.find($0) != nil } } },
        { try processed { try ask(asked) { index.judge($0, request, at: moment).key != nil } } },
      ])
    let name = "\(grouped(keys)) keys"
    for (contender, what) in [(1, "find"), (2, "find and judge")] {
      let isTarget = contender == 2 && keys == 1_000_000
      let rate = Double(Finding.askings) / rounds.median(contender)
      Figure(
        what: "verification index, \(name): \(what)", ours: nanoseconds(rounds.median(contender)),
        against: "bare probe " + nanoseconds(rounds.median(0)), ratio: rounds.ratio(0, to: contender),
        target: isTarget ? ">= 2.5 M/s" : "-", isReached: isTarget ? rate >= 2_500_000 : nil
      ).show()
    }
    let bytes = Double(index.byteCount) / Double(keys)
    Figure(
      what: "verification index, \(name): memory", ours: format(bytes, 0) + " bytes a key", target: "<= 128 bytes",
      isReached: bytes <= 128
    ).show()
  }

  private func nanoseconds(_ seconds: Double) -> String { format(seconds / Double(Finding.askings) * 1e9, 0) + " ns" }

  private func ask(_ asked: [Hash256], _ find: (Hash256) -> Bool) throws {
    var found = 0
    for fingerprint in asked where find(fingerprint) { found += 1 }
    guard found == asked.count else { throw Failure("\(found) found") }
  }

  private func build(_ fingerprints: [Hash256], _ random: inout SplitMix64) throws -> VerificationIndex {
    guard let environment = Slug("live"), let name = OperatorName("bench") else { throw Failure("no name") }
    let actor = Actor.operator(name)
    var index = VerificationIndex(ledger: LedgerID(time: Instant(milliseconds: 0), randomness: 1))
    func append(_ stream: Stream, _ data: EventData) {
      let sequence = index.sequence + 1
      let time = Instant(milliseconds: Int64(sequence))
      let event = Event(sequence: sequence, stream: stream, version: 1, time: time, actor: actor, data: data)
      index.evolve(event, leafHash: SHA256.hash([]))
    }
    append(.ledger, .ledgerCreated(plan: .scale, resources: LedgerState.initialResources))
    append(.environment(environment), .environmentProvisioned(SigningSecret(generation: 1, sha256: random.hash())))
    for (number, fingerprint) in fingerprints.enumerated() {
      let id = KeyID(time: Instant(milliseconds: Int64(number)), randomness: UInt128(random.next()))
      let record = KeyRecord(
        kind: .scoped, name: "service", description: "", scope: random.scope(), fingerprint: fingerprint,
        masked: "server-")
      append(.key(environment, id), .keyCreated(record))
    }
    return index
  }
}

/// What any table must do: a slot, a row, a comparison of 32 bytes.
private struct BareProbe {
  private var slots: [UInt32]
  private let rows: [Hash256]
  private let mask: Int

  init(_ rows: [Hash256]) {
    self.rows = rows
    var size = 16
    while size * 3 < rows.count * 4 { size *= 2 }
    slots = Array(repeating: 0, count: size)
    mask = size - 1
    for (index, row) in rows.enumerated() {
      var slot = Int(truncatingIfNeeded: row.words.0) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(index + 1)
    }
  }

  func find(_ row: Hash256) -> Bool {
    var slot = Int(truncatingIfNeeded: row.words.0) & mask
    while slots[slot] != 0 {
      if rows[Int(slots[slot]) - 1] == row { return true }
      slot = (slot + 1) & mask
    }
    return false
  }
}
