import EventLog
import Formats
import Foundation
import KeyLedger
import Testing

@testable import LedgerService

/// The golden log holds an event of every type; the golden tables are what another program (`Scripts/fold-records.py`)
/// makes of it. Neither ever changes: what was written stays readable, and means the same, for ever.
@Suite("The golden log")
struct GoldenHistoryTests {
  private static let points = [
    "5", "11", "16", "18", "20", "25", "42", "2026-11-22T21:23:02.122Z", "2026-11-22T21:23:02.123Z",
    "2026-11-29T20:23:04.123Z",
  ]

  @Test("is stored byte for byte, and replays to the golden tables at every moment, by way of the views and without")
  func replays() throws {
    let golden = try GoldenLog()
    let tables = try GoldenLog.lines("golden-tables.ndjson")
    #expect(tables.count == GoldenHistoryTests.points.count)
    for source in [Queries.Source.views, .replay] {
      let queries = try golden.queries(source)
      for (point, expected) in zip(GoldenHistoryTests.points, tables) {
        let moment = try queries.moment(Point.parse(point, now: golden.clock.now()))
        let found = try table(queries, at: moment)
        let right = try JSON(parsing: expected)
        guard case .object(let members) = right else { throw ReadingLedger.Nothing() }
        for member in members {
          let (mine, theirs) = (found[member.name]?.canonical(), member.value.canonical())
          #expect(mine == theirs, "\(member.name) at \(point)")
        }
        #expect(found.canonical() == expected, "at \(point)")
      }
    }
  }

  private func table(_ queries: Queries, at moment: Moment) throws -> JSON {
    let shapes = try Shapes(queries, at: moment)
    let keys = try queries.keys(KeyFilter(includeRemoved: true), at: moment)
    let environments = try queries.environments(at: moment)
    let integrations = try environments.flatMap { environment in
      try queries.integrations(environment: environment.id.text, at: moment).map { integration in
        shapes.integration(
          integration, in: environment.id,
          newestKey: try queries.newestKey(of: integration, in: environment.id, at: moment))
      }
    }
    let activity = try keys.map { key in
      let entries = try queries.activity(of: key.id.description, chain: false, at: moment)
      return JSONMember(key.id.description, shapes.activity(of: key, entries)["activity"] ?? .null)
    }
    let plan = try shapes.plan(queries.ledger(at: moment))["plan"]
    return .object([
      JSONMember("as_of", shapes.asOf), JSONMember("plan", plan ?? .null),
      JSONMember("keys", .array(keys.map { shapes.key($0) })), JSONMember("activity", .object(activity)),
      JSONMember("users", .array(try queries.users(at: moment).map { shapes.user($0) })),
      JSONMember("environments", .array(environments.map { shapes.environment($0) })),
      JSONMember("integrations", .array(integrations)), JSONMember("resources", .array(shapes.resources)),
    ])
  }
}

/// A ledger whose log is the golden one, with nothing beside it.
private final class GoldenLog {
  let clock = MovableClock(Instant(milliseconds: 1_800_000_000_000))
  private let root: URL

  /// Appends every record by what it decodes to, and expects the same bytes to be stored.
  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "keyledger-golden-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    let records = try GoldenLog.lines("golden.ndjson")
    let first = try #require(records.first)
    let ledger = try RecordCodec.ledger(of: first.span)
    let founding = try RecordCodec.decode(first.span, ledger: ledger, version: 1)
    let path = root.appending(path: "ledger.sqlite").path
    let (log, appended) = try SQLiteLog.create(
      path: path, ledger: ledger, founding: [Draft(founding.stream, founding.actor, founding.data)], at: founding.time)
    #expect(appended.map(\.record) == [first])
    for record in records.dropFirst() {
      let event = try RecordCodec.decode(record.span, ledger: ledger, version: 1)
      let stored = try log.write {
        try $0.append(
          [Draft(event.stream, event.actor, event.data)], at: event.time, marks: event.marks, expected: [:])
      }
      #expect(stored.map(\.record) == [record])
    }
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  func queries(_ source: Queries.Source) throws -> Queries {
    try Queries(LedgerDirectory(path: root.path), clock: clock, source: source)
  }

  /// The lines of a file in `Fixtures/events`, without their LF.
  static func lines(_ name: String) throws -> [[UInt8]] {
    var folder = URL(filePath: #filePath)
    for _ in 0..<4 { folder.deleteLastPathComponent() }
    let data = try Data(contentsOf: folder.appending(path: "Fixtures/events/\(name)"))
    return [UInt8](data).split(separator: 0x0a).map(Array.init)
  }
}
