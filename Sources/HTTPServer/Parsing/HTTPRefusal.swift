/// Why the server itself refuses a request. After each of these the connection closes: where the next request
/// would begin is no longer sure, or the client is not worth waiting for.
package enum HTTPRefusal: Error, Sendable, CaseIterable {
  case badLineEnd
  case badRequestLine
  case badTarget
  case badVersion
  case unsupportedVersion
  case requestLineTooLong
  case noTunnel
  case badFieldName
  case badFieldValue
  case foldedField
  case tooManyFields
  case fieldsTooLarge
  case missingHost
  case repeatedHost
  case badHost
  case badContentLength
  case twoFramings
  case badTransferEncoding
  case unknownTransferCoding
  case badChunk
  case chunksTooSmall
  case badTrailer
  case trailersTooLarge
  case unknownExpectation
  case bodyTooLarge
  case tooSlow
  case unanswered

  package var status: HTTPStatus {
    switch self {
    case .badLineEnd, .badRequestLine, .badTarget, .badVersion, .badFieldName, .badFieldValue, .foldedField,
      .missingHost,
      .repeatedHost, .badHost, .badContentLength, .twoFramings, .badTransferEncoding, .badChunk, .chunksTooSmall,
      .badTrailer:
      .badRequest
    case .unsupportedVersion: .httpVersionNotSupported
    case .requestLineTooLong: .uriTooLong
    case .tooManyFields, .fieldsTooLarge, .trailersTooLarge: .requestHeaderFieldsTooLarge
    case .unknownTransferCoding, .noTunnel: .notImplemented
    case .unknownExpectation: .expectationFailed
    case .bodyTooLarge: .contentTooLarge
    case .tooSlow: .requestTimeout
    case .unanswered: .internalServerError
    }
  }

  /// What is wrong and what to do, for the client's eyes. Holds nothing of what the client sent.
  package var sentence: StaticString {
    switch self {
    case .badLineEnd: "A line does not end with CR LF: end each line of the head with both."
    case .badRequestLine: "The request line is not METHOD SP TARGET SP VERSION: send exactly that."
    case .badTarget:
      "The request target is not a valid one: percent-encode what a URI may not hold, and send no fragment."
    case .badVersion: "The request line does not end with a version: send HTTP/1.1."
    case .unsupportedVersion: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
    case .requestLineTooLong: "The request line is too long: shorten the target."
    case .noTunnel: "CONNECT is for proxies, and this is none."
    case .badFieldName: "A field name is not a token followed by a colon."
    case .badFieldValue: "A field value holds a control character."
    case .foldedField: "A field line begins with a blank: send each field on one line."
    case .tooManyFields: "The request has too many header fields."
    case .fieldsTooLarge: "The header fields are too large."
    case .missingHost: "HTTP/1.1 requires a Host field."
    case .repeatedHost: "There is more than one Host field: send one."
    case .badHost: "The Host is not a host name or address with an optional port."
    case .badContentLength: "Content-Length is not one decimal number."
    case .twoFramings: "Content-Length and Transfer-Encoding exclude each other: send one."
    case .badTransferEncoding: "Transfer-Encoding must be chunked, once and last, and needs HTTP/1.1."
    case .unknownTransferCoding: "The only transfer coding understood here is chunked."
    case .badChunk: "The chunked body is malformed."
    case .chunksTooSmall: "The chunked body has too much framing or too many extensions: send larger chunks."
    case .badTrailer: "A trailer field is malformed, or one that may not stand in a trailer."
    case .trailersTooLarge: "The trailer fields are too many or too large."
    case .unknownExpectation: "The only expectation understood here is 100-continue."
    case .bodyTooLarge: "The body is larger than this target takes."
    case .tooSlow: "The request took too long to arrive."
    case .unanswered: "The server found no answer to this request: report it to its operator."
    }
  }
}
