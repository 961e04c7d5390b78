import Cryptography
import Transparency

/// The rows of events and of the head wherever a leaf page still holds them, whatever led to that page. Which of them are
/// true, their content must tell: an index over the file, and nothing more.
struct RawRows {
  private struct Place {
    let sequence: UInt64
    let page: UInt32
    let cell: Int
  }

  private let file: PageFile
  /// Sorted by sequence.
  private let places: [Place]
  /// Every row that could be the head and follows from itself.
  let heads: [LogHead]

  /// Reads every page. Cost: 16 bytes a row.
  init(_ file: PageFile) {
    var places: [Place] = []
    var heads: [LogHead] = []
    // Page 1 holds the schema.
    for number in stride(from: UInt32(2), through: file.pageCount, by: 1) {
      guard let page = file.page(number) else { continue }
      for place in LeafCell.places(in: page, usable: file.usable) {
        guard let cell = LeafCell(page, at: place, usable: file.usable), let payload = cell.payload(page, of: file),
          let values = RowValue.read(payload)
        else { continue }
        if RawRows.record(in: values) != nil, cell.rowID > 0 {
          places.append(Place(sequence: UInt64(cell.rowID), page: number, cell: place))
        } else if let head = RawRows.head(in: values) {
          heads.append(head)
        }
      }
    }
    self.file = file
    self.places = places.sorted { $0.sequence < $1.sequence }
    self.heads = heads
  }

  /// The numbers that rows behind one have, in order, some perhaps twice.
  func sequences(after sequence: UInt64) -> [UInt64] { places[first(after: sequence)...].map(\.sequence) }

  private func first(after sequence: UInt64) -> Int {
    Int(lastIncluded(size: UInt64(places.count)) { places[Int($0) - 1].sequence <= sequence })
  }

  /// The records of all rows with that number, each once.
  func records(_ sequence: UInt64) -> [[UInt8]] {
    var records: [[UInt8]] = []
    for place in places[first(after: sequence - 1)...].prefix(while: { $0.sequence == sequence }) {
      guard let page = file.page(place.page), let cell = LeafCell(page, at: place.cell, usable: file.usable),
        let payload = cell.payload(page, of: file), let record = RowValue.read(payload).flatMap(RawRows.record)
      else { continue }
      if !records.contains(record) { records.append(record) }
    }
    return records
  }

  /// events(sequence, stream, version, type, time, record); the row's number stands for the first.
  private static func record(in values: [RowValue]) -> [UInt8]? {
    guard values.count == 6, case .null = values[0], case .text = values[1], case .integer = values[2],
      case .text = values[3], case .integer = values[4], case .blob(let record) = values[5]
    else { return nil }
    return Array(record)
  }

  /// head(size, root, frontier).
  private static func head(in values: [RowValue]) -> LogHead? {
    guard values.count == 3, case .integer(let size) = values[0], case .blob(let root) = values[1],
      case .blob(let edge) = values[2], let size = UInt64(exactly: size),
      let frontier = Frontier(size: size, serialized: Array(edge))
    else { return nil }
    let head = LogHead(frontier: frontier)
    return head.root.bytes.elementsEqual(root) ? head : nil
  }
}
