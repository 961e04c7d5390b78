import Cryptography
import KeyLedger
import Transparency

/// Verifies an export by itself, line after line: every record is decoded, and hashed as it stands there. Memory does not
/// grow with the log; which place an event has in its stream is therefore not judged.
package struct ExportVerifier {
  private let kept: [KeptCheckpoint]
  private var ledger: LedgerID?
  private var size: UInt64 = 0
  /// Nil from a line on whose bytes are not all there.
  private var frontier: Frontier? = Frontier()
  private var time: Instant?
  /// At the sizes that were asked for.
  private var roots: [UInt64: Digest] = [0: MerkleTree.emptyRoot]
  private var findings = Findings()
  /// The first lines, until they have said whose log it is; nil from then on.
  private var first: [LogExport.Line]? = []

  private static let firstLines = 3

  package init(against kept: [KeptCheckpoint]) { self.kept = kept }

  package mutating func add(_ line: LogExport.Line) {
    guard first != nil else { return judge(line) }
    first?.append(line)
    if first?.count == ExportVerifier.firstLines { judgeFirst() }
  }

  private mutating func judgeFirst() {
    let lines = first ?? []
    first = nil
    let owners = lines.map { line in
      if case .record(let record) = line { Owner.of(record.span) } else { LedgerID?.none }
    }
    ledger = Owner.mostNamed(owners.compactMap(\.self))
    for line in lines { judge(line) }
  }

  private mutating func judge(_ line: LogExport.Line) {
    size += 1
    switch line {
    case .record(let record):
      frontier?.append(MerkleTree.leafHash(record))
      check(record)
      if let frontier, kept.contains(where: { $0.checkpoint.size == size }) { roots[size] = frontier.root }
    case .tooLong:
      frontier = nil
      findings.add(size, "line \(size) is longer than a record may be")
    case .cutOff:
      frontier = nil
      findings.add(size, "line \(size) does not end with a line end: the file was cut off")
    }
  }

  package mutating func finish() -> LogReport {
    if first != nil { judgeFirst() }
    if size == 0 { findings.add(nil, "the file holds no event") }
    let roots = roots
    for each in kept { each.compare(with: ledger, size: size, root: { roots[$0] }, &findings) }
    return LogReport(ledger: ledger, size: size, root: frontier?.root, findings: findings)
  }

  private mutating func check(_ record: [UInt8]) {
    let event: Event
    do throws(RecordError) {
      event = try RecordCodec.decode(record.span, ledger: ledger, version: History.unknownVersion)
    } catch {
      return findings.add(size, "line \(size) can't be read: \(error)")
    }
    if event.sequence != size { findings.add(size, "line \(size) says that it is event \(event.sequence)") }
    if let time, event.time < time { findings.add(size, "event \(size) is earlier than the one before it") }
    if let rule = History.brokenRule(event.data.type, sequence: event.sequence, version: event.version) {
      findings.add(size, "event \(size): \(rule)")
    }
    time = event.time
  }
}
