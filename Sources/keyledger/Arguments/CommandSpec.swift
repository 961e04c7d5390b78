import KeyLedger

/// One command: what the parser takes, what help and completion say, and what runs. All three read this table.
struct CommandSpec: Sendable {
  let path: [String]
  let summary: String
  /// What the summary leaves open, a paragraph each.
  var discussion: [String] = []
  var arguments: [ArgumentSpec] = []
  var options: [OptionSpec] = []
  let effect: Effect
  /// What it writes where no terminal reads it, unless asked otherwise: ndjson for results that come one by one, a table
  /// for what has a text form that others read.
  var offTerminal = OutputFormat.json
  let examples: [String]
  let run: @Sendable (Invocation, Session) throws(Refusal) -> Reply

  var name: String { path.joined(separator: " ") }
}

/// What a command does to the ledger, which decides the common options that mean something to it.
enum Effect: Sendable, Equatable {
  /// Takes `--at` and `--replay`.
  case reads
  /// Takes `--dry-run` alone: a directory is founded once.
  case founds
  /// Takes `--dry-run` and `--idempotency-key`.
  case changes
  /// Changes many things, each with an idempotency key of its own: takes `--dry-run` alone.
  case changesMany
  /// Reads without this argument, changes with it.
  case changesWith(argument: String)
  /// Looks after the files, and appends nothing.
  case maintains
  /// Takes files as they stand, or has nothing to do with a ledger.
  case none
}

/// A word that stands for itself, by its place.
struct ArgumentSpec: Sendable {
  let name: String
  let help: String
  var value = ValueSpec()
  var isOptional = false
}

/// `--name VALUE`, or a flag when it has no value.
struct OptionSpec: Sendable {
  let name: String
  var short: Character?
  var label: String?
  var value = ValueSpec()
  var isRequired = false
  var isRepeatable = false
  let help: String

  var takesValue: Bool { label != nil }

  static func flag(_ name: String, short: Character? = nil, _ help: String) -> OptionSpec {
    OptionSpec(name: name, short: short, help: help)
  }

  static func value(
    _ name: String, _ label: String, _ help: String, of value: ValueSpec = ValueSpec(), required: Bool = false,
    repeats: Bool = false
  ) -> OptionSpec {
    OptionSpec(
      name: name, label: label, value: value, isRequired: required, isRepeatable: repeats, help: help)
  }
}

/// What a value may be, as far as the shell and the parser can know.
struct ValueSpec: Sendable {
  var choices: [String] = []
  /// Whether the parser refuses other words; where it does not, the ledger does, with a code of its own.
  var isClosed = true
  var completes = Completes.nothing

  enum Completes: Sendable { case nothing, files, directories, environments, keys, users, scopes }

  static func choice(_ words: [String]) -> ValueSpec { ValueSpec(choices: words) }
  static func suggestion(_ words: [String]) -> ValueSpec { ValueSpec(choices: words, isClosed: false) }
  static func completed(_ completes: Completes) -> ValueSpec { ValueSpec(completes: completes) }
}

/// Commands that share their first word, or a command that stands alone, as the overview shows them.
struct CommandGroup: Sendable {
  let name: String
  let summary: String
  let commands: [CommandSpec]

  /// One command that is its own group: `check`, `apply`.
  var single: CommandSpec? { commands.count == 1 && commands[0].path.count == 1 ? commands[0] : nil }

  init(_ name: String, _ summary: String, _ commands: [CommandSpec]) {
    self.name = name
    self.summary = summary
    self.commands = commands
  }

  init(_ command: CommandSpec) { self.init(command.path[0], command.summary, [command]) }
}

/// A heading of the overview with what stands under it.
struct CommandSection: Sendable {
  let title: String
  let groups: [CommandGroup]
}

struct CommandTable: Sendable {
  let sections: [CommandSection]

  var groups: [CommandGroup] { sections.flatMap(\.groups) }
  var commands: [CommandSpec] { groups.flatMap(\.commands) }

  func command(_ path: [String]) -> CommandSpec? { commands.first { $0.path == path } }
  func group(_ name: String) -> CommandGroup? { groups.first { $0.name == name } }
}
