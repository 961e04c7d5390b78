internal import Cryptography
internal import Formats

/// What the texts of this module have in common: lines of UTF-8, each with its newline.
enum TextLines {
  static let newline = UInt8(ascii: "\n")

  /// The lines, without their newlines. Throws when it is not text of that kind or too much of it.
  static func read(_ text: [UInt8], atMost limit: Int) throws(NoteError) -> [ArraySlice<UInt8>] {
    guard text.count <= limit else { throw .tooLong }
    guard text.last == newline, text.allSatisfy({ $0 >= 0x20 || $0 == newline }),
      String(validating: text, as: UTF8.self) != nil
    else { throw .notText }
    return text.dropLast().split(separator: newline, omittingEmptySubsequences: false)
  }

  /// A number in its one shortest form: no sign, no leading zero.
  static func number(_ line: ArraySlice<UInt8>) -> UInt64? {
    let text = string(line)
    guard let number = UInt64(text), "\(number)".utf8.elementsEqual(line) else { return nil }
    return number
  }

  /// A hash in base64.
  static func digest(_ line: ArraySlice<UInt8>) -> Digest? { Base64.decode(string(line)).flatMap { Digest($0) } }

  static func string(_ line: ArraySlice<UInt8>) -> String { String(decoding: line, as: UTF8.self) }
}
