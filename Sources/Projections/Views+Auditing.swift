package import KeyLedger
internal import SQLite

// Which keys a diff, and who could, need look at, each by the number of its first event, which leads to its stream in the
// log. They find more than is wanted, never less: the log decides.
extension Views {
  /// The keys that may look different at two moments, in no order.
  /// Cost: the events in between, under a µs each; where the catalogue has changed, all keys as well.
  package func changedKeys(_ window: ChangeWindow, environment: Slug?) throws -> Set<UInt64> {
    try translated {
      let within = environment != nil
      var found: Set<UInt64> = []
      try collect(
        ViewsQuestions.changedKeys(inEnvironment: within), [Int64(window.after), Int64(window.through)], environment,
        &found)
      let graces = [window.from.milliseconds, window.to.milliseconds]
      try collect(ViewsQuestions.expiringKeys(inEnvironment: within), graces, environment, &found)
      if window.catalogueChanged {
        try collect(
          ViewsQuestions.publishableKeys(inEnvironment: within), [Int64(window.through)], environment, &found)
      }
      return found
    }
  }

  private func collect(
    _ question: String, _ numbers: [Int64], _ environment: Slug?, _ found: inout Set<UInt64>
  ) throws {
    let rows = try connection.prepare(question)
    defer { rows.reset() }
    for (index, number) in numbers.enumerated() { try rows.bind(Int32(index + 1), number) }
    if let environment { try rows.bind(Int32(numbers.count + 1), environment.text) }
    while try rows.step() { found.insert(try reader.number(rows, 0)) }
  }

  /// The keys that may have held a permission at a moment of a window, newest first. Cost: a look-up or two for each
  /// key that began by its end, whether it is one or not, until `limit` are found.
  package func possibleHolders(_ window: HolderWindow, environment: Slug?) throws -> [UInt64] {
    try translated {
      let rows = try connection.prepare(ViewsQuestions.possibleHolders(inEnvironment: environment != nil))
      defer { rows.reset() }
      let (exact, write) = (window.permission, Permission(window.permission.resource, .write))
      try rows.bind(1, Int64(clamping: window.through))
      try rows.bind(2, Int64(clamping: window.before ?? .max))
      try rows.bind(3, Int64(clamping: window.after))
      try rows.bind(4, window.from.milliseconds)
      try rows.bind(5, "\"\(exact)\"")
      try rows.bind(6, "\"\(write)\"")
      try rows.bind(7, exact.access == .read ? 1 : 0)
      try rows.bind(8, window.limit)
      if let environment { try rows.bind(9, environment.text) }
      var found: [UInt64] = []
      while try rows.step() { found.append(try reader.number(rows, 0)) }
      return found
    }
  }
}

/// Between which moments keys are compared. All events up to `after` have happened at `from`, up to `through` at `to`.
package struct ChangeWindow: Sendable {
  package let after: UInt64
  package let from: Instant
  package let through: UInt64
  package let to: Instant
  /// Whether publishable keys inherited something in between.
  package let catalogueChanged: Bool

  package init(after: UInt64, from: Instant, through: UInt64, to: Instant, catalogueChanged: Bool) {
    self.after = after
    self.from = from
    self.through = through
    self.to = to
    self.catalogueChanged = catalogueChanged
  }
}

/// Which permission, and when somebody may have held it. All events up to `after` have happened at `from`; `through` is
/// the last that lies within.
package struct HolderWindow: Sendable {
  package let permission: Permission
  package let after: UInt64
  package let from: Instant
  package let through: UInt64
  /// Only keys that began before this event.
  package var before: UInt64?
  package var limit: Int

  package init(
    permission: Permission, after: UInt64, from: Instant, through: UInt64, before: UInt64?, limit: Int
  ) {
    self.permission = permission
    self.after = after
    self.from = from
    self.through = through
    self.before = before
    self.limit = limit
  }
}
