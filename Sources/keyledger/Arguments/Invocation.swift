import KeyLedger

/// A command with what was typed for it, already known to fit its spec.
struct Invocation: Sendable {
  let command: CommandSpec
  let options: GivenOptions
  fileprivate let arguments: [String: String]

  init(command: CommandSpec, options: GivenOptions, arguments: [String: String]) {
    self.command = command
    self.options = options
    self.arguments = arguments
  }

  /// An argument that the spec requires.
  func argument(_ name: String) -> String {
    guard let value = arguments[name] else { preconditionFailure("\(command.name) has no required argument \(name)") }
    return value
  }

  func optionalArgument(_ name: String) -> String? { arguments[name] }

  func has(_ option: String) -> Bool { options.has(option) }
  func value(_ option: String) -> String? { options.value(option) }

  /// An option that the spec requires.
  func required(_ option: String) -> String {
    guard let value = options.value(option) else { preconditionFailure("\(command.name) does not require \(option)") }
    return value
  }

  /// Every comma-separated word of an option, however often it was given.
  func words(_ option: String) -> [String] {
    options.values(option).flatMap { value in
      value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { String($0) ?? "" }
    }
  }

  /// The member of a closed set that the parser has let through.
  func choice<T: RawRepresentable>(_ option: String, as type: T.Type) -> T? where T.RawValue == String {
    value(option).flatMap { T(rawValue: $0) }
  }

  /// Whether it changes the ledger, given its arguments.
  var changes: Bool {
    switch command.effect {
    case .founds, .changes, .changesMany: true
    case .changesWith(let argument): arguments[argument] != nil
    case .reads, .maintains, .none: false
    }
  }

  /// Whether something may be another after it.
  var mayWrite: Bool { (changes && !has("dry-run")) || command.effect == .maintains }
}

/// Options as they were typed, by their long name; known even where parsing failed, so that errors keep to the format.
struct GivenOptions: Sendable {
  private var given: [String: [String]] = [:]

  var names: [String] { given.keys.sorted() }

  mutating func add(_ name: String, _ value: String?) { given[name, default: []] += value.map { [$0] } ?? [] }

  func has(_ name: String) -> Bool { given[name] != nil }
  func value(_ name: String) -> String? { given[name]?.last }
  func values(_ name: String) -> [String] { given[name] ?? [] }
}
