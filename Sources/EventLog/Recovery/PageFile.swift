import Glibc

/// The pages of a database file as bytes, with those that its write-ahead log holds in their place.
///
/// Opened without SQLite, so never on a file that anybody has open: closing it would drop their locks. Recovery gives it
/// a copy of its own.
final class PageFile {
  static let sizes = 512...65_536
  /// What SQLite makes unless told otherwise, and we never tell it.
  static let usualSize = 4_096

  let pageSize: Int
  /// Bytes of a page that content may take.
  let usable: Int
  /// The last page that there may be.
  let pageCount: UInt32
  /// Whether there is a write-ahead log that could not be read to its end.
  let isWALCutOff: Bool
  private let file: Int32
  private let walFile: Int32
  private let wal: WALFrames?

  /// Nil when the file can't be opened.
  init?(path: String) {
    file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    walFile = unsafe open(path + "-wal", O_RDONLY | O_CLOEXEC)
    let log = walFile
    wal = log < 0 ? nil : WALFrames { PageFile.read(log, $0, $1) }
    isWALCutOff = wal?.isCutOff ?? (log >= 0 && !PageFile.read(log, 0, 1).isEmpty)

    var header = PageFile.read(file, 0, 100)
    if let first = wal?.offsets[1] { header = PageFile.read(walFile, first, 100) }
    let isWhole = header.count == 100 && header.starts(with: Array("SQLite format 3\0".utf8))
    // 1 stands for 65,536.
    let stated = isWhole ? header.bigEndian16(at: 16) : 0
    let size = wal?.pageSize ?? (stated == 1 ? 65_536 : stated)
    pageSize = PageFile.sizes.contains(size) && size.nonzeroBitCount == 1 ? size : PageFile.usualSize
    usable = pageSize - (isWhole ? min(Int(header[20]), pageSize - 480) : 0)
    let stored = Int(lseek(file, 0, SEEK_END))
    let pages = UInt32(clamping: (max(0, stored) + pageSize - 1) / pageSize)
    pageCount = max(pages, wal?.pageCount ?? 0)
  }

  deinit {
    close(file)
    if walFile >= 0 { close(walFile) }
  }

  /// Page `number`, counted from 1. What lies behind the end of the file reads as zeros; nil for a page wholly there.
  func page(_ number: UInt32) -> [UInt8]? {
    guard number >= 1, number <= pageCount else { return nil }
    if let offset = wal?.offsets[number] { return PageFile.read(walFile, offset, pageSize) }
    let bytes = PageFile.read(file, Int(number - 1) * pageSize, pageSize)
    guard !bytes.isEmpty else { return nil }
    return bytes + [UInt8](repeating: 0, count: pageSize - bytes.count)
  }

  /// As many as there are, and none where they can't be read.
  private static func read(_ file: Int32, _ offset: Int, _ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = unsafe bytes.withUnsafeMutableBytes { unsafe pread(file, $0.baseAddress, count, off_t(offset)) }
    return got == count ? bytes : Array(bytes.prefix(max(0, got)))
  }
}
