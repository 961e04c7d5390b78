import Formats
import KeyLedger

/// The members of one object, each of which must be asked for: one that nobody knows is refused.
struct Fields {
  private let members: [JSONMember]
  private var asked: Set<String> = []

  init(_ json: JSON) throws(Refusal) {
    guard let members = json.object else { throw Refusal(.badUsage, "A line is a JSON object.") }
    self.members = members
  }

  /// Nil where it is absent or null.
  mutating func optional(_ name: String) -> JSON? {
    asked.insert(name)
    let value = members.first { sameBytes($0.name, name) }?.value
    return value == .null ? nil : value
  }

  mutating func optionalText(_ name: String) throws(Refusal) -> String? {
    guard let value = optional(name) else { return nil }
    guard let text = value.string else { throw wrong(name, "a string") }
    return text
  }

  mutating func text(_ name: String) throws(Refusal) -> String {
    guard let text = try optionalText(name) else { throw missing(name) }
    return text
  }

  mutating func texts(_ name: String) throws(Refusal) -> [String] {
    guard let value = optional(name) else { throw missing(name) }
    guard let array = value.array else { throw wrong(name, "a list of strings") }
    let texts = array.compactMap(\.string)
    guard texts.count == array.count else { throw wrong(name, "a list of strings") }
    return texts
  }

  /// False where it is absent.
  mutating func flag(_ name: String) throws(Refusal) -> Bool {
    guard let value = optional(name) else { return false }
    guard let flag = value.bool else { throw wrong(name, "true or false") }
    return flag
  }

  mutating func choice<T: RawRepresentable & CaseIterable>(_ name: String, as type: T.Type) throws(Refusal) -> T
  where T.RawValue == String {
    guard let value = T(rawValue: try text(name)) else {
      throw wrong(name, "one of " + T.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  func finish() throws(Refusal) {
    guard let stranger = members.first(where: { !asked.contains($0.name) }) else { return }
    let name = Suggestion.printable(stranger.name).map { "“\($0)”" } ?? "of another name"
    throw Refusal(.badUsage, "There is a field \(name), which means nothing here.")
  }

  private func missing(_ name: String) -> Refusal { Refusal(.badUsage, "The field “\(name)” is missing.") }
  private func wrong(_ name: String, _ form: String) -> Refusal {
    Refusal(.badUsage, "The field “\(name)” is \(form).")
  }
}
