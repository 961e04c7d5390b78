import Cryptography
import EventLog
import Foundation
import KeyLedger
import Testing
import Transparency

/// A ledger's file as bytes, with its records and the pages that hold them, found by looking for their bytes: what a
/// damage to some pages must cost follows from that.
struct LedgerImage {
  static let pageSize = 4_096
  let bytes: [UInt8]
  let records: [[UInt8]]
  /// For each record the pages that hold a part of it, counted from 0.
  let pages: [Set<Int>]
  /// What the file was when it held the first so many events.
  let old: (bytes: [UInt8], events: Int)

  var pageCount: Int { bytes.count / LedgerImage.pageSize }

  /// 300 events, of which the first and some others are too large for a page.
  init() throws {
    let scratch = try Scratch()
    var old: [UInt8] = []
    let resources = LedgerImage.names(of: 1).map { Resource(name: $0, clientReadable: true, readOnly: false) }
    let founding = Draft(.ledger, .system, .ledgerCreated(plan: .scale, resources: resources))
    _ = try SQLiteLog.create(
      path: scratch.path(), ledger: Fixture.ledger, founding: [founding], at: Sample.start)
    let drafts = (2...300).map { LedgerImage.draft($0) }
    let half = 150
    for part in [drafts.prefix(half - 1), drafts.dropFirst(half - 1)] {
      do {
        let log = try SQLiteLog(path: scratch.path(), mode: .readWrite)
        for start in stride(from: part.startIndex, to: part.endIndex, by: 7) {
          try log.append(Array(part[start..<min(start + 7, part.endIndex)]))
        }
      }
      if old.isEmpty { old = try LedgerImage.read(scratch.path()) }
    }
    let log = try SQLiteLog(path: scratch.path(), mode: .readOnly)
    let records = try log.allRecords()
    let bytes = try LedgerImage.read(scratch.path())
    self.records = records
    self.bytes = bytes
    self.old = (old, half)
    pages = LedgerImage.pages(of: records, in: bytes)
  }

  /// The page with the head, and one with a piece of the tile.
  var headPage: Int? { page(with: records.reduce(into: Frontier()) { $0.append(MerkleTree.leafHash($1)) }.root.bytes) }
  var tilePage: Int? { page(with: MerkleTree.leafHash(records[99]).bytes) }

  private func page(with part: [UInt8]) -> Int? {
    Data(bytes).range(of: Data(part)).map { $0.lowerBound / LedgerImage.pageSize }
  }

  /// Where a record of one piece begins.
  func place(of number: Int) throws -> Int {
    let page = try #require(pages[number - 1].first)
    let start = page * LedgerImage.pageSize
    let found = Data(bytes[start..<start + LedgerImage.pageSize]).range(of: Data(records[number - 1]))
    return start + (try #require(found)).lowerBound
  }

  /// The file after its pages were changed.
  func damaged(_ change: (inout [UInt8]) -> Void) throws -> Scratch {
    let scratch = try Scratch()
    var copy = bytes
    change(&copy)
    try Data(copy).write(to: URL(fileURLWithPath: scratch.path()))
    return scratch
  }

  /// Events that come before the first one which has a part in a page that is lost.
  func wholeEvents(without isLost: (Int) -> Bool) -> Int {
    pages.firstIndex { $0.contains(where: isLost) } ?? records.count
  }

  /// The last event with no part in a page that is lost.
  func lastEvent(without isLost: (Int) -> Bool) -> Int {
    (pages.lastIndex { !$0.contains(where: isLost) } ?? -1) + 1
  }

  /// Seven keys begin, then things happen to them; every hundredth is too large for a page.
  private static func draft(_ number: Int) -> Draft {
    guard number > 8 else { return LongHistory.draft(number - 1) }
    let stream = Sample.stream("e", key: number % 7)
    guard number % 100 == 0 else {
      return Draft(stream, .system, .keyRenamed(name: "Key \(number)", description: ""))
    }
    let scope = Scope(granting: names(of: number).map { Permission($0, .write) })
    return Draft(stream, .system, .scopeUpdated(before: .everything, after: scope))
  }

  /// Names in which every piece of 32 bytes stands nowhere else.
  private static func names(of number: Int) -> [Slug] {
    (0..<64).map {
      Sample.slug("n\(number)_\($0)_" + String(SHA256.hash([UInt8(number % 256), UInt8($0)]).hex.prefix(50)))
    }
  }

  static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  private static func pages(of records: [[UInt8]], in bytes: [UInt8]) -> [Set<Int>] {
    let pages = stride(from: 0, to: bytes.count, by: pageSize).map { Data(bytes[$0..<$0 + pageSize]) }
    // Leaf pages of tables, and pages of no tree: interior pages may hold bytes of what they were before.
    let content = pages.indices.filter { pages[$0][0] == 0x0d || pages[$0][0] == 0 }
    return records.enumerated().map { number, record in
      let all = Data(record)
      if let page = content.first(where: { pages[$0].range(of: all) != nil }) { return [page] }
      // In pieces: each page that holds some 32 bytes of it which stand in no other record.
      let others = records.enumerated().filter { $0.offset != number }.reduce(into: Data()) { $0 += $1.element }
      let windows = stride(from: 0, through: record.count - 32, by: 16).map { Data(record[$0..<$0 + 32]) }
        .filter { others.range(of: $0) == nil }
      return Set(content.filter { page in windows.contains { pages[page].range(of: $0) != nil } })
    }
  }
}
