import Glibc

/// What stands in a ledger's WAL beyond the last commit that counts (SQLite file format §4.1 and §4.4).
///
/// SQLite passes over a frame whose checksum is wrong, and over all that follow, without a word: that is how a write that
/// was cut off is undone. A changed byte looks the same, and then commits are gone that somebody was told of.
struct WriteAheadTail {
  /// Frames of the present round that do not count. Zero for an absent or empty WAL.
  private(set) var frames = 0
  /// Whether the header is none, so that no frame counts.
  private(set) var hasDamagedHeader = false

  private static let headerBytes = 32
  private static let frameHeaderBytes = 24

  /// Reads the file beside a database. A WAL holds no lock that closing it could drop.
  init(besideDatabase path: String) {
    guard let file = unsafe fopen(path + "-wal", "re") else { return }
    defer { unsafe fclose(file) }
    func read(_ count: Int) -> [UInt8]? {
      var bytes = [UInt8](repeating: 0, count: count)
      let got = unsafe bytes.withUnsafeMutableBytes { unsafe fread($0.baseAddress, 1, count, file) }
      return got == count ? bytes : nil
    }
    guard let header = read(WriteAheadTail.headerBytes) else { return }
    guard let walk = Walk(header) else {
      hasDamagedHeader = true
      return
    }
    count(walk) { read(WriteAheadTail.frameHeaderBytes + walk.pageBytes) }
  }

  private mutating func count(_ walk: Walk, _ next: () -> [UInt8]?) {
    var walk = walk
    while let frame = next() {
      let counts = walk.counts(frame)
      guard walk.isOfThisRound(frame) else {
        // Of the round before, if nothing of this one follows.
        walk.cut()
        continue
      }
      frames = counts && walk.commits(frame) ? 0 : frames + 1
    }
  }

  /// One sentence; nil when there is nothing to say.
  var remark: String? {
    guard hasDamagedHeader || frames > 0 else { return nil }
    let what = hasDamagedHeader ? "is not one" : "ends in \(frames) pages that do not count"
    return
      "The write-ahead log \(what): a write is under way, was cut off, or bytes were changed, and then events may be "
      + "missing at the end. A checkpoint that was kept tells."
  }
}

/// The running checksum over the frames.
private struct Walk {
  let pageBytes: Int
  private let isBigEndian: Bool
  private let salt: ArraySlice<UInt8>
  private var sums: (UInt32, UInt32) = (0, 0)
  private var isWhole = true

  /// Nil for what is no header of a WAL.
  init?(_ header: [UInt8]) {
    let magic = Walk.number(header[0..<4])
    guard magic == 0x377f_0682 || magic == 0x377f_0683 else { return nil }
    isBigEndian = magic & 1 == 1
    pageBytes = Int(Walk.number(header[8..<12]))
    salt = header[16..<24]
    guard (512...65_536).contains(pageBytes), pageBytes.nonzeroBitCount == 1 else { return nil }
    add(header[0..<24])
    guard sums == (Walk.number(header[24..<28]), Walk.number(header[28..<32])) else { return nil }
  }

  func isOfThisRound(_ frame: [UInt8]) -> Bool { frame[8..<16].elementsEqual(salt) }

  func commits(_ frame: [UInt8]) -> Bool { Walk.number(frame[4..<8]) != 0 }

  /// Whether its checksum and all before it are right.
  mutating func counts(_ frame: [UInt8]) -> Bool {
    add(frame[0..<8])
    add(frame[24...])
    isWhole = isWhole && sums == (Walk.number(frame[16..<20]), Walk.number(frame[20..<24]))
    return isWhole
  }

  /// From here on no frame counts.
  mutating func cut() { isWhole = false }

  private mutating func add(_ bytes: ArraySlice<UInt8>) {
    var (a, b) = sums
    for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 8) {
      a = a &+ word(bytes[start..<start + 4]) &+ b
      b = b &+ word(bytes[start + 4..<start + 8]) &+ a
    }
    sums = (a, b)
  }

  private func word(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    isBigEndian ? Walk.number(bytes) : Walk.number(bytes).byteSwapped
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
