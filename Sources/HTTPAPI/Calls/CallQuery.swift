import Formats
import KeyLedger
import LedgerService

/// What stands behind the `?`: each name once, and only names that the route knows.
struct CallQuery: Sendable {
  private var values: [(name: String, value: String)] = []

  /// Throws `bad_usage` for a name that is unknown or twice, or that is not percent-encoded UTF-8.
  init(_ text: [UInt8], knowing names: [String]) throws(Problem) {
    guard !text.isEmpty else { return }
    for part in text.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
      let pieces = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(pieces[0], plusIsSpace: true),
        let value = PercentEncoding.decode(pieces.count > 1 ? pieces[1] : [], plusIsSpace: true)
      else { throw .usage("The query is not percent-encoded UTF-8.") }
      guard let known = names.first(where: { sameBytes($0, name) }) else {
        let list = names.isEmpty ? "none" : names.joined(separator: ", ")
        throw .usage("The query has a parameter that this path does not take; it takes \(list).")
      }
      guard self[known] == nil else { throw .usage("The query has \(known) twice.") }
      values.append((known, value))
    }
  }

  /// Nil when it was not given.
  subscript(_ name: String) -> String? { values.first { sameBytes($0.name, name) }?.value }

  /// The same for every way to write the same query, and another one for any other query.
  ///
  /// - Parameter names: parameters that don't count.
  func canonical(without names: [String]) -> JSON {
    let counted = values.filter { value in !names.contains { sameBytes($0, value.name) } }
    return .object(counted.sorted { $0.name < $1.name }.map { JSONMember($0.name, .string($0.value)) })
  }

  /// One of the words of a closed set.
  func choice<T: RawRepresentable & CaseIterable>(_ name: String, as type: T.Type) throws(Refusal) -> T?
  where T.RawValue == String {
    guard let text = self[name] else { return nil }
    guard let value = T.allCases.first(where: { sameBytes($0.rawValue, text) }) else {
      let words = T.allCases.map(\.rawValue).joined(separator: ", ")
      throw Refusal(.badUsage, "\(name) is one of \(words).", field: name)
    }
    return value
  }

  func flag(_ name: String) throws(Refusal) -> Bool {
    switch self[name] {
    case nil: false
    case "true"?, "1"?: true
    case "false"?, "0"?: false
    default: throw Refusal(.badUsage, "\(name) is true or false.", field: name)
    }
  }

  func number(_ name: String) throws(Refusal) -> UInt64? {
    guard let text = self[name] else { return nil }
    guard let number = Decimal.parse(text) else { throw Refusal(.badUsage, "\(name) is a number.", field: name) }
    return UInt64(number)
  }

  static let limits = 1...1_000
  static let usualLimit = 100

  /// How many of a list: 1 to 1,000.
  func limit() throws(Refusal) -> Int {
    guard let number = try number("limit") else { return CallQuery.usualLimit }
    guard let limit = Int(exactly: number), CallQuery.limits.contains(limit) else {
      throw Refusal(.badUsage, "limit is 1 to 1,000.", field: "limit")
    }
    return limit
  }

  func time(_ name: String, now: Instant) throws(Refusal) -> Instant? {
    try self[name].map { (text) throws(Refusal) in try Point.time(text, now: now) }
  }
}
