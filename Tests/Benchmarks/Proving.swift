import KeyLedger
import LedgerService
import SeededRandom

/// Proofs from a long log, made and checked as they leave (`prove`, and `GET /v1/proofs`).
struct Proving {
  private let queries: Queries
  private let size: UInt64

  private static let askings = 200

  init(_ options: Options) throws {
    queries = try Queries(options.history)
    size = try queries.moment().sequence
  }

  func run(rounds count: Int) throws {
    var random = SplitMix64(11)
    let asked = (0..<Proving.askings).map { _ in UInt64(1 + random.index(Int(size))) }
    let rounds = try Rounds(
      count,
      [
        { try timed { for event in asked { _ = try queries.inclusion(of: event, size: size) } } },
        { try timed { for older in asked { _ = try queries.consistency(from: older, to: size) } } },
      ])
    show("an inclusion proof, made and checked", rounds.median(0))
    show("a consistency proof, made and checked", rounds.median(1))
  }

  private func show(_ what: String, _ seconds: Double) {
    let milliseconds = seconds / Double(Proving.askings) * 1_000
    Figure(what: what, ours: format(milliseconds, 3) + " ms", target: "<= 1 ms", isReached: milliseconds <= 1).show()
  }
}
