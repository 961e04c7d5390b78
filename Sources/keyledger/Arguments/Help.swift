import KeyLedger

/// The texts of `--help`, made from the same table as the parser.
struct Help {
  let table: CommandTable
  /// Columns that a line may take.
  let width: Int

  static let defaultWidth = 80
  static let maximumWidth = 100

  init(_ table: CommandTable, terminalWidth: Int?) {
    self.table = table
    width = min(terminalWidth ?? Help.defaultWidth, Help.maximumWidth)
  }

  /// The help of a command, of a group, or of the whole program for an empty path.
  func lines(for path: [String]) -> [String] {
    if let command = table.command(path) { return page(command) }
    if let group = path.first.flatMap(table.group) { return page(group) }
    return overview()
  }

  private func overview() -> [String] {
    var lines = paragraph(
      "KeyLedger manages the API keys of a platform and remembers everything that happened to them.")
    lines += ["", "Usage: keyledger [--data DIR] COMMAND …"]
    for section in table.sections {
      lines += ["", section.title]
      lines += entries(section.groups.map { ($0.name, overviewText($0)) })
    }
    lines += ["", "Options that stand anywhere"] + entries(CommonOptions.everywhere.map { (label($0), $0.help) })
    lines += paragraph(
      "Every read also takes --at and --replay, every change --dry-run, and all but init and apply --idempotency-key.",
      indent: 2)
    lines += ["", "The data"]
    lines += paragraph(
      "One directory holds a ledger: DIR, else $KEYLEDGER_DATA, else ./keyledger-data. The key that opens its vault "
        + "is DIR/root.key, or the file that $KEYLEDGER_ROOT_KEY_FILE names, better on another volume.", indent: 2)
    lines += ["", "To begin"]
    lines += ["keyledger init --owner ada@example.com", "keyledger env create production"].map { "  " + $0 }
    lines += ["keyledger key create --env production --name \"Billing worker\" --scope customers:write"].map {
      "  " + $0
    }
    return lines + ["", "keyledger COMMAND --help says more about each."]
  }

  private func overviewText(_ group: CommandGroup) -> String {
    guard group.single == nil else { return group.summary }
    return group.summary + ": " + group.commands.compactMap { $0.path.last }.joined(separator: ", ")
  }

  private func page(_ group: CommandGroup) -> [String] {
    var lines = paragraph(group.summary + ".") + ["", "Usage: keyledger \(group.name) COMMAND …", "", "Commands"]
    lines += entries(
      group.commands.map { command in
        let arguments = command.arguments.map { $0.isOptional ? "[\($0.name)]" : $0.name }
        return ((command.path.dropFirst() + arguments).joined(separator: " "), command.summary)
      })
    if let example = group.commands.first?.examples.first { lines += ["", "Example", "  " + example] }
    return lines + ["", "keyledger \(group.name) COMMAND --help says more about each."]
  }

  private func page(_ command: CommandSpec) -> [String] {
    var lines = paragraph(command.summary + ".")
    lines += [""] + usage(command)
    for text in command.discussion { lines += [""] + paragraph(text) }
    if !command.arguments.isEmpty {
      lines += ["", "Arguments"] + entries(command.arguments.map { ($0.name, described($0.help, $0.value)) })
    }
    if !command.options.isEmpty {
      lines += ["", "Options"] + entries(command.options.map { (label($0), described($0.help, $0.value)) })
    }
    let common = CommonOptions.special(to: command.effect) + CommonOptions.everywhere(but: command)
    lines += ["", "Options that stand anywhere"] + entries(common.map { (label($0), $0.help) })
    lines += ["", command.examples.count > 1 ? "Examples" : "Example"] + command.examples.map { "  " + $0 }
    return lines
  }

  private func usage(_ command: CommandSpec) -> [String] {
    let options = command.options.map { option in
      let text = ["--" + option.name, option.label].compactMap { $0 }.joined(separator: " ")
      return option.isRequired ? text : "[\(text)]"
    }
    let arguments = command.arguments.map { $0.isOptional ? "[\($0.name)]" : $0.name }
    let head = "Usage: keyledger \(command.name)"
    var lines = [head]
    for part in arguments + options {
      let last = lines.count - 1
      if TextWidth.of(lines[last]) + 1 + TextWidth.of(part) > width {
        lines.append(String(repeating: " ", count: TextWidth.of(head)) + " " + part)
      } else {
        lines[last] += " " + part
      }
    }
    return lines
  }

  private func label(_ option: OptionSpec) -> String {
    let names = (option.short.map { "-\($0), " } ?? "") + "--" + option.name
    return names + (option.label.map { " " + $0 } ?? "")
  }

  private func described(_ help: String, _ value: ValueSpec) -> String {
    value.choices.isEmpty ? help : help + ": " + value.choices.joined(separator: ", ")
  }

  private func paragraph(_ text: String, indent: Int = 0) -> [String] {
    TextWidth.wrap(text, to: width - indent).map { String(repeating: " ", count: indent) + $0 }
  }

  /// Names in a column, what they mean beside them; a name too long for the column has a line of its own.
  private func entries(_ entries: [(name: String, text: String)]) -> [String] {
    let column = min(entries.map { TextWidth.of($0.name) }.max() ?? 0, Help.maximumColumn)
    let indent = String(repeating: " ", count: column + 4)
    return entries.flatMap { name, text in
      let texts = TextWidth.wrap(text, to: max(Help.leastText, width - column - 4))
      if TextWidth.of(name) > column { return ["  " + name] + texts.map { indent + $0 } }
      let first = "  " + TextWidth.pad(name, to: column) + "  " + (texts.first ?? "")
      return [first] + texts.dropFirst().map { indent + $0 }
    }
  }

  private static let maximumColumn = 26
  private static let leastText = 24
}
