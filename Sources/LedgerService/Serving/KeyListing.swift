package import KeyLedger

/// A part of the key table, as people look for keys.
package struct KeyListing: Sendable {
  package var filter: KeyFilter
  /// In the name, the description, the id or the masked secret; ASCII in any case.
  package var text: String?
  /// The SHA-256 of a secret.
  package var fingerprint: Hash256?
  package var order: Order

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
  /// Whether more come after it.
  package let hasMore: Bool
}

extension CallerReading {
  /// The keys from `offset` on. Cost: a look at each key of the environment, which are read once and then remembered.
  package func page(_ listing: KeyListing, offset: Int, limit: Int) throws(Refusal) -> KeyListPage {
    let table = try self.table(listing.filter)
    let text = listing.text.map(FoldedText.init)
    var counts: [KeyFilter.StatusWord: Int] = [:]
    // States are large, their places are not.
    var wanted: [Int] = []
    for place in table.indices where listing.admits(table[place], text) {
      let word: KeyFilter.StatusWord =
        switch table[place].status(at: moment.time) {
        case .active: .active
        case .expiring: .expiring
        case .expired: .expired
        }
      counts[word, default: 0] += 1
      if listing.filter.status == nil || listing.filter.status == word { wanted.append(place) }
    }
    let page = listing.order.sorted(wanted, of: table).dropFirst(offset).prefix(limit)
    return KeyListPage(keys: page.map { table[$0] }, counts: counts, hasMore: offset + page.count < wanted.count)
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

extension KeyListing.Order {
  /// These places of a table that stands newest first.
  fileprivate func sorted(_ places: [Int], of table: [KeyState]) -> [Int] {
    switch self {
    case .newest: return places
    case .oldest: return places.reversed()
    case .name:
      let names = places.map { (FoldedText(table[$0].name).bytes, $0) }
      // The greater place is the older key.
      return names.sorted { a, b in a.0 == b.0 ? a.1 > b.1 : a.0.lexicographicallyPrecedes(b.0) }.map(\.1)
    case .expiry:
      let ends = places.map { (table[$0].expiresAt?.milliseconds ?? .max, $0) }
      return ends.sorted(by: <).map(\.1)
    }
  }
}

/// A text to be looked for, ASCII in any case.
private struct FoldedText {
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

  private static func folded(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
