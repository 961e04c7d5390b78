/// Rows in columns that fit the page. Pure: the same rows on the same page are the same lines.
struct TextTable {
  struct Column {
    let title: String
    /// The highest gives way first: it is cut with `…` down to `least` columns, or where even that is too much left
    /// out. A column of 0 is never left out.
    let yields: Int
    /// Narrower it would say nothing; nil for what is never cut: an id, a status.
    var least: Int?
    var right = false
    /// Cut in its middle: ids of one day begin alike.
    var keepsEnd = false

    /// How narrow it may get; its title is never cut.
    fileprivate var floor: Int? { least.map { max($0, TextWidth.of(title)) } }
  }

  let columns: [Column]
  private(set) var rows: [[Styled]] = []

  init(_ columns: [Column]) { self.columns = columns }

  mutating func add(_ row: [Styled]) {
    precondition(row.count == columns.count, "a row has a cell for each column")
    rows.append(row)
  }

  /// The titles, then the rows.
  func lines(on page: Page) -> [String] {
    var widths: [Int] = []
    return lines(on: page, widths: &widths)
  }

  /// - Parameter widths: of the tables above it, which this one continues; grows where it needs more.
  func lines(on page: Page, widths known: inout [Int]) -> [String] {
    if known.isEmpty { known = columns.map { TextWidth.of($0.title) } }
    known = columns.indices.map { index in
      rows.reduce(known[index]) { max($0, TextWidth.of($1[index].text)) }
    }
    let natural = known
    let widths = TextTable.fit(columns, natural: natural, to: page.width)
    let titles = columns.map { Styled($0.title, .quiet) }
    return ([titles] + rows).map { line($0, widths, page) }
  }

  private func line(_ cells: [Styled], _ widths: [Int], _ page: Page) -> String {
    let shown = columns.indices.filter { widths[$0] > 0 }
    let parts = shown.map { index in
      let cut = TextWidth.fit(cells[index].text, to: widths[index], keepingEnd: columns[index].keepsEnd)
      let isLast = index == shown.last && !columns[index].right
      let padded = isLast ? cut : TextWidth.pad(cut, to: widths[index], right: columns[index].right)
      return cells[index].rendered(colour: page.colour, as: padded)
    }
    return parts.joined(separator: gap)
  }

  /// The width of each column, 0 for one that is left out.
  static func fit(_ columns: [Column], natural: [Int], to width: Int?) -> [Int] {
    guard let width else { return natural }
    let least = columns.indices.map { min(natural[$0], columns[$0].floor ?? natural[$0]) }
    let byYield = columns.indices.sorted { columns[$0].yields > columns[$1].yields }
    var shown = Set(columns.indices)
    for index in byYield where columns[index].yields > 0 && total(least, shown) > width { shown.remove(index) }
    var widths = columns.indices.map { shown.contains($0) ? natural[$0] : 0 }
    for index in byYield where shown.contains(index) {
      widths[index] = max(least[index], widths[index] - max(0, total(widths, shown) - width))
    }
    return widths
  }

  private static func total(_ widths: [Int], _ shown: Set<Int>) -> Int {
    shown.reduce(0) { $0 + widths[$1] } + TextTable.gap.count * max(0, shown.count - 1)
  }

  /// Of a cut id: enough of its beginning and its end to know it again.
  static let leastID = 17
  private static let gap = "  "
  private var gap: String { TextTable.gap }
}
