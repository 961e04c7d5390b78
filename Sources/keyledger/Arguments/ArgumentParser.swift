import KeyLedger

/// Reads the words of a command line against the table. The first fault is the one reported, but the walk goes on
/// behind it, so that `--help` and `--output` are obeyed wherever they stand.
struct ArgumentParser {
  enum Goal {
    case run(Invocation)
    /// The help of a command, of a group, or with an empty path of the whole.
    case help(path: [String])
  }

  private let table: CommandTable
  private var rest: ArraySlice<String>
  private var path: [String] = []
  private(set) var command: CommandSpec?
  private var words: [String] = []
  private(set) var options = GivenOptions()
  private var fault: Refusal?

  init(_ arguments: [String], table: CommandTable) {
    self.table = table
    rest = arguments[...]
  }

  mutating func parse() throws(Refusal) -> Goal {
    walk()
    if options.has("help") { return .help(path: path) }
    if let fault { throw fault }
    guard let command else { throw missingCommand() }
    let arguments = try assign(words, to: command)
    let invocation = Invocation(command: command, options: options, arguments: arguments)
    try checkMeaning(invocation)
    return .run(invocation)
  }

  private mutating func walk() {
    var optionsEnded = false
    while let token = rest.popFirst() {
      if optionsEnded || token == "-" || !token.utf8.starts(with: "-".utf8) {
        word(token)
      } else if token == "--" {
        optionsEnded = true
      } else if path.isEmpty, token == "--version" {
        word("version")
      } else {
        do throws(Refusal) { try option(token) } catch { fault = fault ?? error }
      }
    }
  }

  private mutating func word(_ token: String) {
    guard command == nil else { return words.append(token) }
    if path.isEmpty, token == "help" { return options.add("help", nil) }
    let longer = path + [token]
    if let found = table.command(longer) {
      command = found
      path = longer
    } else if path.isEmpty, table.group(token) != nil {
      path = longer
    } else {
      fault = fault ?? unknownCommand(token)
    }
  }
}

// MARK: Options

extension ArgumentParser {
  private mutating func option(_ token: String) throws(Refusal) {
    let parts = token.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
    let typed = String(parts[0]) ?? ""
    var attached = parts.count == 2 ? String(parts[1]) ?? "" : nil
    let known = (command?.options ?? []) + CommonOptions.all
    let found: OptionSpec?
    if typed.utf8.starts(with: "--".utf8) {
      let name = typed.utf8.dropFirst(2)
      found = known.first { $0.name.utf8.elementsEqual(name) }
    } else {
      let letter = typed.dropFirst().first
      found = known.first { $0.short != nil && $0.short == letter }
      if typed.count > 2 { attached = String(token.dropFirst(2)) }
    }
    guard let found else { throw unknownOption(typed, known) }
    guard found.isRepeatable || !options.has(found.name) else { throw badUsage("--\(found.name) is given twice.") }
    guard found.takesValue else {
      guard attached == nil else { throw badUsage("--\(found.name) takes no value.") }
      return options.add(found.name, nil)
    }
    try options.add(found.name, value(of: found, attached))
  }

  private mutating func value(of option: OptionSpec, _ attached: String?) throws(Refusal) -> String {
    let value: String
    if let attached {
      value = attached
    } else if let next = rest.first, !next.utf8.starts(with: "--".utf8) {
      value = next
      rest = rest.dropFirst()
    } else {
      throw badUsage(
        "--\(option.name) needs a value: --\(option.name) \(option.label ?? "VALUE"), or "
          + "--\(option.name)=VALUE for one that begins with two dashes.")
    }
    try check(value, option.value, "--\(option.name)")
    return value
  }

  private func check(_ value: String, _ spec: ValueSpec, _ what: String) throws(Refusal) {
    guard spec.isClosed, !spec.choices.isEmpty, !spec.choices.contains(where: { sameBytes($0, value) }) else { return }
    let hint = Suggestion.nearest(to: value, among: spec.choices).map { "; did you mean \($0)?" } ?? "."
    throw badUsage("\(what) is one of \(spec.choices.joined(separator: ", "))\(hint)")
  }

  /// Common options are known before the command is, so whether they mean anything to it is judged at the end.
  private func checkMeaning(_ invocation: Invocation) throws(Refusal) {
    let command = invocation.command
    for option in command.options where option.isRequired && !options.has(option.name) {
      throw badUsage("\(command.name) needs --\(option.name) \(option.label ?? ""); \(helpHint(command.path))")
    }
    let meant = command.options + CommonOptions.everywhere + meaningful(to: invocation)
    for name in options.names where !meant.contains(where: { $0.name == name }) {
      throw badUsage("--\(name) means nothing to \(command.name)\(reason(name, invocation)).")
    }
  }

  private func meaningful(to invocation: Invocation) -> [OptionSpec] {
    if case .changesWith = invocation.command.effect {
      return invocation.changes ? CommonOptions.changing : CommonOptions.reading
    }
    return CommonOptions.special(to: invocation.command.effect)
  }

  private func reason(_ option: String, _ invocation: Invocation) -> String {
    if CommonOptions.reading.contains(where: { $0.name == option }) {
      return invocation.changes ? ", which changes the ledger as it is now" : ""
    }
    if invocation.command.effect == .founds { return ": a directory is founded once" }
    if invocation.command.effect == .changesMany { return ": there each line has an idempotency key of its own" }
    return invocation.changes ? "" : ", which appends no event"
  }
}

// MARK: Arguments

extension ArgumentParser {
  private func assign(_ words: [String], to command: CommandSpec) throws(Refusal) -> [String: String] {
    var arguments: [String: String] = [:]
    if let missing = command.arguments.dropFirst(words.count).first(where: { !$0.isOptional }) {
      throw badUsage("\(command.name) needs \(missing.name), \(missing.help); \(helpHint(command.path))")
    }
    // A word too many is not repeated: it may be a secret that was meant for standard input.
    guard words.count <= command.arguments.count else {
      let takes =
        command.arguments.isEmpty ? "no argument" : "only \(command.arguments.map(\.name).joined(separator: " "))"
      throw badUsage("Too many arguments: \(command.name) takes \(takes); \(helpHint(command.path))")
    }
    for (word, spec) in zip(words, command.arguments) {
      try check(word, spec.value, spec.name)
      arguments[spec.name] = word
    }
    return arguments
  }
}

// MARK: What is wrong

extension ArgumentParser {
  private func missingCommand() -> Refusal {
    guard let group = path.first.flatMap(table.group) else {
      return badUsage("A command is missing; \(helpHint([])).")
    }
    let names = group.commands.compactMap { $0.path.last }.joined(separator: ", ")
    return badUsage("\(group.name) needs one of \(names); \(helpHint(path)).")
  }

  private func unknownCommand(_ word: String) -> Refusal {
    let known = path.first.flatMap(table.group)?.commands.compactMap { $0.path.last } ?? table.groups.map(\.name)
    let prefix = path.map { $0 + " " }.joined()
    let said = Suggestion.printable(word).map { "There is no command \(prefix)\($0)" } ?? "There is no such command"
    if let nearest = Suggestion.nearest(to: word, among: known) {
      return badUsage("\(said); did you mean \(prefix)\(nearest)?")
    }
    return badUsage("\(said); \(helpHint(path)).")
  }

  private func unknownOption(_ typed: String, _ known: [OptionSpec]) -> Refusal {
    let said = Suggestion.printable(typed).map { "There is no option \($0)" } ?? "There is no such option"
    let whose = command.map { " of \($0.name)" } ?? " before the command"
    let nearest = Suggestion.nearest(to: typed, among: known.map { "--" + $0.name })
    return badUsage(said + whose + (nearest.map { "; did you mean \($0)?" } ?? "; \(helpHint(path))."))
  }

  private func helpHint(_ path: [String]) -> String {
    "see keyledger \(path.map { $0 + " " }.joined())--help"
  }

  private func badUsage(_ message: String) -> Refusal { Refusal(.badUsage, message) }
}
