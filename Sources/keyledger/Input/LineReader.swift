import Glibc
import KeyLedger

/// The lines of a file or of standard input as they come, each at most so long.
final class LineReader {
  enum Line {
    case text([UInt8])
    /// Longer than the bound; skipped to its end.
    case tooLong
  }

  private let file: Int32
  private let maximumBytes: Int
  private let isExact: Bool
  /// Whether an LF ended the line that was read last.
  private(set) var wasEnded = false
  /// What it is called in a refusal.
  private let name: String
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false

  private static let chunkBytes = 64 << 10

  /// - Parameters:
  ///   - path: `-` is standard input.
  ///   - exact: leaves a CR at the end of a line where it is.
  init(_ path: String, maximumBytes: Int, exact: Bool = false) throws(Refusal) {
    self.maximumBytes = maximumBytes
    isExact = exact
    let isStandardInput = sameBytes(path, "-")
    name = isStandardInput ? "Standard input" : TextWidth.harmless(path)
    file = isStandardInput ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw LineReader.failure(name) }
  }

  deinit { if file > STDIN_FILENO { close(file) } }

  /// The next line without its LF or CRLF; nil at the end, or when Ctrl-C was pressed meanwhile.
  func next() throws(Refusal) -> Line? {
    var line: [UInt8] = []
    var isTooLong = false
    wasEnded = false
    while true {
      if position == buffer.count, try !fill() {
        if line.isEmpty && !isTooLong { return nil }
        break
      }
      let rest = buffer[position...]
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      let part = rest[..<(end ?? rest.endIndex)]
      isTooLong = isTooLong || line.count + part.count > maximumBytes
      if !isTooLong { line += part }
      position = end.map { $0 + 1 } ?? buffer.count
      if end != nil {
        wasEnded = true
        break
      }
    }
    if isTooLong { return .tooLong }
    if !isExact, line.last == UInt8(ascii: "\r") { line.removeLast() }
    return .text(line)
  }

  /// The whole rest; nil when it is more than so many bytes.
  func rest(maximumBytes: Int) throws(Refusal) -> [UInt8]? {
    var bytes: [UInt8] = []
    while try fill() {
      bytes += buffer
      guard bytes.count <= maximumBytes else { return nil }
    }
    return bytes
  }

  /// False at the end.
  private func fill() throws(Refusal) -> Bool {
    guard !isAtEnd else { return false }
    var bytes = [UInt8](repeating: 0, count: LineReader.chunkBytes)
    var count: Int
    repeat {
      count = unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
    } while count < 0 && errno == EINTR && !Interruption.wasAsked
    guard count >= 0 || Interruption.wasAsked else {
      throw LineReader.failure(name)
    }
    isAtEnd = count <= 0
    buffer = Array(bytes.prefix(max(0, count)))
    position = 0
    return !isAtEnd
  }

  private static func failure(_ name: String) -> Refusal {
    Refusal(.badUsage, "\(name) can't be read: \(unsafe String(cString: strerror(errno))).")
  }
}
