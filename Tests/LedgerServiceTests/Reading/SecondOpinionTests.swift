import Cryptography
import EventLog
import Formats
import Foundation
import KeyLedger
import LedgerService
import Testing
import Transparency

private let exchange = ProcessInfo.processInfo.environment["KEYLEDGER_SECOND_OPINION"]

/// Our half of the exchange of proofs with Tests/SecondOpinion, in a directory that Scripts/tests/second-opinion names: a
/// ledger in `data`, its records in `records.ndjson`, their proofs in `theirs.ndjson`, and ours to be.
@Suite(.enabled(if: exchange != nil, "Scripts/tests/second-opinion runs these"))
struct SecondOpinionTests {
  private static let count = 1_000
  private let directory: String
  private let queries: Queries
  private let records: [[UInt8]]

  init() throws {
    directory = try #require(exchange)
    queries = try Queries(LedgerDirectory(path: directory + "/data"))
    records = try Self.lines(directory + "/records.ndjson")
  }

  private static func lines(_ path: String) throws -> [[UInt8]] {
    try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: UInt8(ascii: "\n")).map { Array($0) }
  }

  private func line(_ name: String, _ number: UInt64, size: UInt64, _ text: [UInt8]) -> [UInt8] {
    JSON.object([
      JSONMember("size", .integer(Int64(size))), JSONMember(name, .integer(Int64(number))),
      JSONMember("text", .string(String(decoding: text, as: UTF8.self))),
    ]).line() + [UInt8(ascii: "\n")]
  }

  @Test func `our proofs, for others to check`() throws {
    var random = SystemRandomNumberGenerator()
    var file: [UInt8] = []
    for _ in 0..<Self.count {
      let size = UInt64.random(in: 1...UInt64(records.count), using: &random)
      let sequence = UInt64.random(in: 1...size, using: &random)
      let old = UInt64.random(in: 1...size, using: &random)
      let inclusion = try queries.inclusion(of: sequence, size: size).proof.text()
      file += line("sequence", sequence, size: size, inclusion)
      file += line("from", old, size: size, try queries.consistency(from: old, to: size).proof.text())
    }
    try Data(file).write(to: URL(fileURLWithPath: directory + "/ours.ndjson"))
  }

  @Test func `the proofs of others are accepted, and for another leaf or root are not`() throws {
    var (inclusions, consistencies) = (0, 0)
    for line in try Self.lines(directory + "/theirs.ndjson") {
      let json = try JSON(parsing: line)
      let size = UInt64(try #require(json["size"]?.integer))
      let text = Array(try #require(json["text"]?.string).utf8)
      if let sequence = json["sequence"]?.integer {
        let proof = try InclusionText.parse(text)
        #expect(proof.text() == text)
        #expect(try queries.inclusion(of: 1, size: size).proof.checkpoint == proof.checkpoint)
        try proof.check(leaf: MerkleTree.leafHash(records[Int(sequence) - 1]))
        #expect(throws: ProofError.wrongRoot) { try proof.check(leaf: MerkleTree.leafHash([0])) }
        inclusions += 1
      } else {
        let old = UInt64(try #require(json["from"]?.integer))
        let proof = try ConsistencyText.parse(text)
        #expect(proof.text() == text)
        let answer = try queries.consistency(from: old, to: size)
        #expect(answer.proof.checkpoint == proof.checkpoint)
        try proof.check(oldRoot: answer.oldRoot)
        #expect(throws: ProofError.wrongRoot) { try proof.check(oldRoot: MerkleTree.emptyRoot) }
        consistencies += 1
      }
    }
    #expect(inclusions == Self.count && consistencies == Self.count)
  }
}
