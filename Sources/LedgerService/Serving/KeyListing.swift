package import KeyLedger

/// A part of the key table, as people look for keys.
package struct KeyListing: Sendable {
  package var filter: KeyFilter
  /// In the name, the description, the id or the masked secret; ASCII in any case.
  package var text: String?
  /// The SHA-256 of a secret.
  package var fingerprint: Hash256?
  package var order: Order
  /// Only those that are accepted and were never used since they were made, as far as all their life is on record.
  package var isNeverUsed = false

  package enum Order: String, Sendable, CaseIterable {
    case newest = "-created_at"
    case oldest = "created_at"
    case name
    /// What ends first; what has no end comes last.
    case expiry = "expires_at"
  }

  package init(_ filter: KeyFilter, text: String? = nil, fingerprint: Hash256? = nil, order: Order = .newest) {
    self.filter = filter
    self.text = text
    self.fingerprint = fingerprint
    self.order = order
  }
}

/// A page of it.
package struct KeyListPage: Sendable {
  package let keys: [KeyState]
  /// How many there are of each status, whichever was asked for.
  package let counts: [KeyFilter.StatusWord: Int]
  /// How many are accepted and were never used; nil where that is not known, as of the past.
  package let neverUsed: Int?
  /// Whether more come after it.
  package let hasMore: Bool
}

extension CallerReading {
  /// The keys from `offset` on. `bad_usage` for those never used as of the past. Cost: a look at each key of the
  /// environment, which are read once and then remembered.
  package func page(_ listing: KeyListing, offset: Int, limit: Int) throws(Refusal) -> KeyListPage {
    if listing.isNeverUsed, moment.isPast {
      throw Refusal(.badUsage, "Uses are no history: ask which keys were never used as of now.", field: "never_used")
    }
    let table = try self.table(listing.filter)
    let used = moment.isPast ? nil : queries.usedKeys()
    let text = listing.text.map(FoldedText.init)
    var (active, expiring, expired, neverUsed) = (0, 0, 0, 0)
    // States are large, their places are not; and a span lends them where an array would copy each.
    let all = table.states
    let states = all.span
    var wanted: [Int] = []
    for place in table.places(in: listing.order) where listing.admits(states[place], text) {
      let word = states[place].statusWord(at: moment.time)
      switch word {
      case .active: active += 1
      case .expiring: expiring += 1
      case .expired: expired += 1
      }
      var isNeverUsed = false
      if word != .expired, let used { isNeverUsed = used.neverSaw(states[place]) }
      if isNeverUsed { neverUsed += 1 }
      if listing.filter.status ?? word == word, isNeverUsed || !listing.isNeverUsed { wanted.append(place) }
    }
    let counts: [KeyFilter.StatusWord: Int] = [.active: active, .expiring: expiring, .expired: expired]
    let page = wanted.dropFirst(offset).prefix(limit)
    return KeyListPage(
      keys: page.map { table.states[$0] }, counts: counts, neverUsed: used == nil ? nil : neverUsed,
      hasMore: page.endIndex < wanted.endIndex)
  }
}

extension KeyState {
  fileprivate func statusWord(at now: Instant) -> KeyFilter.StatusWord {
    switch status(at: now) {
    case .active: .active
    case .expiring: .expiring
    case .expired: .expired
    }
  }
}

extension KeyListing {
  /// Whether a key belongs to it, whatever its status. `text` is its own, folded.
  fileprivate func admits(_ key: KeyState, _ text: FoldedText?) -> Bool {
    if key.removed && !filter.includeRemoved { return false }
    if let type = filter.type, (key.kind == .scoped) != (type == .scoped) { return false }
    if let fingerprint, key.fingerprint != fingerprint { return false }
    guard let text else { return true }
    return text.isWithin(key.name) || text.isWithin(key.masked) || text.isWithin(key.id.description)
      || text.isWithin(key.description)
  }
}

/// A text to be looked for, ASCII in any case.
struct FoldedText {
  let bytes: [UInt8]

  init(_ text: String) { bytes = text.utf8.map(FoldedText.folded) }

  func isWithin(_ text: String) -> Bool {
    let text = text.utf8.span
    guard text.count >= bytes.count else { return false }
    for start in 0...(text.count - bytes.count) {
      var length = 0
      while length < bytes.count, FoldedText.folded(text[start + length]) == bytes[length] { length += 1 }
      if length == bytes.count { return true }
    }
    return false
  }

  static func folded(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
