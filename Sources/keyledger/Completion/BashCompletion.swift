/// For bash 4 and newer; needs nothing of the bash-completion package.
struct BashCompletion {
  let model: CompletionModel

  var lines: [String] {
    [
      "# bash completion for keyledger. Load it with: source <(keyledger completion bash)",
      "# The last part of a list with commas. Only what is behind the last colon is replied: readline breaks words there.",
      "_keyledger_list() {",
      "  local before=\"\" broken=\"\"",
      "  [[ $current == *,* ]] && before=\"${current%,*},\"",
      "  [[ $current == *:* && $COMP_WORDBREAKS == *:* ]] && broken=\"${current%\"${current##*:}\"}\"",
      "  COMPREPLY=( $(compgen -P \"$before\" -W \"$1\" -- \"${current##*,}\") )",
      "  COMPREPLY=( \"${COMPREPLY[@]#\"$broken\"}\" )",
      "}",
      "_keyledger() {",
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"\" path=\"\" words=\"\" options=\"\" index word",
      "  local COMP_CWORD=$COMP_CWORD",
      "  COMPREPLY=()",
      "  # `customers:read` arrives as three words.",
      "  while (( COMP_CWORD > 1 )) && [[ ${COMP_WORDS[COMP_CWORD]} == : || ${COMP_WORDS[COMP_CWORD-1]} == : ]]; do",
      "    (( COMP_CWORD-- )); current=\"${COMP_WORDS[COMP_CWORD]}$current\"",
      "  done",
      "  # `--option=value` arrives as three words.",
      "  if [[ $current == \"=\" ]]; then current=\"\"; previous=\"${COMP_WORDS[COMP_CWORD-1]}\"",
      "  elif (( COMP_CWORD > 1 )) && [[ ${COMP_WORDS[COMP_CWORD-1]} == \"=\" ]]; then",
      "    previous=\"${COMP_WORDS[COMP_CWORD-2]}\"",
      "  elif (( COMP_CWORD > 0 )); then previous=\"${COMP_WORDS[COMP_CWORD-1]}\"; fi",
      "  for (( index = 1; index < COMP_CWORD; index++ )); do",
      "    word=\"${COMP_WORDS[index]}\"",
      "    case \"$word\" in",
      "      \(model.valueOptions.joined(separator: "|")))",
      "        [[ ${COMP_WORDS[index+1]} == \"=\" ]] && (( index++ )); (( index++ )) ;;",
      "      -*) ;;",
      "      *) case \"$path $word\" in",
    ] + paths + [
      "      esac ;;",
      "    esac",
      "  done",
      "  case \"$path:$previous\" in",
    ] + values + [
      "  esac",
      "  case \"$path\" in",
    ] + branches + commands + [
      "  esac",
      "  if [[ $current == -* ]]; then words=\"$options\"; fi",
      "  COMPREPLY=( $(compgen -W \"$words\" -- \"$current\") )",
      "}",
      "complete -F _keyledger keyledger",
    ]
  }

  /// How a word leads from one path to the next.
  private var paths: [String] {
    let next = model.table.groups.map(\.name) + model.table.commands.filter { $0.path.count == 2 }.map(\.name)
    return next.map { name in
      let from = name.contains(" ") ? name : " " + name
      return "          \"\(from)\") path=\"\(name)\" ;;"
    }
  }

  private var values: [String] {
    var lines: [String] = []
    for command in model.table.commands {
      for option in command.options {
        guard let reply = completion(option) else { continue }
        lines.append("    \"\(command.name):--\(option.name)\") \(reply); return ;;")
      }
    }
    for option in CommonOptions.all {
      guard let reply = completion(option) else { continue }
      let names = ["--" + option.name] + (option.short.map { ["-\($0)"] } ?? [])
      lines.append("    \(names.map { "*:" + $0 }.joined(separator: "|"))) \(reply); return ;;")
    }
    return lines
  }

  private func completion(_ option: OptionSpec) -> String? {
    guard option.takesValue else { return nil }
    if option.value.completes == .scopes {
      return "_keyledger_list \"\(option.value.words.joined(separator: " "))\""
    }
    if let words = words(option.value) { return "COMPREPLY=( $(compgen -W \"\(words)\" -- \"$current\") )" }
    switch option.value.completes {
    case .directories: return "compopt -o filenames; COMPREPLY=( $(compgen -d -- \"$current\") )"
    case .files: return "compopt -o filenames; COMPREPLY=( $(compgen -f -- \"$current\") )"
    case .nothing, .environments, .keys, .users, .scopes: return "COMPREPLY=()"
    }
  }

  private func words(_ value: ValueSpec) -> String? {
    if !value.choices.isEmpty { return value.choices.joined(separator: " ") }
    return value.completes.listing.map { "$(\($0) 2>/dev/null)" }
  }

  private var branches: [String] {
    let common = CommonOptions.everywhere.map { "--" + $0.name }.joined(separator: " ")
    return model.branches.map { branch in
      let words = branch.words.map(\.word).joined(separator: " ")
      return "    \"\(branch.path)\") words=\"\(words)\"; options=\"\(common)\" ;;"
    }
  }

  private var commands: [String] {
    model.table.commands.map { command in
      let options = model.options(of: command).map { "--" + $0.name }.joined(separator: " ")
      let argument = command.arguments.first
      if let argument, argument.value.completes == .files {
        return "    \"\(command.name)\") options=\"\(options)\"\n"
          + "      [[ $current == -* ]] || { compopt -o filenames; "
          + "COMPREPLY=( $(compgen -f -- \"$current\") ); return; } ;;"
      }
      let words = argument.flatMap { self.words($0.value) } ?? ""
      return "    \"\(command.name)\") options=\"\(options)\"; "
        + "[[ $current == -* ]] || words=\"\(words)\" ;;"
    }
  }
}
