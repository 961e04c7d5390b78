import EventLog
import KeyLedger
import Testing

/// One record with everything in it, and what must not be taken for it.
@Suite struct RejectionTests {
  static let key = "key_01K8Q2V5A00000000000000000"
  static let digest = String(repeating: "0a", count: 32)
  static let good =
    #"{"actor":"user:usr_01K8Q2V5A00000000000000000","data":{"description":"café \"x\"","#
    + #""fingerprint":"\#(digest)","integration":null,"kind":"scoped","masked":"server-M","name":"Nine","#
    + #""predecessor":"\#(key)","revealable":true,"scope":["coupons:read","customers:write"]},"id":"17","#
    + #""idempotencykey":"\#(digest)","recordedby":"operator:ada","recordedtime":"2026-11-22T20:22:40.123Z","#
    + #""requesthash":"\#(digest)","source":"/ledgers/\#(Fixture.ledger)","specversion":"1.0","#
    + #""subject":"environments/production/keys/\#(key)","time":"2026-11-22T20:22:40.123Z","#
    + #""traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","type":"key.created"}"#

  @Test func `the record that the table bends is a good one`() throws {
    let event = try decode(Self.good)
    #expect(event.sequence == 17)
    #expect(event.marks.recorded?.by.description == "operator:ada")
  }

  struct Bend: CustomTestStringConvertible, Sendable {
    let threat: String
    let from: String
    let to: String
    var testDescription: String { threat }

    init(_ threat: String, _ from: String, _ to: String) {
      self.threat = threat
      self.from = from
      self.to = to
    }
  }

  static let bends: [Bend] = [
    Bend("a member twice", #""kind":"scoped","#, #""kind":"scoped","kind":"scoped","#),
    Bend("an attribute twice", #""id":"17","#, #""id":"17","id":"17","#),
    Bend("members in another order", #""kind":"scoped","masked":"server-M""#, #""masked":"server-M","kind":"scoped""#),
    Bend(
      "attributes in another order", #""id":"17","idempotencykey":"\#(digest)""#,
      #""idempotencykey":"\#(digest)","id":"17""#),
    Bend("a member too many", #""masked":"server-M""#, #""masked":"server-M","more":1"#),
    Bend("an attribute too many", #""id":"17""#, #""extra":"x","id":"17""#),
    Bend("white space", #""id":"17""#, #""id": "17""#),
    Bend("white space at the end", #""key.created"}"#, #""key.created"} "#),
    Bend("something behind it", #""key.created"}"#, #""key.created"}{}"#),
    Bend("an escape where none is needed", #""name":"Nine""#, #""name":"\u004eine""#),
    Bend("an escaped slash", #""name":"Nine""#, #""name":"Ni\/ne""#),
    Bend("an escape for a character beyond ASCII", "café", #"caf\u00e9"#),
    Bend("a lone surrogate", #""name":"Nine""#, #""name":"\ud800""#),
    Bend("a control character as it is", #""name":"Nine""#, "\"name\":\"Ni\u{1}ne\""),
    Bend("a number for a text", #""name":"Nine""#, #""name":9"#),
    Bend("a float", #""revealable":true"#, #""revealable":1.0"#),
    Bend("null where something must be", #""name":"Nine""#, #""name":null"#),
    Bend("a member missing", #""kind":"scoped","#, ""),
    Bend("the id missing", #""id":"17","#, ""),
    Bend("an id with a leading zero", #""id":"17""#, #""id":"017""#),
    Bend("the id 0", #""id":"17""#, #""id":"0""#),
    Bend("an id that is a number", #""id":"17""#, #""id":17"#),
    Bend("an id beyond 2^53 - 1", #""id":"17""#, #""id":"9007199254740992""#),
    Bend("a time without milliseconds", #""time":"2026-11-22T20:22:40.123Z""#, #""time":"2026-11-22T20:22:40Z""#),
    Bend("a time with an offset", #"40.123Z","traceparent""#, #"40.123+00:00","traceparent""#),
    Bend("a day that is not", #""time":"2026-11-22T"#, #""time":"2026-11-31T"#),
    Bend(
      "a scope that is not sorted", #"["coupons:read","customers:write"]"#, #"["customers:write","coupons:read"]"#),
    Bend("a permission twice", #"["coupons:read","#, #"["coupons:read","coupons:read","#),
    Bend("a read beside its write", #""customers:write"]"#, #""customers:read","customers:write"]"#),
    Bend("everything and something", #"["coupons:read","#, #"["*","#),
    Bend("something and everything", #""customers:write"]"#, #""customers:write","*"]"#),
    Bend("an access that is neither", #""customers:write"]"#, #""customers:own"]"#),
    Bend("a resource that is no name", #""coupons:read""#, #""Coupons:read""#),
    Bend("a word of no closed set", #""kind":"scoped""#, #""kind":"Scoped""#),
    Bend("a digest in upper case", #""fingerprint":"0a"#, #""fingerprint":"0A"#),
    Bend("a digest that is short", #""fingerprint":"0a"#, #""fingerprint":"0"#),
    Bend("a key id in lower case", #""predecessor":"key_01K8Q"#, #""predecessor":"key_01k8q"#),
    Bend("a key id beyond 128 bits", #""predecessor":"key_0"#, #""predecessor":"key_8"#),
    Bend("a letter that Crockford leaves out", #""predecessor":"key_01K"#, #""predecessor":"key_01L"#),
    Bend("an idempotency key without its request", #""requesthash":"\#(digest)","#, ""),
    Bend("a request without its idempotency key", #""idempotencykey":"\#(digest)","#, ""),
    Bend("recorded by somebody at no time", #""recordedtime":"2026-11-22T20:22:40.123Z","#, ""),
    Bend("recorded at a time by nobody", #""recordedby":"operator:ada","#, ""),
    Bend("an actor that is nobody", #""actor":"user:"#, #""actor":"root:"#),
    Bend("an operator without a name", #""recordedby":"operator:ada""#, #""recordedby":"operator:""#),
    Bend("a source that is no ledger", #""source":"/ledgers/ldg_"#, #""source":"/ledger/ldg_"#),
    Bend("another version of CloudEvents", #""specversion":"1.0""#, #""specversion":"1.1""#),
    Bend("a stream that is none", #""subject":"environments/production/keys/"#, #""subject":"keys/"#),
    Bend("a stream with a slash too many", #""subject":"environments/production/"#, #""subject":"environments//"#),
    Bend("a stream of another kind", #""subject":"environments/production/keys/\#(key)""#, #""subject":"ledger""#),
    Bend("a traceparent of zeros", "4bf92f3577b34da6a3ce929d0e0e4736", String(repeating: "0", count: 32)),
    Bend("a traceparent in upper case", "4bf92f", "4BF92F"),
    Bend("a traceparent of the forbidden version", #""traceparent":"00-"#, #""traceparent":"ff-"#),
    Bend("a data version 1 that is said", #""id":"17""#, #""dataversion":"1","id":"17""#),
    Bend("a data version that is no number", #""id":"17""#, #""dataversion":"x","id":"17""#),
    Bend("a type with an escape", #""key.created"}"#, #""key.cre\u0061ted"}"#),
  ]

  @Test(arguments: bends)
  func `a record is refused for`(bend: Bend) throws {
    let bent = Self.good.replacingFirst(bend.from, with: bend.to)
    try #require(bent != Self.good, "nothing was bent")
    #expect(throws: RecordError.self) { try decode(bent) }
  }

  @Test func `no prefix of a record is a record`() {
    let record = Array(Self.good.utf8)
    for length in record.indices {
      #expect(throws: RecordError.self) { try decode(Array(record.prefix(length))) }
    }
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    let bytes = Array(Self.good.replacingFirst("Nine", with: "Ni~ne").utf8).map { $0 == 0x7e ? 0xff : $0 }
    #expect(throws: RecordError.self) { try decode(bytes) }
  }

  @Test func `an unknown type says that a newer program wrote it`() {
    let text = Self.good.replacingFirst("key.created", with: "key.cloned")
    #expect(throws: RecordError.unknownType) { try decode(text) }
  }

  @Test func `a record of another ledger is foreign`() {
    let other = LedgerID(ulid: ULID(bits: 1))
    #expect(throws: RecordError.foreign) { try decode(Self.good, ledger: other) }
  }

  @Test func `a record of 65,535 bytes is read and a larger one is not`() throws {
    let room = RecordCodec.maximumBytes - Self.good.utf8.count
    let largest = Self.good.replacingFirst("Nine", with: "Nine" + String(repeating: "n", count: room))
    #expect(try decode(largest).sequence == 17)
    let tooLarge = largest.replacingFirst("Nine", with: "Nines")
    #expect(throws: RecordError.tooLarge(bytes: 65_536)) { try decode(tooLarge) }
  }

  @Test func `a reason never quotes what it refuses`() throws {
    for bend in Self.bends {
      let text = Self.good.replacingFirst("Nine", with: "s3cr3t").replacingFirst(bend.from, with: bend.to)
      do throws(RecordError) {
        _ = try decode(text)
      } catch {
        #expect(!error.description.contains("s3cr3t"))
      }
    }
  }
}

extension String {
  fileprivate func replacingFirst(_ part: String, with other: String) -> String {
    guard let range = ranges(of: part).first else { return self }
    return self[..<range.lowerBound] + other + self[range.upperBound...]
  }
}
