import Formats
import KeyLedger

/// The operations of one batch as they lie in the file, one behind the other, oldest first: the time and the key's ULID as
/// three numbers of 64 bits, then environment, outcome, permission, method and path, each behind its length in 16 bits.
/// Numbers are little-endian.
struct JournalStretch {
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0

  /// Of secrets that are of no key nothing is kept here.
  init(_ batch: JournalBatch) {
    let kinds = batch.kinds.map(JournalStretch.text)
    bytes.reserveCapacity(batch.bytes.count + batch.entries.count * 80)
    for entry in batch.entries {
      guard let key = entry.key, let kind = kinds[Int(entry.kind)] else { continue }
      add(
        UInt64(bitPattern: entry.time.milliseconds), UInt64(truncatingIfNeeded: key.ulid.bits >> 64),
        UInt64(truncatingIfNeeded: key.ulid.bits))
      bytes.append(contentsOf: kind)
      add(batch.bytes[entry.method])
      add(path: batch.bytes[entry.path], isCut: entry.isPathCut)
      count += 1
    }
  }

  /// What the operations of a kind have in common, as it is written for each; nil where there is no environment.
  private static func text(_ kind: JournalBatch.Kind) -> [UInt8]? {
    guard let environment = kind.environment else { return nil }
    var stretch = JournalStretch()
    stretch.add(environment.text.utf8)
    stretch.add(kind.outcome.rawValue.utf8)
    stretch.add((kind.permission?.description ?? "").utf8)
    return stretch.bytes
  }

  private init() {}

  /// In one piece, which costs a third of three.
  private mutating func add(_ first: UInt64, _ second: UInt64, _ third: UInt64) {
    unsafe withUnsafeBytes(of: (first.littleEndian, second.littleEndian, third.littleEndian)) {
      unsafe bytes.append(contentsOf: $0)
    }
  }

  private mutating func add(_ text: some Collection<UInt8>) {
    bytes.append(number: UInt16(text.count))
    bytes.append(contentsOf: text)
  }

  /// With nothing of a secret's shape in it. Of a path that was cut the last part goes too: it may be half a secret,
  /// which has no shape to know it by.
  private mutating func add(path: ArraySlice<UInt8>, isCut: Bool) {
    guard isCut || !SecretMask.isPlain(path) else { return add(path) }
    let known = isCut ? path[...(path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex)] : path
    add((SecretMask.path(Array(known)) + (isCut ? "…" : "")).utf8)
  }

  /// The operations of the environment, oldest first, from what `bytes` was; nil for anything else.
  ///
  /// - Parameter last: the place of the last one.
  static func entries(
    of environment: Slug, in bytes: Span<UInt8>, last: Int64, count: Int64
  ) -> [AccessEntry]? {
    guard count > 0, last >= count else { return nil }
    var cursor = ByteCursor(bytes)
    var entries: [AccessEntry] = []
    for place in 0..<count {
      guard let time = cursor.uint64().flatMap({ Instant(tellable: Int64(bitPattern: $0)) }),
        let high = cursor.uint64(),
        let low = cursor.uint64(), let name = text(&cursor), let word = text(&cursor),
        let outcome = VerificationOutcome(rawValue: word), let permission = text(&cursor), let method = text(&cursor),
        let path = text(&cursor)
      else { return nil }
      guard name == environment.text else { continue }
      entries.append(
        AccessEntry(
          number: last - count + 1 + place, time: time, environment: environment,
          key: KeyID(ulid: ULID(bits: UInt128(high) << 64 | UInt128(low))), method: method,
          path: path, permission: Permission(permission), outcome: outcome))
    }
    return cursor.count == 0 ? entries : nil
  }

  private static func text(_ cursor: inout ByteCursor) -> String? {
    guard let length = cursor.uint16(), let bytes = cursor.span(Int(length)) else { return nil }
    return unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
