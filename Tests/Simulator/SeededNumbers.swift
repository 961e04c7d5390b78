import LedgerService
import Synchronization

/// SplitMix64: the same numbers for the same seed.
struct SeededNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

  mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }
}

/// Where the ledger's randomness comes from in a run that can be repeated. Whoever knows the seed knows every secret.
final class SeededRandomness: Randomness {
  private let numbers: Mutex<SeededNumbers>

  init(_ seed: UInt64) { numbers = Mutex(SeededNumbers(seed)) }

  func bytes(_ count: Int) -> [UInt8] { numbers.withLock { $0.bytes(count) } }
}
