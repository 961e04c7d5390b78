import Cryptography
import EventLog
import KeyLedger
import Testing

@testable import LedgerService

/// What a command answers with rests on what it appended.
@Suite struct OutcomeTests {
  @Test(arguments: CommandName.allCases)
  func `Events come with their bytes and leaf hashes, and the moment is theirs`(_ name: CommandName) throws {
    let stage = try Stage()
    let size = try stage.ledger.size()
    let outcome = try stage.writer.one(stage.request(name))
    let last = try #require(outcome.events.last).event
    #expect(outcome.asOf == Moment(sequence: last.sequence, time: last.time))
    #expect(outcome.events.map(\.event.sequence) == Array(size + 1...size + UInt64(outcome.events.count)))
    for appended in outcome.events {
      #expect(appended.leafHash.bytes == SHA256.hash([0] + appended.record).bytes)
    }
    try stage.ledger.log().read { log in
      var records: [[UInt8]] = []
      try log.records(after: size, through: .max) { _, record in
        records.append(record.indices.map { record[$0] })
        return true
      }
      #expect(records == outcome.events.map(\.record))
    }
  }

  @Test func `In a batch each rests on its own`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let outcomes = try writer.run([
      .ask(.provisionEnvironment("a")), .ask(.changePlan(.scale)), .ask(.provisionEnvironment("b")),
    ]).map { try $0.get() }
    #expect(outcomes.map(\.asOf.sequence) == [5, 5, 8])
  }

  @Test func `A trace is kept as it came, and one that is none is not kept`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    let texts = [good, "", "00-0-0-01", good + "-more", String(repeating: "z", count: 55)]
    for (index, text) in texts.enumerated() {
      var request = Request.ask(.provisionEnvironment("env-\(index)"))
      request.traceparent = text
      let outcome = try writer.one(request)
      #expect(outcome.events.allSatisfy { $0.event.marks.traceparent == (text == good ? good : nil) }, "\(text)")
    }
  }

  @Test func `A key's revision is asked for and told`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let (key, _) = try writer.makeKey("production", ["read_only"])
    var request = Request.ask(.renameKey(key: key.id.description, name: "other", description: nil))
    request.expectedRevision = 2
    #expect(code(writer.run([request])[0]) == .revisionChanged)
    request.expectedRevision = 1
    #expect(writer.run([request, request]).map(code) == [nil, .revisionChanged])
  }
}
