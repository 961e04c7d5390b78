import KeyLedger
import SeededRandom

/// Events of every type with any content that a record can carry.
struct RandomEvents {
  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed) }

  mutating func event(sequence: UInt64) -> Event {
    let (stream, data) = happening()
    return Event(
      sequence: sequence, stream: stream, version: UInt64.random(in: 1...1_000, using: &random), time: time(),
      actor: actor(), data: data, marks: marks())
  }

  mutating func happening() -> (Stream, EventData) {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: (.ledger, ledgerData())
    case 1: (.user(UserID(ulid: ulid())), userData())
    case 2: (.environment(slug()), environmentData())
    default: (.key(slug(), key()), keyData())
    }
  }

  private mutating func ledgerData() -> EventData {
    switch Int.random(in: 0..<5, using: &random) {
    case 0: .ledgerCreated(plan: one(of: Plan.allCases), resources: (0..<number(below: 5)).map { _ in resource() })
    case 1:
      .ledgerRestored(
        Restoration(size: count(), root: hash(), shown: TreeHead(size: count(), root: hash()), reason: text()))
    case 2: .ledgerRestored(Restoration(size: count(), root: hash(), shown: nil, reason: text()))
    case 3: .planChanged(before: one(of: Plan.allCases), after: one(of: Plan.allCases))
    default: .resourceAdded(resource())
    }
  }

  private mutating func userData() -> EventData {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: .userAdded(commitment: hash(), role: one(of: Role.allCases), token: hash())
    case 1: .userRoleChanged(before: one(of: Role.allCases), after: one(of: Role.allCases))
    case 2: .userTokenRenewed(token: hash())
    case 3: .userTokenEnded
    case 4: .userRemoved
    default: .userForgotten
    }
  }

  private mutating func environmentData() -> EventData {
    switch Int.random(in: 0..<7, using: &random) {
    case 0: .environmentProvisioned(SigningSecret(generation: count(), sha256: hash()))
    case 1: .integrationConnected(integration: slug(), scope: scope(), key: key())
    case 2: .integrationDisconnected(integration: slug())
    case 3: .clientSecurityEnforced
    case 4: .clientSecurityRelaxed
    case 5: .clientSecuritySecretRotated(SigningSecret(generation: count(), sha256: hash()))
    default: .clientSecuritySecretRevealed
    }
  }

  private mutating func keyData() -> EventData {
    switch Int.random(in: 0..<9, using: &random) {
    case 0: .keyCreated(record())
    case 1: .keyMigrated(record())
    case 2: .keyRenamed(name: text(), description: text())
    case 3: .scopeUpdated(before: scope(), after: scope())
    case 4: .keyRotated(grace: one(of: Grace.allCases), expiresAt: time(), successor: key())
    case 5: .graceChanged(grace: one(of: Grace.allCases), before: time(), after: time())
    case 6: .keyRevoked
    case 7: .keyRevealed
    default: .keyRemoved(integration: slug())
    }
  }

  private mutating func record() -> KeyRecord {
    KeyRecord(
      kind: one(of: KeyKind.allCases), name: text(), description: text(), scope: scope(), fingerprint: hash(),
      masked: text(), predecessor: Bool.random(using: &random) ? key() : nil,
      integration: Bool.random(using: &random) ? slug() : nil, revealable: Bool.random(using: &random))
  }

  private mutating func marks() -> EventMarks {
    EventMarks(
      idempotency: Bool.random(using: &random) ? Idempotency(key: hash(), request: hash()) : nil,
      recorded: Bool.random(using: &random) ? Recorded(time: time(), by: actor()) : nil,
      traceparent: Bool.random(using: &random) ? "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" : nil)
  }
}

extension RandomEvents {
  private mutating func number(below limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

  private mutating func one<Value>(of values: [Value]) -> Value { values[number(below: values.count)] }

  /// Small counts and the greatest that JSON carries.
  private mutating func count() -> UInt64 { one(of: [0, 1, 255, 65_536, 9_007_199_254_740_991]) }

  private mutating func time() -> Instant {
    Instant(milliseconds: Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &random))
  }

  private mutating func hash() -> Hash256 {
    Hash256(words: (random.next(), random.next(), random.next(), random.next()))
  }

  private mutating func ulid() -> ULID { ULID(bits: UInt128.random(in: 0...UInt128.max, using: &random)) }

  private mutating func key() -> KeyID { KeyID(ulid: ulid()) }

  private mutating func actor() -> Actor {
    switch number(below: 4) {
    case 0: .user(UserID(ulid: ulid()))
    case 1: .key(key())
    case 2: OperatorName("Ada.L-ovelace_@example.com").map(Actor.operator) ?? .system
    default: .system
    }
  }

  private mutating func slug() -> Slug {
    let head = Array("abcdefghijklmnopqrstuvwxyz")
    let tail = Array("abcdefghijklmnopqrstuvwxyz0123456789_-")
    let rest = (0..<one(of: [0, 1, 7, 62])).map { _ in one(of: tail) }
    guard let slug = Slug(String([one(of: head)] + rest)) else { preconditionFailure("not a slug") }
    return slug
  }

  private mutating func resource() -> Resource {
    Resource(name: slug(), clientReadable: Bool.random(using: &random), readOnly: Bool.random(using: &random))
  }

  private mutating func scope() -> Scope {
    guard number(below: 5) > 0 else { return .everything }
    // Short names, so that some are prefixes of others and some permissions are of the same resource.
    let names = ["a", "a-", "a_", "a0", "ab", "b"].compactMap { Slug($0) }
    return Scope(
      granting: (0..<number(below: 6)).map { _ in Permission(one(of: names), one(of: Access.allCases)) })
  }

  private mutating func text() -> String {
    let pieces = ["a", "Z", " ", "\"", "\\", "/", "é", "e\u{301}", "日本", "🔑", "\u{2028}", "\u{7f}", "\n", "\u{1}", "•"]
    return (0..<number(below: 12)).map { _ in one(of: pieces) }.joined()
  }
}
