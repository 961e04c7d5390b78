import KeyLedger
import Testing

@testable import LedgerService

@Suite("Keys in an order")
struct ListedKeysTests {
  /// Alike for 0 to 30 bytes, of which the first sixteen are compared in another way than the rest.
  private static let names: [String] = (0...30).flatMap { length -> [String] in
    let start = String(repeating: "Ab", count: 15).prefix(length)
    return [start + "x", start.lowercased() + "X", start + "é", start + "x y", start + "z" + start].map { String($0) }
  }

  private func key(_ name: String, _ number: UInt64) throws -> KeyState {
    let record = KeyRecord(
      kind: .scoped, name: name, description: "", scope: .permissions([]),
      fingerprint: Hash256(words: (0, 0, 0, number)), masked: "server-")
    let time = Instant(milliseconds: Int64(number))
    return KeyState(
      id: KeyID(time: time, randomness: 1), environment: try #require(Slug("production")), record: record,
      createdAt: time, createdBy: .system, firstEvent: number, migrated: false, successor: nil, ending: nil,
      removed: false, revision: 1, lastEvent: number)
  }

  @Test("by name they stand by bytes, ASCII in any case, and of two that are alike the older first")
  func sortsByName() throws {
    // In no order, but the same in every run. The greater the place, the older the key.
    let count = UInt64(ListedKeysTests.names.count)
    let keys = try ListedKeysTests.names.indices.map { index in
      try key(ListedKeysTests.names[index * 37 % ListedKeysTests.names.count], count - UInt64(index))
    }
    let sorted = ListedKeys(keys).places(in: .name).map { keys[$0] }
    let folded = sorted.map { key in key.name.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 } }
    #expect(Set(sorted.map(\.firstEvent)).count == keys.count)
    for (a, b) in zip(folded.indices, folded.indices.dropFirst()) {
      let isRight =
        folded[a] == folded[b]
        ? sorted[a].firstEvent < sorted[b].firstEvent : folded[a].lexicographicallyPrecedes(folded[b])
      #expect(isRight, "\(sorted[a].name), then \(sorted[b].name)")
    }
  }
}
