internal import CCPU

/// Overwrites the bytes with zeros by a call that the optimiser can't drop; the array keeps its length.
///
/// Another variable that shares the array keeps its bytes: what is wiped then is a copy.
package func wipe(_ bytes: inout [UInt8]) {
  unsafe bytes.withUnsafeMutableBytes { bytes in
    guard let address = bytes.baseAddress else { return }
    unsafe keyledger_wipe(address, bytes.count)
  }
}
