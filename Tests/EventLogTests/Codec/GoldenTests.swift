import Cryptography
import EventLog
import Formats
import KeyLedger
import Testing
import Transparency

/// The golden file was written by another program (Python's json, keys sorted), so it holds the codec to the contract
/// and not to itself. It never changes: what these bytes say is what they must say for ever.
@Suite struct GoldenTests {
  @Test func `every golden record decodes and encodes to the same bytes`() throws {
    let ledger = try #require(LedgerID("ldg_01M82ESNQV8CNJK12PZY56PV7M"))
    for record in try Fixture.goldenRecords() {
      let event = try RecordCodec.decode(record.span, ledger: ledger, version: 1)
      #expect(RecordCodec.encode(event, ledger: ledger) == record)
    }
  }

  @Test func `the golden file holds an event of every type`() throws {
    let types = try Fixture.goldenRecords().map { RecordCodec.type(of: try decode($0).data) }
    #expect(Set(types) == Set(RecordCodec.types))
    #expect(RecordCodec.types.count == 26)
    #expect(types.count == 42, "another test counts them")
  }

  @Test func `the golden records have the root that another program computed`() throws {
    var frontier = Frontier()
    for record in try Fixture.goldenRecords() { frontier.append(MerkleTree.leafHash(record)) }
    #expect(frontier.root.hex == "8bdbc7c53e9d3409ab601e5efd15cf9166dbad908ab6b4e80e0e1efc23097788")
  }

  @Test func `a record names its ledger`() throws {
    let record = try #require(Fixture.goldenRecords().first)
    #expect(try RecordCodec.ledger(of: record.span).description == "ldg_01M82ESNQV8CNJK12PZY56PV7M")
  }

  @Test func `the golden key is read as it was written`() throws {
    let event = try decode(try Fixture.goldenRecords()[10])
    guard case .keyCreated(let key) = event.data else {
      Issue.record("record 11 is \(event.data)")
      return
    }
    #expect(sameBytes(key.name, "Billing “worker” \"nine\" \\ e\u{301} \u{e9} 🔑"))
    #expect(sameBytes(key.description, "Naïve café — 日本語 / slash"))
    #expect(key.kind == .scoped)
    #expect(key.scope == Scope(granting: ["customers:write", "subscriptions:read"].compactMap { Permission($0) }))
    #expect(key.predecessor == nil && key.integration == nil && key.revealable)
    #expect(event.sequence == 11)
    #expect(RFC3339.format(milliseconds: event.time.milliseconds) == "2026-11-22T20:22:47.123Z")
    #expect(event.actor.description.hasPrefix("user:usr_"))
  }
}
