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
  /// The keys from `offset` on. Cost: proportional to the keys of the environment.
  package func page(_ listing: KeyListing, offset: Int, limit: Int) throws(Refusal) -> KeyListPage {
    var everyStatus = listing.filter
    everyStatus.status = nil
    let found = try keys(everyStatus).filter(listing.admits)
    var counts: [KeyFilter.StatusWord: Int] = [:]
    var wanted: [KeyState] = []
    for key in found {
      guard let word = KeyFilter.StatusWord(rawValue: key.status(at: moment.time).word) else { continue }
      counts[word, default: 0] += 1
      if listing.filter.status == nil || listing.filter.status == word { wanted.append(key) }
    }
    let page = listing.sorted(wanted).dropFirst(offset).prefix(limit)
    return KeyListPage(keys: Array(page), counts: counts, hasMore: offset + page.count < wanted.count)
  }
}

extension KeyListing {
  fileprivate func admits(_ key: KeyState) -> Bool {
    if let fingerprint, key.fingerprint != fingerprint { return false }
    guard let text else { return true }
    let wanted = KeyListing.folded(text)
    return [key.name, key.description, key.id.description, key.masked].contains {
      KeyListing.folded($0).firstRange(of: wanted) != nil
    }
  }

  private static func folded(_ text: String) -> [UInt8] {
    text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
  }

  /// They come newest first.
  fileprivate func sorted(_ keys: [KeyState]) -> [KeyState] {
    switch order {
    case .newest: keys
    case .oldest: keys.reversed()
    case .name:
      keys.map { (KeyListing.folded($0.name), $0) }
        .sorted { a, b in
          a.0 == b.0 ? a.1.firstEvent < b.1.firstEvent : a.0.lexicographicallyPrecedes(b.0)
        }.map(\.1)
    case .expiry:
      keys.sorted { a, b in
        let (first, second) = (a.expiresAt?.milliseconds ?? .max, b.expiresAt?.milliseconds ?? .max)
        return first == second ? a.firstEvent > b.firstEvent : first < second
      }
    }
  }
}
