public import KeyLedger

/// Operations that wait to be written, in two flat arrays: filling it allocates nothing once it has been full.
struct JournalBatch: Sendable {
  struct Entry: Sendable {
    let time: Instant
    /// Nil for a secret of no key, shown to the service itself.
    let environment: Slug?
    /// Nil for a secret of no key.
    let key: KeyID?
    let permission: Permission?
    let outcome: VerificationOutcome
    let method: Range<Int>
    let path: Range<Int>
    let isPathCut: Bool
  }

  static let maximumEntries = 8_192
  /// Bytes of methods and paths.
  static let maximumBytes = 1 << 20
  /// Bytes of one method and of one path; the rest is cut.
  static let maximumMethod = 16
  static let maximumPath = 512

  private(set) var entries: [Entry] = []
  private(set) var bytes: [UInt8] = []
  /// Operations that found no room.
  private(set) var dropped: Int64 = 0

  var isEmpty: Bool { entries.isEmpty && dropped == 0 }
  var isHalfFull: Bool {
    entries.count * 2 >= JournalBatch.maximumEntries || bytes.count * 2 >= JournalBatch.maximumBytes
  }

  /// Takes one in, or counts it as dropped. The path is kept up to its query.
  mutating func add(_ operation: borrowing JournaledOperation, method: Span<UInt8>, path: Span<UInt8>) {
    guard entries.count < JournalBatch.maximumEntries,
      bytes.count + JournalBatch.maximumMethod + JournalBatch.maximumPath <= JournalBatch.maximumBytes
    else {
      dropped += 1
      return
    }
    let methodRange = append(method, atMost: JournalBatch.maximumMethod)
    var end = 0
    while end < path.count, path[end] != UInt8(ascii: "?"), path[end] != UInt8(ascii: "#") { end += 1 }
    let pathRange = append(path.extracting(0..<end), atMost: JournalBatch.maximumPath)
    entries.append(
      Entry(
        time: operation.time, environment: operation.environment, key: operation.key,
        permission: operation.permission, outcome: operation.outcome, method: methodRange, path: pathRange,
        isPathCut: end > JournalBatch.maximumPath))
  }

  private mutating func append(_ text: Span<UInt8>, atMost limit: Int) -> Range<Int> {
    let start = bytes.count
    unsafe text.extracting(0..<min(text.count, limit)).withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    return start..<bytes.count
  }

  /// Empty again, with its memory.
  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    dropped = 0
  }
}

/// What the journal is told of one operation, beside its method and path.
public struct JournaledOperation: Sendable {
  public let time: Instant
  /// Nil where none is known: a secret of no key, shown to the service itself.
  public let environment: Slug?
  /// Nil for a secret of no key, which is counted and not listed.
  public let key: KeyID?
  public let permission: Permission?
  public let outcome: VerificationOutcome

  public init(time: Instant, environment: Slug?, key: KeyID?, permission: Permission?, outcome: VerificationOutcome) {
    self.time = time
    self.environment = environment
    self.key = key
    self.permission = permission
    self.outcome = outcome
  }
}
