import KeyLedger
import Testing

@Suite struct TextTests {
  struct Row: Sendable {
    let rule: TextRule
    let text: String
    let stands: Bool

    init(_ rule: TextRule, _ text: String, _ stands: Bool) {
      self.rule = rule
      self.text = text
      self.stands = stands
    }
  }

  static let rows: [Row] = [
    Row(.name, "", false), Row(.name, "a", true), Row(.name, String(repeating: "a", count: 100), true),
    Row(.name, String(repeating: "a", count: 101), false), Row(.description, "", true),
    Row(.description, String(repeating: "ж", count: 500), true),
    Row(.description, String(repeating: "ж", count: 501), false), Row(.reason, "", false),
    Row(.reason, String(repeating: "x", count: 500), true), Row(.reason, String(repeating: "x", count: 501), false),
    Row(.handle, "", false), Row(.handle, String(repeating: "x", count: 254), true),
    Row(.handle, String(repeating: "x", count: 255), false),
    // Scalars are counted, not bytes nor what a reader takes for one character.
    Row(.name, String(repeating: "😀", count: 100), true), Row(.name, String(repeating: "😀", count: 101), false),
    Row(.name, String(repeating: "e\u{0301}", count: 50), true),
    Row(.name, String(repeating: "e\u{0301}", count: 51), false),
    // Controls, formats, separators.
    Row(.name, "a\u{0000}b", false), Row(.name, "a\tb", false), Row(.name, "a\nb", false), Row(.name, "a\r\nb", false),
    Row(.name, "a\u{007F}b", false), Row(.name, "a\u{0085}b", false), Row(.name, "a\u{009B}b", false),
    Row(.name, "a\u{00AD}b", false), Row(.name, "a\u{200B}b", false), Row(.name, "a\u{200D}b", false),
    Row(.name, "a\u{202E}b", false), Row(.name, "a\u{2066}b", false), Row(.name, "\u{FEFF}ab", false),
    Row(.name, "a\u{E0041}b", false), Row(.name, "a\u{2028}b", false), Row(.name, "a\u{2029}b", false),
    // Spaces inside stand, at the ends they don't, of whatever width.
    Row(.name, "Billing worker", true), Row(.name, " a", false), Row(.name, "a ", false), Row(.name, " ", false),
    Row(.name, "\u{00A0}a", false), Row(.name, "a\u{3000}", false), Row(.name, "a\u{2003}b", true),
    Row(.description, " ", false), Row(.name, "名前 ключ مفتاح", true), Row(.name, "ada@example.com", true),
  ]

  @Test(arguments: rows) func `text stands or falls by its characters, its ends and its length in scalars`(row: Row) {
    let fault = row.rule.fault(in: row.text)
    #expect((fault == nil) == row.stands, "\(row.text.debugDescription): \(fault ?? "stands")")
  }

  @Test(.timeLimit(.minutes(1))) func `ten megabytes are refused without being walked`() {
    let text = String(repeating: "a", count: 10_000_000)
    let began = ContinuousClock.now
    for rule in [TextRule.name, .description, .reason, .handle] { #expect(rule.fault(in: text) != nil) }
    #expect(Slug(text) == nil)
    #expect(KeyID(text) == nil && OperatorName(text) == nil)
    #expect(ContinuousClock.now - began < .milliseconds(500))
  }

  @Test func `composed and decomposed letters are two texts`() {
    #expect(!sameBytes("caf\u{E9}", "cafe\u{301}"))
    #expect(sameBytes("café", "café"))
  }

  @Test(arguments: [
    ("a", true), ("production", true), ("a1_-", true), (String(repeating: "a", count: 63), true),
    (String(repeating: "a", count: 64), false), ("", false), ("1a", false), ("_a", false), ("-a", false),
    ("Production", false), ("prod uction", false), ("prod.uction", false), ("prodüction", false), ("a/b", false),
    ("a\n", false), ("..", false), ("a\u{0301}", false), ("a\u{0000}", false),
  ]) func `a slug is 1 to 63 of a-z, 0-9, _ and -, and begins with a letter`(text: String, stands: Bool) {
    #expect(Slug(text)?.text == (stands ? text : nil))
  }

  @Test func `slugs and permissions sort as bytes`() {
    let slugs = ["a", "a-", "a0", "a_", "aa", "b"].map(slug)
    #expect(slugs.reversed().sorted() == slugs)
    let permissions = ["a-b:read", "a:read", "a:write", "a_b:read", "b:read"].map(permission)
    #expect(permissions.reversed().sorted() == permissions)
  }

  @Test(arguments: [
    ("ops", true), ("Ada.Lovelace_1@host-2", true), (String(repeating: "o", count: 64), true),
    (String(repeating: "o", count: 65), false), ("", false), ("a b", false), ("a:b", false), ("ä", false),
    ("a\n", false),
  ]) func `an operator's name is 1 to 64 of letters, digits, dot, underscore, at and hyphen`(
    text: String, stands: Bool
  ) {
    #expect(OperatorName(text)?.text == (stands ? text : nil))
    #expect(Actor("operator:" + text)?.description == (stands ? "operator:" + text : nil))
  }
}
