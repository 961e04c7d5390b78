import Formats
import KeyLedger
import LedgerService

extension Session.Reading {
  /// A list with what it rests on; `bare` is the member that `--quiet` prints of each.
  func list(_ name: String, _ elements: [JSON], empty: String, bare: String, table: @escaping (Page) -> [String])
    -> Reply
  {
    .document(
      Document(json: shapes.list(name, elements), list: name, bare: elements.map { $0.text(bare) }) { page in
        header(page) + (elements.isEmpty ? [empty] : table(page))
      })
  }

  /// One thing, bare; as of the past with what it rests on.
  func one(_ json: JSON, bare: [String], lines: @escaping (Page) -> [String]) -> Reply {
    .document(Document(json: json, bare: bare) { page in header(page) + lines(page) })
  }

  /// Of an answer about the past: when that was, and on what it rests.
  func header(_ page: Page) -> [String] {
    guard moment.isPast else { return [] }
    let time = EventView.moment(moment.time)
    let backfill = moment.restsOnBackfill ? EventView.backfill : ""
    return [page.quiet("As it stood on \(time) UTC, after event \(moment.sequence).\(backfill)"), ""]
  }
}
