internal import Formats
internal import KeyLedger

/// Rows in the order in which they came, found by fingerprint and by id through two tables of numbers with open
/// addressing and linear probing (Knuth, TAOCP 6.4 L). Nothing is ever taken out.
struct VerificationRows: Sendable {
  /// Rows lie in pieces of this many, so that growing copies none of them.
  private static let pieceBits: UInt32 = 9

  private var pieces: [[VerificationRow]] = []
  private(set) var count = 0
  private var byFingerprint = RowNumbers()
  private var byID = RowNumbers()
  private var grants = Grants()

  var byteCount: Int {
    pieces.count << Int(VerificationRows.pieceBits) * MemoryLayout<VerificationRow>.stride
      + byFingerprint.byteCount + byID.byteCount + grants.byteCount
  }

  init() {}

  subscript(_ index: UInt32) -> VerificationRow {
    get {
      precondition(index < count, "a row that is there")
      // Each piece is full up to `count`. Its own count lies far from the row: to look at it would be another miss.
      return unsafe pieces[Int(index >> VerificationRows.pieceBits)].withUnsafeBufferPointer {
        unsafe $0[VerificationRows.place(index)]
      }
    }
    _modify { yield &pieces[Int(index >> VerificationRows.pieceBits)][VerificationRows.place(index)] }
  }

  private static func place(_ index: UInt32) -> Int { Int(index & (1 << pieceBits - 1)) }

  func index(of fingerprint: Hash256) -> UInt32? {
    byFingerprint.first(VerificationRows.hash(fingerprint)) { self[$0].fingerprint == fingerprint }
  }

  func index(of id: KeyID) -> UInt32? {
    byID.first(RowNumbers.hash(id)) { self[$0].marks.id == id }
  }

  /// Of several rows with one fingerprint the first is the one that is found. An id must be new.
  mutating func append(_ new: VerificationRow) -> UInt32 {
    let index = put(new)
    let pieces = pieces
    func row(at index: UInt32) -> VerificationRow {
      pieces[Int(index >> VerificationRows.pieceBits)][VerificationRows.place(index)]
    }
    byFingerprint.insertLast(of: count) { VerificationRows.hash(row(at: $0).fingerprint) }
    byID.insertLast(of: count) { RowNumbers.hash(row(at: $0).marks.id) }
    return index
  }

  /// What the key in a row may do, as far as bits say it.
  func grant(of marks: KeyMarks) -> Grant { grants[marks.grant] }

  mutating func grant(_ grant: Grant, to index: UInt32) {
    if grants.areTooMany(for: count) { gatherGrants() }
    self[index].marks.grant = grants.number(of: grant)
  }

  /// Lets go what no key has any more.
  private mutating func gatherGrants() {
    var gathered = Grants()
    for index in 0..<UInt32(count) {
      self[index].marks.grant = gathered.number(of: grants[self[index].marks.grant])
    }
    grants = gathered
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

  /// A fingerprint is uniform already.
  private static func hash(_ fingerprint: Hash256) -> UInt64 { fingerprint.words.0 }
}

// As they stand in a cache: the grants, how many rows, the rows, then both tables.
extension VerificationRows {
  func write(to bytes: inout [UInt8]) {
    grants.write(to: &bytes)
    bytes.append(number: UInt32(count))
    for index in 0..<UInt32(count) { self[index].write(to: &bytes) }
    byFingerprint.write(to: &bytes)
    byID.write(to: &bytes)
  }

  /// Nil for anything else.
  ///
  /// - Parameter environments: how many there are.
  init?(reading bytes: inout ByteCursor, environments: Int) {
    guard let grants = Grants(reading: &bytes), let count = bytes.uint32(),
      let rows = bytes.span(Int(count) * VerificationRow.byteCount)
    else { return nil }
    for start in stride(from: 0, to: rows.count, by: VerificationRow.byteCount) {
      let bytes = rows.extracting(start..<start + VerificationRow.byteCount)
      guard let row = VerificationRow(bytes, environments: environments, grants: grants) else { return nil }
      _ = put(row)
    }
    guard let byFingerprint = RowNumbers(reading: &bytes, rows: Int(count)),
      let byID = RowNumbers(reading: &bytes, rows: Int(count))
    else { return nil }
    (self.grants, self.byFingerprint, self.byID) = (grants, byFingerprint, byID)
  }
}
