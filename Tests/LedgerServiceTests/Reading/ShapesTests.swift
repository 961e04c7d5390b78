import Cryptography
import EventLog
import Formats
import KeyLedger
import LedgerService
import Testing

/// Golden texts: ids, digests and secrets stand as names, everything else is exactly what is printed.
@Suite("Shapes")
struct ShapesTests {
  private let story: ReadingStory
  private let queries: Queries
  private let now: Moment
  private let shapes: Shapes

  init() throws {
    story = try ReadingStory()
    queries = try story.ledger.queries()
    now = try queries.moment()
    shapes = try Shapes(queries, at: now)
  }

  /// The text with whatever differs between two ledgers named.
  private func text(_ json: JSON, _ more: [(String, String)] = []) throws -> String {
    var text = String(decoding: json.line(), as: UTF8.self)
    for (name, id) in story.keys.sorted(by: { $0.key < $1.key }) {
      let key = try queries.key(id.description, at: now)
      text.replace(id.description, with: "<\(name)>")
      text.replace(Hex.encode(key.fingerprint.bytes), with: "<\(name) sha256>")
      text.replace(key.masked, with: "<\(name) masked>")
    }
    for user in try queries.users(at: now) { text.replace(user.id.description, with: "<user \(user.added.sequence)>") }
    text.replace(queries.ledgerID.description, with: "<ledger>")
    for (id, name) in more { text.replace(id, with: "<\(name)>") }
    return text
  }

  private func moment(_ sequence: UInt64) throws -> (Shapes, Moment) {
    let moment = try queries.moment(.event(sequence))
    return (try Shapes(queries, at: moment), moment)
  }

  @Test("of a scoped key")
  func scopedKey() throws {
    #expect(
      try text(shapes.key(queries.key(story.key("billing"), at: now))) == """
        SCOPED
        """)
  }
}
