import Cryptography
import Foundation
import KeyLedger
import Testing
import Transparency

@testable import EventLog

/// A log on disk with its guard beside it.
final class GuardedLog {
  let scratch: Scratch
  let log: SQLiteLog
  let rollback: RollbackGuard

  init() throws {
    scratch = try Scratch()
    log = try Sample.sqlite(in: scratch)
    rollback = RollbackGuard(path: scratch.path("shown"), ledger: log.ledger)
    try rollback.begin(at: try head())
  }

  @discardableResult
  func keep(durably: Bool, _ other: SQLiteLog? = nil, limitMilliseconds: Int = 5_000) throws -> Checkpoint {
    var watch = GuardWatch(rollback)
    return try watch.keep(other ?? log, durably: durably, limitMilliseconds: limitMilliseconds)
  }

  func head() throws -> LogHead { try log.read { try $0.head() } }
  func state() throws -> GuardState { try rollback.state(of: log) }
  func grow(_ count: Int = 1) throws { try log.append(Array(repeating: Sample.enforced(), count: count)) }
  func put(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: rollback.path)) }
  func text() throws -> String { try String(contentsOf: URL(filePath: rollback.path), encoding: .utf8) }
  var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: scratch.url.path).sorted()) ?? [] }

  func checkpoint(size: UInt64, root: Digest) -> Checkpoint {
    Checkpoint(origin: Checkpoint.origin(ledger: log.ledger.description), size: size, root: root)
  }
}

@Suite struct GuardTests {
  private let made: GuardedLog

  init() throws { made = try GuardedLog() }

  @Test func `a ledger is whole with the guard it was founded with, and with each newer one`() throws {
    #expect(try made.state() == .whole)
    try made.grow(300)
    #expect(try made.state() == .whole)
    let kept = try made.keep(durably: true)
    #expect(kept.size == 301)
    #expect(try made.text() == kept.text())
    #expect(made.rollback.kept() == .checkpoint(kept))
    try made.grow()
    #expect(try made.state() == .whole)
  }

  @Test func `what was shown is held against the tree at every size`() throws {
    var shown: [Checkpoint] = []
    for count in Array(repeating: 1, count: 40) + [214, 1, 1, 255, 1, 1] {
      shown.append(made.rollback.checkpoint(at: try made.head()))
      try made.grow(count)
    }
    for checkpoint in shown {
      try made.put(checkpoint.text())
      #expect(try made.state() == .whole, "at \(checkpoint.size)")
      let other = made.checkpoint(size: checkpoint.size, root: MerkleTree.leafHash(Array("other".utf8)))
      try made.put(other.text())
      #expect(try made.state() == .restored(.contradicted(shown: other)), "at \(checkpoint.size)")
    }
  }

  @Test func `a ledger that ends before what was shown is restored, and its guard stays`() throws {
    let longer = made.checkpoint(size: 9, root: MerkleTree.leafHash([1]))
    try made.put(longer.text())
    let reason = RestoredReason.shorter(held: 1, shown: longer)
    #expect(try made.state() == .restored(reason))
    #expect(throws: GuardError.restored(reason)) { try made.keep(durably: false) }
    #expect(try made.text() == longer.text())
  }

  @Test func `nothing that is not exactly a checkpoint of this ledger guards it`() throws {
    let mine = try made.text()
    let lines = mine.split(separator: "\n")
    let foreign = "keyledger/ldg_01ARZ3NDEKTSV4RRFFQ69G5FAV\n\(lines[1])\n\(lines[2])\n"
    let texts = [
      "", "\n", "garbage", mine + mine, mine + "extension\n", mine + "\n— name AAAAAAAA\n", String(mine.dropLast()),
      " " + mine, mine.replacingOccurrences(of: "\n", with: "\r\n"), "\(lines[0])\n01\n\(lines[2])\n", foreign,
      mine + String(repeating: "x", count: 5_000) + "\n",
    ]
    for text in texts {
      try made.put(text)
      guard case .restored(.unguarded(let found)) = try made.state() else {
        Issue.record("\(text.debugDescription) was taken for a guard")
        continue
      }
      #expect(found.contains(made.rollback.path))
      #expect(throws: GuardError.restored(.unguarded(found))) { try made.keep(durably: true) }
      #expect(try made.text() == text, "what stands there is not written over")
    }
  }

  @Test func `no file, a directory, a link and a pipe are no guard, and hold nobody up`() throws {
    let path = made.rollback.path
    let away = made.scratch.path("away")
    try FileManager.default.moveItem(atPath: path, toPath: away)
    let kinds: [(String, () throws -> Void)] = [
      ("absent", {}),
      ("directory", { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }),
      ("link", { try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: away) }),
      ("pipe", { #expect(unsafe mkfifo(path, 0o600) == 0) }),
    ]
    for (name, put) in kinds {
      try put()
      guard case .restored(.unguarded) = try made.state() else {
        Issue.record("\(name) was taken for a guard")
        continue
      }
      #expect(throws: GuardError.self) { try made.keep(durably: true) }
      try? FileManager.default.removeItem(atPath: path)
    }
    try FileManager.default.moveItem(atPath: away, toPath: path)
    #expect(try made.state() == .whole)
  }

  @Test func `an older picture of the log never writes over a newer guard`() throws {
    let other = try SQLiteLog(path: made.scratch.path(), mode: .readOnly)
    try made.grow(5)
    try made.keep(durably: false)
    let newest = try made.text()
    #expect(try made.keep(durably: false, other).size == 6)
    #expect(try made.text() == newest)
  }

  @Test func `it is a file for its owner alone, and leaves no other behind`() throws {
    try Data("left by a crash".utf8).write(to: URL(filePath: made.rollback.path + ".new"))
    try made.grow()
    try made.keep(durably: true)
    let mode = try FileManager.default.attributesOfItem(atPath: made.rollback.path)[.posixPermissions] as? NSNumber
    #expect(mode == 0o600)
    #expect(made.files.filter { !$0.hasPrefix("ledger.sqlite") } == ["shown"])
  }

  @Test func `a founding writes over no guard`() throws {
    let before = try made.text()
    #expect(throws: GuardError.exists(path: made.rollback.path)) { try made.rollback.begin(at: try made.head()) }
    #expect(try made.text() == before)
    #expect(made.files.filter { !$0.hasPrefix("ledger.sqlite") } == ["shown"])
  }

  @Test func `an accepted ledger is whole as it is, whatever was shown`() throws {
    try made.put(made.checkpoint(size: 9, root: MerkleTree.leafHash([1])).text())
    try made.log.rehearse { try made.rollback.replace(underLock: $0) }
    #expect(try made.state() == .whole)
    try FileManager.default.removeItem(atPath: made.rollback.path)
    try made.log.rehearse { try made.rollback.replace(underLock: $0) }
    #expect(try made.state() == .whole)
  }

  @Test func `a directory that does not exist is told`() throws {
    let nowhere = RollbackGuard(path: made.scratch.path("nowhere") + "/shown", ledger: made.log.ledger)
    #expect(throws: GuardError.failed(path: nowhere.path, systemError: ENOENT)) {
      try nowhere.begin(at: try made.head())
    }
  }

  @Test func `another writer is waited for, and then busy`() throws {
    try made.grow()
    _ = try made.rollback.file.exclusively {
      #expect(throws: GuardError.busy(path: made.rollback.path)) {
        try made.keep(durably: false, limitMilliseconds: 20)
      }
    }
    #expect(try made.keep(durably: false).size == 2)
  }

  @Test func `of many writers at once none puts back an older one`() throws {
    let (path, rollback) = (made.scratch.path(), made.rollback)
    let writers = 4
    let rounds = 40
    let sizes = Seen()
    DispatchQueue.concurrentPerform(iterations: writers + 1) { index in
      do {
        let log = try SQLiteLog(path: path, mode: .readWrite)
        for _ in 0..<rounds {
          if index == writers {
            guard case .checkpoint(let kept) = rollback.kept() else { throw GuardError.busy(path: "no guard") }
            sizes.add(kept.size)
          } else {
            try log.append([Sample.enforced("e\(index)")])
            var watch = GuardWatch(rollback)
            try watch.keep(log, durably: false)
          }
        }
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(sizes.all == sizes.all.sorted())
    #expect(try made.state() == .whole)
    #expect(made.rollback.kept() == .checkpoint(made.rollback.checkpoint(at: try made.head())))
  }
}
