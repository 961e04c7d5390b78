import Formats
import KeyLedger
import LedgerService

/// How the answer of a changing command is shown.
struct ChangeView {
  /// What was done, as a sentence.
  let headline: (JSON) -> String
  /// What `--quiet` prints.
  let bare: (JSON) -> [String]
  /// The facts beneath the headline.
  var facts: (inout Details, JSON, Page) -> Void = { _, _, _ in }
  /// What to do with it, where secrets stand in it.
  var hints: (JSON) -> [String] = { _ in [] }
  /// What `--quiet` says on standard error of a secret that the bare value leaves out.
  var unshown: (JSON) -> [String] = { _ in [] }
}

extension Session {
  /// Does it, or with `--dry-run` shows what it would append.
  func change(_ command: Command, _ view: ChangeView) throws(Refusal) -> Reply { try change(request(command), view) }

  func change(_ request: Request, _ view: ChangeView) throws(Refusal) -> Reply {
    // Opened before: an answer that can't be told after the deed would lose its secret.
    let queries = try queries()
    if isDry { return .document(rehearsal(try rehearse(request))) }
    let outcome = try service().submit(request)
    let json = try Shapes(queries, telling: outcome).outcome(outcome, of: request.command)
    var document = Document(json: json, bare: view.bare(json)) { Session.lines(json, outcome, view, $0) }
    document.hints = view.hints(json)
    document.unshown = view.unshown(json)
    document.warnings = warnings(outcome)
    return .document(document)
  }

  private static func lines(_ json: JSON, _ outcome: Outcome, _ view: ChangeView, _ page: Page) -> [String] {
    let headline: String
    if outcome.repeated {
      headline = "Done before, with this idempotency key; nothing was appended."
    } else if outcome.events.isEmpty {
      headline = "It is so already; nothing was appended."
    } else {
      headline = view.headline(json)
    }
    var details = Details(Styled(headline, .strong))
    view.facts(&details, json, page)
    let events = json.list("events").map { "\($0["sequence"]?.integer ?? 0) \($0.text("type"))" }
    details.add(events.count == 1 ? "Event" : "Events", events.joined(separator: ", "))
    return details.lines(on: page)
  }

  /// What every changing command says of the state that it found.
  func warnings(_ outcome: Outcome) -> [String] {
    var warnings: [String] = []
    if outcome.asOf.time.milliseconds - clock.now().milliseconds > Situation.clockTolerance {
      warnings.append(
        "Warning: the clock is more than five minutes behind the log's last event. Until it is right, keys can be "
          + "rotated with grace now only.")
    }
    if outcome.shredPending {
      warnings.append(
        "Shred pending: while another process reads, bytes of the destroyed secret may stay in the vault's write-ahead "
          + "log. `keyledger vault sweep` finishes it.")
    }
    return warnings
  }

  // MARK: Rehearsing

  private func rehearse(_ request: Request) throws(Refusal) -> Outcome {
    let kept = Kept<Result<Outcome, Refusal>>()
    try service().rehearse { execute in kept.set(execute(request)) }
    guard let result = kept.value else { preconditionFailure("a rehearsal without a result") }
    return try result.get()
  }

  private func rehearsal(_ outcome: Outcome) -> Document {
    Session.rehearsal(Session.rehearsed(outcome), people)
  }

  /// What would be appended: of a repeat nothing, since its events are in the log already.
  static func rehearsed(_ outcome: Outcome) -> JSON {
    outcome.repeated ? Shapes.rehearsal([]).adding("repeated", .bool(true)) : Shapes.rehearsal([outcome])
  }

  /// The events that would be appended.
  static func rehearsal(_ json: JSON, _ people: People) -> Document {
    let records = json.list("events")
    return Document(json: json, list: "events", bare: records.map { $0.text("type") }) { page in
      if json.isTrue("repeated") {
        return ["A dry run: it was done before, with this idempotency key; nothing would be appended."]
      }
      guard !records.isEmpty else { return ["A dry run: nothing would be appended."] }
      let count = records.count == 1 ? "this event" : "these \(records.count) events"
      return [page.strong("A dry run: it would append \(count), and has appended none."), ""]
        + EventView.table(records, people, on: page)
    }
  }
}
