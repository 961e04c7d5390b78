import Foundation
import KeyLedger
import Synchronization
import Testing
import Transparency

@testable import EventLog

/// What another thread saw.
final class Seen: Sendable {
  private let sizes = Mutex<[UInt64]>([])
  func add(_ size: UInt64) { sizes.withLock { $0.append(size) } }
  var all: [UInt64] { sizes.withLock { $0 } }
}

@Suite struct GuardWatchTests {
  private let made: GuardedLog

  init() throws { made = try GuardedLog() }

  /// What the watch says is what a judgement from the beginning says.
  private func look(_ watch: inout GuardWatch) throws -> GuardState {
    _ = watch.look()
    let state = try made.log.read { try watch.state(of: $0) }
    #expect(state == (try made.state()))
    return state
  }

  @Test func `it sees events, guards and their loss as they come`() throws {
    var watch = GuardWatch(made.rollback)
    #expect(try look(&watch) == .whole)
    for count in [1, 2, 255, 1, 2_000, 1] {
      try made.grow(count)
      #expect(try look(&watch) == .whole)
      try made.keep(durably: false)
      #expect(try look(&watch) == .whole)
    }
    let kept = try made.text()
    try FileManager.default.removeItem(atPath: made.rollback.path)
    #expect(try look(&watch) != .whole)
    try made.grow()
    #expect(try look(&watch) != .whole)
    try made.put("garbage")
    #expect(try look(&watch) != .whole)
    try made.put(kept)
    #expect(try look(&watch) == .whole)
    let longer = made.checkpoint(size: 9_000, root: MerkleTree.leafHash([1]))
    try made.put(longer.text())
    #expect(try look(&watch) == .restored(.shorter(held: try made.head().size, shown: longer)))
  }

  @Test func `it knows whether the guard is the one of the last look`() throws {
    var watch = GuardWatch(made.rollback)
    var looks = [watch.look()]
    try made.grow()
    looks.append(watch.look())
    try made.keep(durably: false)
    looks += [watch.look(), watch.look()]
    try FileManager.default.removeItem(atPath: made.rollback.path)
    looks += [watch.look(), watch.look()]
    #expect(looks == [true, true, false, true, false, true])
  }

  @Test func `a log that was another all along is not taken for one that went on`() throws {
    try made.grow(10)
    try made.keep(durably: false)
    var watch = GuardWatch(made.rollback)
    #expect(try look(&watch) == .whole)
    // As long and longer, with the same beginning, and none of it is what was shown.
    for count in [11, 12, 40] {
      let elsewhere = try Scratch()
      let other = try Sample.sqlite(in: elsewhere)
      for _ in 1..<count { try other.append([Sample.revealed(1)]) }
      guard case .checkpoint(let shown) = made.rollback.kept() else { throw GuardError.busy(path: "no guard") }
      let state = try other.read { try watch.state(of: $0) }
      #expect(state == .restored(.contradicted(shown: shown)))
      #expect(try look(&watch) == .whole)
    }
  }

  @Test func `what this process has appended itself is not read again, and counts`() throws {
    var watch = GuardWatch(made.rollback)
    for _ in 0..<5 {
      let appended = try made.log.write { log in
        _ = watch.look()
        let state = try watch.state(of: log)
        #expect(state == .whole)
        return try log.append(
          [Sample.enforced(), Sample.enforced()], at: Sample.start, marks: EventMarks(), expected: [:])
      }
      watch.follow(appended)
      // A command that was recognised as a repeat brings events of long ago.
      watch.follow(appended)
    }
    #expect(try look(&watch) == .whole)
    #expect(try made.head().size == 11)
  }
}
