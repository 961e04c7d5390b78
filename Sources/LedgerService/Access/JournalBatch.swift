public import KeyLedger

/// Operations that wait to be written, in flat arrays: filling it allocates nothing once it has been full.
struct JournalBatch: Sendable {
  /// What many operations have in common.
  struct Kind: Sendable {
    /// Nil for a secret of no key, shown to the service itself.
    let environment: Slug?
    let permission: Permission?
    let outcome: VerificationOutcome

    /// Compared for each operation: of texts that are one, no byte is looked at.
    func equals(_ other: Kind) -> Bool {
      outcome == other.outcome && Kind.equal(environment, other.environment)
        && permission?.access == other.permission?.access
        && Kind.equal(permission?.resource, other.permission?.resource)
    }

    private static func equal(_ a: Slug?, _ b: Slug?) -> Bool {
      guard let a, let b else { return a == nil && b == nil }
      return a.text == b.text
    }
  }

  /// One operation, in 40 bytes.
  struct Entry: Sendable {
    let time: Instant
    fileprivate let keyHigh: UInt64
    fileprivate let keyLow: UInt64
    /// Where in `bytes` its method stands, and its path behind that.
    fileprivate let start: UInt32
    fileprivate let pathCount: UInt16
    /// Which one of `kinds` it is of.
    let kind: UInt16
    fileprivate let methodCount: UInt8
    fileprivate let hasKey: Bool
    let isPathCut: Bool

    /// Nil for a secret of no key.
    var key: KeyID? { hasKey ? KeyID(ulid: ULID(bits: UInt128(keyHigh) << 64 | UInt128(keyLow))) : nil }
    var method: Range<Int> { Int(start)..<Int(start) + Int(methodCount) }
    var path: Range<Int> { method.upperBound..<method.upperBound + Int(pathCount) }
  }

  static let maximumEntries = 8_192
  /// Bytes of methods and paths.
  static let maximumBytes = 1 << 20
  /// Bytes of one method and of one path; the rest is cut.
  static let maximumMethod = 16
  static let maximumPath = 512

  private(set) var entries: [Entry] = []
  /// Some may stand here more than once.
  private(set) var kinds: [Kind] = []
  private(set) var bytes: [UInt8] = []
  /// Operations that found no room.
  private(set) var dropped: Int64 = 0
  /// The kind of the last operation.
  private var latest = 0

  /// Kinds that are looked through for an operation's own; beyond, it is put in again.
  private static let remembered = 16

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
    let kind = number(
      of: Kind(environment: operation.environment, permission: operation.permission, outcome: operation.outcome))
    let start = bytes.count
    let methodCount = append(method, atMost: JournalBatch.maximumMethod)
    var end = 0
    while end < path.count, path[end] != UInt8(ascii: "?"), path[end] != UInt8(ascii: "#") { end += 1 }
    let pathCount = append(path.extracting(0..<end), atMost: JournalBatch.maximumPath)
    let key = operation.key?.ulid.bits ?? 0
    entries.append(
      Entry(
        time: operation.time, keyHigh: UInt64(truncatingIfNeeded: key >> 64),
        keyLow: UInt64(truncatingIfNeeded: key), start: UInt32(start), pathCount: UInt16(pathCount),
        kind: UInt16(kind), methodCount: UInt8(methodCount), hasKey: operation.key != nil,
        isPathCut: end > JournalBatch.maximumPath))
  }

  /// The same as the last operation's, as a rule.
  private mutating func number(of kind: Kind) -> Int {
    if latest < kinds.count, kinds[latest].equals(kind) { return latest }
    latest = kinds.prefix(JournalBatch.remembered).firstIndex { $0.equals(kind) } ?? kinds.count
    if latest == kinds.count { kinds.append(kind) }
    return latest
  }

  /// How many bytes it took.
  private mutating func append(_ text: Span<UInt8>, atMost limit: Int) -> Int {
    let count = min(text.count, limit)
    unsafe text.extracting(0..<count).withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    return count
  }

  /// Empty again, with its memory.
  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    kinds.removeAll(keepingCapacity: true)
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
