import Foundation
import KeyLedger
import Testing

@Suite struct RefusalTests {
  /// The codes that the domain itself can answer with; each stands in a row of a table.
  static let domain: Set<RefusalCode> = [
    .badUsage, .notFound, .forbidden, .escalation, .planRequired, .revisionChanged, .badName, .badText, .badScope,
    .badGrace, .badSlug, .unknownResource, .fullAccessReserved, .tokenTooWeak, .alreadyExists, .handleInUse, .lastOwner,
    .notRemoved, .alreadyForgotten, .notScoped, .notActive, .notExpiring, .keyExpired, .defaultKeyMustBeRotated,
    .integrationMustBeDisconnected, .alreadyConnected, .notConnected, .tokenInLedger, .sameToken, .secretUnavailable,
    .clockBehind, .limitReached, .notRestored, .tokenMustBeRenewed,
  ]

  /// The codes of what lies around it: repeats, times of a backfill, and a log that cannot be written.
  static let outside: Set<RefusalCode> = [
    .idempotencyMismatch, .timeOutOfOrder, .busy, .outcomeUnknown, .restored, .damaged, .noSpace,
  ]

  static let rows =
    KeyRefusalTests.rows + EnvironmentCommandTests.refusals + MigrationTests.refusals + UserCommandTests.refusals
    + LedgerCommandTests.refusals + JudgementOrderTests.rows

  @Test func `every code belongs to the domain or to what lies around it`() {
    #expect(RefusalTests.domain.union(RefusalTests.outside) == Set(RefusalCode.allCases))
    #expect(RefusalTests.domain.isDisjoint(with: RefusalTests.outside))
  }

  /// `token_must_be_renewed` is a matter of who calls, and stands in the table of access.
  @Test func `every code of the domain stands in a table of refusals`() {
    let seen = Set(RefusalTests.rows.map(\.code)).union([.tokenMustBeRenewed])
    #expect(seen == RefusalTests.domain)
  }

  @Test func `the sources of the domain name exactly these codes`() throws {
    let sources = URL(filePath: #filePath).appending(path: "../../../../Sources/KeyLedger").standardized
      .resolvingSymlinksInPath()
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var named: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /Refusal\(\s*\.(\w+)/) { named.insert(String(match.1)) }
      for match in text.matches(of: /check\([^()]*, \.(bad\w+),/) { named.insert(String(match.1)) }
    }
    #expect(named == Set(RefusalTests.domain.map { "\($0)" }))
  }

  @Test func `the codes are the words of the contract`() {
    let words = RefusalCode.allCases.map(\.rawValue)
    #expect(words.allSatisfy { $0.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil })
    #expect(Set(words).count == 41)
  }
}
