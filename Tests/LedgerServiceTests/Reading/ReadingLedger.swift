import Cryptography
import Foundation
import KeyLedger
import LedgerService
import SQLite
import SeededRandom
import Synchronization
import Vault

/// A small real ledger in a directory of its own, with a clock that stands still until it is moved, and randomness that
/// is the same in every run. The directory goes when the test ends.
final class ReadingLedger {
  let directory: LedgerDirectory
  let clock = MovableClock(Instant(milliseconds: 1_790_000_000_000))
  let founding: Founding
  private let service: LedgerService
  private let root: URL
  static let you = operatorName("ops")

  init(owner: String? = "ada@example.com", at time: Instant? = nil) throws {
    root = FileManager.default.temporaryDirectory.appending(path: "keyledger-reading-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    directory = LedgerDirectory(path: root.appending(path: "data").path)
    let randomness = SeededRandomness(7)
    founding = try LedgerService.found(
      directory, plan: .scale, owner: owner, by: ReadingLedger.you, at: time, clock: clock, randomness: randomness)
    service = try LedgerService(directory, clock: clock, randomness: randomness)
  }

  deinit {
    service.close()
    try? FileManager.default.removeItem(at: root)
  }

  /// Runs a command as the operator, one second after whatever came before.
  @discardableResult
  func run(_ command: Command, by credential: Credential? = nil, idempotencyKey: String? = nil) throws -> Outcome {
    clock.advance(1_000)
    var request = Request(command, by: credential ?? .operator(ReadingLedger.you))
    request.idempotencyKey = idempotencyKey
    return try service.submit(request)
  }

  func backfill(_ command: Command, at time: Instant) throws -> Outcome {
    clock.advance(1_000)
    var request = Request(command, by: .author("operator:elsewhere", by: ReadingLedger.you))
    request.backfilledAt = time
    return try service.submit(request)
  }

  func rehearse(_ command: Command) throws -> Outcome {
    let found = Mutex<Result<Outcome, Refusal>?>(nil)
    try service.rehearse { execute in
      let result = execute(Request(command, by: .operator(ReadingLedger.you)))
      found.withLock { $0 = result }
    }
    guard let result = found.withLock({ $0 }) else { throw Nothing() }
    return try result.get()
  }

  func queries(_ source: Queries.Source = .views) throws -> Queries {
    try Queries(directory, clock: clock, source: source)
  }

  /// Another process's view of the same thing, for the sqlite3 shell's part.
  func file(_ name: String) -> String { directory.path + "/" + name }

  struct Nothing: Error {}
}

/// A clock that a test moves.
final class MovableClock: Clock {
  private let time: Mutex<Instant>

  init(_ start: Instant) { time = Mutex(start) }

  func now() -> Instant { time.withLock { $0 } }
  func advance(_ milliseconds: Int64) { time.withLock { $0 = $0.advanced(by: milliseconds) } }
  func set(_ instant: Instant) { time.withLock { $0 = instant } }
}

/// Where a ledger's randomness comes from in a run that can be repeated.
final class SeededRandomness: Randomness {
  private let numbers: Mutex<SplitMix64>

  init(_ seed: UInt64) { numbers = Mutex(SplitMix64(seed)) }

  func bytes(_ count: Int) -> [UInt8] { numbers.withLock { $0.bytes(count) } }
}

func operatorName(_ text: String) -> OperatorName {
  guard let name = OperatorName(text) else { preconditionFailure("no name of an operator") }
  return name
}

func permission(_ text: String) -> Permission {
  guard let permission = Permission(text) else { preconditionFailure("no permission") }
  return permission
}

func slug(_ text: String) -> Slug {
  guard let slug = Slug(text) else { preconditionFailure("no slug") }
  return slug
}

extension Outcome {
  /// The one key that a command made or changed.
  var onlyKey: KeyState {
    get throws {
      switch answer {
      case .key(let key), .reveal(let key), .rotation(let key, _): return key
      case .integration(_, _, let keys):
        if let key = keys.last { return key }
      default: break
      }
      throw ReadingLedger.Nothing()
    }
  }

  func keyOf(_ kind: KeyKind) throws -> KeyState {
    guard case .environment(_, let keys) = answer, let key = keys.first(where: { $0.kind == kind }) else {
      throw ReadingLedger.Nothing()
    }
    return key
  }

  func secret(of key: KeyState) throws -> SecretBytes {
    guard let secret = secrets[key.id] else { throw ReadingLedger.Nothing() }
    return secret
  }
}

extension SecretBytes {
  convenience init(_ text: String) { self.init(Array(text.utf8)) }
}

/// What a refusal says, for a call that must be refused.
func refusal(_ body: () throws -> Void) -> RefusalCode? {
  do {
    try body()
    return nil
  } catch {
    return (error as? Refusal)?.code
  }
}

extension ReadingLedger {
  /// Runs `body` while the root key is elsewhere.
  func losingTheRootKey<R>(_ body: () throws -> R) throws -> R {
    let away = directory.rootKeyPath + ".away"
    try FileManager.default.moveItem(atPath: directory.rootKeyPath, toPath: away)
    defer { try? FileManager.default.moveItem(atPath: away, toPath: directory.rootKeyPath) }
    return try body()
  }
}

extension ReadingLedger {
  /// Puts another handle, with a salt of its own, where a user's handle is sealed: as somebody with the root key could.
  func sealHandle(_ handle: String, for user: UserID) throws {
    let vault = try Vault(
      path: directory.vault, rootKeyPath: directory.rootKeyPath, ledger: founding.ledger.description,
      random: { SeededRandomness(3).bytes($0) })
    defer { vault.close() }
    try vault.begin()
    try vault.put(owner: user.description, kind: "handle", content: SeededRandomness(4).bytes(32) + Array(handle.utf8))
    try vault.commit()
  }
}

extension ReadingLedger {
  /// Runs `body` while another connection stands in the middle of reading the vault, so that its WAL can't be cut.
  func whileSomebodyReadsTheVault<R>(_ body: () throws -> R) throws -> R {
    let reader = try Connection(path: directory.vault, mode: .readOnly, busy: .jitter(limitMilliseconds: 100))
    defer { reader.close() }
    return try reader.read {
      let row = try reader.prepare("SELECT count(*) FROM secrets")
      defer { row.reset() }
      _ = try row.step()
      return try body()
    }
  }
}
