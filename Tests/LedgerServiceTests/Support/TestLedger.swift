import Cryptography
import EventLog
import Foundation
import KeyLedger
import Synchronization

@testable import LedgerService

/// A clock that a test sets.
final class TestClock: Clock {
  private let time: Mutex<Int64>

  init(_ milliseconds: Int64 = 1_700_000_000_000) { time = Mutex(milliseconds) }

  func now() -> Instant { Instant(milliseconds: time.withLock { $0 }) }
  func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}

/// A ledger in a directory of its own, removed at the end.
final class TestLedger: Sendable {
  let directory: LedgerDirectory
  let clock = TestClock()
  let owner: UserID
  let ownerToken: Hash256

  /// - Parameter time: when it is founded; now, unless its history will be backfilled.
  init(plan: Plan = .scale, at time: Instant? = nil) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("keyledger-test-\(UUID().uuidString)").path
    directory = LedgerDirectory(path: path)
    let founding = try LedgerService.found(
      directory, plan: plan, owner: "ada@example.com", by: TestLedger.root, at: time, clock: clock)
    guard let first = founding.owner else { throw Refusal(.notFound, "no owner") }
    owner = first.id
    ownerToken = first.token.withBytes(SecretForm.fingerprint)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory.path) }

  static let root: OperatorName = {
    guard let name = OperatorName("root") else { preconditionFailure("root is a name") }
    return name
  }()

  func writer() throws -> Writer { try Writer(directory, clock: clock, randomness: SystemRandomness()) }

  func log() throws -> SQLiteLog { try SQLiteLog(path: directory.ledger, mode: .readOnly) }

  var asOwner: Credential { .user(owner, token: ownerToken) }

  /// The bytes of every file of the data directory, by name.
  func files() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
      files[name] = Array(try Data(contentsOf: URL(fileURLWithPath: directory.path + "/" + name)))
    }
    return files
  }

  /// The files that hold these bytes.
  func files(holding needle: [UInt8]) throws -> [String] {
    try files().filter { $0.value.contains(needle) }.map(\.key).sorted()
  }
}

extension Array where Element == UInt8 {
  func contains(_ needle: [UInt8]) -> Bool {
    Data(self).range(of: Data(needle)) != nil
  }
}

extension Writer {
  /// One command as the operator.
  @discardableResult
  func operate(_ command: Command, key: String? = nil) throws -> Outcome {
    var request = Request(command, by: .operator(TestLedger.root))
    request.idempotencyKey = key
    return try one(request)
  }

  @discardableResult
  func one(_ request: Request) throws -> Outcome {
    guard let result = run([request]).first else { throw Refusal(.badUsage, "no result") }
    return try result.get()
  }

  /// A scoped key, with the secret that was told.
  func makeKey(_ environment: String, _ scope: [String], by credential: Credential? = nil) throws -> (
    KeyState, SecretBytes
  ) {
    let command = Command.createKey(environment: environment, name: "worker", description: "", scope: scope)
    let outcome = try one(Request(command, by: credential ?? .operator(TestLedger.root)))
    guard case .key(let key) = outcome.answer, let secret = outcome.secrets[key.id] else {
      throw Refusal(.notFound, "no key in the answer")
    }
    return (key, secret)
  }
}

/// The code of a refusal; nil when there was none.
func code(_ result: Result<Outcome, Refusal>) -> RefusalCode? {
  if case .failure(let refusal) = result { return refusal.code }
  return nil
}
