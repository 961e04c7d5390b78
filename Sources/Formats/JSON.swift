/// A JSON value in memory: I-JSON (RFC 7493) without fractions, members in the order given.
///
/// Two values are equal when kinds, bytes of strings and order of members are equal.
package enum JSON: Sendable {
  case null
  case bool(Bool)
  /// Within ±(2^53 − 1) if it is ever to be written.
  case integer(Int64)
  case string(String)
  case array([JSON])
  /// Names are distinct, as bytes, if it is ever to be written canonically.
  case object([JSONMember])
}

/// A name and its value in an object.
package struct JSONMember: Sendable {
  package var name: String
  package var value: JSON

  package init(_ name: String, _ value: JSON) {
    self.name = name
    self.value = value
  }
}

extension JSON: Equatable {
  // Spelled out, because the synthesised one would compare strings by canonical equivalence.
  package static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.string(let a), .string(let b)): bytesEqual(a, b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    case (.null, _), (.bool, _), (.integer, _), (.string, _), (.array, _), (.object, _): false
    }
  }
}

extension JSONMember: Equatable {
  package static func == (a: JSONMember, b: JSONMember) -> Bool {
    bytesEqual(a.name, b.name) && a.value == b.value
  }
}

extension JSON {
  /// The value of the member with these bytes for a name; nil when there is none or this is no object. O(members).
  package subscript(_ name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { bytesEqual($0.name, name) }?.value
  }

  package var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  package var integer: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  package var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  package var array: [JSON]? {
    guard case .array(let value) = self else { return nil }
    return value
  }

  package var object: [JSONMember]? {
    guard case .object(let value) = self else { return nil }
    return value
  }

  package var isNull: Bool { self == .null }
}
