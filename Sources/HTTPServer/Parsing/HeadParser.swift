/// Reads the head of a request, incrementally: it is given the bytes from the request's first on, each time with more
/// behind them, and never looks at a byte of a whole line twice. RFC 9112 §2 to §5, strictly: nothing is repaired.
///
/// The outcome depends on the bytes alone, not on how they were split.
struct HeadParser {
  enum Progress {
    case needsMore
    case complete
  }

  private(set) var head = HTTPHead()
  private var semantics = FieldSemantics()
  private let limits: HTTPLimits
  private var isInFields = false
  /// Where the line begins that is not whole yet.
  private var lineStart = 0
  /// Up to where that line has no LF.
  private var scanned = 0
  /// The sum of the field lines so far.
  private var fieldBytes = 0
  private var skippedEmptyLine = false

  init(limits: HTTPLimits) {
    precondition(limits.requestLine + limits.fieldBytes < UInt32.max, "places in a head are 32 bits")
    self.limits = limits
  }

  /// Whether no byte of a request line has been seen.
  var isFresh: Bool { !isInFields && scanned == lineStart }

  mutating func reset() {
    head.reset()
    semantics = FieldSemantics()
    (isInFields, skippedEmptyLine) = (false, false)
    (lineStart, scanned, fieldBytes) = (0, 0, 0)
  }

  /// `bytes` begin where the last request ended and are at least those of the last call.
  mutating func advance(_ bytes: Span<UInt8>) throws(HTTPRefusal) -> Progress {
    while true {
      guard let end = try lineEnd(bytes) else { return .needsMore }
      let line = lineStart..<end
      (lineStart, scanned) = (end + 2, end + 2)
      if !isInFields {
        try takeFirstLine(line, of: bytes)
      } else if !line.isEmpty {
        try takeField(line, of: bytes)
      } else {
        try semantics.settle(&head)
        head.length = lineStart
        return .complete
      }
    }
  }

  /// Where the CRLF of the current line begins. RFC 9112 §2.2: "a recipient MAY recognize a single LF as a line terminator", and
  /// this one does not, because another on the way may.
  private mutating func lineEnd(_ bytes: Span<UInt8>) throws(HTTPRefusal) -> Int? {
    if !isInFields, lineStart < bytes.count { try checkFirstByte(bytes[lineStart]) }
    let longest = isInFields ? limits.fieldBytes - fieldBytes : limits.requestLine
    let found = bytes.first(0x0A, in: scanned..<min(bytes.count, lineStart + longest + 2))
    guard let found else {
      scanned = bytes.count
      guard bytes.count - lineStart < longest + 2 else {
        throw isInFields ? .fieldsTooLarge : .requestLineTooLong
      }
      return nil
    }
    guard found > lineStart, bytes[found - 1] == 0x0D else { throw .badLineEnd }
    return found - 1
  }

  /// What can't be a method is refused before its line is whole: a TLS client on the wrong port learns it at once.
  private func checkFirstByte(_ byte: UInt8) throws(HTTPRefusal) {
    guard byte.isToken || byte == 0x0D || byte == 0x0A else { throw .badRequestLine }
  }

  private mutating func takeFirstLine(_ line: Range<Int>, of bytes: Span<UInt8>) throws(HTTPRefusal) {
    if line.isEmpty {
      // RFC 9112 §2.2: "a server … SHOULD ignore at least one empty line (CRLF) received prior to the request-line".
      guard !skippedEmptyLine else { throw .badRequestLine }
      skippedEmptyLine = true
      return
    }
    try RequestLine.parse(line, of: bytes, into: &head)
    isInFields = true
  }

  /// RFC 9112 §5: `field-line = field-name ":" OWS field-value OWS`.
  private mutating func takeField(_ line: Range<Int>, of bytes: Span<UInt8>) throws(HTTPRefusal) {
    fieldBytes += line.count + 2
    guard fieldBytes <= limits.fieldBytes else { throw .fieldsTooLarge }
    guard head.fields.count < limits.fieldCount else { throw .tooManyFields }
    let field = try FieldLine.parse(line, of: bytes)
    try semantics.note(field, of: bytes, in: &head)
    head.fields.append(
      HTTPHead.Field(
        name: UInt32(field.name.lowerBound)..<UInt32(field.name.upperBound),
        value: UInt32(field.value.lowerBound)..<UInt32(field.value.upperBound)))
  }
}
