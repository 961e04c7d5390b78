import EventLog
import KeyLedger
import SeededRandom
import Testing

private struct Stop: Error {}

@Suite struct ReadTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test(arguments: Implementation.allCases)
  func `records come in order, across pages, within bounds, as long as they are wanted`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    try log.append((0..<2_499).map { Sample.revealed($0 % 7) })
    let all = try log.allRecords()
    #expect(all.count == 2_500)
    for (after, through) in [
      (0, 2_500), (0, 999), (0, 1_000), (0, 1_001), (999, 2_001), (1_234, 1_235), (2_499, 2_500),
    ]
      as [(UInt64, UInt64)]
    {
      #expect(try log.allRecords(after: after, through: through) == Array(all[Int(after)..<Int(through)]))
    }
    #expect(try log.allRecords(after: 2_400, through: .max) == Array(all[2_400...]))
    for (after, through) in [(2_500, .max), (.max, .max), (.max, 3), (5, 5), (5, 2)] as [(UInt64, UInt64)] {
      #expect(try log.allRecords(after: after, through: through).isEmpty)
    }

    var numbers: [UInt64] = []
    try log.read { reader throws in
      try reader.records(after: 995, through: 2_500) { number, _ in
        numbers.append(number)
        return number < 1_005
      }
    }
    #expect(numbers == Array(996...1_005))
    // The log is not left in the middle of anything.
    try log.append([Sample.enforced()])
  }

  @Test(arguments: Implementation.allCases)
  func `an error of the body ends the reading and comes out`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    #expect(throws: Stop.self) { try log.read { try $0.records(after: 0, through: 1) { _, _ in throw Stop() } } }
    #expect(throws: Stop.self) { try log.read { try $0.eventsInOrder(after: 0, through: 1) { _, _ in throw Stop() } } }
    try log.append([Sample.enforced()])
  }

  @Test(arguments: Implementation.allCases)
  func `events in order carry the versions of their streams`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    let appended = try log.append((0..<1_500).map { Sample.revealed($0 % 3) })
    var events: [Event] = []
    try log.read { reader throws in
      try reader.eventsInOrder(after: 1, through: 1_400) { event, record in
        #expect(RecordCodec.encode(event, ledger: Fixture.ledger).count == record.count)
        events.append(event)
        return true
      }
    }
    #expect(events == appended.prefix(1_399).map(\.event))
    #expect(events.last?.version == 467)
  }

  @Test(arguments: Implementation.allCases)
  func `the event at a time is the last one then`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    for offset in [0, 0, 10, 10, 10, 25] as [Int64] {
      try log.append([Sample.enforced()], at: Sample.start.advanced(by: offset))
    }
    let answers: [(Int64, UInt64)] = [
      (-1, 0), (-1_000_000_000, 0), (0, 3), (9, 3), (10, 6), (24, 6), (25, 7), (26, 7), (1_000_000_000, 7),
    ]
    try log.read { reader throws in
      for (offset, sequence) in answers {
        #expect(try reader.sequence(at: Sample.start.advanced(by: offset)) == sequence)
      }
    }
  }

  @Test(arguments: Implementation.allCases)
  func `names that are prefixes of each other, or sort around the slash, are all found`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    // `-` sorts before the slash, digits and letters behind it.
    let names = ["e", "e-", "e--", "e-x", "e0", "e_", "ea", "environments", "keys", "z"]
    var random = SplitMix64(1)
    for name in names.shuffled(using: &random) {
      try log.append([Sample.enforced(name), Sample.enforced(name)])
      for number in [3, 1, 2] {
        try log.append([Sample.revealed(number, in: name), Sample.revealed(number, in: name)])
      }
    }
    let users = (1...3).map { UserID(ulid: ULID(bits: UInt128($0) << 90)) }
    for user in users.reversed() {
      try log.append([Draft(.user(user), .system, .userRemoved), Draft(.user(user), .system, .userForgotten)])
    }
    try log.read { reader throws in
      #expect(try reader.environments() == names.map(Sample.slug).sorted())
      #expect(try reader.users() == users)
      for name in names { #expect(try reader.keys(of: Sample.slug(name)) == [1, 2, 3].map(Sample.key)) }
      #expect(try reader.keys(of: Sample.slug("f")) == [])
    }
  }

  @Test(arguments: Implementation.allCases)
  func `a log without environments and users has none`(kind: Implementation) throws {
    try kind.make(in: scratch).read { reader throws in
      #expect(try reader.environments() == [])
      #expect(try reader.users() == [])
    }
  }

  @Test(arguments: Implementation.allCases)
  func `the events of an environment are its own and those of its keys, and of no other`(kind: Implementation) throws {
    let log = try kind.make(in: scratch)
    // "e-2" and "e0" sort around the streams of "e".
    for name in ["e", "e-2", "e0", "d"] {
      try log.append([Sample.enforced(name), Sample.revealed(1, in: name), Sample.revealed(2, in: name)])
      try log.append([Sample.revealed(1, in: name)])
    }
    try log.read { reader throws in
      #expect(try reader.sequences(of: Sample.slug("e"), through: .max).sorted() == [2, 3, 4, 5])
      #expect(try reader.sequences(of: Sample.slug("e-2"), through: .max).sorted() == [6, 7, 8, 9])
      #expect(try reader.sequences(of: Sample.slug("e0"), through: 12).sorted() == [10, 11, 12])
      #expect(try reader.sequences(of: Sample.slug("d"), through: 13).isEmpty)
      #expect(try reader.sequences(of: Sample.slug("f"), through: .max).isEmpty)
    }
  }

  /// The one in memory is the model of the one on disk.
  @Test(arguments: 0..<4 as Range<UInt64>)
  func `both logs say the same of any history`(seed: UInt64) throws {
    let logs = try Implementation.allCases.map { try $0.make(in: scratch) }
    var random = SplitMix64(seed)
    var happenings = RandomEvents(seed: seed)
    var time = Sample.start
    for _ in 0..<60 {
      let drafts = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        let (stream, data) = happenings.happening()
        return Draft(stream, .system, data)
      }
      time = time.advanced(by: Int64.random(in: 0...3, using: &random))
      let keeps = Int.random(in: 0..<4, using: &random) > 0
      for log in logs {
        if keeps {
          try log.append(drafts, at: time)
        } else {
          try log.rehearse { log in
            _ = try log.append(drafts, at: time, marks: EventMarks(), expected: [:])
          }
        }
      }
    }
    #expect(try logs[0].allRecords() == (try logs[1].allRecords()))
    let answers = try logs.map { log in try log.read { try Answers($0, times: Sample.start...time) } }
    #expect(answers[0] == answers[1])
  }
}

/// Everything that a reader can be asked, but the records.
private struct Answers: Equatable {
  let head: LogHead
  let environments: [Slug]
  let users: [UserID]
  let keys: [[KeyID]]
  let ofEnvironments: [[UInt64]]
  let streams: [[Event]]
  let sequences: [UInt64]
  let roots: [String]

  init(_ reader: any LogReader, times: ClosedRange<Instant>) throws {
    head = try reader.head()
    environments = try reader.environments()
    users = try reader.users()
    keys = try environments.map { try reader.keys(of: $0) }
    let half = head.size / 2
    ofEnvironments = try environments.flatMap { environment in
      try [half, .max].map { try reader.sequences(of: environment, through: $0).sorted() }
    }
    var streams: [[Event]] = []
    try reader.eventsInOrder(after: 0, through: .max) { event, _ in
      streams.append([event])
      return true
    }
    for event in streams.compactMap(\.first) { streams.append(try reader.events(of: event.stream)) }
    self.streams = streams
    sequences = try (times.lowerBound.milliseconds...times.upperBound.milliseconds).map {
      try reader.sequence(at: Instant(milliseconds: $0))
    }
    roots = try (1...head.size).map { "\(try reader.root(at: $0))" }
  }
}
