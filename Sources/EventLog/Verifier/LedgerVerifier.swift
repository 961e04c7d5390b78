package import KeyLedger
import SQLite
import Transparency

/// Verifies a ledger's file: every record is hashed anew, and everything else in the file is held against the records.
///
/// Trusts nothing that is stored, repairs nothing, writes nothing, needs no root key. Works on a ledger that is being
/// appended to, and then on the events that it had at the beginning, and on a file alone in a directory that can't be
/// written. Cost: some µs an event; memory: 32 bytes for each 255 events.
package struct LedgerVerifier: Sendable {
  private let path: String
  private let threads: Int

  package init(path: String, threads: Int = 2) {
    self.path = path
    self.threads = threads
  }

  /// Whose log it is; nil when no record says. Throws as `verify` does.
  package func owner() throws -> LedgerID? {
    let (_, reader) = try VerifiedFile.open(path)
    defer { reader.connection.close() }
    return try reader.connection.read { try LedgerFrame(reader) }.ledger
  }

  /// Damage is a finding. Throws `LogError` for what is no ledger, a newer format, or can't be opened or waited for.
  ///
  /// - Parameters:
  ///   - follower: handed the events, as many as it wants and can be read.
  ///   - progress: called by any of the threads, with events done and all.
  package func verify(
    against kept: [KeptCheckpoint] = [], following follower: (any EventFollower)? = nil,
    progress: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws -> LogReport {
    let (file, reader) = try VerifiedFile.open(path)
    defer { reader.connection.close() }
    let remarks = WriteAheadTail(besideDatabase: path).remark.map { [$0] } ?? []
    let frame = try reader.connection.read { try LedgerFrame(reader) }
    var findings = frame.findings
    guard frame.isReadable else {
      return LogReport(ledger: nil, size: 0, root: nil, findings: findings, remarks: remarks)
    }
    let sizes = kept.map(\.checkpoint.size) + [frame.head?.size, follower?.size].compactMap(\.self)
    let work = try VerifierWork(file, frame, sizes: sizes.filter { $0 < frame.size }, follower, progress)
    Workers.run(threads - 1, { work.run() }, here: { work.run(reader) })
    let done = try work.finish(reader)
    findings.add(done.findings)
    try HeadCheck(frame).compare(with: done.tree, &findings)
    for each in kept {
      try each.compare(with: frame.ledger, size: frame.size, root: done.tree.root(at:), &findings)
    }
    return LogReport(
      ledger: frame.ledger, size: frame.size, root: try done.tree.root(at: frame.size),
      followedRoot: try follower.flatMap { try done.tree.root(at: $0.size) }, findings: findings, remarks: remarks)
  }
}

/// The file, and how it is opened, once for each thread.
struct VerifiedFile: Sendable {
  fileprivate let file: LedgerFile
  fileprivate let isImmutable: Bool

  static func open(_ path: String) throws(LogError) -> (VerifiedFile, LenientReader) {
    let file = try LedgerFile(path)
    let (connection, isImmutable) = try file.connectForReading(toleratingDamage: true)
    return (VerifiedFile(file: file, isImmutable: isImmutable), LenientReader(connection: connection))
  }

  func connect() throws(LogError) -> LenientReader {
    LenientReader(connection: try file.connect(isImmutable ? .immutable : .readOnly))
  }
}
