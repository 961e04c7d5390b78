import EventLog
import Formats
import KeyLedger
import SeededRandom
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `any event comes back from its record as it was`(seed: UInt64) throws {
    var random = RandomEvents(seed: seed)
    for sequence in 1...100 as ClosedRange<UInt64> {
      let event = random.event(sequence: sequence)
      let record = RecordCodec.encode(event, ledger: Fixture.ledger)
      let back = try RecordCodec.decode(record.span, ledger: Fixture.ledger, version: event.version)
      #expect(back == event)
      #expect(RecordCodec.encode(back, ledger: Fixture.ledger) == record)
    }
  }

  @Test(arguments: 0..<5 as Range<UInt64>)
  func `a record is its own canonical form to a general JSON parser too`(seed: UInt64) throws {
    var random = RandomEvents(seed: seed)
    for sequence in 1...100 as ClosedRange<UInt64> {
      let record = RecordCodec.encode(random.event(sequence: sequence), ledger: Fixture.ledger)
      #expect(try JSON(parsing: record).canonical() == record)
    }
  }
}

/// What is remembered from one record to the next must never show.
@Suite struct RecordDecoderTests {
  private func outcome(_ decode: () throws(LogError) -> Event) -> Result<Event, LogError> {
    do throws(LogError) { return .success(try decode()) } catch { return .failure(error) }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `one decoder for many records gives what a new one for each gives, also where they are bent`(seed: UInt64) {
    var events = RandomEvents(seed: seed)
    var random = SplitMix64(seed)
    var remembering = RecordDecoder(ledger: Fixture.ledger)
    var (accepted, refused) = (0, 0)
    for sequence in 1...60 as ClosedRange<UInt64> {
      let record = RecordCodec.encode(events.event(sequence: sequence), ledger: Fixture.ledger)
      for attempt in 0..<40 {
        var bent = record
        if attempt > 0 {
          let index = Int(random.next() % UInt64(record.count))
          switch random.next() % 3 {
          case 0: bent[index] = [0x22, 0x5c, 0x5d, 0x30, 0x61, 0x80, bent[index] ^ 1][Int(random.next() % 7)]
          case 1: bent.remove(at: index)
          default: bent.insert(bent[index], at: index)
          }
        }
        let alone = outcome { () throws(LogError) in
          var fresh = RecordDecoder(ledger: Fixture.ledger, count: 1)
          return try fresh.event(bent.span, sequence: sequence, version: 1)
        }
        let together = outcome { () throws(LogError) in
          try remembering.event(bent.span, sequence: sequence, version: 1)
        }
        #expect(together == alone)
        if case .success = alone { accepted += 1 } else { refused += 1 }
      }
    }
    #expect(accepted >= 60 && refused > 60)
  }

  @Test func `values that begin alike, or hold an escape, are kept apart`() throws {
    var decoder = RecordDecoder(ledger: Fixture.ledger)
    let descriptions = ["x\"y", "x\"z", "x\\", "x\\\"", "x", "", "\u{301}", "é", "e\u{301}", "]", "x]"]
    for _ in 0..<2 {
      for text in descriptions {
        let event = Event(
          sequence: 7, stream: Sample.stream("e", key: 1), version: 1, time: Sample.start, actor: .system,
          data: .keyRenamed(name: text, description: text))
        let record = RecordCodec.encode(event, ledger: Fixture.ledger)
        guard case .keyRenamed(_, let back) = try decoder.event(record.span, sequence: 7, version: 1).data else {
          Issue.record("another event")
          continue
        }
        #expect(Array(back.utf8) == Array(text.utf8))
      }
    }
  }
}

/// A type whose data changed shape: in this registry `key.renamed` was once `{"title":…}`, then `{"name":…}`.
@Suite struct UpcasterTests {
  private let upcasters = Upcasters([
    "key.renamed": [
      { old in
        guard let members = old.object, members.count == 1, let title = old["title"] else {
          throw UpcastError("not one title")
        }
        return .object([JSONMember("name", title)])
      },
      { old in
        guard let name = old["name"] else { throw UpcastError("no name") }
        return .object([JSONMember("description", .string("")), JSONMember("name", name)])
      },
    ]
  ])

  private func record(_ data: String, version: String? = nil, type: String = "key.renamed") -> String {
    let dataVersion = version.map { #""dataversion":"\#($0)","# } ?? ""
    let key = "key_01K8Q2V5A00000000000000000"
    return #"{"actor":"system","data":\#(data),\#(dataVersion)"id":"9","#
      + #""source":"/ledgers/\#(Fixture.ledger)","specversion":"1.0","subject":"environments/e/keys/\#(key)","#
      + #""time":"2026-11-22T20:22:40.123Z","type":"\#(type)"}"#
  }

  @Test(arguments: [
    (#"{"title":"Nine"}"#, nil), (#"{"name":"Nine"}"#, "2"), (#"{"description":"","name":"Nine"}"#, "3"),
  ])
  func `every version is read in today's shape`(data: String, version: String?) throws {
    let record = record(data, version: version)
    #expect(try decode(record, upcasters: upcasters).data == .keyRenamed(name: "Nine", description: ""))
  }

  @Test func `what is written today carries today's version`() throws {
    let newest = record(#"{"description":"","name":"Nine"}"#, version: "3")
    let event = try decode(newest, upcasters: upcasters)
    #expect(RecordCodec.encode(event, ledger: Fixture.ledger, upcasters: upcasters) == Array(newest.utf8))
  }

  @Test func `a version newer than this program is named as such`() {
    #expect(throws: RecordError.unknownDataVersion(type: "key.renamed")) {
      try decode(record(#"{"anything":[1]}"#, version: "4"), upcasters: upcasters)
    }
    #expect(throws: RecordError.unknownDataVersion(type: "key.renamed")) {
      try decode(record(#"{"anything":[1]}"#, version: "2"))
    }
    #expect(throws: RecordError.unknownDataVersion(type: "key.renamed")) {
      try decode(record(#"{"description":"","name":"Nine"}"#, version: "2"))
    }
  }

  @Test func `data that its upcaster can't read is refused with the upcaster's rule`() {
    #expect(throws: RecordError.notUpcast(type: "key.renamed", rule: "not one title")) {
      try decode(record(#"{"title":"x","zero":1}"#), upcasters: upcasters)
    }
  }

  @Test func `old data is canonical as well`() {
    #expect(throws: RecordError.self) { try decode(record(#"{"title":"\u0041"}"#), upcasters: upcasters) }
    #expect(throws: RecordError.self) { try decode(record(#"{ "title":"A"}"#), upcasters: upcasters) }
  }
}
