import Cryptography
import Foundation
import KeyLedger
import LedgerService
import Testing

@Suite("A gatekeeper")
struct GatekeeperTests {
  private let story: ReadingStory
  private let gate: Gatekeeper

  init() throws {
    story = try ReadingStory()
    gate = try Gatekeeper(story.ledger.directory, clock: story.ledger.clock)
  }

  @Test("answers as a check does, for every secret, permission and environment")
  func agreesWithCheck() throws {
    let queries = try story.ledger.queries()
    let now = try queries.moment()
    for name in story.keys.keys.sorted() {
      for permission in [nil, "customers:read", "customers:write", "invoices:read", "api_keys:write"] as [String?] {
        for environment in [nil, "production", "staging"] as [String?] {
          let secret = try story.secret(name)
          let checked = try queries.check(secret, permission: permission, environment: environment, at: now)
          let answer = try gate.answer(
            GateQuestion(
              secret, permission: permission.flatMap { Permission($0) }, environment: environment.flatMap { Slug($0) }))
          #expect(answer.outcome == checked.outcome, "\(name) \(permission ?? "") \(environment ?? "")")
          #expect(answer.key?.id == checked.key?.id)
          #expect(answer.key?.expiresAt == checked.key?.expiresAt)
          #expect(try answer.key?.scope == checked.key?.effectiveScope(in: queries.ledger(at: now)))
          if case .permissions(let list)? = answer.key?.scope {
            #expect(answer.key?.scopeWords == list.map(\.description).joined(separator: " "))
          } else {
            #expect(answer.key.map { $0.scopeWords == "*" } ?? true)
          }
        }
      }
    }
  }

  @Test("obeys what another process appended, at once")
  func obeysAtOnce() throws {
    let secret = try story.secret("billing 2")
    #expect(try gate.answer(GateQuestion(secret)).outcome == .valid)
    try story.ledger.run(.revokeKey(key: try story.key("billing 2")))
    #expect(try gate.answer(GateQuestion(secret)).outcome == .revoked)
    let publishable = try story.secret("staging publishable 2")
    #expect(try gate.answer(GateQuestion(publishable)).outcome == .valid)
    try story.ledger.run(.enforceClientSecurity(environment: "staging"))
    #expect(try gate.answer(GateQuestion(publishable)).outcome == .customerTokenRequired)
  }

  @Test("never knows less than others who share its index, nor more than the log")
  func sharesItsIndex() throws {
    let directory = story.ledger.directory
    let index = SharedIndex(of: try story.ledger.queries().ledgerID)
    let gates = try (0..<3).map { _ in try Gatekeeper(directory, clock: story.ledger.clock, sharing: index) }
    let secret = try story.secret("billing 2")
    for gate in gates { gate.beginTurn() }
    try story.ledger.run(.revokeKey(key: try story.key("billing 2")))
    // One has looked since; the others have not, in this turn of theirs.
    gates[0].beginTurn()
    for gate in gates {
      let answer = try secret.withBytes { bytes in
        try gate.judge(bytes.span, permission: nil, environment: nil, customer: (nil, nil))
      }
      #expect(answer.outcome == .revoked)
      #expect(try gate.answer(GateQuestion(secret)).outcome == .revoked)
    }
  }

  @Test("ends a grace by the clock, and never by one that was set back")
  func endsByTheClock() throws {
    try story.ledger.run(.changePlan(.scale))
    let made = try story.ledger.run(
      .createKey(environment: "staging", name: "Short", description: "", scope: ["customers:read"]))
    let secret = try made.secret(of: try made.onlyKey)
    try story.ledger.run(.rotateKey(key: try made.onlyKey.id.description, grace: "1h"))
    #expect(try gate.answer(GateQuestion(secret)).outcome == .valid)
    story.ledger.clock.advance(3_600_000)
    #expect(try gate.answer(GateQuestion(secret)).outcome == .expired)
    try story.ledger.run(.changePlan(.starter))
    story.ledger.clock.advance(-7_200_000)
    #expect(try gate.answer(GateQuestion(secret)).outcome == .expired)
  }

  @Test("proves customers, with the secret of now alone")
  func provesCustomers() throws {
    func token(_ secret: SecretBytes) -> String {
      "HMAC-SHA256 a:" + secret.withBytes { HMAC.sha256(key: $0, Array("a".utf8)).hex }
    }
    let old = token(try story.secret("production signing"))
    var question = GateQuestion(try story.secret("production publishable"), customerID: "a", customerToken: old)
    let answer = try gate.answer(question)
    #expect(answer.outcome == .valid && answer.customerProven == "a")
    try story.ledger.run(.rotateSigningSecret(environment: "production"))
    #expect(try gate.answer(question).outcome == .customerTokenInvalid)
    let revealed = try story.ledger.run(.revealSigningSecret(environment: "production"))
    question.customerToken = token(try #require(revealed.secret))
    #expect(try gate.answer(question).customerProven == "a")
    question.permission = permission("customers:write")
    let refused = try gate.answer(question)
    #expect(refused.outcome == .insufficientScope && refused.customerProven == nil)
  }

  @Test("lets nobody do what there is not to be done, full access neither")
  func unknownPermissions() throws {
    let secret = try story.secret("production full_access")
    for text in ["parrots:read", "parrots:write", "event_queue:write"] {
      #expect(try gate.answer(GateQuestion(secret, permission: permission(text))).outcome == .insufficientScope)
    }
    #expect(try gate.answer(GateQuestion(secret, permission: permission("event_queue:read"))).outcome == .valid)
  }

  @Test("tells malformed from unknown, and nothing of either")
  func malformed() throws {
    let answers = try gate.answer([GateQuestion(SecretBytes("")), GateQuestion(SecretBytes("nonsense"))])
    #expect(answers.map(\.outcome) == [.malformed, .unknown])
    #expect(answers.allSatisfy { $0.key == nil })
  }

  @Test("refuses once the path leads to another file, and goes on refusing")
  func refusesAfterTheFileMoved() throws {
    let question = GateQuestion(try story.secret("billing 2"))
    #expect(try gate.answer(question).outcome == .valid)
    let path = story.ledger.file("ledger.sqlite")
    try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
    #expect(refusal { _ = try gate.answer(question) } != nil)
    #expect(refusal { _ = try gate.answer(question) } != nil)
    try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
    #expect(try gate.answer(question).outcome == .valid)
  }
}
