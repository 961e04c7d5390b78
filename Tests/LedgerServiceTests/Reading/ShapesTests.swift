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

  @Test("dump")
  func dump() throws {
    func show(_ name: String, _ json: JSON, _ more: [(String, String)] = []) throws {
      print("DUMP \(name): \(try text(json, more))")
    }
    try show("billing", shapes.shownKey(queries.key(story.key("billing"), at: now)))
    try show("full", shapes.key(queries.key(story.key("staging full_access"), at: now)))
    try show("pub", shapes.key(queries.key(story.key("staging publishable 2"), at: now)))
    let (early, then) = try moment(8)
    try show("pub then", early.shownKey(queries.key(story.key("staging publishable"), at: then)))
    try show("zapier", shapes.key(queries.key(story.key("zapier"), at: now)))
    try show("list", shapes.list("keys", []))
    try show("activity", shapes.activity(of: queries.key(story.key("billing"), at: now), queries.activity(of: story.key("billing"), chain: false, at: now)))
    try show("check", shapes.check(queries.check(story.secret("leaked"), permission: "customers:read", at: now)))
    try show("check unknown", shapes.check(queries.check(SecretBytes("x"), at: now)))
    try show("check then", early.check(queries.check(story.secret("staging publishable"), at: then)))
    try show("whose", shapes.whose(nil))
    for e in try queries.environments(at: now) { try show("env", shapes.environment(e)); try show("cs", shapes.clientSecurity(e))
     for i in try queries.integrations(environment: e.id.text, at: now) { try show("int", shapes.integration(i, in: e.id, newestKey: shapes.newestKey(of: i, in: e.id))) } }
    for u in try queries.users(at: now) { try show("user", shapes.user(u)) }
    let l = try queries.ledger(at: now)
    try show("plan", shapes.plan(l))
    try show("res", shapes.list("resources", shapes.resources(of: l)))
  }
}
