import Cryptography
import Foundation
import KeyLedger
import Testing
import Transparency

@testable import EventLog

@Suite struct ExportTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func export(_ path: String) throws -> [UInt8] {
    let log = try SQLiteLog(path: path, mode: .readOnly)
    var bytes: [UInt8] = []
    try LogExport.lines(of: log, through: try log.size()) { lines, _ in bytes += lines }
    return bytes
  }

  /// As whoever reads a file hands them over.
  private static func lines(_ bytes: [UInt8]) -> [LogExport.Line] {
    let parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let whole = parts.dropLast().map { part in
      part.count > RecordCodec.maximumBytes ? LogExport.Line.tooLong : .record(Array(part))
    }
    return whole + (parts.last?.isEmpty ?? true ? [] : [.cutOff])
  }

  private static func verify(_ bytes: [UInt8], _ kept: Checkpoint? = nil) -> LogReport {
    var verifier = ExportVerifier(against: kept.map { [KeptCheckpoint($0, name: "the checkpoint")] } ?? [])
    for line in lines(bytes) { verifier.add(line) }
    return verifier.finish()
  }

  private func make(_ bytes: [UInt8], kept: Checkpoint? = nil) throws -> LogImport.Outcome {
    var rest = ExportTests.lines(bytes)[...]
    return try LogImport.make(
      path: scratch.path("made.sqlite"), kept: kept, progress: { _ in }, next: { rest.popFirst() })
  }

  @Test func `an export is the records, and what is imported from it exports the same and verifies`() throws {
    let ledger = try SmallLedger(in: scratch)
    let bytes = try export(ledger.path)
    #expect(bytes == ledger.records.flatMap { $0 + [UInt8(ascii: "\n")] })
    let checkpoint = try ledger.checkpoint
    let report = ExportTests.verify(bytes, checkpoint)
    #expect(report.isWhole && report.size == 42 && report.root == checkpoint.root, "\(report.findings.list)")
    let outcome = try make(bytes, kept: checkpoint)
    #expect(outcome.size == 42 && outcome.root == checkpoint.root && outcome.ledger == report.ledger)
    #expect(try export(scratch.path("made.sqlite")) == bytes)
    #expect(try LedgerVerifier(path: scratch.path("made.sqlite")).whatIsWrong(checkpoint) == [])
  }

  @Test func `a long log goes out in pages and comes back with its tiles`() throws {
    let log = try Sample.sqlite(in: scratch)
    try log.append((1..<2_600).map { LongHistory.draft($0) })
    let bytes = try export(scratch.path())
    let head = try log.read { try $0.head() }
    #expect(ExportTests.verify(bytes).root == head.root)
    #expect(try make(bytes).root == head.root)
    #expect(try LedgerVerifier(path: scratch.path("made.sqlite")).whatIsWrong() == [])
  }

  @Test func `lines that are no log are refused with their number, and nothing is made`() throws {
    let records = try Fixture.goldenRecords()
    func fault(_ lines: [[UInt8]], ended: Bool = true, kept: Checkpoint? = nil) throws -> LogImport.Fault? {
      let bytes = Array(lines.map { $0 + [UInt8(ascii: "\n")] }.joined().dropLast(ended ? 0 : 1))
      defer { try? FileManager.default.removeItem(atPath: scratch.path("made.sqlite")) }
      do {
        _ = try make(bytes, kept: kept)
        return nil
      } catch let fault as LogImport.Fault {
        #expect(throws: (any Error).self) { try SQLiteLog(path: scratch.path("made.sqlite"), mode: .readOnly) }
        return fault
      }
    }
    #expect(try fault([], ended: true) == .empty)
    #expect(try fault(Array(records[1...])) == .line(1, reason: "its record says that it is number 2"))
    #expect(try fault([records[0], records[2]]) == .line(2, reason: "its record says that it is number 3"))
    #expect(try fault([records[0], records[0]]) == .line(2, reason: "its record says that it is number 1"))
    #expect(
      try fault(Array(records[..<3]), ended: false)
        == .line(3, reason: "it does not end with a line end: the file was cut off"))
    #expect(try fault([records[0], records[1] + [0x0d]]) != nil, "a CR is no part of a record")
    #expect(
      try fault([records[0], [UInt8](repeating: 0x20, count: 70_000)])
        == .line(2, reason: "longer than a record may be"))
    #expect(try fault([records[0], []]) != nil)
    let kept = Checkpoint(
      origin: try SmallLedger.origin(of: records), size: 2, root: MerkleTree.emptyRoot)
    #expect(try fault(records, kept: kept) == .otherLog("its first 2 events are not those of the checkpoint"))
    let longer = Checkpoint(origin: kept.origin, size: 43, root: kept.root)
    #expect(try fault(records, kept: longer) == .otherLog("the checkpoint knows 43 events, and the file has 42"))
  }

  @Test func `a bit changed anywhere in an export is reported with the event's number`() throws {
    let records = Array(try Fixture.goldenRecords().prefix(12))
    let bytes = records.flatMap { $0 + [UInt8(ascii: "\n")] }
    let root = merkleTreeHash(records[...])
    let origin = try SmallLedger.origin(of: records)
    let kept = Checkpoint(origin: origin, size: UInt64(records.count), root: root)
    var ends: [Int] = []
    for record in records { ends.append((ends.last ?? 0) + record.count + 1) }
    let flips = FlippedBits.flips(bytes.count, allEightEvery: 23)
    var named = 0
    for flip in flips {
      var changed = bytes
      changed[flip.offset] ^= flip.mask
      let event = UInt64(ends.firstIndex { flip.offset < $0 } ?? 0) + 1
      let report = ExportTests.verify(changed, kept)
      #expect(!report.isWhole, "byte \(flip.offset)")
      // A letter for another leaves a record that could be one: only the checkpoint tells, and not which.
      // A time that is too late shows at the event after it.
      let isNamed = report.findings.list.contains { $0.events?.overlaps(event...event + 1) ?? false }
      let isOther =
        report.findings.list.map(\.what) == ["the first 12 events are not those of the checkpoint: this is another log"]
      #expect(isNamed || isOther, "byte \(flip.offset) of event \(event): \(report.findings.list)")
      if isNamed { named += 1 }
    }
    print("an export of \(bytes.count) bytes, \(flips.count) flips: all found, \(named) with the event's number")
    #expect(named > flips.count / 2)
  }
}
