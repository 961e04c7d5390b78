import LedgerService
import SeededRandom
import Synchronization

extension SplitMix64 {
  mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}

/// Where the ledger's randomness comes from in a run that can be repeated. Whoever knows the seed knows every secret.
final class SeededRandomness: Randomness {
  private let numbers: Mutex<SplitMix64>

  init(_ seed: UInt64) { numbers = Mutex(SplitMix64(seed)) }

  func bytes(_ count: Int) -> [UInt8] { numbers.withLock { $0.bytes(count) } }
}
