package import Formats

/// How data of old shapes is read: for each type the steps that lift version 1 to 2, 2 to 3, and so on to the present.
/// Pure, applied when a record is read, never to stored bytes.
package struct Upcasters: Sendable {
  /// Lifts the members of `data` by one version; throws `UpcastError` for data that was never of that shape.
  package typealias Step = @Sendable (JSON) throws -> JSON

  private let steps: [String: [Step]]

  /// - Parameter steps: by the type's name. Traps for a name that is no type.
  package init(_ steps: [String: [Step]]) {
    precondition(steps.keys.allSatisfy(RecordCodec.types.contains), "an upcaster for a type that does not exist")
    self.steps = steps
  }

  /// What this program reads. No type has changed its shape yet.
  package static let current = Upcasters([:])

  /// The data version that is written today.
  func version(of type: EventType) -> Int {
    steps.isEmpty ? 1 : 1 + (steps[type.name.description]?.count ?? 0)
  }

  /// `data` of an old version in today's shape.
  func lift(_ data: JSON, _ type: EventType, from version: Int) throws -> JSON {
    var data = data
    for step in (steps[type.name.description] ?? [])[(version - 1)...] { data = try step(data) }
    return data
  }
}

/// Data that its upcaster can't read. Never quotes it.
package struct UpcastError: Error, Equatable, Sendable {
  package let rule: String

  package init(_ rule: String) { self.rule = rule }
}
