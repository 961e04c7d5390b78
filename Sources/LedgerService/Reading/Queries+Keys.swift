import EventLog
public import KeyLedger

extension Queries {
  /// The key table as it was at the moment, newest first. `not_found` for an environment that was not there.
  public func keys(_ filter: KeyFilter, at moment: Moment) throws(Refusal) -> [KeyState] {
    var environment: Slug?
    if let name = filter.environment { environment = try self.environment(name, at: moment).id }
    return try tables.keys(of: environment, includingRemoved: filter.includeRemoved, at: moment)
      .filter { filter.admits($0, at: moment.time) }
  }

  /// One key by its id, removed or not: found by the tables, folded from the log. `not_found` when there was none.
  public func key(_ text: String, at moment: Moment) throws(Refusal) -> KeyState {
    guard let id = KeyID(text), let key = try key(id, at: moment) else { throw Queries.noSuchKey }
    return key
  }

  static let noSuchKey = Refusal(
    .notFound, "There is no such key; the list of keys shows those there are.", field: "key")

  /// Nil when there was none at the moment.
  func key(_ id: KeyID, at moment: Moment) throws(Refusal) -> KeyState? {
    guard let environment = try tables.environment(of: id, at: moment) else { return nil }
    return try read { KeyState.fold(try $0.events(of: .key(environment, id), through: moment.sequence)) }
  }

  /// What happened to a key until the moment, newest first.
  ///
  /// - Parameter chain: also what happened to its predecessors and successors.
  public func activity(of key: String, chain: Bool, at moment: Moment) throws(Refusal) -> [ActivityEntry] {
    let start = try self.key(key, at: moment)
    var links = [start]
    if chain {
      links += try walk(from: start, at: moment) { $0.predecessor }
      links += try walk(from: start, at: moment) { $0.successor }
    }
    var entries: [ActivityEntry] = []
    for link in links { entries += try tables.activity(of: link, at: moment) }
    return entries.sorted { $0.sequence > $1.sequence }
  }

  /// The keys that `next` leads to, one after the other, within the key's environment.
  private func walk(from start: KeyState, at moment: Moment, _ next: (KeyState) -> KeyID?)
    throws(Refusal) -> [KeyState]
  {
    try read { log in
      var found: [KeyState] = []
      var last = start
      var seen: Set<KeyID> = [start.id]
      while let id = next(last), seen.insert(id).inserted,
        let key = KeyState.fold(try log.events(of: .key(start.environment, id), through: moment.sequence))
      {
        found.append(key)
        last = key
      }
      return found
    }
  }
}
