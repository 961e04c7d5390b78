/// What the fields say that decide where a request ends, whom it is for, and what becomes of the connection. Gathered line by line,
/// settled at the end of the head. A request with any doubt about its framing is refused: doubt is how requests
/// are smuggled (RFC 9112 §11.2).
struct FieldSemantics {
  private var host: Range<Int>?
  private var contentLength: Int?
  private var chunked = false
  private var hasTransferEncoding = false
  private var saysClose = false
  private var saysKeepAlive = false

  mutating func note(
    _ field: (name: Range<Int>, value: Range<Int>), of bytes: Span<UInt8>, in head: inout HTTPHead
  ) throws(HTTPRefusal) {
    switch field.name.count {
    case 4 where bytes.isWord("host", in: field.name):
      guard host == nil else { throw .repeatedHost }
      guard Authority.isValid(field.value, of: bytes) else { throw .badHost }
      host = field.value
    case 6 where bytes.isWord("expect", in: field.name):
      guard bytes.isWord("100-continue", in: field.value) else { throw .unknownExpectation }
      head.expectsContinue = true
    case 10 where bytes.isWord("connection", in: field.name):
      noteConnection(field.value, of: bytes)
    case 14 where bytes.isWord("content-length", in: field.name):
      // RFC 9112 §6.3 lets a repeated equal value pass; nothing that means well sends one.
      guard contentLength == nil else { throw .badContentLength }
      contentLength = try Self.length(field.value, of: bytes)
    case 17 where bytes.isWord("transfer-encoding", in: field.name):
      try noteTransferEncoding(field.value, of: bytes)
    default: break
    }
  }

  /// Checks what only the whole head shows.
  func settle(_ head: inout HTTPHead) throws(HTTPRefusal) {
    // RFC 9112 §3.2: 400 to an HTTP/1.1 request without Host. An absolute target outranks it (§3.2.2).
    guard host != nil || head.isVersion10 else { throw .missingHost }
    head.authority = head.authority ?? host
    if hasTransferEncoding {
      guard contentLength == nil else { throw .twoFramings }
      // RFC 9112 §6.1: in HTTP/1.0 the framing is faulty.
      guard !head.isVersion10, chunked else { throw .badTransferEncoding }
      head.framing = .chunked
    } else if let contentLength, contentLength > 0 {
      head.framing = .length(contentLength)
    }
    head.keepsAlive = !saysClose && (!head.isVersion10 || saysKeepAlive)
    // RFC 9110 §10.1.1: ignored in HTTP/1.0, and without content.
    head.expectsContinue = head.expectsContinue && !head.isVersion10 && head.framing != .none
  }

  /// RFC 9110 §7.6.1: `Connection = #connection-option`.
  private mutating func noteConnection(_ value: Range<Int>, of bytes: Span<UInt8>) {
    Self.eachElement(value, of: bytes) { option in
      if bytes.isWord("close", in: option) { saysClose = true }
      if bytes.isWord("keep-alive", in: option) { saysKeepAlive = true }
    }
  }

  /// RFC 9112 §6.1 and §7: chunked is the only coding here, and it must be applied once, last.
  private mutating func noteTransferEncoding(_ value: Range<Int>, of bytes: Span<UInt8>) throws(HTTPRefusal) {
    hasTransferEncoding = true
    var refusal: HTTPRefusal?
    Self.eachElement(value, of: bytes) { coding in
      let isChunked = bytes.isWord("chunked", in: coding)
      if chunked {
        refusal = refusal ?? .badTransferEncoding
      } else if !isChunked {
        refusal = refusal ?? .unknownTransferCoding
      }
      chunked = isChunked
    }
    if let refusal { throw refusal }
  }

  /// RFC 9110 §8.6: `Content-Length = 1*DIGIT`. A number beyond all limits saturates, and is refused as a body too large.
  private static func length(_ value: Range<Int>, of bytes: Span<UInt8>) throws(HTTPRefusal) -> Int {
    guard !value.isEmpty else { throw .badContentLength }
    var length = 0
    for index in value {
      guard bytes[index].isDigit else { throw .badContentLength }
      let (tens, overflowed) = length.multipliedReportingOverflow(by: 10)
      length =
        overflowed
        ? .max
        : tens.addingReportingOverflow(Int(bytes[index] &- 0x30)).overflow
          ? .max : tens + Int(bytes[index] &- 0x30)
    }
    return length
  }

  /// The non-empty elements of a comma-separated list (RFC 9110 §5.6.1).
  private static func eachElement(_ value: Range<Int>, of bytes: Span<UInt8>, _ body: (Range<Int>) -> Void) {
    var start = value.lowerBound
    while start <= value.upperBound {
      let end = bytes.first(0x2C, in: start..<value.upperBound) ?? value.upperBound
      let element = bytes.trimmed(start..<end)
      if !element.isEmpty { body(element) }
      start = end + 1
    }
  }
}
