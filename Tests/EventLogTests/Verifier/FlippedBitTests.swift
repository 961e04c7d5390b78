import Cryptography
import Foundation
import Testing

@testable import EventLog

@Suite struct FlippedBitTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// The content as every reader gets it.
  private static func export(_ path: String) throws -> [[UInt8]] {
    try SQLiteLog(path: path, mode: .readOnly).allRecords()
  }

  /// Reported, with the event's number where the byte is one of its record; or nothing that is read is another.
  private static func judge(
    _ path: String, _ ledger: SmallLedger, _ root: Digest, event: UInt64?, readingBack: Bool
  ) throws -> FlippedBits.Verdict {
    let report: LogReport
    do {
      report = try LedgerVerifier(path: path, threads: 1).verify()
    } catch LogError.notALedger, LogError.newerFormat {
      return .found
    }
    if report.isWhole {
      guard report.root == root, report.size == UInt64(ledger.records.count) else { return .silent("another content") }
      return try !readingBack || export(path) == ledger.records ? .harmless : .silent("another export")
    }
    guard let event else { return .found }
    let isNamed = report.findings.list.contains { $0.events?.contains(event) ?? false }
    return isNamed ? .found : .silent("event \(event) is not named: \(report.findings.list)")
  }

  @Test func `a bit changed anywhere in a ledger's file is reported, or harmless to everything that is read`() throws {
    let ledger = try SmallLedger(in: scratch, events: 4)
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: ledger.path)))
    let file = Data(bytes)
    let places = ledger.records.compactMap { file.range(of: Data($0)) }
    #expect(places.count == ledger.records.count)
    let root = merkleTreeHash(ledger.records[...])
    let flips = FlippedBits.flips(bytes.count, allEightEvery: 101)
    let tally = FlippedBits.tryEach(flips, of: bytes, in: scratch) { path, flip in
      let event = places.firstIndex { $0.contains(flip.offset) }.map { UInt64($0) + 1 }
      // The root says that all records are the same; one flip in four is read back by everybody's reader too.
      return try FlippedBitTests.judge(path, ledger, root, event: event, readingBack: flip.offset % 4 == 0)
    }
    print("a ledger's file of \(bytes.count) bytes, \(tally)")
    #expect(tally.silent == [])
    #expect(tally.flips == flips.count && tally.found > places.map(\.count).reduce(0, +))
  }
}
