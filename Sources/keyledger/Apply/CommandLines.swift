import KeyLedger

/// The lines of an `apply` file: without the byte order mark that some editors put first, and without the empty lines
/// that end it. An empty line with another behind it is a line.
final class CommandLines {
  private let reader: LineReader
  private var isFirst = true
  /// Empty lines that are told, once it is known that the file goes on.
  private var empty = 0
  private var behindThem: LineReader.Line?

  init(_ path: String) throws(Refusal) {
    reader = try LineReader(path, maximumBytes: ApplyDecoder.maximumLineBytes)
  }

  /// Nil at the end, or when Ctrl-C was pressed meanwhile.
  func next() throws(Refusal) -> LineReader.Line? {
    if behindThem == nil { behindThem = try nextWithContent() }
    guard let line = behindThem else { return nil }
    if empty > 0 {
      empty -= 1
      return .text([])
    }
    behindThem = nil
    return line
  }

  private func nextWithContent() throws(Refusal) -> LineReader.Line? {
    while let line = try reader.next() {
      guard case .text(var bytes) = line else { return line }
      if isFirst { CommandLines.dropByteOrderMark(&bytes) }
      isFirst = false
      guard bytes.isEmpty else { return .text(bytes) }
      empty += 1
    }
    return nil
  }

  /// What some editors put first into a file (RFC 3629 §6).
  static func dropByteOrderMark(_ bytes: inout [UInt8]) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
  }
}
