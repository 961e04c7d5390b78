/// Which pages a write-ahead log holds, up to its last commit that is whole (SQLite file format §4).
struct WALFrames {
  static let headerBytes = 32
  static let frameHeaderBytes = 24

  /// Bytes in a page.
  let pageSize: Int
  /// Where the newest committed content of each page begins in the file.
  private(set) var offsets: [UInt32: Int] = [:]
  /// Pages of the database after the last commit; 0 when there is none.
  private(set) var pageCount: UInt32 = 0
  /// Whether commits of this log follow that do not count, as a frame before them is damaged.
  private(set) var isCutOff = false

  /// Nil when its header is not whole: then nothing in it counts.
  ///
  /// - Parameter read: so many bytes from an offset on; fewer at the end.
  init?(_ read: (_ offset: Int, _ count: Int) -> [UInt8]) {
    let header = read(0, WALFrames.headerBytes)
    guard header.count == WALFrames.headerBytes, header.bigEndian(at: 0) & ~1 == 0x377f_0682 else { return nil }
    let isBigEndian = header[3] & 1 == 1
    pageSize = Int(header.bigEndian(at: 8))
    guard PageFile.sizes.contains(pageSize), pageSize.nonzeroBitCount == 1 else { return nil }
    var sum = Checksum(isBigEndian: isBigEndian)
    sum.add(header[..<24])
    guard sum.first == header.bigEndian(at: 24), sum.second == header.bigEndian(at: 28) else { return nil }
    readFrames(salts: header[16..<24], sum, read)
  }

  private mutating func readFrames(salts: ArraySlice<UInt8>, _ start: Checksum, _ read: (Int, Int) -> [UInt8]) {
    let frameBytes = WALFrames.frameHeaderBytes + pageSize
    var sum = start
    var offset = WALFrames.headerBytes
    // Of the transaction that no frame has committed yet.
    var pending: [UInt32: Int] = [:]
    while true {
      let frame = read(offset, frameBytes)
      guard frame.count == frameBytes, frame[8..<16] == salts else { break }
      sum.add(frame[..<8])
      sum.add(frame[WALFrames.frameHeaderBytes...])
      guard sum.first == frame.bigEndian(at: 16), sum.second == frame.bigEndian(at: 20) else { break }
      pending[frame.bigEndian(at: 0)] = offset + WALFrames.frameHeaderBytes
      let size = frame.bigEndian(at: 4)
      if size > 0 {
        offsets.merge(pending) { $1 }
        pending = [:]
        pageCount = size
      }
      offset += frameBytes
    }
    // What an older log left behind has other salts, and what a crash left no commit.
    while true {
      let header = read(offset, WALFrames.frameHeaderBytes)
      guard header.count == WALFrames.frameHeaderBytes else { return }
      if header[8..<16] == salts, header.bigEndian(at: 4) > 0 { isCutOff = true }
      offset += frameBytes
    }
  }

  /// Two running sums over pairs of 32-bit words.
  private struct Checksum {
    let isBigEndian: Bool
    private(set) var first: UInt32 = 0
    private(set) var second: UInt32 = 0

    init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
      var at = bytes.startIndex
      while at + 8 <= bytes.endIndex {
        first = first &+ word(bytes, at) &+ second
        second = second &+ word(bytes, at + 4) &+ first
        at += 8
      }
    }

    private func word(_ bytes: ArraySlice<UInt8>, _ at: Int) -> UInt32 {
      let word =
        UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8 | UInt32(bytes[at + 3])
      return isBigEndian ? word : word.byteSwapped
    }
  }
}

extension [UInt8] {
  /// The 32-bit number at a place.
  func bigEndian(at place: Int) -> UInt32 {
    UInt32(self[place]) << 24 | UInt32(self[place + 1]) << 16 | UInt32(self[place + 2]) << 8 | UInt32(self[place + 3])
  }

  /// The 16-bit number at a place.
  func bigEndian16(at place: Int) -> Int { Int(self[place]) << 8 | Int(self[place + 1]) }
}
