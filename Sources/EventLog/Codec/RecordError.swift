/// Why bytes are no record. It names the rule and the place and never quotes the bytes.
package enum RecordError: Error, Equatable, Sendable {
  case tooLarge(bytes: Int)
  /// Not the members, the order, the form or the values that a record has, seen after so many bytes.
  case malformed(offset: Int, rule: String)
  /// A type that this program does not know: a newer one wrote it.
  case unknownType
  /// A shape of its data that this program does not know: a newer one wrote it.
  case unknownDataVersion(type: String)
  /// Data of an old shape that its upcaster can't read.
  case notUpcast(type: String, rule: String)
  /// A record of another ledger.
  case foreign
  /// It reads well and canonical writing gives other bytes.
  case notCanonical
}

extension RecordError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooLarge(let bytes): "a record of \(bytes) bytes, where \(RecordCodec.maximumBytes) are allowed"
    case .malformed(let offset, let rule): "\(rule), at byte \(offset)"
    case .unknownType: "an event type that this program does not know: use a newer one"
    case .unknownDataVersion(let type): "a data version of \(type) that this program does not know: use a newer one"
    case .notUpcast(let type, let rule): "data of an old version of \(type): \(rule)"
    case .foreign: "a record of another ledger"
    case .notCanonical: "not in canonical form (RFC 8785)"
    }
  }
}
