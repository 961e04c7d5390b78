extension JSON {
  /// The one serialisation of RFC 8785, members sorted by UTF-16 code unit. O(n log n).
  ///
  /// Traps on what is no I-JSON: an integer beyond ±(2^53 − 1), two members of the same name.
  package func canonical() -> [UInt8] {
    var writer = JSONWriter()
    writer.canonical(self)
    return writer.bytes
  }

  /// The canonical bytes as a string.
  package func text() -> String {
    String(decoding: canonical(), as: UTF8.self)
  }

  /// One line without whitespace, members in their order.
  package func line() -> [UInt8] {
    var writer = JSONWriter()
    writer.value(self)
    return writer.bytes
  }

  /// For people: a line for each element and member, in their order; no line break at the end.
  ///
  /// - Parameter indent: spaces for each level.
  package func pretty(indent: Int = 2) -> String {
    var text: [UInt8] = []
    pretty(indent: indent, level: 0, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  private func pretty(indent: Int, level: Int, to text: inout [UInt8]) {
    func newLine(_ level: Int) {
      text.append(0x0A)
      text.append(contentsOf: repeatElement(0x20, count: indent * level))
    }
    switch self {
    case .array(let elements) where !elements.isEmpty:
      text.append(0x5B)
      for (i, element) in elements.enumerated() {
        if i > 0 { text.append(0x2C) }
        newLine(level + 1)
        element.pretty(indent: indent, level: level + 1, to: &text)
      }
      newLine(level)
      text.append(0x5D)
    case .object(let members) where !members.isEmpty:
      text.append(0x7B)
      for (i, member) in members.enumerated() {
        if i > 0 { text.append(0x2C) }
        newLine(level + 1)
        text.append(contentsOf: JSON.string(member.name).line())
        text.append(0x3A)
        text.append(0x20)
        member.value.pretty(indent: indent, level: level + 1, to: &text)
      }
      newLine(level)
      text.append(0x7D)
    case .null, .bool, .integer, .string, .array, .object: text.append(contentsOf: line())
    }
  }
}

/// Whether one string sorts before another by UTF-16 code units (RFC 8785 §3.2.3). No allocation.
///
/// UTF-8 sorts by scalar. The orders differ only between U+E000…U+FFFF (which lead with 0xEE or 0xEF) and what lies
/// beyond (0xF0 and up), since UTF-16 writes the latter with surrogates, 0xD800 and up.
package func utf16Precedes(_ a: String, _ b: String) -> Bool {
  let a = a.utf8.span
  let b = b.utf8.span
  for i in 0..<min(a.count, b.count) where a[i] != b[i] {
    let beyondA = a[i] >= 0xF0
    let beyondB = b[i] >= 0xF0
    if a[i] >= 0xEE, b[i] >= 0xEE, beyondA != beyondB { return beyondA }
    return a[i] < b[i]
  }
  return a.count < b.count
}
