import Formats
import KeyLedger

/// The body of a request: one JSON object, whose members are those that the route takes and no others.
struct CallBody: Sendable {
  private let members: [JSONMember]

  /// A secret may have 512 bytes, and a description 500 characters; no body of ours is near it.
  static let limit = 16_384
  private static let depth = 4

  static let none = CallBody(members: [])

  private init(members: [JSONMember]) { self.members = members }

  /// - Parameter fields: what the route takes.
  init(_ bytes: [UInt8], taking fields: [BodyField]) throws(Problem) {
    guard !bytes.isEmpty else {
      guard let missing = fields.first(where: \.isRequired) else {
        members = []
        return
      }
      throw .usage("The body is a JSON object with \(missing.name).", pointer: "#/" + missing.name)
    }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: bytes, limits: JSONLimits(bytes: CallBody.limit, depth: CallBody.depth))
    } catch {
      throw .usage("The body is no JSON of ours: \(error.what), at byte \(error.offset).")
    }
    guard case .object(let found) = json else { throw .usage("The body is one JSON object.") }
    try CallBody.check(found, fields)
    members = found
  }

  private static func check(_ found: [JSONMember], _ fields: [BodyField]) throws(Problem) {
    for member in found {
      guard let field = fields.first(where: { sameBytes($0.name, member.name) }) else {
        let list = fields.isEmpty ? "none" : fields.map(\.name).joined(separator: ", ")
        throw .usage("The body has a member that this path does not take; it takes \(list).")
      }
      guard field.kind.admits(member.value) else {
        throw .usage("\(field.name) is \(field.kind.words).", pointer: "#/" + field.name)
      }
    }
    for field in fields where field.isRequired {
      guard found.contains(where: { sameBytes($0.name, field.name) }) else {
        throw .usage("The body lacks \(field.name).", pointer: "#/" + field.name)
      }
    }
  }

  private subscript(_ name: String) -> JSON? { members.first { sameBytes($0.name, name) }?.value }

  func has(_ name: String) -> Bool { self[name] != nil }

  /// Nil when it was not given.
  func text(_ name: String) -> String? { self[name]?.string }

  /// A member that the route requires.
  func required(_ name: String) -> String {
    guard let text = text(name) else { preconditionFailure("the body was checked to have \(name)") }
    return text
  }

  func flag(_ name: String) -> Bool? { self[name]?.bool }

  func list(_ name: String) -> [String] { self[name]?.array?.compactMap(\.string) ?? [] }
}

/// What holds of the members together, as the description of the API tells it.
struct BodyRule: Sendable {
  /// Of these one at least is needed.
  var needed: [String] = []
  /// The members of each pair exclude each other.
  var pairs: [[String]] = []

  static let none = BodyRule()
}

/// A member that the body of a route takes.
struct BodyField: Sendable {
  enum Kind: Sendable {
    case text, flag, list

    func admits(_ value: JSON) -> Bool {
      switch (self, value) {
      case (.text, .string), (.flag, .bool): true
      case (.list, .array(let elements)): elements.allSatisfy { $0.string != nil }
      default: false
      }
    }

    var words: String {
      switch self {
      case .text: "a string"
      case .flag: "true or false"
      case .list: "a list of strings"
      }
    }
  }

  let name: String
  let kind: Kind
  let isRequired: Bool
  /// Of a text, or of each text of a list.
  let shape: TextShape

  static func required(_ name: String, _ kind: Kind = .text, _ shape: TextShape = .any) -> BodyField {
    BodyField(name: name, kind: kind, isRequired: true, shape: shape)
  }

  static func optional(_ name: String, _ kind: Kind = .text, _ shape: TextShape = .any) -> BodyField {
    BodyField(name: name, kind: kind, isRequired: false, shape: shape)
  }
}
