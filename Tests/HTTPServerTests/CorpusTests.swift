import SeededRandom
import Testing

@testable import HTTPServer

@Suite struct CorpusTests {
  @Test func theCorpusIsThere() {
    #expect(Corpus.accepted.count >= 50)
    #expect(Corpus.refused.count >= 170)
  }

  @Test(arguments: Corpus.accepted + Corpus.refused)
  func aFileReadsAsItIsWrittenDown(_ entry: Corpus.Entry) {
    #expect(outcome(of: entry, inPiecesOf: entry.bytes.count) == expected(entry))
  }

  @Test(arguments: Corpus.accepted + Corpus.refused)
  func theOutcomeDoesNotDependOnHowTheBytesAreSplit(_ entry: Corpus.Entry) {
    #expect(outcome(of: entry, inPiecesOf: 1) == expected(entry))
    var generator = SplitMix64(UInt64(entry.bytes.count))
    for _ in 0..<20 {
      var (reading, start) = (Reading(), 0)
      while start < entry.bytes.count {
        let end = min(entry.bytes.count, start + 1 + Int.random(in: 0..<40, using: &generator))
        reading.take(entry.bytes[start..<end])
        start = end
      }
      #expect(reading.outcome == expected(entry))
    }
  }

  @Test(arguments: Corpus.accepted)
  func aRequestIsNotWholeBeforeItsLastByte(_ entry: Corpus.Entry) {
    var reading = Reading()
    reading.take(entry.bytes.dropLast())
    #expect(reading.outcome == entry.expected.dropLast())
    #expect(!reading.isOver)
  }

  @Test func everyRefusalIsInTheCorpusOrNeedsAClock() {
    let seen = Set(Corpus.refused.flatMap(\.expected))
    let missing = HTTPRefusal.allCases.filter { !seen.contains("refused \($0)") }
    #expect(missing == [.tooSlow, .unanswered])
  }

  /// A file of `reject` may hold a request that is taken before the one that is refused.
  private func expected(_ entry: Corpus.Entry) -> [String] {
    entry.name == "badLineEnd--second-request.http"
      ? ["GET / - example.org 1.1 keep 0:"] + entry.expected : entry.expected
  }

  private func outcome(of entry: Corpus.Entry, inPiecesOf size: Int) -> [String] {
    var reading = Reading()
    for start in stride(from: 0, to: entry.bytes.count, by: size) {
      reading.take(entry.bytes[start..<min(start + size, entry.bytes.count)])
    }
    return reading.outcome
  }
}
