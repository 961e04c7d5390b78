import Formats
import KeyLedger
import LedgerService

/// What is asked about keys.
enum KeyCommands {
  static let group = CommandGroup(
    "key", "The keys of every environment",
    [
      CommandSpec(
        path: ["key", "list"], summary: "List keys, newest first",
        options: [
          .value("env", "ENV", "only those of an environment", of: .completed(.environments)),
          .value("type", "TYPE", "only those of a type", of: .choice(KeyFilter.KeyType.allCases.map(\.rawValue))),
          .value(
            "status", "STATUS", "only those of a status", of: .choice(KeyFilter.StatusWord.allCases.map(\.rawValue))),
          .flag("removed", "also the keys of integrations that were disconnected"),
        ],
        effect: .reads,
        examples: ["keyledger key list --env production --status active", "keyledger key list --at 2026-03-01"],
        run: list),
      CommandSpec(
        path: ["key", "show"], summary: "Show a key: overview, scope, last use", arguments: [key], effect: .reads,
        examples: ["keyledger key show key_01JD8Z3V5QK7M0XW2T9B4C6R8E"], run: show),
      CommandSpec(
        path: ["key", "activity"], summary: "Show what happened to a key, newest first", arguments: [key],
        options: [.flag("chain", "also to the keys that it replaced and that replaced it")], effect: .reads,
        examples: ["keyledger key activity key_01JD8Z3V5QK7M0XW2T9B4C6R8E --chain"], run: activity),
    ] + KeyChanges.specs)

  static let key = ArgumentSpec(name: "KEY", help: "the key's id", value: .completed(.keys))

  private static func list(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let filter = KeyFilter(
      environment: invocation.value("env"), type: invocation.choice("type", as: KeyFilter.KeyType.self),
      status: invocation.choice("status", as: KeyFilter.StatusWord.self), includeRemoved: invocation.has("removed"))
    let keys = try reading.queries.keys(filter, at: reading.moment).map { reading.shapes.key($0) }
    return reading.list("keys", keys, empty: "No such key.", bare: "id") { KeyView.table(keys, on: $0) }
  }

  private static func show(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let json = reading.shapes.shownKey(try reading.queries.key(invocation.argument("KEY"), at: reading.moment))
    let people = session.people
    return reading.one(json, bare: [json.text("id")]) { KeyView.details(json, people, on: $0).lines(on: $0) }
  }

  private static func activity(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let reading = try session.reading()
    let id = invocation.argument("KEY")
    let isChain = invocation.has("chain")
    let key = try reading.queries.key(id, at: reading.moment)
    let entries = try reading.queries.activity(of: id, chain: isChain, at: reading.moment)
    let json = reading.shapes.activity(of: key, entries, chain: isChain)
    let list = json.list("activity")
    return .document(
      Document(json: json, list: "activity", bare: list.map { "\($0["sequence"]?.integer ?? 0)" }) { page in
        reading.header(page) + [page.strong(key.name) + page.quiet("  \(key.id)"), ""]
          + EventView.activity(list, on: page)
      })
  }
}
