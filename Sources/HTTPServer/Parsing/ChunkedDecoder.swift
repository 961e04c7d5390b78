/// Finds the content in a chunked body (RFC 9112 §7.1), incrementally.
///
///     chunked-body = *chunk last-chunk trailer-section CRLF
///     chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
///
/// Chunk extensions and trailer fields are checked and dropped: nobody here asks for them (§7.1.1, RFC 9110 §6.5.1).
struct ChunkedDecoder {
  enum Step: Equatable {
    case needsMore
    /// The bytes of this range are content.
    case data(Range<Int>)
    case complete
  }

  private enum State {
    case sizeStart, size, sizeEnd
    case inExtension
    case data, dataCR, dataLF
    case trailers
  }

  private var state = State.sizeStart
  private var chunkExtension = ChunkExtension()
  /// Bytes of the current chunk still to come; while its size is read, the size so far.
  private var remaining = 0
  private var sizeDigits = 0
  /// Bytes of content that may still come.
  private var allowance: Int
  private var extensionBytes = 0
  private var framingBytes = 0
  private var trailers: TrailerSection
  private let limits: HTTPLimits

  /// - Parameter allowance: the most bytes of content.
  init(allowance: Int, limits: HTTPLimits) {
    (self.allowance, self.limits) = (allowance, limits)
    trailers = TrailerSection(limits: limits)
  }

  /// Goes on at `cursor`, which it moves over what it has dealt with. Bytes behind the cursor must be there again the
  /// next time, with more.
  mutating func next(_ bytes: Span<UInt8>, at cursor: inout Int) throws(HTTPRefusal) -> Step {
    while cursor < bytes.count {
      switch state {
      case .data:
        let range = cursor..<min(bytes.count, cursor + remaining)
        remaining -= range.count
        cursor = range.upperBound
        if remaining == 0 { state = .dataCR }
        return .data(range)
      case .trailers:
        return try trailers.advance(bytes, at: &cursor) ? .complete : .needsMore
      default:
        try take(bytes[cursor])
        cursor += 1
      }
    }
    return .needsMore
  }

  /// One byte of framing.
  private mutating func take(_ byte: UInt8) throws(HTTPRefusal) {
    if state != .inExtension {
      framingBytes += 1
      guard framingBytes <= limits.chunkFramingBytes else { throw .chunksTooSmall }
    }
    switch state {
    case .sizeStart:
      guard byte.hexadecimal != nil else { throw .badChunk }
      (remaining, sizeDigits, state) = (0, 0, .size)
      try takeDigit(byte)
    case .size:
      if byte.hexadecimal != nil {
        try takeDigit(byte)
      } else if byte == 0x0D {
        state = .sizeEnd
      } else {
        (chunkExtension, state) = (ChunkExtension(), .inExtension)
        try takeExtension(byte)
      }
    case .inExtension: try takeExtension(byte)
    case .sizeEnd:
      guard byte == 0x0A else { throw .badChunk }
      allowance -= remaining
      state = remaining > 0 ? .data : .trailers
    case .dataCR:
      guard byte == 0x0D else { throw .badChunk }
      state = .dataLF
    case .dataLF:
      guard byte == 0x0A else { throw .badChunk }
      state = .sizeStart
    case .data, .trailers: preconditionFailure("these are not taken byte by byte")
    }
  }

  /// `chunk-size = 1*HEXDIG`. §7.1: "a recipient MUST … anticipate potentially large hexadecimal numerals and prevent
  /// parsing errors due to integer conversion overflows".
  private mutating func takeDigit(_ byte: UInt8) throws(HTTPRefusal) {
    sizeDigits += 1
    guard let digit = byte.hexadecimal, sizeDigits <= 16 else { throw .badChunk }
    guard remaining <= Int.max >> 4 else { throw .bodyTooLarge }
    remaining = remaining << 4 | Int(digit)
    guard remaining <= allowance else { throw .bodyTooLarge }
  }

  private mutating func takeExtension(_ byte: UInt8) throws(HTTPRefusal) {
    extensionBytes += 1
    guard extensionBytes <= limits.chunkExtensionBytes else { throw .chunksTooSmall }
    if try chunkExtension.endsWith(byte) { state = .sizeEnd }
  }
}

/// RFC 9112 §7.1.1: `chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`, `chunk-ext-val = token /
/// quoted-string`. Followed byte by byte, because a line end inside of a quoted string is how requests get smuggled.
private struct ChunkExtension {
  private enum State {
    case start, nameStart, name, nameEnd, valueStart, token, quoted, escaped, valueEnd
  }

  private var state = State.start

  /// Whether the byte is the CR that ends the extensions.
  mutating func endsWith(_ byte: UInt8) throws(HTTPRefusal) -> Bool {
    switch state {
    case .quoted, .escaped: try takeQuoted(byte)
    case .nameStart, .valueStart:
      if byte.isToken {
        state = state == .nameStart ? .name : .token
      } else if byte == 0x22, state == .valueStart {
        state = .quoted
      } else if !byte.isBlank {
        throw .badChunk
      }
    case .name where byte.isToken, .token where byte.isToken: break
    case .start, .name, .nameEnd, .token, .valueEnd: return try takeSeparator(byte)
    }
    return false
  }

  private mutating func takeSeparator(_ byte: UInt8) throws(HTTPRefusal) -> Bool {
    switch byte {
    case 0x3B: state = .nameStart
    case 0x3D where state == .name || state == .nameEnd: state = .valueStart
    case 0x20, 0x09: state = state == .name || state == .nameEnd ? .nameEnd : .start
    case 0x0D where state == .name || state == .token || state == .valueEnd: return true
    default: throw .badChunk
    }
    return false
  }

  /// RFC 9110 §5.6.4: `quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE`.
  private mutating func takeQuoted(_ byte: UInt8) throws(HTTPRefusal) {
    guard byte.isFieldContent else { throw .badChunk }
    if state == .escaped {
      state = .quoted
    } else if byte == 0x22 {
      state = .valueEnd
    } else if byte == 0x5C {
      state = .escaped
    }
  }
}

/// RFC 9112 §7.1.2: `trailer-section = *( field-line CRLF )`, and the CRLF that ends the body.
private struct TrailerSection {
  private let limits: HTTPLimits
  private var bytesTaken = 0
  private var count = 0
  /// How far behind the cursor there is no LF.
  private var scanned = 0

  init(limits: HTTPLimits) {
    self.limits = limits
  }

  /// Whether the section is complete; the cursor then stands behind it.
  mutating func advance(_ bytes: Span<UInt8>, at cursor: inout Int) throws(HTTPRefusal) -> Bool {
    while true {
      let longest = limits.fieldBytes - bytesTaken
      let reach = min(bytes.count, cursor + longest + 2)
      guard let end = bytes.first(0x0A, in: cursor + scanned..<reach) else {
        scanned = bytes.count - cursor
        guard scanned < longest + 2 else { throw .trailersTooLarge }
        return false
      }
      guard end > cursor, bytes[end - 1] == 0x0D else { throw .badTrailer }
      let line = cursor..<end - 1
      (cursor, scanned) = (end + 1, 0)
      if line.isEmpty { return true }
      bytesTaken += line.count + 2
      count += 1
      guard bytesTaken <= limits.fieldBytes, count <= limits.fieldCount else { throw .trailersTooLarge }
      try check(line, of: bytes)
    }
  }

  /// RFC 9110 §6.5.1: a field that frames or routes the message may not stand in a trailer.
  private func check(_ line: Range<Int>, of bytes: Span<UInt8>) throws(HTTPRefusal) {
    let name: Range<Int>
    do {
      name = try FieldLine.parse(line, of: bytes).name
    } catch {
      throw .badTrailer
    }
    for forbidden: StaticString in ["content-length", "transfer-encoding", "host", "authorization", "expect"]
    where bytes.isWord(forbidden, in: name) { throw .badTrailer }
  }
}
