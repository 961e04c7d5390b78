extension SHA256 {
  /// SHA-256(prefix ‖ left ‖ right), the shape of a Merkle node (RFC 9162 §2.1.1): 65 bytes, so two blocks whose
  /// padding is known beforehand.
  package static func hash(prefix: UInt8, _ left: Digest, _ right: Digest) -> Digest {
    hash(prefix: prefix, left, right, engine: .best)
  }

  static func hash(prefix: UInt8, _ left: Digest, _ right: Digest, engine: SHA256Engine) -> Digest {
    var blocks = InlineArray<16, UInt64>(repeating: 0)
    var words = blocks.mutableSpan
    layOut(prefix, left, right, in: &words, at: 0)
    var state = initialState
    // Words are bytes as they lie in memory; the view ends before `blocks` does.
    unsafe blocks.span.withUnsafeBytes { bytes in
      unsafe engine.compress(&state, bytes.bindMemory(to: UInt8.self).span)
    }
    return digest(state)
  }

  /// Puts in the place of two neighbours, from the left, the digest over both that `hash(prefix:_:_:)` gives, at little
  /// more than half the cost of one after the other. Traps for an odd number.
  package static func joinPairs(prefix: UInt8, _ row: inout [Digest]) { joinPairs(prefix: prefix, &row, engine: .best) }

  static func joinPairs(prefix: UInt8, _ row: inout [Digest], engine: SHA256Engine) {
    precondition(row.count.isMultiple(of: 2), "a node has two children")
    let pairs = row.count / 2
    var states: [InlineArray<8, UInt32>] = []
    var blocks = InlineArray<256, UInt64>(repeating: 0)
    for start in stride(from: 0, to: pairs, by: pairsAtOnce) {
      let count = min(pairsAtOnce, pairs - start)
      states.removeAll(keepingCapacity: true)
      var words = blocks.mutableSpan
      for pair in 0..<count {
        let left = 2 * (start + pair)
        layOut(prefix, row[left], row[left + 1], in: &words, at: pair * wordsOfPair)
        states.append(initialState)
      }
      let counts = pairBlocks.span.extracting(0..<count)
      // As above.
      unsafe blocks.span.withUnsafeBytes { bytes in
        let used = unsafe bytes.bindMemory(to: UInt8.self).span.extracting(0..<count * 2 * blockByteCount)
        engine.compress(used, counts: counts, into: &states)
      }
      // Digests lie there that were joined already: pairs that are still to be lie further on.
      for pair in 0..<count { row[start + pair] = digest(states[pair]) }
    }
    row.removeLast(pairs)
  }

  /// As many as the widest engine works on.
  private static let pairsAtOnce = 16
  private static let wordsOfPair = 16
  private static let pairBlocks: InlineArray<16, UInt32> = InlineArray(repeating: 2)

  /// The 65 bytes and their padding as sixteen big-endian words: each takes its top byte from the word before. What is
  /// zero is not written.
  @inline(__always)
  private static func layOut(
    _ prefix: UInt8, _ left: Digest, _ right: Digest, in blocks: inout MutableSpan<UInt64>, at start: Int
  ) {
    let (l, r) = (left.words, right.words)
    blocks[start] = (UInt64(prefix) << 56 | l.0 >> 8).bigEndian
    blocks[start + 1] = (l.0 << 56 | l.1 >> 8).bigEndian
    blocks[start + 2] = (l.1 << 56 | l.2 >> 8).bigEndian
    blocks[start + 3] = (l.2 << 56 | l.3 >> 8).bigEndian
    blocks[start + 4] = (l.3 << 56 | r.0 >> 8).bigEndian
    blocks[start + 5] = (r.0 << 56 | r.1 >> 8).bigEndian
    blocks[start + 6] = (r.1 << 56 | r.2 >> 8).bigEndian
    blocks[start + 7] = (r.2 << 56 | r.3 >> 8).bigEndian
    blocks[start + 8] = (r.3 << 56 | 0x80 << 48).bigEndian
    blocks[start + 15] = UInt64(65 * 8).bigEndian
  }
}
