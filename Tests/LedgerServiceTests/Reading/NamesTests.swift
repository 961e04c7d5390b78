import Foundation
import KeyLedger
import LedgerService
import Testing

@Suite("Names of users")
struct NamesTests {
  private let story: ReadingStory

  init() throws { story = try ReadingStory() }

  private func handles(_ queries: Queries) throws -> [HandleState] {
    try queries.users(at: queries.moment()).reversed().map { queries.names.handle(of: $0) }
  }

  @Test("are joined when they are read, and forgotten for every moment")
  func joined() throws {
    let queries = try story.ledger.queries()
    #expect(try handles(queries) == [.known("ada@example.com"), .known("ben@example.com"), .forgotten])
    let cleo = try #require(story.users["cleo@example.com"])
    // When she was still there, she had a name; nobody can tell any more.
    let moment = try queries.moment(.event(queries.user(cleo.description, at: queries.moment()).added.sequence))
    let then = try queries.user(cleo.description, at: moment)
    #expect(!then.forgotten)
    #expect(queries.names.handle(of: then) == .forgotten)
    #expect(queries.names.name(of: .user(cleo)) == "forgotten")
  }

  @Test("stand for their users wherever somebody types")
  func typed() throws {
    let queries = try story.ledger.queries()
    let ben = try #require(story.users["ben@example.com"])
    #expect(try queries.names.user("ben@example.com") == ben)
    #expect(try queries.names.user(ben.description) == ben)
    #expect(try queries.names.user("cleo@example.com") == nil)
    #expect(try queries.names.user("nobody") == nil)
    #expect(try queries.names.user("usr_01J00000000000000000000000") == nil)
    #expect(queries.names.name(of: .user(ben)) == "ben@example.com")
    for actor in ["system", "operator:ops", "key:key_01J00000000000000000000000"] {
      #expect(queries.names.name(of: try #require(Actor(actor))) == nil)
    }
    let nobody = try #require(Actor("user:usr_01J00000000000000000000000"))
    #expect(queries.names.name(of: nobody) == nil)
  }

  @Test("are not to be had without the root key or the vault, and the read goes on")
  func lost() throws {
    let withoutKey = try story.ledger.losingTheRootKey { try handles(try story.ledger.queries()) }
    #expect(withoutKey == [.unavailable, .unavailable, .forgotten])
    let vault = story.ledger.file("vault.sqlite")
    try FileManager.default.moveItem(atPath: vault, toPath: vault + ".away")
    #expect(try handles(try story.ledger.queries()) == [.unavailable, .unavailable, .forgotten])
    try FileManager.default.moveItem(atPath: vault + ".away", toPath: vault)
    #expect(try handles(try story.ledger.queries()).first == .known("ada@example.com"))
  }

  @Test("are tried again at the next question when the root key is back")
  func triedAgain() throws {
    let queries = try story.ledger.queries()
    let withoutKey = try story.ledger.losingTheRootKey { try handles(queries) }
    #expect(withoutKey.first == .unavailable)
    story.ledger.clock.advance(1)
    try story.ledger.run(.changePlan(.scale))
    #expect(try handles(queries).first == .known("ada@example.com"))
  }

  @Test("that were forgotten meanwhile are not remembered by a reader that runs on")
  func forgottenMeanwhile() throws {
    let queries = try story.ledger.queries()
    let ben = try #require(story.users["ben@example.com"])
    _ = try queries.moment()
    #expect(queries.names.name(of: .user(ben)) == "ben@example.com")
    try story.ledger.run(.removeUser(user: "ben@example.com"))
    try story.ledger.run(.forgetUser(user: ben.description))
    _ = try queries.moment()
    #expect(queries.names.name(of: .user(ben)) == "forgotten")
    #expect(try queries.names.user("ben@example.com") == nil)
  }

  @Test("that the log is not committed to are said to be so")
  func mismatch() throws {
    let queries = try story.ledger.queries()
    let (ada, ben) = (
      try #require(try queries.names.user("ada@example.com")), try #require(story.users["ben@example.com"])
    )
    // Sealed for another owner a row does not even open; one that opens and is another's is made with the vault itself.
    try story.ledger.sealHandle("mallory@example.com", for: ben)
    let fresh = try story.ledger.queries()
    #expect(fresh.names.name(of: .user(ben)) == "does not match the log")
    #expect(fresh.names.name(of: .user(ada)) == "ada@example.com")
    #expect(try fresh.names.user("mallory@example.com") == nil)
    #expect(try fresh.names.user("ben@example.com") == nil)
  }
}
