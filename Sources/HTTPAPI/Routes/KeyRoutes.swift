import Formats
import HTTPServer
import KeyLedger
import LedgerService

/// What is asked about keys.
enum KeyRoutes {
  static let all = [
    Route(
      .get, "/v1/environments/{environment}/keys", "The keys of an environment, newest first",
      query: [
        QueryField("type", .choice(KeyFilter.KeyType.allCases.map(\.rawValue)), "only of this type"),
        QueryField("status", .choice(KeyFilter.StatusWord.allCases.map(\.rawValue)), "only of this status"),
        QueryField("removed", .flag, "also those of integrations that were disconnected"),
        QueryField("never_used", .flag, "only those that are accepted and were never used since they were made"),
        QueryField("q", .text, "only those with this text in name, description, id or masked secret"),
        QueryField("fingerprint", .text, "only the one whose secret has this SHA-256", shape: .fingerprint),
        QueryField("sort", .choice(KeyListing.Order.allCases.map(\.rawValue)), "the order; -created_at by default"),
        .at, QueryField("skip", .number(0), "leave out so many keys before the page, after those before the cursor"),
      ] + QueryField.paging, .read(.seeKeys, list)),
    Route(.get, "/v1/keys/{key}", "A key with its last use", query: [.at], .read(.seeKeys, show)),
    Route(
      .get, "/v1/keys/{key}/activity", "What happened to a key, newest first",
      query: [QueryField("chain", .flag, "also to the keys that it replaced and that replaced it"), .at]
        + QueryField.paging, .read(.seeKeys, activity)),
  ]

  private static func list(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let limit = try call.query.limit()
    // Both are below 2^63.
    let offset = Int(clamping: UInt64(try call.cursor()?.position ?? 0) + (try call.query.number("skip") ?? 0))
    let page = try reading.page(try listing(call), offset: offset, limit: limit)
    let statuses = KeyFilter.StatusWord.allCases.map { JSONMember($0.rawValue, .integer(Int64(page.counts[$0] ?? 0))) }
    let counts = statuses + [JSONMember("never_used", page.neverUsed.map { .integer(Int64($0)) } ?? .null)]
    let keys = reading.shapes.listedKeys(page.keys)
    let json = reading.shapes.list("keys", keys).adding("counts", .object(counts))
    return call.page(json, reading.moment, next: page.hasMore ? offset + keys.count : nil)
  }

  private static func listing(_ call: Call) throws(Refusal) -> KeyListing {
    let query = call.query
    var listing = KeyListing(
      KeyFilter(
        environment: call.segments[0], type: try query.choice("type", as: KeyFilter.KeyType.self),
        status: try query.choice("status", as: KeyFilter.StatusWord.self), includeRemoved: try query.flag("removed")))
    listing.isNeverUsed = try query.flag("never_used")
    listing.text = query["q"]
    listing.order = try query.choice("sort", as: KeyListing.Order.self) ?? .newest
    if let hex = query["fingerprint"] {
      guard let fingerprint = Fingerprint.read(hex) else {
        throw Refusal(.badUsage, "A fingerprint is 64 hex digits: the SHA-256 of a secret.", field: "fingerprint")
      }
      listing.fingerprint = fingerprint
    }
    return listing
  }

  private static func show(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let key = try reading.key(call.segments[0])
    return .json(reading.shapes.shownKey(key)).with("ETag", "\"\(key.revision)\"")
  }

  private static func activity(_ reading: CallerReading, _ call: Call) throws(Refusal) -> Answer {
    let limit = try call.query.limit()
    let offset = Int(try call.cursor()?.position ?? 0)
    let isChain = try call.query.flag("chain")
    let key = try reading.key(call.segments[0])
    let entries = try reading.activity(of: call.segments[0], chain: isChain)
    let page = Array(entries.dropFirst(offset).prefix(limit))
    let next = offset + page.count < entries.count ? offset + page.count : nil
    return call.page(reading.shapes.activity(of: key, page, chain: isChain), reading.moment, next: next)
  }
}

/// The SHA-256 of a secret, as people type it.
enum Fingerprint {
  static func read(_ hex: String) -> Hash256? { Hex.decodeAnyCase(hex).flatMap { Hash256($0) } }
}
