/// The text's bytes.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Bytes that are no UTF-8, and the offset of the first wrong one; each stands in a string, after a quote.
let notUTF8: [([UInt8], Int)] = [
  ([0x80], 1), ([0x61, 0xFF], 2), ([0xC0, 0x80], 1), ([0xC1, 0xBF], 1), ([0xE0, 0x80, 0x80], 1),
  ([0xE0, 0x9F, 0xBF], 1), ([0xED, 0xA0, 0x80], 1), ([0xED, 0xBF, 0xBF], 1), ([0xF0, 0x80, 0x80, 0x80], 1),
  ([0xF0, 0x8F, 0xBF, 0xBF], 1), ([0xF4, 0x90, 0x80, 0x80], 1), ([0xF5, 0x80, 0x80, 0x80], 1), ([0xE2, 0x82], 1),
  ([0x61, 0xE2, 0x28, 0xA1], 2), ([0x5C, 0x6E, 0xC3], 3), ([0xFE], 1),
]

/// SplitMix64: the same numbers every time, so that a failure is found again.
struct Dice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
