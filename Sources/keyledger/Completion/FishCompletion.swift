/// For fish 3 and newer.
struct FishCompletion {
  let model: CompletionModel

  var lines: [String] {
    [
      "# fish completion for keyledger. Load it with: keyledger completion fish | source",
      "function __keyledger_path",
      "    set -l path",
      "    set -l skip 0",
      "    for word in (commandline -opc)[2..-1]",
      "        if test $skip = 1; set skip 0; continue; end",
      "        switch $word",
      "            case \(model.valueOptions.map { "'\($0)'" }.joined(separator: " "))",
      "                set skip 1",
      "            case '-*'",
      "            case '*'",
      "                if test (count $path) -lt 2; set path $path $word; end",
      "        end",
      "    end",
      "    string join ' ' -- $path",
      "end",
      "function __keyledger_in",
      "    set -l path (__keyledger_path)",
      "    test \"$path\" = \"$argv[1]\"; or string match -q -- \"$argv[1] *\" \"$path\"",
      "end",
      "complete -c keyledger -f",
    ] + CommonOptions.everywhere.map { line(nil, $0) } + branches + commands
  }

  private var branches: [String] {
    model.branches.flatMap { branch in
      branch.words.map { word in
        "complete -c keyledger -n 'test \"$(__keyledger_path)\" = \"\(branch.path)\"' "
          + "-a '\(word.word)' -d '\(FishCompletion.quoted(word.help))'"
      }
    }
  }

  private var commands: [String] {
    model.table.commands.flatMap { command in
      let own = command.options + CommonOptions.special(to: command.effect)
      let options = own.map { line(command.name, $0) }
      let arguments = command.arguments.compactMap { argument in
        words(argument.value).map { "complete -c keyledger -n '__keyledger_in \"\(command.name)\"' \($0)" }
      }
      return options + arguments
    }
  }

  private func line(_ command: String?, _ option: OptionSpec) -> String {
    var line = "complete -c keyledger"
    if let command { line += " -n '__keyledger_in \"\(command)\"'" }
    line += " -l \(option.name)" + (option.short.map { " -s \($0)" } ?? "")
    if option.takesValue { line += " -x" + (words(option.value).map { " " + $0 } ?? "") }
    return line + " -d '\(FishCompletion.quoted(option.help))'"
  }

  private func words(_ value: ValueSpec) -> String? {
    if !value.words.isEmpty { return "-a '\(value.words.joined(separator: " "))'" }
    if let listing = value.completes.listing { return "-a '(\(listing) 2>/dev/null)'" }
    switch value.completes {
    case .files: return "-F"
    case .directories: return "-a '(__fish_complete_directories)'"
    case .nothing, .environments, .keys, .users, .scopes: return nil
    }
  }

  private static func quoted(_ text: String) -> String {
    text.map { $0 == "'" || $0 == "\\" ? "\\" + String($0) : String($0) }.joined()
  }
}
