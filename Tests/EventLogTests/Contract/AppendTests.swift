import Cryptography
import EventLog
import KeyLedger
import Testing
import Transparency

private struct Stop: Error {}

@Suite struct AppendTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(arguments: Implementation.allCases)
  func `a new log holds what founded it`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    #expect(log.ledger == Fixture.ledger)
    try log.read { reader throws in
      #expect(try reader.head().size == 1)
      #expect(try reader.lastTime() == Sample.start)
      let event = try #require(try reader.event(1))
      #expect(event.stream == .ledger && event.version == 1 && event.data == Sample.founding.data)
      #expect(try reader.event(0) == nil)
      #expect(try reader.event(2) == nil)
      #expect(try reader.event(.max) == nil)
    }
  }

  @Test(arguments: Implementation.allCases)
  func `what was appended is there, with its numbers, bytes and hash`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    let later = Sample.start.advanced(by: 5)
    let marks = EventMarks(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    let drafts = [Sample.enforced(), Sample.revealed(1), Sample.revealed(2), Sample.revealed(1)]
    let appended = try log.append(drafts, at: later, marks: marks)

    #expect(appended.map(\.event.sequence) == [2, 3, 4, 5])
    #expect(appended.map(\.event.version) == [1, 1, 1, 2])
    #expect(appended.allSatisfy { $0.event.time == later && $0.event.marks == marks })
    for each in appended {
      #expect(each.record == RecordCodec.encode(each.event, ledger: Fixture.ledger))
      #expect(each.leafHash == SHA256.hash([0] + each.record))
    }
    try log.read { reader throws in
      #expect(try reader.head().size == 5)
      #expect(try reader.lastTime() == later)
      #expect(try reader.event(4) == appended[2].event)
      #expect(try reader.events(of: Sample.stream("e", key: 1)) == [appended[1].event, appended[3].event])
      #expect(try reader.events(of: Sample.stream("e", key: 1), through: 4) == [appended[1].event])
      #expect(try reader.events(of: Sample.stream("e", key: 1), through: 0) == [])
      #expect(try reader.events(of: Sample.stream("f", key: 1)) == [])
    }
    #expect(try log.allRecords(after: 1) == appended.map(\.record))
  }

  @Test(arguments: Implementation.allCases)
  func `a writer sees what it appended`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    try log.write { writer throws in
      let first = try writer.append([Sample.revealed(1)], at: Sample.start, marks: EventMarks(), expected: [:])
      #expect(try writer.head().size == 2)
      #expect(try writer.events(of: Sample.stream("e", key: 1)) == first.map(\.event))
      let second = try writer.append([Sample.revealed(1)], at: Sample.start, marks: EventMarks(), expected: [:])
      #expect(second.map(\.event.version) == [2])
      #expect(try writer.head().root == (try writer.root(at: 3)))
      #expect(try writer.environments() == [Sample.slug("e")])
    }
    #expect(try log.size() == 3)
  }

  @Test(arguments: Implementation.allCases)
  func `an append happens only at the versions that it expects`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    let stream = Sample.stream("e", key: 1)
    try log.append([Sample.revealed(1)], expected: [stream: 0, .ledger: 1])
    try log.append([Sample.revealed(1)], expected: [stream: 1])
    #expect(throws: LogError.versionChanged(stream, expected: 1, actual: 2)) {
      try log.append([Sample.revealed(1)], expected: [stream: 1])
    }
    #expect(throws: LogError.versionChanged(.ledger, expected: 0, actual: 1)) {
      try log.append([Sample.revealed(9)], expected: [.ledger: 0])
    }
    #expect(try log.size() == 3)
  }

  @Test(arguments: Implementation.allCases)
  func `an append that is refused takes nothing from its neighbours`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    let stream = Sample.stream("e", key: 1)
    let long = String(repeating: "x", count: 66_000)
    let tooLong = Draft(stream, .system, .keyRenamed(name: long, description: ""))
    try log.write { writer throws in
      _ = try writer.append([Sample.revealed(1)], at: Sample.start, marks: EventMarks(), expected: [:])
      #expect(throws: LogError.self) {
        try writer.append(
          [Sample.revealed(2), Sample.revealed(1)], at: Sample.start, marks: EventMarks(), expected: [stream: 0])
      }
      #expect(throws: LogError.self) {
        try writer.append([Sample.revealed(2), tooLong], at: Sample.start, marks: EventMarks(), expected: [:])
      }
      _ = try writer.append([Sample.revealed(3)], at: Sample.start, marks: EventMarks(), expected: [stream: 1])
    }
    try log.read { reader throws in
      #expect(try reader.head().size == 3)
      #expect(try reader.keys(of: Sample.slug("e")) == [Sample.key(1), Sample.key(3)])
      #expect(try reader.head().root == (try reader.root(at: 3)))
    }
  }

  @Test(arguments: Implementation.allCases)
  func `a body that throws has appended nothing, and its error comes out`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    try log.append([Sample.revealed(1)])
    let before = try log.read { try $0.head() }
    #expect(throws: Stop.self) {
      try log.write { writer throws in
        _ = try writer.append(
          [Sample.revealed(1), Sample.enforced()], at: Sample.start.advanced(by: 1), marks: EventMarks(), expected: [:])
        throw Stop()
      }
    }
    try log.read { reader throws in
      #expect(try reader.head() == before)
      #expect(try reader.lastTime() == Sample.start)
      #expect(try reader.events(of: Sample.stream("e", key: 1)).count == 1)
      #expect(try reader.events(of: .environment(Sample.slug("e"))) == [])
    }
    // And the log goes on.
    #expect(try log.append([Sample.revealed(1)]).map(\.event.sequence) == [3])
  }

  @Test(arguments: Implementation.allCases)
  func `a rehearsal shows what would happen and leaves nothing`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    let before = try log.read { try $0.head() }
    let (rehearsed, head) = try log.rehearse { writer in
      let appended = try writer.append([Sample.revealed(1)], at: Sample.start, marks: EventMarks(), expected: [:])
      return (appended, try writer.head())
    }
    #expect(try log.read { try $0.head() } == before)
    #expect(try log.allRecords().count == 1)
    let appended = try log.append([Sample.revealed(1)])
    #expect(appended.map(\.record) == rehearsed.map(\.record))
    #expect(try log.read { try $0.head() } == head)
  }

  @Test(arguments: Implementation.allCases)
  func `nothing to append is no change`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    let head = try log.read { try $0.head() }
    let counter = try log.changeCounter()
    #expect(try log.append([], at: Sample.start.advanced(by: 9)).isEmpty)
    #expect(try log.read { try $0.head() } == head)
    #expect(try log.changeCounter() == counter)
  }

  @Test func `time that runs backwards is our mistake, and traps`() async {
    let result = await #expect(processExitsWith: .failure) {
      let log = InMemoryLog(ledger: Fixture.ledger)
      try log.append([Sample.founding], at: Sample.start)
      try log.append([Sample.enforced()], at: Sample.start.advanced(by: -1))
    }
    #expect(isTrap(result))
  }

  @Test func `an event in a stream of another kind is our mistake, and traps`() async {
    let result = await #expect(processExitsWith: .failure) {
      try InMemoryLog(ledger: Fixture.ledger).append([Draft(.ledger, .system, .keyRevoked)])
    }
    #expect(isTrap(result))
  }

  @Test func `a picture that outlives its transaction traps`() async {
    let memory = await #expect(processExitsWith: .failure) {
      let escaped = try InMemoryLog(ledger: Fixture.ledger).write { $0 }
      _ = try escaped.head()
    }
    #expect(isTrap(memory))
    let sqlite = await #expect(processExitsWith: .failure) {
      let escaped = try Sample.sqlite(in: try Scratch()).read { $0 }
      _ = try escaped.head()
    }
    #expect(isTrap(sqlite))
  }

  /// An error that is thrown also ends the process with a failure, but by no signal.
  private func isTrap(_ result: ExitTest.Result?) -> Bool {
    if case .signal = result?.exitStatus { true } else { false }
  }
}
