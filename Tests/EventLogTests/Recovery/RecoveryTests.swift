import Cryptography
import EventLog
import Foundation
import KeyLedger
import SQLite
import Synchronization
import Testing
import Transparency

@Suite struct RecoveryTests {
  private static let image = Result { try LedgerImage() }
  private static let roots: [Digest] = {
    guard case .success(let image) = image else { return [] }
    var frontier = Frontier()
    return [frontier.root]
      + image.records.map { record in
        frontier.append(MerkleTree.leafHash(record))
        return frontier.root
      }
  }()
  private static let built = Mutex<Set<UInt64>>([])
  private let image: LedgerImage
  private let total: Int

  init() throws {
    image = try Self.image.get()
    total = image.records.count
  }

  /// Nil when event 1 is lost.
  private func recover(_ scratch: Scratch) throws -> Salvage? {
    let recovery = LedgerRecovery(path: scratch.path())
    let salvage: Salvage
    switch Result(catching: { () throws(LogError) in try recovery.survey() }) {
    case .success(let found): salvage = found
    case .failure(.unreadable(sequence: 1, _)): return nil
    case .failure(let error): throw error
    }
    #expect(salvage.root == Self.roots[Int(salvage.size)])
    if Self.built.withLock({ $0.insert(salvage.size).inserted }) { try build(salvage, by: recovery, in: scratch) }
    #expect((salvage.reason != nil) == (salvage.last > salvage.size))
    #expect(!salvage.isEndKnown || salvage.last == total)
    let lost = salvage.readable.flatMap { Array($0) }
    try recovery.beyond(salvage) { event in
      #expect(RecordCodec.encode(event, ledger: Fixture.ledger) == image.records[Int(event.sequence) - 1])
      #expect(lost.contains(event.sequence))
    }
    return salvage
  }

  /// The root says which records were read, so that of as many a ledger is made once.
  private func build(_ salvage: Salvage, by recovery: LedgerRecovery, in scratch: Scratch) throws {
    let result = scratch.path("result.sqlite")
    try recovery.build(salvage, at: result)
    #expect(try LedgerVerifier(path: result, threads: 1).verify().isWhole)
    let log = try SQLiteLog(path: result, mode: .readOnly)
    #expect(try log.allRecords() == Array(image.records.prefix(Int(salvage.size))))
    #expect(try log.read { try $0.head().root } == salvage.root)
  }

  /// What a damage that takes these pages, and nothing else, must cost.
  private func expect(_ salvage: Salvage?, lost isLost: (Int) -> Bool, last: Int, _ what: String) {
    let whole = image.wholeEvents(without: isLost)
    #expect(salvage.map { Int($0.size) } ?? 0 == whole, "\(what)")
    guard let salvage else { return }
    #expect(Int(salvage.last) == last, "\(what)")
    let readable = (whole + 1..<total + 1).filter { !image.pages[$0 - 1].contains(where: isLost) }
    #expect(salvage.readable.flatMap { Array($0) }.map { Int($0) } == readable, "\(what)")
  }

  @Test func `the image has rows in pieces, and a tile`() {
    #expect(image.pages.allSatisfy { !$0.isEmpty })
    #expect(image.pages[0].count > 1 && image.pages[99].count > 1 && image.pages[1].count == 1)
    #expect(total == 300 && image.pageCount > 30)
  }

  @Test func `of a whole ledger nothing is lost, and its head confirms all of it`() throws {
    let salvage = try #require(try recover(try image.damaged { _ in }))
    #expect(salvage.size == 300 && salvage.last == 300 && salvage.reason == nil && salvage.readable.isEmpty)
    #expect(salvage.confirmedByHead == 300 && !salvage.isWALCutOff)
  }

  @Test func `a zeroed page costs the events that lie in it and those behind`() throws {
    for page in 0..<image.pageCount {
      let scratch = try image.damaged { bytes in
        for i in page * LedgerImage.pageSize..<(page + 1) * LedgerImage.pageSize { bytes[i] = 0 }
      }
      expect(try recover(scratch), lost: { $0 == page }, last: total, "page \(page)")
    }
  }

  @Test(arguments: [UInt8(0), 0xa5])
  func `a page whose first half was not written costs what lies in it`(_ filling: UInt8) throws {
    for page in 0..<image.pageCount {
      let scratch = try image.damaged { bytes in
        let start = page * LedgerImage.pageSize
        for i in start..<start + LedgerImage.pageSize / 2 { bytes[i] = filling ^ UInt8(truncatingIfNeeded: i * 7) }
      }
      expect(try recover(scratch), lost: { $0 == page }, last: total, "page \(page)")
    }
  }

  @Test func `a page whose first half is of an older time costs the events since then`() throws {
    let old = image.old.bytes
    for page in 0..<image.pageCount {
      let start = page * LedgerImage.pageSize
      let half = start..<start + LedgerImage.pageSize / 2
      let scratch = try image.damaged { bytes in
        for i in half { bytes[i] = i < old.count ? old[i] : 0 }
      }
      let salvage = try recover(scratch)
      // Rows that were there then stay where they are; later ones in this page, and their followers, are lost.
      let isKept = image.bytes[half].elementsEqual(half.upperBound <= old.count ? old[half] : [])
      let first = image.pages.indices.first { number in
        image.pages[number].contains(page) && !isKept && (number >= image.old.events || start >= old.count)
      }
      #expect(salvage.map { Int($0.size) } ?? 0 == first ?? total, "page \(page)")
      #expect(salvage.map { Int($0.last) } ?? total == total, "page \(page)")
    }
  }

  @Test func `a file that is cut off at a page keeps what lies before it`() throws {
    let head = try #require(image.headPage)
    for kept in 0..<image.pageCount {
      let scratch = try image.damaged { $0.removeLast($0.count - kept * LedgerImage.pageSize) }
      let isLost = { (page: Int) in page >= kept }
      let last = head < kept ? total : image.lastEvent(without: isLost)
      let salvage = try recover(scratch)
      expect(salvage, lost: isLost, last: last, "\(kept) pages")
      #expect(salvage.map { $0.isEndKnown == (head < kept) } ?? true)
    }
  }

  @Test func `a file that is cut off within a page keeps what lies before it`() throws {
    for kept in stride(from: 1, to: image.pageCount, by: 5) {
      let scratch = try image.damaged { $0.removeLast($0.count - kept * LedgerImage.pageSize - 1_000) }
      let salvage = try recover(scratch)
      #expect(salvage.map { Int($0.size) } ?? 0 == image.wholeEvents { $0 >= kept }, "\(kept) pages")
    }
  }

  @Test(arguments: [(101, 100), (256, 255), (257, 256), (290, 288), (299, 296)])
  func `a letter that was changed in a record is seen by the tree`(_ number: Int, _ whole: UInt64) throws {
    let place = try image.place(of: number)
    let name = try #require(Data(image.records[number - 1]).range(of: Data("Key \(number)".utf8))).lowerBound
    let scratch = try image.damaged { $0[place + name] = UInt8(ascii: "k") }
    let recovery = LedgerRecovery(path: scratch.path())
    let salvage = try recovery.survey()
    #expect(salvage.size == whole && salvage.last == 300)
    #expect(salvage.reason?.contains("has another hash") == true)
  }

  @Test(arguments: [1, 20, 32, 64, 1_000, 2_000])
  func `without a head, a tile that is damaged somewhere costs no event`(_ count: Int) throws {
    let (head, tile) = (try #require(image.headPage), try #require(image.tilePage))
    let place = try #require(Data(image.bytes).range(of: Data(MerkleTree.leafHash(image.records[99]).bytes))).lowerBound
    let scratch = try image.damaged { bytes in
      for i in head * LedgerImage.pageSize..<(head + 1) * LedgerImage.pageSize { bytes[i] = 0 }
      // From the middle of a hash on, in the tile's page.
      for i in place + 16..<min(place + 16 + count, (tile + 1) * LedgerImage.pageSize) { bytes[i] ^= 0x5a }
    }
    let salvage = try #require(try recover(scratch))
    #expect(salvage.size == 300 && salvage.confirmedByHead == 0)
  }

  /// A letter of event 101 is another, and the head is lost.
  private func withoutHeadAndWithAnotherLetter() throws -> Scratch {
    let head = try #require(image.headPage)
    let place = try image.place(of: 101)
    let name = try #require(Data(image.records[100]).range(of: Data("Key 101".utf8))).lowerBound
    return try image.damaged { bytes in
      for i in head * LedgerImage.pageSize..<(head + 1) * LedgerImage.pageSize { bytes[i] = 0 }
      bytes[place + name] = UInt8(ascii: "k")
    }
  }

  @Test func `without a head, a letter that was changed in a record is seen by its tile`() throws {
    let scratch = try withoutHeadAndWithAnotherLetter()
    let salvage = try LedgerRecovery(path: scratch.path()).survey()
    #expect(salvage.size == 100 && salvage.reason == "its tile has another hash for it")
    #expect(salvage.readable.first?.lowerBound == 101)
  }

  @Test func `what was shown settles it where a whole hash of the tile is another`() throws {
    let head = try #require(image.headPage)
    let leaf = MerkleTree.leafHash(image.records[99]).bytes
    let scratch = try image.damaged { bytes in
      for i in head * LedgerImage.pageSize..<(head + 1) * LedgerImage.pageSize { bytes[i] = 0 }
      guard let hash = Data(bytes).range(of: Data(leaf)) else { return }
      for i in hash { bytes[i] ^= 0xff }
    }
    // Tile or record: nobody can tell.
    #expect(try LedgerRecovery(path: scratch.path()).survey().size == 99)
    let leaves = image.records.map { MerkleTree.leafHash($0) }
    func survey(shown size: Int, _ leaves: [Digest]) throws -> Salvage {
      var frontier = Frontier()
      frontier.append(contentsOf: leaves.prefix(size))
      let origin = Checkpoint.origin(ledger: Fixture.ledger.description)
      let shown = Checkpoint(origin: origin, size: UInt64(size), root: frontier.root)
      return try LedgerRecovery(path: scratch.path()).survey(shown: { _ in shown })
    }
    #expect(try survey(shown: 299, leaves).size == 300)
    #expect(try survey(shown: 100, leaves).size == 300)
    #expect(try survey(shown: 99, leaves).size == 99)
    #expect(try survey(shown: 299, leaves.reversed()).size == 99)
    #expect(try survey(shown: 301, leaves).size == 99)
  }

  @Test func `a tile that is damaged costs no event`() throws {
    let tile = try #require(image.tilePage)
    let scratch = try image.damaged { bytes in
      for i in 0..<64 { bytes[tile * LedgerImage.pageSize + 2_000 + i] ^= 0x55 }
    }
    #expect(try recover(scratch)?.size == 300)
  }
}

/// What a write-ahead log holds is part of the ledger, up to its last whole commit.
@Suite struct RecoveryFromWALTests {
  private let scratch: Scratch
  private let total = 60
  private let folded = 20

  /// A ledger of which 20 events are in the file and 40 more in the write-ahead log alone, three a commit.
  init() throws {
    scratch = try Scratch()
    do {
      let log = try Sample.sqlite(in: scratch)
      try log.append((1..<folded).map { LongHistory.draft($0) })
    }
    // Held open by another, so that closing does not fold the log into the file.
    let reader = try Connection(path: scratch.path(), mode: .readOnly, busy: .jitter(limitMilliseconds: 1_000))
    defer { reader.close() }
    _ = try reader.userVersion()
    let log = try SQLiteLog(path: scratch.path(), mode: .readWrite)
    for start in stride(from: folded, to: total, by: 3) {
      try log.append((start..<min(start + 3, total)).map { LongHistory.draft($0) })
    }
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: scratch.path() + suffix, toPath: scratch.path("kept") + suffix)
    }
  }

  private func survey(wal change: ((inout Data) -> Void)?, file damage: ((inout Data) -> Void)? = nil) throws -> Salvage
  {
    let copy = try Scratch()
    var file = try Data(contentsOf: URL(fileURLWithPath: scratch.path("kept")))
    damage?(&file)
    try file.write(to: URL(fileURLWithPath: copy.path()))
    if let change {
      var wal = try Data(contentsOf: URL(fileURLWithPath: scratch.path("kept-wal")))
      change(&wal)
      try wal.write(to: URL(fileURLWithPath: copy.path("ledger.sqlite-wal")))
    }
    let recovery = LedgerRecovery(path: copy.path())
    let salvage = try recovery.survey()
    try recovery.build(salvage, at: copy.path("result.sqlite"))
    return salvage
  }

  private static func zeroFirstPage(_ file: inout Data) { file.replaceSubrange(0..<4_096, with: Data(count: 4_096)) }

  @Test func `with its write-ahead log all events are there, also where SQLite can't open the file`() throws {
    #expect(try survey(wal: { _ in }).size == 60)
    let salvage = try survey(wal: { _ in }, file: Self.zeroFirstPage)
    #expect(salvage.size == 60 && salvage.last == 60 && !salvage.isWALCutOff)
  }

  @Test func `without it the events of the file are there`() throws {
    let salvage = try survey(wal: nil)
    #expect(salvage.size == 20 && salvage.last == 20 && salvage.reason == nil)
    #expect(try survey(wal: nil, file: Self.zeroFirstPage).size == 20)
  }

  @Test func `cut off anywhere it gives what it gives to SQLite`() throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.path("kept-wal"))).count
    for kept in stride(from: 0, through: bytes, by: 1_531) {
      let expected = try sqliteEvents { $0.removeLast($0.count - kept) }
      #expect(try survey(wal: { $0.removeLast($0.count - kept) }).size == expected, "\(kept) bytes")
      let raw = try survey(wal: { $0.removeLast($0.count - kept) }, file: Self.zeroFirstPage)
      #expect(raw.size == expected, "\(kept) bytes, without SQLite")
    }
  }

  @Test func `a bit flipped anywhere in it costs what SQLite would lose, and is said`() throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: scratch.path("kept-wal"))).count
    for place in stride(from: 8, to: bytes, by: 2_003) {
      let expected = try sqliteEvents { $0[place] ^= 0x10 }
      #expect(try survey(wal: { $0[place] ^= 0x10 }).size == expected, "byte \(place)")
      let raw = try survey(wal: { $0[place] ^= 0x10 }, file: Self.zeroFirstPage)
      #expect(raw.size == expected && (expected == 60 || raw.isWALCutOff), "byte \(place), without SQLite")
    }
  }

  /// How many events SQLite itself finds.
  private func sqliteEvents(_ change: (inout Data) -> Void) throws -> UInt64 {
    let copy = try Scratch()
    try FileManager.default.copyItem(atPath: scratch.path("kept"), toPath: copy.path())
    var wal = try Data(contentsOf: URL(fileURLWithPath: scratch.path("kept-wal")))
    change(&wal)
    try wal.write(to: URL(fileURLWithPath: copy.path("ledger.sqlite-wal")))
    let connection = try Connection(path: copy.path(), mode: .readOnly, busy: .jitter(limitMilliseconds: 1_000))
    defer { connection.close() }
    let row = try connection.prepare("SELECT count(*) FROM events")
    defer { row.reset() }
    guard try row.step() else { return 0 }
    return UInt64(row.int64(0))
  }
}
