package import Cryptography
package import KeyLedger

/// A stretch of the log as it is stored: some hundred records with their places in their streams, copied out of the
/// log, so that they can be hashed together, and read while the log is asked for the next ones. A value: it may go to
/// another thread.
///
/// Refilled again and again it keeps its memory, so a log of any length is read in that of one page.
package struct RecordPage: Sendable {
  /// Records in a page: few enough to stay in a processor's cache.
  static let maximumRecords = 256
  /// Bytes after which no record is added.
  private static let fullBytes = 1 << 17

  /// The number of the event before the first one.
  package private(set) var after: UInt64 = 0
  private var messages = SHA256Batch()
  private var versions: [UInt64] = []
  private var hashes: [Digest] = []
  /// What the records say, after `decode`.
  package private(set) var events: [Event] = []

  package init() {}

  package var count: Int { versions.count }

  /// The number of the last event; `after` for a page with none.
  package var last: UInt64 { after + UInt64(count) }

  /// Whether it takes no more.
  package var isFull: Bool {
    count >= RecordPage.maximumRecords || messages.byteCount >= RecordPage.fullBytes
  }

  /// Begins anew behind event `after`.
  package mutating func restart(after: UInt64) {
    self.after = after
    messages.removeAll()
    versions.removeAll(keepingCapacity: true)
    hashes.removeAll(keepingCapacity: true)
    events.removeAll(keepingCapacity: true)
  }

  /// Adds the event that follows the last one.
  ///
  /// - Parameter version: its place in its stream, which no record carries.
  package mutating func append(_ record: Span<UInt8>, version: UInt64) {
    // A Merkle leaf is SHA-256(0x00 ‖ record).
    messages.append(prefix: 0, record)
    versions.append(version)
  }

  /// The bytes of event `after` + 1 + `index`, as they are stored.
  @_lifetime(borrow self)
  package func record(_ index: Int) -> Span<UInt8> { messages.message(index) }

  /// The place of event `after` + 1 + `index` in its stream.
  package func version(_ index: Int) -> UInt64 { versions[index] }

  /// Computes the leaf hashes of all records, unless that is done.
  package mutating func hash() {
    if hashes.count != count { hashes = messages.digests() }
  }

  /// Decodes all records, unless that is done. Where one can't be read, throws what the decoder throws, and `events` are
  /// those before it.
  package mutating func decode(_ decoder: inout RecordDecoder) throws(LogError) {
    guard events.count != count else { return }
    events.removeAll(keepingCapacity: true)
    events.reserveCapacity(RecordPage.maximumRecords)
    // Taken out: while a page is read from, nothing can be put into it.
    var read = events
    events = []
    defer { events = read }
    for index in 0..<count { try decoder.read(index, of: self, to: &read) }
  }

  /// The leaf hash of each record, after `hash()`.
  package var leafHashes: [Digest] {
    precondition(hashes.count == count, "a page was not hashed")
    return hashes
  }
}
