package import KeyLedger
import SQLite
import Synchronization
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
  /// - Parameter progress: called by any of the threads, with events done and all.
  package func verify(
    against kept: [KeptCheckpoint] = [],
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
    let sizes = (kept.map(\.checkpoint.size) + (frame.head.map { [$0.size] } ?? [])).filter { $0 < frame.size }
    let work = VerifierWork(file, frame, sizes: sizes, progress)
    Workers.run(threads - 1, { work.run() }, here: { work.run(reader) })
    let done = try work.finish(reader)
    findings.add(done.findings)
    try HeadCheck(frame).compare(with: done.tree, &findings)
    for each in kept {
      try each.compare(with: frame.ledger, size: frame.size, root: done.tree.root(at:), &findings)
    }
    return LogReport(
      ledger: frame.ledger, size: frame.size, root: try done.tree.root(at: frame.size), findings: findings,
      remarks: remarks)
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

/// What the threads do: stretches of the log, and the index of streams, each taken by whoever is free.
final class VerifierWork: Sendable {
  private let file: VerifiedFile
  private let size: UInt64
  private let ledger: LedgerID?
  private let progress: @Sendable (UInt64, UInt64) -> Void
  private let state: Mutex<State>

  private struct State {
    var isIndexTaken = false
    var nextBlock: UInt64 = 0
    var doneEvents: UInt64 = 0
    var tree: ComputedTree
    var places = StreamPlaces()
    var index: Index?
    var findings = Findings()
    var failure: (any Error)?
  }

  /// What is kept of the index when its thread's connection is gone.
  private struct Index {
    let places: StreamPlaces
    let isRead: Bool
  }

  private enum Job {
    case index
    case block(UInt64)
  }

  init(
    _ file: VerifiedFile, _ frame: LedgerFrame, sizes: [UInt64],
    _ progress: @escaping @Sendable (UInt64, UInt64) -> Void
  ) {
    self.file = file
    size = frame.size
    ledger = frame.ledger
    self.progress = progress
    state = Mutex(State(tree: ComputedTree(size: frame.size, sizes: sizes)))
  }

  /// With a connection of its own.
  func run() {
    do {
      let reader = try file.connect()
      defer { reader.connection.close() }
      run(reader)
    } catch {
      fail(error)
    }
  }

  /// Until nothing is left to take, or one of the threads has failed.
  func run(_ reader: LenientReader) {
    do {
      while let job = take() {
        switch job {
        case .index: keep(try StreamIndex(reader, size: size))
        case .block(let number): keep(try EventBlock(reader, number: number, size: size, ledger: ledger))
        }
      }
    } catch {
      fail(error)
    }
  }

  private func fail(_ error: any Error) { state.withLock { $0.failure = $0.failure ?? error } }

  /// When all threads have ended: what they found, with what can only be compared now.
  func finish(_ reader: LenientReader) throws -> (tree: ComputedTree, findings: Findings) {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      state.tree.close()
      try StoredTiles(reader).compareUpper(state.tree, &state.findings)
      if let index = state.index, !index.isRead || index.places != state.places {
        state.findings.add(try StreamIndex.lookUpAll(reader, size: size))
      }
      return (state.tree, state.findings)
    }
  }

  private func take() -> Job? {
    state.withLock { state in
      guard state.failure == nil else { return nil }
      if !state.isIndexTaken {
        state.isIndexTaken = true
        return .index
      }
      guard state.nextBlock < EventBlock.count(size: size) else { return nil }
      state.nextBlock += 1
      return .block(state.nextBlock - 1)
    }
  }

  private func keep(_ index: StreamIndex) {
    state.withLock { state in
      state.index = Index(places: index.places, isRead: index.isRead)
      state.findings.add(index.findings)
    }
  }

  private func keep(_ block: EventBlock) {
    let done = state.withLock { state in
      state.tree.fill(from: block.events.lowerBound, block.leaves.hashes)
      state.places.add(block.places)
      state.findings.add(block.findings)
      state.doneEvents += UInt64(block.events.count)
      return state.doneEvents
    }
    progress(done, size)
  }
}
