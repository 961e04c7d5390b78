/// A row as a leaf page of a table's b-tree holds it (SQLite file format §1.6).
struct LeafCell {
  let rowID: Int64
  /// Bytes of the whole record.
  let payloadBytes: Int
  /// The part of it that lies in the page.
  let local: Range<Int>
  /// The first page with the rest; 0 for none.
  let overflow: UInt32

  /// Larger than any row of ours: nothing is allocated for a length that is damage.
  static let maximumPayload = 128 << 10

  /// The cell at a place of a page; nil when that can't be one.
  init?(_ page: [UInt8], at place: Int, usable: Int) {
    var at = place
    guard let length = page.varint(at: &at), (1...UInt64(LeafCell.maximumPayload)).contains(length),
      let id = page.varint(at: &at)
    else { return nil }
    rowID = Int64(bitPattern: id)
    payloadBytes = Int(length)
    let most = usable - 35
    var stays = payloadBytes
    if payloadBytes > most {
      let least = (usable - 12) * 32 / 255 - 23
      let filling = least + (payloadBytes - least) % (usable - 4)
      stays = filling <= most ? filling : least
    }
    local = at..<at + stays
    guard local.upperBound + (stays < payloadBytes ? 4 : 0) <= usable else { return nil }
    overflow = stays < payloadBytes ? page.bigEndian(at: local.upperBound) : 0
  }

  /// Where the cells of a page begin, as its header says; none for a page of another kind. What is damage among them is
  /// found when they are read.
  static func places(in page: [UInt8], usable: Int) -> [Int] {
    guard page[0] == 0x0d else { return [] }
    let count = page.bigEndian16(at: 3)
    guard 8 + 2 * count <= usable else { return [] }
    return (0..<count).map { page.bigEndian16(at: 8 + 2 * $0) }.filter { (8 + 2 * count..<usable).contains($0) }
  }

  /// The whole record; nil when its rest is not where it should be.
  func payload(_ page: [UInt8], of file: PageFile) -> [UInt8]? {
    var bytes = Array(page[local])
    var next = overflow
    while bytes.count < payloadBytes {
      guard next > 1, let more = file.page(next) else { return nil }
      bytes += more[4..<min(file.usable, 4 + payloadBytes - bytes.count)]
      next = more.bigEndian(at: 0)
    }
    return bytes
  }
}

/// The values of a record (SQLite file format §2.1), of the kinds that ours have.
enum RowValue {
  case null
  case integer(Int64)
  case text(ArraySlice<UInt8>)
  case blob(ArraySlice<UInt8>)

  /// Nil when the bytes are no record, or hold a number with a fraction.
  static func read(_ record: [UInt8]) -> [RowValue]? {
    var at = 0
    guard let header = record.varint(at: &at), header <= UInt64(record.count) else { return nil }
    var body = Int(header)
    var values: [RowValue] = []
    while at < Int(header) {
      guard let type = record.varint(at: &at), let width = width(of: type), body + width <= record.count else {
        return nil
      }
      let bytes = record[body..<body + width]
      switch type {
      case 0: values.append(.null)
      case 1...6: values.append(.integer(integer(bytes)))
      case 8, 9: values.append(.integer(Int64(type) - 8))
      default: values.append(type % 2 == 0 ? .blob(bytes) : .text(bytes))
      }
      body += width
    }
    return at == Int(header) && body == record.count ? values : nil
  }

  private static func width(of type: UInt64) -> Int? {
    switch type {
    case 0, 8, 9: 0
    case 1...4: Int(type)
    case 5: 6
    case 6: 8
    case 12...UInt64(2 * LeafCell.maximumPayload): Int(type - 12) / 2
    default: nil
    }
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> Int64 {
    let isNegative = bytes.first.map { $0 >= 0x80 } ?? false
    return bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }
  }
}

extension [UInt8] {
  /// The number of 1 to 9 bytes at a place, behind which the place is put; nil when it runs over the end.
  fileprivate func varint(at place: inout Int) -> UInt64? {
    var value: UInt64 = 0
    for i in 0..<9 {
      guard place < count else { return nil }
      let byte = self[place]
      place += 1
      if i == 8 { return value << 8 | UInt64(byte) }
      value = value << 7 | UInt64(byte & 0x7f)
      if byte < 0x80 { return value }
    }
    return value
  }
}
