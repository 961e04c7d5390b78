import Cryptography
import Foundation
import KeyLedger
import SQLite
import Testing

@testable import EventLog

@Suite struct WritingTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func `the write lock is waited for, and then busy`() throws {
    let log = try Sample.sqlite(in: scratch)
    let impatient = try SQLiteLog(path: scratch.path(), mode: .readWrite, writeLockMilliseconds: 20)
    try log.write { writer throws in
      _ = try writer.append([Sample.enforced()], at: Sample.start, marks: EventMarks(), expected: [:])
      #expect(throws: LogError.busy) { try impatient.append([Sample.enforced()]) }
      // Readers are not kept waiting, and see what was committed.
      #expect(try impatient.size() == 1)
    }
    #expect(try impatient.append([Sample.enforced()]).map(\.event.sequence) == [3])
  }

  @Test func `a reader's picture stands still while others append`() throws {
    let log = try Sample.sqlite(in: scratch)
    let other = try SQLiteLog(path: scratch.path(), mode: .readWrite)
    try log.read { reader throws in
      let head = try reader.head()
      try other.append([Sample.enforced()])
      #expect(try reader.head() == head)
      #expect(try reader.event(2) == nil)
      #expect(try reader.environments() == [])
    }
    #expect(try log.size() == 2)
  }

  @Test func `what a log remembers of a stream does not outlive another's append`() throws {
    let log = try Sample.sqlite(in: scratch)
    let other = try SQLiteLog(path: scratch.path(), mode: .readWrite)
    var events: [Event] = []
    for turn in [log, log, other, log, other, other, log] {
      // Undone, so nothing of it may be remembered.
      try turn.rehearse { writer in
        _ = try writer.append([Sample.revealed(1)], at: Sample.start, marks: EventMarks(), expected: [:])
      }
      events += try turn.append([Sample.revealed(1)]).map(\.event)
      #expect(throws: LogError.self) {
        try turn.write { writer in
          _ = try writer.append([Sample.revealed(1)], at: Sample.start, marks: EventMarks(), expected: [:])
          throw LogError.noSpace
        }
      }
    }
    #expect(events.map(\.version) == Array(1...7))
    #expect(events.map(\.sequence) == Array(2...8))
  }

  @Test func `the change counter moves when another has appended, and only then`() throws {
    let log = try Sample.sqlite(in: scratch)
    let other = try SQLiteLog(path: scratch.path(), mode: .readWrite)
    var counter = try log.changeCounter()
    #expect(try log.changeCounter() == counter)
    for _ in 0..<3 {
      try other.append([Sample.enforced()])
      let now = try log.changeCounter()
      #expect(now != counter)
      counter = now
    }
    _ = try other.rehearse { try $0.append([Sample.enforced()], at: Sample.start, marks: EventMarks(), expected: [:]) }
    _ = try other.size()
    #expect(try log.changeCounter() == counter)
  }

  @Test(arguments: [true, false])
  func `a path that leads elsewhere is noticed by the look and by writers`(isReplaced: Bool) throws {
    let log = try Sample.sqlite(in: scratch)
    try FileManager.default.moveItem(atPath: scratch.path(), toPath: scratch.path("away.sqlite"))
    if isReplaced {
      try FileManager.default.copyItem(atPath: scratch.path("away.sqlite"), toPath: scratch.path())
    }
    for attempt in [{ _ = try log.changeCounter() }, { try log.append([Sample.enforced()]) }] as [() throws -> Void] {
      do {
        try attempt()
        Issue.record("nothing was noticed")
      } catch LogError.cannotOpen(let what) {
        #expect(what.contains(isReplaced ? "another file" : "is gone"))
      }
    }
  }

  @Test func `a full disk refuses the append whole, and the log goes on when there is room`() throws {
    let log = try Sample.sqlite(in: scratch)
    let head = try log.read { try $0.head() }
    let pages = try log.connection.pragma("page_count")
    _ = try log.connection.pragma("max_page_count=\(pages + 4)")
    #expect(throws: LogError.noSpace) { try log.append((0..<1_000).map { Sample.revealed($0) }) }
    #expect(try log.read { try $0.head() } == head)
    #expect(try log.allRecords().count == 1)

    try log.append([Sample.enforced()])
    _ = try log.connection.pragma("max_page_count=1000000")
    try log.append((0..<1_000).map { Sample.revealed($0) })
    #expect(try log.size() == 1_002)
    #expect(try log.allRecords().count == 1_002)
  }

  @Test func `a body that swallows a failed append does not get its rest committed`() throws {
    let log = try Sample.sqlite(in: scratch)
    let pages = try log.connection.pragma("page_count")
    _ = try log.connection.pragma("max_page_count=\(pages + 4)")
    let drafts = (0..<1_000).map { Sample.revealed($0) }
    #expect(throws: LogError.noSpace) {
      try log.write { writer in
        _ = try? writer.append(drafts, at: Sample.start, marks: EventMarks(), expected: [:])
        return (try? writer.events(of: .ledger)) == nil
      }
    }
    #expect(try log.size() == 1)
    #expect(try log.environments().isEmpty)
  }

  /// In a process of its own, since the limit is the whole process's.
  @Test func `a limit on the size of files refuses like a full disk, and passes when it is lifted`() async {
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let log = try Sample.sqlite(in: scratch)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 100_000, rlim_max: rlim_t.max)
      #expect(unsafe setrlimit(__rlimit_resource_t(1), &limit) == 0)
      var size: UInt64 = 1
      var refusals = 0
      for number in 0..<20 {
        do {
          try log.append([Sample.revealed(number)])
          size += 1
        } catch LogError.noSpace {
          refusals += 1
        }
      }
      #expect(refusals > 3 && size > 3, "the limit was not met in the middle")
      #expect(try log.size() == size)
      limit.rlim_cur = rlim_t.max
      #expect(unsafe setrlimit(__rlimit_resource_t(1), &limit) == 0)
      try log.append([Sample.enforced()])
      #expect(try log.size() == size + 1)
      #expect(try log.allRecords().count == Int(size) + 1)
    }
  }

  @Test func `a suspect log commits something of its own before it takes anything`() throws {
    let log = try Sample.sqlite(in: scratch)
    let other = try SQLiteLog(path: scratch.path(), mode: .readWrite)
    let counter = try other.changeCounter()
    let head = try other.read { try $0.head() }
    log.isSuspect = true
    try log.write { _ in
      #expect(!log.isSuspect)
      // The head was rewritten and committed by now, though nothing was appended.
    }
    #expect(try other.changeCounter() != counter)
    #expect(try other.read { try $0.head() } == head)
    #expect(try log.append([Sample.enforced()]).map(\.event.sequence) == [2])
  }

  @Test func `a suspect log that can't commit takes nothing and stays suspect`() throws {
    let log = try Sample.sqlite(in: scratch)
    let other = try SQLiteLog(path: scratch.path(), mode: .readWrite)
    log.isSuspect = true
    try other.connection.begin(.immediate)
    #expect(throws: LogError.self) { try log.append([Sample.enforced()]) }
    #expect(log.isSuspect)
    other.connection.rollback()
    #expect(try log.append([Sample.enforced()]).map(\.event.sequence) == [2])
  }

  /// SQLite's extended result codes, the system's error beneath, and what a COMMIT that meets them has come to.
  static let commitFailures: [(code: Int32, systemError: Int32, outcome: LogError)] = {
    let (write, fsync, directorySync, full, busy) = (Int32(778), Int32(1034), Int32(1290), Int32(13), Int32(5))
    return [
      (fsync, EIO, .outcomeUnknown), (fsync, ENOSPC, .outcomeUnknown), (directorySync, EIO, .outcomeUnknown),
      (write, EIO, .outcomeUnknown), (write, EFBIG, .noSpace), (write, EDQUOT, .noSpace), (full, ENOSPC, .noSpace),
      (busy, 0, .busy),
    ]
  }()

  @Test(arguments: commitFailures)
  func `a failed commit is unknown unless there surely was no room`(
    code: Int32, systemError: Int32, outcome: LogError
  ) {
    #expect(LogError(atCommit: SQLiteError(code: code, message: "", systemError: systemError)) == outcome)
  }

  @Test func `two threads append 500 each, and no number is missing or given twice`() async throws {
    let path = scratch.path()
    _ = try Sample.sqlite(in: scratch)
    let sequences = try await withThrowingTaskGroup(of: [UInt64].self) { group in
      for worker in 0..<2 {
        group.addTask {
          try await onThread {
            let log = try SQLiteLog(path: path, mode: .readWrite)
            return try (0..<500).flatMap { _ in try log.append([Sample.revealed(worker)]).map(\.event.sequence) }
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(sequences.sorted() == Array(2...1_001))
    let log = try SQLiteLog(path: path, mode: .readOnly)
    let records = try log.allRecords()
    try log.read { reader throws in
      #expect(try reader.head().root == merkleTreeHash(records[...]))
      for worker in 0..<2 { #expect(try reader.events(of: Sample.stream("e", key: worker)).count == 500) }
    }
  }
}

/// Waits for work that blocks, on a thread of its own.
private func onThread<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
  }
}

extension SQLiteLog {
  fileprivate func environments() throws -> [Slug] { try read { try $0.environments() } }
}
