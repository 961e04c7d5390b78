import KeyLedger

/// What a completion script knows, flattened for the three shells.
struct CompletionModel {
  let table: CommandTable

  /// Paths that words can follow with the words: the empty path, and each group.
  var branches: [(path: String, words: [(word: String, help: String)])] {
    let roots = table.groups.map { (word: $0.name, help: $0.summary) }
    let groups = table.groups.filter { $0.single == nil }.map { group in
      (path: group.name, words: group.commands.map { (word: $0.path.last ?? "", help: $0.summary) })
    }
    return [(path: "", words: roots)] + groups
  }

  func options(of command: CommandSpec) -> [OptionSpec] {
    command.options + CommonOptions.special(to: command.effect) + CommonOptions.everywhere(but: command)
  }

  /// The options that take a value, wherever they stand: a completer has to step over the values.
  var valueOptions: [String] {
    let all = (table.commands.flatMap(\.options) + CommonOptions.all).filter(\.takesValue)
    return Set(all.flatMap { ["--" + $0.name] + ($0.short.map { ["-\($0)"] } ?? []) }).sorted()
  }
}

enum Shell: String, Sendable, CaseIterable {
  case bash, zsh, fish

  func script(for table: CommandTable) -> [String] {
    let model = CompletionModel(table: table)
    return switch self {
    case .bash: BashCompletion(model: model).lines
    case .zsh: ZshCompletion(model: model).lines
    case .fish: FishCompletion(model: model).lines
    }
  }
}

extension ValueSpec {
  /// The words that a value, or each part of a list, is completed from.
  var words: [String] {
    guard completes == .scopes else { return choices }
    return choices
      + LedgerState.initialResources.flatMap { resource in
        ["\(resource.name):read"] + (resource.readOnly ? [] : ["\(resource.name):write"])
      }
  }
}

extension ValueSpec.Completes {
  /// The command that lists what there is, an item a line; nil where nothing in a ledger is asked for.
  var listing: String? {
    switch self {
    case .environments: "keyledger env list --quiet"
    case .keys: "keyledger key list --quiet"
    case .users: "keyledger user list --quiet"
    case .nothing, .files, .directories, .scopes: nil
    }
  }
}
