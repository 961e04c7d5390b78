import Cryptography
import Glibc
import KeyLedger

/// Secrets from standard input, a line each, never from arguments and never said back.
enum SecretInput {
  /// Bytes of a line that are looked at: more than any secret has, so that what is longer is known to be none.
  private static let maximumBytes = 4096

  /// The next line without its LF or CRLF; nil at the end of input. On a terminal it asks, and shows nothing of what is
  /// typed.
  static func line(_ prompt: String, _ terminal: Terminal) throws(Refusal) -> SecretBytes? {
    guard terminal.isInput else { return try read() }
    Output.aside(prompt + ": ")
    defer { Output.aside("\n") }
    return try readSilently()
  }

  /// Byte by byte: what follows the line belongs to whoever reads next, and no buffer keeps a copy.
  private static func read() throws(Refusal) -> SecretBytes? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(maximumBytes)
    while true {
      var byte: UInt8 = 0
      let count = unsafe Glibc.read(STDIN_FILENO, &byte, 1)
      if count < 0 {
        if Interruption.wasAsked { return nil }
        if errno == EINTR { continue }
        throw Refusal(.badUsage, "Standard input can't be read.")
      }
      if count == 0 || byte == UInt8(ascii: "\n") {
        if count == 0, bytes.isEmpty { return nil }
        if count == 1, bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return SecretBytes(bytes)
      }
      if bytes.count < maximumBytes { bytes.append(byte) }
    }
  }

  /// Ctrl-C comes back here first, so that the terminal is left as it was found.
  private static func readSilently() throws(Refusal) -> SecretBytes? {
    var before = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &before) == 0 else { return try read() }
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    Interruption.askFirst()
    unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
    defer {
      unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
      if Interruption.wasAsked {
        Output.aside("\n")
        exit(ExitCode.interrupted.rawValue)
      }
      Interruption.endAtOnce()
    }
    return try read()
  }
}
