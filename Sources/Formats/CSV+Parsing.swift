/// One pass over the bytes of a CSV file, a record at a time.
struct CSVParser: ~Copyable, ~Escapable {
  private let bytes: Span<UInt8>
  private let limits: CSVLimits
  private var offset: Int
  /// The line of `offset`.
  private var line = 1
  /// Where the record being read began.
  private var start = 0

  /// Thrown within the parser: the fault, and from where on the next line break ends the record.
  private struct Fault: Error {
    let what: String
    let resume: Int
    let line: Int
  }

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, limits: CSVLimits) {
    self.bytes = bytes
    self.limits = limits
    let marked = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
    self.offset = marked ? 3 : 0
  }

  /// The next record, or what is wrong with it; nil at the end.
  @_lifetime(self: copy self)
  mutating func next() -> Result<CSVRecord, CSVError>? {
    guard offset < bytes.count else { return nil }
    let first = line
    start = offset
    do throws(Fault) {
      return .success(CSVRecord(line: first, fields: try record()))
    } catch {
      offset = error.resume
      line = error.line
      while offset < bytes.count, bytes[offset] != 0x0A { offset += 1 }
      if offset < bytes.count { passLineBreak(1) }
      return .failure(CSVError(line: first, what: error.what))
    }
  }

  /// `record = field *(COMMA field)`, with the line break after it.
  @_lifetime(self: copy self)
  private mutating func record() throws(Fault) -> [String] {
    var fields: [String] = []
    while true {
      guard fields.count < limits.fields else { throw fault("more than \(limits.fields) fields") }
      fields.append(try field())
      guard offset < bytes.count else { return fields }
      switch bytes[offset] {
      case 0x2C: offset += 1
      case 0x0A:
        passLineBreak(1)
        return fields
      case 0x0D where offset + 1 < bytes.count && bytes[offset + 1] == 0x0A:
        passLineBreak(2)
        return fields
      case 0x0D: throw fault("carriage return without a line feed")
      default: throw fault("text after a closing quote")
      }
    }
  }

  @_lifetime(self: copy self)
  private mutating func field() throws(Fault) -> String {
    if offset < bytes.count, bytes[offset] == 0x22 { return try quotedField() }
    let begin = offset
    // TEXTDATA =  %x20-21 / %x23-2B / %x2D-7E, and UTF-8
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == 0x2C || byte == 0x0A || byte == 0x0D { break }
      if byte == 0x22 { throw fault("quote inside an unquoted field") }
      if byte < 0x20 || byte == 0x7F { throw fault("control character") }
      offset += 1
      try bound(resume: offset, line: line)
    }
    guard let text = UTF8Text.decode(bytes.extracting(begin..<offset)) else { throw fault("not UTF-8") }
    return text
  }

  /// `escaped = DQUOTE *(TEXTDATA / COMMA / CR / LF / 2DQUOTE) DQUOTE`
  @_lifetime(self: copy self)
  private mutating func quotedField() throws(Fault) -> String {
    let opening = offset
    let openingLine = line
    var text: [UInt8] = []
    offset += 1
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      try bound(resume: opening, line: openingLine)
      if byte == 0x22 {
        guard offset < bytes.count, bytes[offset] == 0x22 else {
          guard let field = UTF8Text.decode(text) else { throw fault("not UTF-8") }
          return field
        }
        offset += 1
      } else if byte == 0x0A {
        line += 1
      } else if byte < 0x20 && byte != 0x0D || byte == 0x7F {
        throw Fault(what: "control character", resume: opening, line: openingLine)
      }
      text.append(byte)
    }
    throw Fault(what: "quoted field without an end", resume: opening, line: openingLine)
  }

  @_lifetime(self: copy self)
  private mutating func passLineBreak(_ length: Int) {
    offset += length
    line += 1
  }

  private func bound(resume: Int, line: Int) throws(Fault) {
    guard offset - start <= limits.recordBytes else {
      throw Fault(what: "more than \(limits.recordBytes) bytes", resume: resume, line: line)
    }
  }

  private func fault(_ what: String) -> Fault {
    Fault(what: what, resume: offset, line: line)
  }
}
