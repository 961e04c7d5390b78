import Formats
import HTTPServer
import KeyLedger

/// What a change may carry in its head.
struct ChangeMarks: Sendable {
  private(set) var idempotencyKey: String?
  /// The revision that the caller saw, from If-Match.
  private(set) var expectedRevision: UInt64?
  private(set) var traceparent: String?

  static let none = ChangeMarks()

  private init() {}

  /// Throws `bad_usage` for a field that is there twice or says nothing.
  init(_ request: borrowing HTTPRequest) throws(Problem) {
    idempotencyKey = try ChangeMarks.single("idempotency-key", request)
    traceparent = try ChangeMarks.single("traceparent", request)
    if let text = try ChangeMarks.single("if-match", request) {
      guard let revision = ChangeMarks.revision(text) else {
        throw .usage("If-Match is the key's revision in quotes, such as \"3\".")
      }
      expectedRevision = revision
    }
  }

  private static func single(_ name: StaticString, _ request: borrowing HTTPRequest) throws(Problem) -> String? {
    let match = request.fields(name)
    guard match.count > 0 else { return nil }
    guard match.count == 1, let text = String(validating: request.fieldValue(match.first)) else {
      throw .usage("\(name) stands in the head once, in UTF-8.")
    }
    return text
  }

  /// A strong entity tag (RFC 9110 §8.8.3) that holds a number.
  private static func revision(_ text: String) -> UInt64? {
    guard text.utf8.count > 2, text.utf8.first == UInt8(ascii: "\""), text.utf8.last == UInt8(ascii: "\"") else {
      return nil
    }
    return String(text.utf8.dropFirst().dropLast()).flatMap { Decimal.parse($0) }.map { UInt64($0) }
  }
}

extension String {
  /// Nil unless the bytes are UTF-8.
  init?(validating bytes: Span<UInt8>) {
    guard let text = unsafe bytes.withUnsafeBufferPointer({ unsafe String(validating: $0, as: UTF8.self) }) else {
      return nil
    }
    self = text
  }
}
