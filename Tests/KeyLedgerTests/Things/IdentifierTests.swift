import KeyLedger
import SeededRandom
import Testing

@Suite struct IdentifierTests {
  static let text = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

  @Test(arguments: [
    (text, true), ("00000000000000000000000000", true), ("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", true),
    ("80000000000000000000000000", false), ("ZZZZZZZZZZZZZZZZZZZZZZZZZZ", false), (text.lowercased(), false),
    (String(text.dropLast()), false), (text + "0", false), ("", false), (" " + text.dropFirst(), false),
    ("01ARZ3NDEKTSV4RRFFQ69G5FAI", false), ("01ARZ3NDEKTSV4RRFFQ69G5FAL", false),
    ("01ARZ3NDEKTSV4RRFFQ69G5FAO", false), ("01ARZ3NDEKTSV4RRFFQ69G5FAU", false),
    ("01ARZ3NDEKTSV4RRFFQ69G5FA\u{0}", false), ("01ARZ3NDEKTSV4RRFFQ69G5Fé", false),
  ]) func `a ULID is 26 upper-case characters of Crockford's base32, and no more than 128 bits`(
    text: String, stands: Bool
  ) {
    let bytes = Array(text.utf8)
    #expect(ULID(bytes).map { $0.text } == (stands ? text : nil))
    #expect(ULID(bytes.span) == ULID(bytes), "both ways of reading agree")
    #expect(KeyID("key_" + text)?.description == (stands ? "key_" + text : nil))
  }

  @Test func `both ways of reading a ULID agree on every byte at every place`() {
    for place in [0, 1, 25] {
      for byte in UInt8.min...UInt8.max {
        var bytes = Array(IdentifierTests.text.utf8)
        bytes[place] = byte
        #expect(ULID(bytes.span) == ULID(bytes))
      }
    }
  }

  @Test(arguments: ["", "key_", "KEY_", "usr_", "ldg_", "key", " key_"]) func `an id has the prefix of its kind`(
    prefix: String
  ) {
    let text = prefix + IdentifierTests.text
    #expect((KeyID(text) != nil) == (prefix == "key_"))
    #expect((UserID(text) != nil) == (prefix == "usr_"))
    #expect((LedgerID(text) != nil) == (prefix == "ldg_"))
  }

  @Test func `the time and the eighty random bits can be read from a ULID`() {
    let ulid = ULID(time: Instant(milliseconds: 1_469_918_176_385), randomness: UInt128.max)
    #expect(ulid.text == "01ARYZ6S41ZZZZZZZZZZZZZZZZ")
    #expect(ulid.bits >> 80 == 1_469_918_176_385)
  }

  @Test func `ids sort by their time, as text and as values`() {
    var random = SplitMix64(1)
    let ids = (0..<500).map { KeyID(time: dawn.advanced(by: Int64($0)), randomness: UInt128(random.next()) << 16) }
    #expect(ids.shuffled(using: &random).sorted() == ids)
    #expect(ids.map(\.description).sorted() == ids.map(\.description))
  }

  @Test(arguments: [
    "ledger", "users/usr_\(text)", "environments/production", "environments/production/keys/key_\(text)",
  ]) func `a stream reads back as it was written`(text: String) {
    #expect(Stream(text)?.description == text)
  }

  @Test(arguments: [
    "", "ledger/", "/ledger", "Ledger", "users", "users/", "users/key_\(text)", "users/usr_\(text)/", "environments/",
    "environments/Production", "environments/production/", "environments/production/keys",
    "environments/production/keys/", "environments/production/keys/usr_\(text)",
    "environments/production/key/key_\(text)", "environments//keys/key_\(text)",
    "environments/production/keys/key_\(text)/x",
  ]) func `any other text is no stream`(text: String) {
    #expect(Stream(text) == nil)
  }

  @Test(arguments: ["user:usr_\(text)", "key:key_\(text)", "operator:ada", "system"])
  func `an actor reads back as it was written`(text: String) {
    #expect(Actor(text)?.description == text)
  }

  @Test(arguments: [
    "", "System", "system:", "system ", "user:", "user:key_\(text)", "key:usr_\(text)", "user:\(text)", "operator:",
    "operator", "operator:a b", "owner:ada",
  ]) func `any other text is no actor`(text: String) {
    #expect(Actor(text) == nil)
  }

  @Test func `a hash is 32 bytes, comes back whole and differs by any bit`() {
    let bytes = (0..<32).map { UInt8($0 * 7 + 1) }
    let hash = Hash256(bytes)
    #expect(hash?.bytes == bytes)
    #expect(Hash256(bytes.dropLast()) == nil && Hash256(bytes + [0]) == nil)
    for bit in 0..<256 {
      var other = bytes
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(Hash256(other) != hash)
    }
  }
}
