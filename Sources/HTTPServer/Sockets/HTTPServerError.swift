internal import Glibc

/// Why a server could not start.
package struct HTTPServerError: Error, CustomStringConvertible {
  /// What could not be done, `listen on 127.0.0.1:8080`.
  package let attempt: String
  /// The system's error number.
  package let code: Int32

  init(_ attempt: String, _ code: Int32) {
    (self.attempt, self.code) = (attempt, code)
  }

  package var isAddressInUse: Bool { code == EADDRINUSE }

  package var description: String {
    var text = [CChar](repeating: 0, count: 256)
    _ = unsafe strerror_r(code, &text, text.count)
    return "can't \(attempt): \(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))"
  }
}
