/// What text that people type may hold: no control or format character, no line or paragraph separator,
/// no white space at either end, and a length counted in Unicode scalars.
public struct TextRule: Sendable {
  public let lengths: ClosedRange<Int>

  public static let name = TextRule(lengths: 1...100)
  public static let description = TextRule(lengths: 0...500)
  public static let reason = TextRule(lengths: 1...500)
  public static let handle = TextRule(lengths: 1...254)

  /// What is wrong with `text`, as the end of a sentence; nil when it may stand. Cost: one pass, and none past the bound.
  public func fault(in text: String) -> String? {
    if isPlain(text) { return nil }
    // A scalar takes at most four bytes, so a text far too long is refused without being walked.
    let scalars = text.unicodeScalars
    guard text.utf8.count <= lengths.upperBound * 4, scalars.count <= lengths.upperBound else {
      return "has more than \(lengths.upperBound) characters"
    }
    guard scalars.count >= lengths.lowerBound else { return "is empty" }
    for scalar in scalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        return "holds a control or invisible character (\(codePoint(scalar)))"
      default: continue
      }
    }
    if let first = scalars.first, first.properties.isWhitespace { return "begins with a space" }
    if let last = scalars.last, last.properties.isWhitespace { return "ends with a space" }
    return nil
  }

  /// Whether it is of the allowed length and of visible ASCII characters, with spaces only between them: then nothing is
  /// wrong with it. Nearly every name is, and this takes a twentieth of the time.
  private func isPlain(_ text: String) -> Bool {
    let bytes = text.utf8
    guard lengths.contains(bytes.count), bytes.first != 0x20, bytes.last != 0x20 else { return false }
    return bytes.allSatisfy { (0x20..<0x7F).contains($0) }
  }

  private func codePoint(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

/// Equality of texts as bytes: Swift's `==` takes a composed and a decomposed é for equal, a ledger does not.
public func sameBytes(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
