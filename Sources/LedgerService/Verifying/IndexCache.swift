import Cryptography
import EventLog
import Glibc
import KeyLedger
import Projections
import Vault

/// `index.cache`: the verification index as it was at some event, so that a service need not fold the log from the first
/// one (design §2). Disposable: absent, or not what was written under this root key for this ledger, it is no cache.
///
/// The bytes of the index, in which ledger, position and tree stand, and behind them their HMAC-SHA256 under a key that
/// HKDF derives from the root key: whoever can write in the directory and has not that key makes none.
struct IndexCache: Sendable {
  private let path: String
  private let rootKeyPath: String
  private let ledger: LedgerID

  /// More is not read, nor written: some fourteen million keys.
  static let maximumBytes = 1 << 30

  init(_ directory: LedgerDirectory, of ledger: LedgerID) {
    path = directory.indexCache
    rootKeyPath = directory.rootKeyPath
    self.ledger = ledger
  }

  /// Nil where there is none. Whether the log has those events still is not asked here. Cost: some 100 ns a key.
  func load() -> VerificationIndex? {
    guard let key = try? key(), let bytes = contents(), bytes.count > Digest.byteCount else { return nil }
    let end = bytes.count - Digest.byteCount
    let image = bytes.span.extracting(0..<end)
    let code = HMAC.sha256(key: key, image)
    guard ConstantTime.equal(code.bytes.span, bytes.span.extracting(end..<bytes.count)) else { return nil }
    return VerificationIndex(image: image, of: ledger)
  }

  /// Puts it in the place of the one before: written beside it, synced, and only then given the name.
  func save(_ index: VerificationIndex, by log: any LogReader) throws {
    guard var bytes = try index.image(by: log), bytes.count + Digest.byteCount <= IndexCache.maximumBytes else {
      return
    }
    bytes += HMAC.sha256(key: try key(), bytes.span).bytes
    let temporary = path + ".new"
    unsafe unlink(temporary)
    try FileCopy.make(temporary, bytes)
    guard unsafe rename(temporary, path) == 0 else { throw NewDirectory.failure("replace", path) }
  }

  /// So that no later start begins with it.
  func remove() { unsafe unlink(path) }

  private func key() throws(VaultError) -> [UInt8] {
    let root = try RootKey.read(rootKeyPath)
    do {
      return try root.withBytes {
        try HKDF.sha256(ikm: $0, salt: [], info: Array("keyledger/index-cache/v1".utf8), length: Digest.byteCount)
      }
    } catch {
      preconditionFailure("32 bytes are within what HKDF gives: \(error)")
    }
  }

  /// Nil when it is no file, or too long for one of ours, or can't be read.
  private func contents() -> [UInt8]? {
    // Not blocking, so that a named pipe in the file's place cannot hold us.
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    defer { Glibc.close(file) }
    var info = stat()
    guard unsafe fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= IndexCache.maximumBytes
    else { return nil }
    let size = Int(info.st_size)
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
      while count < size {
        let got = unsafe Glibc.read(file, bytes.baseAddress?.advanced(by: count), size - count)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { return }
        count += got
      }
    }
  }
}
