internal import CEpoll
internal import Glibc

/// An IPv4 or IPv6 address and a port.
package struct SocketAddress: Sendable, Equatable, CustomStringConvertible {
  /// 4 bytes or 16; IPv4 uses the first four.
  private let bytes: SIMD16<UInt8>
  private let isVersion6: Bool
  package let port: UInt16

  /// `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`; nil for anything else. Port 0 lets the system choose.
  package init?(_ text: String) {
    guard let colon = text.utf8.lastIndex(of: 0x3A) else { return nil }
    let digits = text[text.index(after: colon)...]
    guard digits.utf8.allSatisfy(\.isDigit), let port = UInt16(digits) else { return nil }
    var host = String(text[..<colon])
    isVersion6 = host.hasPrefix("[") && host.hasSuffix("]")
    if isVersion6 { host = String(host.dropFirst().dropLast()) }
    if host == "localhost" { host = "127.0.0.1" }
    self.port = port
    let family = isVersion6 ? AF_INET6 : AF_INET
    var bytes = SIMD16<UInt8>(repeating: 0)
    guard unsafe inet_pton(family, host, &bytes) == 1 else { return nil }
    self.bytes = bytes
  }

  init(_ storage: sockaddr_storage) {
    isVersion6 = Int32(storage.ss_family) == AF_INET6
    var bytes = SIMD16<UInt8>(repeating: 0)
    port = unsafe withUnsafePointer(to: storage) { storage in
      unsafe withUnsafeMutableBytes(of: &bytes) { bytes in
        unsafe cepoll_parts(storage, bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
      }
    }
    self.bytes = bytes
  }

  var family: Int32 { isVersion6 ? AF_INET6 : AF_INET }

  var storage: sockaddr_storage {
    unsafe withUnsafeBytes(of: bytes) { bytes in
      unsafe cepoll_address(family, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, port)
    }
  }

  /// Whether nobody on another machine can be at the other end: 127.0.0.0/8 or ::1.
  package var isLoopback: Bool {
    guard isVersion6 else { return bytes[0] == 127 }
    return (0..<15).allSatisfy { bytes[$0] == 0 } && bytes[15] == 1
  }

  /// The address without its port, as `inet_ntop` writes it.
  package var host: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let isWritten = unsafe withUnsafeBytes(of: bytes) { bytes in
      unsafe inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count)) != nil
    }
    precondition(isWritten, "an address has a text")
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  package var description: String { isVersion6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
