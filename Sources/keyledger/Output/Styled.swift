/// A piece of text with what it means; colour is only one way to say it.
struct Styled: Sendable, Equatable, ExpressibleByStringLiteral {
  let text: String
  let style: Style

  enum Style: Sendable { case plain, strong, quiet, good, soon, ended }

  init(_ text: String, _ style: Style = .plain) {
    self.text = TextWidth.harmless(text)
    self.style = style
  }

  init(stringLiteral text: String) { self.init(text) }

  /// With the colours of a terminal (ECMA-48 SGR), or without any.
  func rendered(colour: Bool, as shown: String? = nil) -> String {
    let shown = shown ?? text
    guard colour, let code else { return shown }
    return "\u{1B}[\(code)m\(shown)\u{1B}[0m"
  }

  private var code: String? {
    switch style {
    case .plain: nil
    case .strong: "1"
    case .quiet: "2"
    case .good: "32"
    case .soon: "33"
    case .ended: "31"
    }
  }
}

/// The page that a view is drawn on.
struct Page: Sendable {
  /// Columns; nil where lines may be as long as they like.
  let width: Int?
  let colour: Bool
  let times: HumanTime

  init(width: Int? = nil, colour: Bool = false, times: HumanTime) {
    self.width = width
    self.colour = colour
    self.times = times
  }

  func strong(_ text: String) -> String { Styled(text, .strong).rendered(colour: colour) }
  func quiet(_ text: String) -> String { Styled(text, .quiet).rendered(colour: colour) }
}
