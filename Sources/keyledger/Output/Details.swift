/// One thing, as a title and its facts, labels in one column.
struct Details {
  private let title: [Styled]
  private var facts: [(label: String, lines: [Styled])] = []

  init(_ title: Styled...) { self.title = title }

  /// Nothing is said about nothing: an absent or empty value leaves no line.
  mutating func add(_ label: String, _ value: Styled?) {
    guard let value, !value.text.isEmpty else { return }
    facts.append((label, [value]))
  }

  mutating func add(_ label: String, _ value: String?) { add(label, value.map { Styled($0) }) }

  mutating func add(_ label: String, lines: [String]) {
    guard !lines.isEmpty else { return }
    facts.append((label, lines.map { Styled($0) }))
  }

  func lines(on page: Page) -> [String] {
    let labels = facts.map { TextWidth.of($0.label) }.max() ?? 0
    var lines = title.isEmpty ? [] : [title.map { $0.rendered(colour: page.colour) }.joined(separator: "  ")]
    for fact in facts {
      let label = Styled(TextWidth.pad(fact.label, to: labels), .quiet).rendered(colour: page.colour)
      let indent = "  " + String(repeating: " ", count: labels) + "  "
      let room = page.width.map { max(Details.leastRoom, $0 - labels - 4) }
      let rendered = fact.lines.flatMap { Details.wrapped($0, to: room, page) }
      for (index, line) in rendered.enumerated() { lines.append((index == 0 ? "  " + label + "  " : indent) + line) }
    }
    return lines
  }

  private static let leastRoom = 16

  /// Ids and secrets have no spaces, so they are never broken.
  private static func wrapped(_ value: Styled, to room: Int?, _ page: Page) -> [String] {
    guard let room, TextWidth.of(value.text) > room else { return [value.rendered(colour: page.colour)] }
    return TextWidth.wrap(value.text, to: room).map { value.rendered(colour: page.colour, as: $0) }
  }
}
