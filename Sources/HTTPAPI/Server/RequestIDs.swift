import LedgerService

/// Names requests: 8 random hex digits for the loop, 12 that count.
struct RequestIDs {
  static let length = 20
  private var text = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
  private var count: UInt64 = 0

  init(randomness: any Randomness = SystemRandomness()) {
    for (index, byte) in randomness.bytes(4).enumerated() {
      text[index * 2] = RequestIDs.digit(byte >> 4)
      text[index * 2 + 1] = RequestIDs.digit(byte & 15)
    }
  }

  /// The next one.
  mutating func next() -> InlineArray<20, UInt8> {
    count &+= 1
    var rest = count
    for index in stride(from: RequestIDs.length - 1, to: 7, by: -1) {
      text[index] = RequestIDs.digit(UInt8(truncatingIfNeeded: rest & 15))
      rest >>= 4
    }
    return text
  }

  mutating func nextText() -> String {
    let id = next()
    return id.span.asciiText
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}

extension Span<UInt8> {
  /// As text of ASCII.
  fileprivate var asciiText: String {
    unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
