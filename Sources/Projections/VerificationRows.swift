internal import Formats
internal import KeyLedger

/// A key in 80 bytes.
struct VerificationRow: Sendable {
  let id: KeyID
  let fingerprint: Hash256
  private var bits = Bits()
  /// Milliseconds; means nothing without an ending.
  private var endsAt: Int64 = 0
  let environment: UInt32
  private let kindNumber: UInt8
  /// 0: no ending; else which reason, counted from 1; plus 8 when the event itself ended it.
  private var endMark: UInt8 = 0
  private var grantMark: UInt8 = 0

  /// Which resources of the catalogue, one bit each, were granted to be read, and to be written.
  struct Bits: Sendable {
    var read: UInt64 = 0
    var write: UInt64 = 0
  }

  enum Grant {
    /// Nothing that bits can say.
    case none
    case everything
    case permissions(Bits)
  }

  init(fingerprint: Hash256, id: KeyID, kind: KeyKind, environment: UInt32) {
    self.fingerprint = fingerprint
    self.id = id
    self.environment = environment
    kindNumber =
      switch kind {
      case .fullAccess: 0
      case .publishable: 1
      case .scoped: 2
      case .integration: 3
      }
  }

  var kind: KeyKind {
    switch kindNumber {
    case 0: .fullAccess
    case 1: .publishable
    case 2: .scoped
    default: .integration
    }
  }

  var grant: Grant {
    get {
      switch grantMark {
      case 0: .none
      case 1: .everything
      default: .permissions(bits)
      }
    }
    set {
      bits = Bits()
      switch newValue {
      case .none: grantMark = 0
      case .everything: grantMark = 1
      case .permissions(let granted): (grantMark, bits) = (2, granted)
      }
    }
  }

  var ending: KeyState.Ending? {
    get {
      let reason: EndReason
      switch endMark & 7 {
      case 0: return nil
      case 1: reason = .graceEnded
      case 2: reason = .revoked
      default: reason = .removed
      }
      return KeyState.Ending(
        because: reason, at: Instant(milliseconds: endsAt), isUnconditional: endMark & 8 != 0)
    }
    set {
      guard let newValue else {
        endMark = 0
        return
      }
      let reason: UInt8 =
        switch newValue.because {
        case .graceEnded: 1
        case .revoked: 2
        case .removed: 3
        }
      endMark = reason | (newValue.isUnconditional ? 8 : 0)
      endsAt = newValue.at.milliseconds
    }
  }
}

// As it stands in a cache: 80 bytes, numbers little-endian.
extension VerificationRow {
  static let byteCount = 80

  func write(to bytes: inout [UInt8]) {
    bytes.append(number: UInt64(truncatingIfNeeded: id.ulid.bits >> 64))
    bytes.append(number: UInt64(truncatingIfNeeded: id.ulid.bits))
    let words = fingerprint.words
    for word in [words.0, words.1, words.2, words.3, bits.read, bits.write] { bytes.append(number: word) }
    bytes.append(number: UInt64(bitPattern: endsAt))
    bytes.append(number: environment)
    bytes.append(contentsOf: [kindNumber, endMark, grantMark, 0])
  }

  /// Nil for what no row is written as.
  ///
  /// - Parameters:
  ///   - bytes: `byteCount` of them.
  ///   - environments: how many there are.
  init?(_ bytes: Span<UInt8>, environments: Int) {
    id = KeyID(ulid: ULID(bits: UInt128(bytes.uint64(at: 0)) << 64 | UInt128(bytes.uint64(at: 8))))
    fingerprint = Hash256(
      words: (bytes.uint64(at: 16), bytes.uint64(at: 24), bytes.uint64(at: 32), bytes.uint64(at: 40)))
    bits = Bits(read: bytes.uint64(at: 48), write: bytes.uint64(at: 56))
    endsAt = Int64(bitPattern: bytes.uint64(at: 64))
    environment = bytes.uint32(at: 72)
    (kindNumber, endMark, grantMark) = (bytes[76], bytes[77], bytes[78])
    guard Int(environment) < environments, kindNumber <= 3, endMark & 7 <= 3, endMark <= 15, endMark != 8,
      grantMark <= 2, bytes[79] == 0
    else { return nil }
  }
}

/// Rows in the order in which they came, found by fingerprint and by id through two tables of numbers with open
/// addressing and linear probing (Knuth, TAOCP 6.4 L). Nothing is ever taken out.
struct VerificationRows: Sendable {
  /// Rows lie in pieces of this many, so that growing copies none of them.
  private static let pieceBits: UInt32 = 8

  private var pieces: [[VerificationRow]] = []
  private(set) var count = 0
  private var byFingerprint = RowNumbers()
  private var byID = RowNumbers()

  var byteCount: Int {
    pieces.count << Int(VerificationRows.pieceBits) * MemoryLayout<VerificationRow>.stride
      + byFingerprint.byteCount + byID.byteCount
  }

  init() {}

  subscript(_ index: UInt32) -> VerificationRow {
    get { pieces[Int(index >> VerificationRows.pieceBits)][VerificationRows.place(index)] }
    _modify { yield &pieces[Int(index >> VerificationRows.pieceBits)][VerificationRows.place(index)] }
  }

  private static func place(_ index: UInt32) -> Int { Int(index & (1 << pieceBits - 1)) }

  func index(of fingerprint: Hash256) -> UInt32? {
    byFingerprint.first(VerificationRows.hash(fingerprint)) { self[$0].fingerprint == fingerprint }
  }

  func index(of id: KeyID) -> UInt32? {
    byID.first(RowNumbers.hash(id)) { self[$0].id == id }
  }

  /// Of several rows with one fingerprint the first is the one that is found. An id must be new.
  mutating func append(_ row: VerificationRow) -> UInt32 {
    let index = put(row)
    growIfFull()
    byFingerprint.insert(index, VerificationRows.hash(row.fingerprint))
    byID.insert(index, RowNumbers.hash(row.id))
    return index
  }

  /// Behind the others, in no table yet.
  private mutating func put(_ row: VerificationRow) -> UInt32 {
    let index = UInt32(count)
    if VerificationRows.place(index) == 0 {
      var piece: [VerificationRow] = []
      piece.reserveCapacity(1 << Int(VerificationRows.pieceBits))
      pieces.append(piece)
    }
    pieces[Int(index >> VerificationRows.pieceBits)].append(row)
    count += 1
    return index
  }

  private mutating func growIfFull() {
    let pieces = pieces
    func row(_ index: UInt32) -> VerificationRow {
      pieces[Int(index >> VerificationRows.pieceBits)][VerificationRows.place(index)]
    }
    if byFingerprint.isFull(for: count) { byFingerprint.grow(count) { VerificationRows.hash(row($0).fingerprint) } }
    if byID.isFull(for: count) { byID.grow(count) { RowNumbers.hash(row($0).id) } }
  }

  /// A fingerprint is uniform already.
  private static func hash(_ fingerprint: Hash256) -> UInt64 { fingerprint.words.0 }
}

// As they stand in a cache: how many, the rows, then both tables.
extension VerificationRows {
  func write(to bytes: inout [UInt8]) {
    bytes.append(number: UInt32(count))
    for index in 0..<UInt32(count) { self[index].write(to: &bytes) }
    byFingerprint.write(to: &bytes)
    byID.write(to: &bytes)
  }

  /// Nil for anything else.
  ///
  /// - Parameter environments: how many there are.
  init?(reading bytes: inout ByteCursor, environments: Int) {
    guard let count = bytes.uint32(), let rows = bytes.span(Int(count) * VerificationRow.byteCount) else { return nil }
    for start in stride(from: 0, to: rows.count, by: VerificationRow.byteCount) {
      let bytes = rows.extracting(start..<start + VerificationRow.byteCount)
      guard let row = VerificationRow(bytes, environments: environments) else { return nil }
      _ = put(row)
    }
    guard let byFingerprint = RowNumbers(reading: &bytes, rows: Int(count)),
      let byID = RowNumbers(reading: &bytes, rows: Int(count))
    else { return nil }
    (self.byFingerprint, self.byID) = (byFingerprint, byID)
  }
}
