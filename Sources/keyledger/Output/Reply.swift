import Formats

/// What a command came to.
enum Reply {
  case document(Document)
  /// It wrote its results itself, as they came.
  case written(ExitCode)
}

/// One answer in its four forms.
struct Document {
  /// What `-o json` prints, and HTTP answers.
  let json: JSON
  /// The member that holds the list, whose elements are the lines of ndjson; nil for one thing.
  var list: String?
  /// What `--quiet` prints, a value a line.
  let bare: [String]
  /// What people read.
  let view: (Page) -> [String]
  var exit = ExitCode.done
  /// For standard error in any format: what is wrong with the state that was found.
  var warnings: [String] = []
  /// For standard error beside a table: what people do next.
  var hints: [String] = []
  /// For standard error beside the bare value: which secret was made and not shown, and how it is had.
  var unshown: [String] = []

  /// What is printed in this format, with its last line end.
  func bytes(as format: OutputFormat, quiet: Bool, on page: Page) -> [UInt8] {
    if quiet { return Document.text(bare) }
    switch format {
    case .table: return Document.text(view(page))
    case .json: return Document.text([json.pretty()])
    case .ndjson:
      let elements = list.flatMap { json[$0]?.array } ?? [json]
      return elements.flatMap { $0.line() + [UInt8(ascii: "\n")] }
    }
  }

  private static func text(_ lines: [String]) -> [UInt8] { lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] } }
}
