import EventLog
public import KeyLedger
import Projections

/// What became of one key between two moments.
public struct KeyDifference: Sendable {
  public let change: KeyChange
  /// Nil for a key that was added.
  public let before: KeyState?
  public let after: KeyState
  /// The numbers of the events in between that made the difference: the key's own, and for a publishable key those that
  /// added what it inherits. Empty where time alone did.
  public let events: [UInt64]
}

/// What changed in the key table between two moments, newest key first.
public struct KeyDiff: Sendable {
  public let from: Moment
  public let to: Moment
  public let keys: [KeyDifference]
  /// Where the next page begins; nil when there is none.
  public let next: UInt64?
}

extension Queries {
  /// Each key that the key table, removed keys included, shows otherwise at the second point than at the first, compared
  /// as `KeyChange` says, its status judged at each. Empty exactly where both tables are equal.
  ///
  /// The tables find keys, the events of each decide. Throws `bad_usage` for points that are after `horizon` or in the
  /// wrong order, `not_found` for an environment that was not there at the second. Cost: the events in between
  /// looked at; then each found key's stream, read whole. Where the catalogue gave publishable
  /// keys something in between, all keys are looked at too. With `replay`: the log.
  public func diff(
    from: Point, to: Point, environment: String? = nil, page: KeyPage = .whole, at horizon: Moment
  ) throws(Refusal) -> KeyDiff {
    let (from, to) = (try moment(from, notAfter: horizon), try moment(to, notAfter: horizon))
    guard (from.sequence, from.time) <= (to.sequence, to.time) else {
      throw Refusal(.badUsage, "The first point is after the second; give the earlier one as from.", field: "from")
    }
    let place = try environment.map { (name) throws(Refusal) in try self.environment(name, at: to).id }
    // Before the founding there was nothing.
    guard to.sequence > 0 else { return KeyDiff(from: from, to: to, keys: [], next: nil) }
    let comparison = Comparison(
      from: from, to: to, ledgerBefore: from.sequence == 0 ? nil : try ledger(at: from), ledgerAfter: try ledger(at: to)
    )
    let candidates = try tables.changedKeys(comparison.window, of: place).filter(page.admits)
    var (found, looked) = ([KeyDifference](), 0)
    while looked < candidates.count, found.count < page.limit {
      let batch = candidates[looked..<min(looked + min(KeyPage.batch, page.limit - found.count), candidates.count)]
      looked = batch.endIndex
      found += try read { log in try batch.compactMap { try comparison.difference(ofKeyBegunBy: $0, log) } }
    }
    let next = looked < candidates.count ? candidates[looked - 1] : nil
    return KeyDiff(from: from, to: to, keys: found, next: next)
  }
}

/// Two moments, and the catalogue at each.
private struct Comparison {
  let from: Moment
  let to: Moment
  /// Nil before the founding.
  let ledgerBefore: LedgerState?
  let ledgerAfter: LedgerState

  /// The events in between that gave publishable keys something to read.
  var inherited: [UInt64] {
    ledgerAfter.resources.filter(\.clientReadable).compactMap { ledgerAfter.added[$0.name]?.sequence }
      .filter { $0 > from.sequence }
  }

  var window: ChangeWindow {
    ChangeWindow(
      after: from.sequence, from: from.time, through: to.sequence, to: to.time, catalogueChanged: !inherited.isEmpty)
  }

  /// Nil for a key that looks the same at both, and for a number that begins none.
  func difference(ofKeyBegunBy first: UInt64, _ log: any LogReader) throws -> KeyDifference? {
    guard let event = try log.event(first), case .key = event.stream else { return nil }
    let events = try log.events(of: event.stream, through: to.sequence)
    guard let after = KeyState.fold(events) else { return nil }
    let before = KeyState.fold(events.prefix { $0.sequence <= from.sequence })
    let earlier = before.flatMap { key in ledgerBefore.map { KeySighting(key, in: $0, at: from.time) } }
    let later = KeySighting(after, in: ledgerAfter, at: to.time)
    guard let change = KeyChange(from: earlier, to: later) else { return nil }
    var numbers = events.map(\.sequence).filter { $0 > from.sequence }
    if after.kind == .publishable { numbers += inherited.filter { $0 > after.firstEvent } }
    return KeyDifference(change: change, before: before, after: after, events: numbers.sorted())
  }
}
