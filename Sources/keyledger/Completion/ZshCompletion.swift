/// For zsh's completion system: one function for each command, `_arguments` inside.
struct ZshCompletion {
  let model: CompletionModel

  var lines: [String] {
    let head = [
      "#compdef keyledger",
      "# zsh completion for keyledger. Load it with: source <(keyledger completion zsh)",
    ]
    let tail = [
      "if [[ \"${funcstack[1]}\" == \"_keyledger\" ]]; then _keyledger \"$@\"; else compdef _keyledger keyledger; fi"
    ]
    let groups = model.branches.flatMap { branch(path: $0.path, words: $0.words) }
    return head + groups + model.table.commands.flatMap(function) + tail
  }

  private func branch(path: String, words: [(word: String, help: String)]) -> [String] {
    let name = ZshCompletion.name(path)
    return [
      "\(name)() {", "  local context state line curcontext=\"$curcontext\"", "  local -a commands", "  commands=(",
    ]
      + words.map { "    '\(ZshCompletion.quoted($0.word)):\(ZshCompletion.quoted($0.help))'" } + [
        "  )", "  _arguments -C \\",
      ] + CommonOptions.everywhere.flatMap(option).map { "    \($0) \\" } + [
        "    '1: :->command' '*:: :->rest' && return",
        "  case $state in",
        "    command) _describe command commands ;;",
        "    rest) case $line[1] in",
      ] + words.map { word in "      \(word.word)) \(name)_\(ZshCompletion.identifier(word.word)) ;;" } + [
        "    esac ;;", "  esac", "}",
      ]
  }

  private func function(_ command: CommandSpec) -> [String] {
    var specs = model.options(of: command).flatMap(option)
    for (index, argument) in command.arguments.enumerated() {
      let colon = argument.isOptional ? "::" : ":"
      specs.append("'\(index + 1)\(colon)\(argument.name)\(action(argument.value))'")
    }
    let name = ZshCompletion.name(command.name)
    return ["\(name)() {", "  _arguments -S \\"] + specs.dropLast().map { "    \($0) \\" }
      + [specs.last.map { "    " + $0 } ?? "", "}"]
  }

  private func option(_ option: OptionSpec) -> [String] {
    let names = ["--" + option.name] + (option.short.map { ["-\($0)"] } ?? [])
    return names.map { name in
      let help = "[\(ZshCompletion.quoted(option.help))]"
      guard let label = option.label else { return "'\(name)\(help)'" }
      let equals = name.utf8.starts(with: "--".utf8) ? "=" : "+"
      return "'\(option.isRepeatable ? "*" : "")\(name)\(equals)\(help):\(label)\(action(option.value))'"
    }
  }

  private func action(_ value: ValueSpec) -> String {
    if !value.choices.isEmpty { return ":(\(value.choices.joined(separator: " ")))" }
    if let listing = value.completes.listing { return ":{compadd -- ${(f)\"$(\(listing) 2>/dev/null)\"}}" }
    switch value.completes {
    case .files: return ":_files"
    case .directories: return ":_files -/"
    case .nothing, .environments, .keys, .users, .scopes: return ": "
    }
  }

  private static func name(_ path: String) -> String {
    path.isEmpty ? "_keyledger" : "_keyledger_" + identifier(path)
  }

  private static func identifier(_ words: String) -> String {
    String(words.map { $0 == " " || $0 == "-" ? "_" : $0 })
  }

  /// Inside single quotes and a spec of `_arguments`.
  private static func quoted(_ text: String) -> String {
    text.map { character in
      switch character {
      case "'": "'\\''"
      case "[", "]", ":", "\\": "\\" + String(character)
      default: String(character)
      }
    }.joined()
  }
}
