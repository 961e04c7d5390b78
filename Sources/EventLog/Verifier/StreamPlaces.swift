/// Which event stands at which place of which stream, as a sum that does not depend on the order: two of them are equal
/// when they were made of the same places. Keyed by the process, so that nobody can prepare two that are.
struct StreamPlaces: Equatable {
  private var sum: UInt64 = 0

  mutating func add(stream: Span<UInt8>, version: Int64, sequence: Int64) {
    var hasher = Hasher()
    unsafe stream.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    hasher.combine(version)
    hasher.combine(sequence)
    sum &+= UInt64(bitPattern: Int64(hasher.finalize()))
  }

  mutating func add(_ other: StreamPlaces) { sum &+= other.sum }
}
