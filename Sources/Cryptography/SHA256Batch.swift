/// Messages that are hashed together, which takes little more than half the time: where the processor has instructions
/// for SHA-256 it works on two at once.
///
/// They lie one behind the other, each behind its prefix and padded (FIPS 180-4 §5.1.1), so that hashing copies nothing.
package struct SHA256Batch: Sendable {
  /// Room for whole padded messages; what lies at `end` and beyond means nothing.
  private var blocks: [UInt8] = []
  /// Blocks of each message.
  private var counts: [UInt32] = []
  /// Where each message lies, without prefix and padding.
  private var places: [Range<Int>] = []
  private var end = 0

  package init() {}

  package var count: Int { places.count }

  /// Bytes taken, prefixes and padding too.
  package var byteCount: Int { end }

  /// Forgets the messages and keeps the memory.
  package mutating func removeAll() {
    counts.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    end = 0
  }

  /// The bytes of a message as they were put in, without the prefix.
  @_lifetime(borrow self)
  package func message(_ index: Int) -> Span<UInt8> { blocks.span.extracting(places[index]) }

  /// One more message: prefix ‖ bytes, the shape of a Merkle leaf (RFC 9162 §2.1.1).
  package mutating func append(prefix: UInt8, _ bytes: Span<UInt8>) {
    let start = open(prefix: prefix, byteCount: bytes.count)
    guard !bytes.isEmpty else { return }
    var target = blocks.mutableSpan
    unsafe target.withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[start...]).copyMemory(from: bytes)
      }
    }
  }

  /// Lays out a message with its prefix and padding. Returns where its bytes are to be put.
  private mutating func open(prefix: UInt8, byteCount: Int) -> Int {
    let start = end
    // Prefix, bytes, the mark of the end and the length in bits, which takes eight.
    let count = (1 + byteCount + 1 + 8 + SHA256.blockByteCount - 1) / SHA256.blockByteCount
    end = start + count * SHA256.blockByteCount
    if blocks.count < end {
      blocks.append(contentsOf: repeatElement(0, count: max(end - blocks.count, blocks.count)))
    }
    let place = start + 1..<start + 1 + byteCount
    let end = end
    var target = blocks.mutableSpan
    unsafe target.withUnsafeMutableBytes { target in
      unsafe target[start] = prefix
      let padding = unsafe UnsafeMutableRawBufferPointer(rebasing: target[place.upperBound..<end])
      unsafe padding.initializeMemory(as: UInt8.self, repeating: 0)
      unsafe padding[0] = 0x80
      let bits = UInt64(byteCount + 1) * 8
      unsafe target.storeBytes(of: bits.bigEndian, toByteOffset: end - 8, as: UInt64.self)
    }
    counts.append(UInt32(count))
    places.append(place)
    return place.lowerBound
  }

  /// The digest of each message, in order. The messages stay.
  package func digests() -> [Digest] { digests(engine: .best) }

  func digests(engine: SHA256Engine) -> [Digest] {
    var states = Array(repeating: SHA256.initialState, count: count)
    engine.compress(blocks.span.extracting(0..<end), counts: counts.span, into: &states)
    return states.map { SHA256.digest($0) }
  }
}
