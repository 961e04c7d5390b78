import KeyLedger
import Testing

@testable import keyledger

@Suite("How the command line draws")
struct CommandLineRenderingTests {
  private static let now = Instant(milliseconds: 1_795_380_160_123)  // 2026-11-22T20:42:40.123Z
  private let times = HumanTime(now: now)

  private func table() -> TextTable {
    var table = TextTable([
      TextTable.Column(title: "NAME", yields: 1, least: 8), TextTable.Column(title: "STATUS", yields: 2),
      TextTable.Column(title: "NOTE", yields: 3, least: 6), TextTable.Column(title: "N", yields: 4, right: true),
      TextTable.Column(title: "ID", yields: 0),
    ])
    table.add(["Full access key", Styled("● active", .good), "made by the system", "7", "key_00000000000001"])
    table.add(["日本語の請求", Styled("○ expired", .quiet), "e\u{301}te\u{301}", "12345", "key_00000000000002"])
    return table
  }

  @Test("A table fits its page, the least important columns giving way first", arguments: [20, 30, 40, 60, 80, 200])
  func tablesFit(_ width: Int) {
    for line in table().lines(on: Page(width: width, times: times)) { #expect(TextWidth.of(line) <= width) }
  }

  @Test(
    "A table on pages of 40, 60 and 200 columns",
    arguments: [
      (
        40,
        [
          "NAME       STATUS     ID", "Full acc…  ● active   key_00000000000001",
          "日本語の…  ○ expired  key_00000000000002",
        ]
      ),
      (
        60,
        [
          "NAME            STATUS     NOTE        N  ID",
          "Full access k…  ● active   made…       7  key_00000000000001",
          "日本語の請求    ○ expired  e\u{301}te\u{301}     12345  key_00000000000002",
        ]
      ),
      (
        200,
        [
          "NAME             STATUS     NOTE                    N  ID",
          "Full access key  ● active   made by the system      7  key_00000000000001",
          "日本語の請求     ○ expired  e\u{301}te\u{301}                 12345  key_00000000000002",
        ]
      ),
    ])
  func tablesByWidth(_ width: Int, _ expected: [String]) {
    #expect(table().lines(on: Page(width: width, times: times)) == expected)
  }

  @Test("Colour changes nothing but the colour")
  func colourIsOnlyColour() {
    let plain = table().lines(on: Page(width: 80, times: times))
    let coloured = table().lines(on: Page(width: 80, colour: true, times: times))
    #expect(coloured != plain)
    #expect(coloured.map { $0.replacing(/\u{1B}\[[0-9]*m/, with: "") } == plain)
  }

  @Test("What a text holds can't command the terminal")
  func noEscapes() {
    #expect(Styled("a\u{1B}[31mb\u{202E}c\nd").text == "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}d")
  }

  @Test(
    "Times as people read them",
    arguments: [
      (0, "just now"), (59_999, "just now"), (60_000, "1 min ago"), (3_540_000, "59 min ago"), (3_600_000, "1 h ago"),
      (86_400_000, "24 h ago"), (3 * 86_400_000, "3 days ago"), (7 * 86_400_000, "15 Nov 2026"),
      (180_000_000_000, "10 Mar 2021"), (-1, "22 Nov 2026"), (1_795_380_160_123, "1 Jan 1970"),
      (1_795_380_160_124, "31 Dec 1969"),
    ] as [(Int64, String)])
  func shortTimes(_ age: Int64, _ text: String) {
    #expect(times.short(CommandLineRenderingTests.now.advanced(by: -age)) == text)
  }

  @Test("As of the past a time is a date")
  func pastTimes() {
    #expect(HumanTime(now: Self.now, isPast: true).short(Self.now) == "22 Nov 2026")
    #expect(times.long(Self.now) == "22 Nov 2026, 20:42:40 UTC (just now)")
    #expect(times.long(Self.now.advanced(by: 86_400_000)) == "23 Nov 2026, 20:42:40 UTC (in 24 h)")
  }

  @Test(
    "What is ahead is told to the nearest unit",
    arguments: [
      (1, "in less than a minute"), (60_000, "in 1 min"), (3_599_000, "in 1 h"), (86_400_000 - 500, "in 24 h"),
      (7 * 86_400_000 - 1, "in 7 days"),
    ] as [(Int64, String)])
  func ahead(_ span: Int64, _ text: String) { #expect(times.ahead(Self.now.advanced(by: span)) == text) }

  @Test(
    "What somebody may have meant",
    arguments: [
      ("kye", "key"), ("kee", "key"), ("intgration", "integration"), ("integ", "integration"), ("evnet", "events"),
      ("xyz", nil), ("", nil), ("k", nil), ("server-4f0a1b2c3d4f0a1b2c3d4f0a1b2c3d", nil),
    ] as [(String, String?)])
  func suggestions(_ typed: String, _ meant: String?) {
    #expect(Suggestion.nearest(to: typed, among: ["key", "integration", "events", "user"]) == meant)
  }

  @Test("A progress bar tells how far it is")
  func progress() {
    #expect(Progress.line("Rebuilding", 30, 120) == "Rebuilding  ██████░░░░░░░░░░░░░░░░░░ 25 %  30 of 120")
    #expect(Progress.line("Applying", 30, 0) == "Applying  30")
  }
}
