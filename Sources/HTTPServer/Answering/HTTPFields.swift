/// Field lines, rendered once, to be sent often or from another thread.
///
/// A name or value that HTTP could not carry, such as one with a line end in it, makes the whole unfit; an answer with it becomes
/// a 500, because what it was made from may come from outside.
package struct HTTPFields: Sendable {
  private(set) var rendered: [UInt8] = []
  package private(set) var areValid = true

  package init() {}

  /// - Parameter name: none of those that the server writes itself: Date, Connection, Content-Length, Transfer-Encoding.
  package mutating func add(_ name: StaticString, _ value: String) {
    var value = value
    value.makeContiguousUTF8()
    let isValid = value.utf8.span.isFieldValue
    areValid = areValid && isValid
    name.withUTF8Buffer { unsafe rendered.append(contentsOf: $0) }
    rendered.append(contentsOf: [0x3A, 0x20])
    rendered.append(contentsOf: value.utf8)
    rendered.append(contentsOf: [0x0D, 0x0A])
  }
}

extension Span<UInt8> {
  /// RFC 9110 §5.5: no control characters, and no blank at either end.
  var isFieldValue: Bool {
    guard isFieldContent(in: 0..<count) else { return false }
    return count == 0 || !(self[0].isBlank || self[count - 1].isBlank)
  }
}
