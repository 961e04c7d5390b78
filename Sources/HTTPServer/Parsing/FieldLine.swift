/// One field line of a head or a trailer section, without its CRLF.
enum FieldLine {
  /// RFC 9112 §5: `field-line = field-name ":" OWS field-value OWS`. Refuses a blank before the colon (§5.1), obsolete
  /// folding (§5.2), and control characters in the value (RFC 9110 §5.5).
  static func parse(
    _ line: Range<Int>, of bytes: Span<UInt8>
  ) throws(HTTPRefusal) -> (name: Range<Int>, value: Range<Int>) {
    guard !bytes[line.lowerBound].isBlank else { throw .foldedField }
    var colon = line.lowerBound
    while colon < line.upperBound, bytes[colon].isToken { colon += 1 }
    guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == 0x3A else { throw .badFieldName }
    let value = bytes.trimmed(colon + 1..<line.upperBound)
    guard bytes.isFieldContent(in: value) else { throw .badFieldValue }
    return (line.lowerBound..<colon, value)
  }
}
