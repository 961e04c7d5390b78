/// The digits of secrets: `0-9A-Za-z`, in this order.
package enum Base62 {
  /// The greatest multiple of 62 in a byte. Bytes from here on are rejected, or eight digits would be likelier.
  private static let fair: UInt8 = 248

  /// The number in exactly this many digits, padded with `0`. Traps if they don't suffice; six always do.
  package static func encode(_ value: UInt32, width: Int) -> [UInt8] {
    var digits: [UInt8] = []
    var rest = value
    for _ in 0..<width {
      digits.append(digit(UInt8(truncatingIfNeeded: rest % 62)))
      rest /= 62
    }
    precondition(rest == 0, "more digits than the width")
    digits.reverse()
    return digits
  }

  /// Adds independent digits, each of the 62 equally likely when `nextByte` is uniform; takes 1.03 bytes a digit.
  package static func appendRandomText(length: Int, to text: inout [UInt8], nextByte: () -> UInt8) {
    let end = text.count + length
    while text.count < end {
      let byte = nextByte()
      if byte < fair { text.append(digit(byte % 62)) }
    }
  }

  package static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<10: 0x30 + value
    case 10..<36: 0x41 + value - 10
    default: 0x61 + value - 36
    }
  }
}
