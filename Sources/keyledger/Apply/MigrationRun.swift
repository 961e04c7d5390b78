import EventLog
import Formats
import KeyLedger
import LedgerService

/// The rows of a migration file, one after the other, each with its own outcome.
struct MigrationRun {
  private let session: Session
  private let allowWeak: Bool

  init(_ session: Session, allowWeak: Bool) {
    self.session = session
    self.allowWeak = allowWeak
  }

  func run(_ path: String) throws(Refusal) -> Reply {
    let rows = try MigrationFile.read(path)
    let results = session.isDry ? try rehearse(rows) : try apply(rows)
    let bad = results.count { !$0.isTrue("ok") }
    let json = JSON.object([JSONMember("rows", .array(results))])
    let names = results.filter { $0.isTrue("ok") }.map { $0.text("environment") }
    var document = Document(json: json, list: "rows", bare: names) { MigrationRun.table(results, on: $0) }
    document.exit = bad > 0 ? .refused : .done
    if bad > 0 { document.warnings = ["keyledger: \(bad) of \(results.count) rows are bad; the others stand."] }
    return .document(document)
  }

  private func apply(_ rows: [MigrationRow]) throws(Refusal) -> [JSON] {
    let queries = try session.queries()
    let service = try session.service()
    let progress = session.progress("Migrating")
    defer { progress.clear() }
    var results: [JSON] = []
    for row in rows {
      do throws(Refusal) {
        let request = try request(row)
        let outcome = try service.submit(request)
        let shapes = try Shapes(queries, telling: outcome)
        results.append(
          MigrationRun.done(
            row, outcome, events: Shapes.events(outcome.events), result: try shapes.result(outcome, of: request.command)
          ))
      } catch {
        results.append(MigrationRun.refused(row, error))
      }
      progress.report(results.count, of: rows.count)
    }
    return results
  }

  private func rehearse(_ rows: [MigrationRow]) throws(Refusal) -> [JSON] {
    var requests: [(MigrationRow, Result<Request, Refusal>)] = []
    for row in rows {
      do throws(Refusal) { requests.append((row, .success(try request(row)))) } catch {
        requests.append((row, .failure(error)))
      }
    }
    let kept = Kept<[JSON]>()
    try session.service().rehearse { [requests] execute in
      kept.set(
        requests.map { row, request in
          switch request.flatMap(execute) {
          case .failure(let refusal): MigrationRun.refused(row, refusal)
          case .success(let outcome):
            MigrationRun.done(row, outcome, events: Shapes.rehearsal([outcome])["events"] ?? .null, result: nil)
          }
        })
    }
    return kept.value ?? []
  }

  private func request(_ row: MigrationRow) throws(Refusal) -> Request {
    let tokens = try row.tokens.get()
    var request = session.request(try tokens.command(row.environment, allowWeak: allowWeak))
    request.legacySecrets = tokens.secrets
    return request
  }

  // MARK: Results

  private static func done(_ row: MigrationRow, _ outcome: Outcome, events: JSON, result: JSON?) -> JSON {
    let word = outcome.events.isEmpty ? "unchanged" : result == nil ? "would_migrate" : "migrated"
    return .object(
      [
        JSONMember("line", .integer(Int64(row.line))), JSONMember("ok", .bool(true)),
        JSONMember("environment", .string(row.environment)), JSONMember("outcome", .string(word)),
        JSONMember("events", events),
      ] + (result.map { [JSONMember("result", $0)] } ?? []))
  }

  private static func refused(_ row: MigrationRow, _ refusal: Refusal) -> JSON {
    .object([
      JSONMember("line", .integer(Int64(row.line))), JSONMember("ok", .bool(false)),
      JSONMember("environment", row.environment.utf8.isEmpty ? .null : .string(row.environment)),
      JSONMember("error", Refusals.error(refusal)),
    ])
  }

  private static func table(_ results: [JSON], on page: Page) -> [String] {
    var table = TextTable([
      TextTable.Column(title: "LINE", yields: 0, right: true),
      TextTable.Column(title: "ENVIRONMENT", yields: 1, least: 12),
      TextTable.Column(title: "OUTCOME", yields: 2, least: 20),
    ])
    for result in results {
      let word = result.text("outcome").replacingUnderscores
      table.add([
        Styled("\(result["line"]?.integer ?? 0)"), Styled(result.text("environment"), .strong),
        result.isTrue("ok")
          ? Styled("● " + word, .good) : Styled("○ " + (result["error"]?.text("message") ?? ""), .ended),
      ])
    }
    return table.lines(on: page)
  }
}
