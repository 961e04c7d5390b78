internal import CCPU

/// Who does the compression of SHA-256: plain Swift everywhere, the processor's own instructions where it has them.
///
/// All give the same digests. The Swift one is the fallback, and the oracle that the tests hold the others against.
package enum SHA256Engine: CaseIterable, Sendable {
  case swift
  /// Instructions for SHA-256.
  case instructions
  /// The same for one message, and AVX-512 for many at once.
  case wide

  /// Whether this processor can run it.
  package var isAvailable: Bool {
    switch self {
    case .swift: true
    case .instructions: SHA256Engine.best != .swift
    case .wide: SHA256Engine.best == .wide
    }
  }

  /// The fastest one here, found out once for the process.
  package static let best: SHA256Engine =
    keyledger_has_sha256() == 0 ? .swift : keyledger_has_avx512() == 0 ? .instructions : .wide

  /// Absorbs whole 64-byte blocks. Traps on a broken one.
  func compress(_ state: inout InlineArray<8, UInt32>, _ blocks: Span<UInt8>) {
    precondition(blocks.count % SHA256.blockByteCount == 0, "SHA-256 compresses whole blocks")
    switch self {
    case .swift:
      for start in stride(from: 0, to: blocks.count, by: SHA256.blockByteCount) {
        compressInSwift(&state, blocks.extracting(start..<start + SHA256.blockByteCount))
      }
    case .instructions, .wide:
      var words = state.mutableSpan
      unsafe words.withUnsafeMutableBufferPointer { words in
        unsafe blocks.withUnsafeBufferPointer { blocks in
          unsafe keyledger_sha256_blocks(
            words.baseAddress, blocks.baseAddress, blocks.count / SHA256.blockByteCount)
        }
      }
    }
  }
}

extension SHA256Engine {
  /// Absorbs padded messages that lie one behind the other in `blocks`, message i taking `counts[i]` blocks, at least
  /// one, into the state of each.
  func compress(_ blocks: Span<UInt8>, counts: Span<UInt32>, into states: inout [InlineArray<8, UInt32>]) {
    var total = 0
    for index in counts.indices {
      precondition(counts[index] > 0, "a padded message has a block")
      total += Int(counts[index])
    }
    precondition(blocks.count == total * SHA256.blockByteCount && states.count == counts.count)
    switch self {
    case .swift:
      var start = 0
      for index in counts.indices {
        let end = start + Int(counts[index]) * SHA256.blockByteCount
        compress(&states[index], blocks.extracting(start..<end))
        start = end
      }
    case .instructions: unsafe compress(blocks, counts, &states, keyledger_sha256_messages)
    case .wide: unsafe compress(blocks, counts, &states, keyledger_sha256_messages_wide)
    }
  }

  private func compress(
    _ blocks: Span<UInt8>, _ counts: Span<UInt32>, _ states: inout [InlineArray<8, UInt32>],
    _ all: (UnsafePointer<UInt8>?, UnsafePointer<UInt32>?, Int, UnsafeMutablePointer<UInt32>?) -> Void
  ) {
    unsafe states.withUnsafeMutableBytes { states in
      unsafe blocks.withUnsafeBufferPointer { blocks in
        unsafe counts.withUnsafeBufferPointer { counts in
          unsafe all(
            blocks.baseAddress, counts.baseAddress, counts.count, states.bindMemory(to: UInt32.self).baseAddress)
        }
      }
    }
  }
}

/// One block by the text of FIPS 180-4 §6.2.2. The schedule is kept as a ring of sixteen words.
private func compressInSwift(_ state: inout InlineArray<8, UInt32>, _ block: Span<UInt8>) {
  var w = InlineArray<16, UInt32>(repeating: 0)
  for t in 0..<16 {
    let first = UInt32(block[4 * t]) << 24 | UInt32(block[4 * t + 1]) << 16
    w[t] = first | UInt32(block[4 * t + 2]) << 8 | UInt32(block[4 * t + 3])
  }
  var (a, b, c, d) = (state[0], state[1], state[2], state[3])
  var (e, f, g, h) = (state[4], state[5], state[6], state[7])
  for t in 0..<64 {
    if t >= 16 {
      let (w15, w2) = (w[(t &+ 1) & 15], w[(t &+ 14) & 15])
      let sigma0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 &>> 3)
      let sigma1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 &>> 10)
      w[t & 15] = w[t & 15] &+ sigma0 &+ w[(t &+ 9) & 15] &+ sigma1
    }
    let choice = (e & f) ^ (~e & g)
    let majority = (a & b) ^ (a & c) ^ (b & c)
    let t1 = h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice &+ constants[t] &+ w[t & 15]
    let t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
    (h, g, f, e) = (g, f, e, d &+ t1)
    (d, c, b, a) = (c, b, a, t1 &+ t2)
  }
  state[0] &+= a
  state[1] &+= b
  state[2] &+= c
  state[3] &+= d
  state[4] &+= e
  state[5] &+= f
  state[6] &+= g
  state[7] &+= h
}

@inline(__always)
private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { (word &>> count) | (word &<< (32 &- count)) }

// FIPS 180-4 §4.2.2. Its own copy, not the C one: an oracle that shares a table shares its errors.
private let constants: InlineArray<64, UInt32> = [
  0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
  0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
  0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
  0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
  0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
  0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
  0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
  0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
]
