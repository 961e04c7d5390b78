import Formats
import KeyLedger

extension RecordCodec {
  /// How a record was written, beside the event that it says.
  struct Writing {
    var ledger = LedgerID(ulid: ULID(bits: 0))
    var type = EventType.ledgerCreated
    var dataVersion = 1
    /// Whether events of the type stand in a stream of this kind.
    var isInPlace = false
    /// Where the member `data` lies.
    var data = 0..<0
    /// Where the text of the member `subject` lies, without its quotes.
    var subject = 0..<0
  }

  /// Adds the event of a record to others, where it then lies: one that is given back is copied at each step on the way,
  /// and is some hundred bytes. What it throws it has not added.
  static func read(
    _ record: Span<UInt8>, ledger: LedgerID?, version: UInt64, _ upcasters: Upcasters, _ known: inout KnownValues,
    _ writing: inout Writing, to events: inout [Event]
  ) throws(RecordError) {
    guard record.count <= maximumBytes else { throw .tooLarge(bytes: record.count) }
    let type = try peekType(record)
    // Data of a type that has changed its shape is read when the version is known, which stands behind it. None or one: an
    // event is large, and an array of none is handed on for nothing.
    var lifted: [EventData] = []
    if upcasters.version(of: type) > 1 { lifted.append(try eventData(in: record, type, upcasters)) }
    do throws(JSONError) {
      var reader = JSONReader(record)
      try reader.record(type, version: version, data: lifted, &known, &writing, to: &events)
    } catch {
      throw refusal(error, record, type, upcasters)
    }
    do throws(RecordError) {
      guard !lifted.isEmpty || writing.dataVersion == 1 else { throw .unknownDataVersion(type: type.name.description) }
      guard ledger == nil || writing.ledger == ledger else { throw .foreign }
      guard writing.isInPlace else {
        throw .malformed(offset: record.count, rule: "an event in a stream of another kind")
      }
    } catch {
      events.removeLast()
      throw error
    }
  }

  /// The type, from the end of the record, where canonical order puts it: how to read `data` must be known before.
  private static func peekType(_ record: Span<UInt8>) throws(RecordError) -> EventType {
    let end = record.count - 2
    guard end > 0, record[end] == UInt8(ascii: "\""), record[end + 1] == UInt8(ascii: "}") else {
      throw .malformed(offset: record.count, rule: "the type does not stand at the end")
    }
    var start = end
    while start > 0, record[start - 1] != UInt8(ascii: "\"") { start -= 1 }
    guard let type = EventType(record.extracting(start..<end)) else { throw .unknownType }
    return type
  }

  /// Data that can't be read may be of a newer shape, and then that is what to say.
  private static func refusal(
    _ error: JSONError, _ record: Span<UInt8>, _ type: EventType, _ upcasters: Upcasters
  ) -> RecordError {
    if let skimmed = try? skim(record), skimmed.dataVersion > upcasters.version(of: type) {
      return .unknownDataVersion(type: type.name.description)
    }
    return .malformed(offset: error.offset, rule: error.what)
  }

  /// Where `data` lies and in which version, without reading it.
  private static func skim(_ record: Span<UInt8>) throws(JSONError) -> (data: Range<Int>, dataVersion: Int) {
    var reader = JSONReader(record)
    return try reader.skimData()
  }

  private static func eventData(
    in record: Span<UInt8>, _ type: EventType, _ upcasters: Upcasters
  ) throws(RecordError) -> EventData {
    let range: Range<Int>
    let version: Int
    do throws(JSONError) {
      (range, version) = try skim(record)
    } catch {
      throw .malformed(offset: error.offset, rule: error.what)
    }
    let data = record.extracting(range)
    let present = upcasters.version(of: type)
    guard version <= present else { throw .unknownDataVersion(type: type.name.description) }
    guard version < present else { return try eventData(data, type) }
    let old: JSON
    do throws(JSONError) {
      old = try JSON(parsing: [UInt8](copying: data))
    } catch {
      throw .notUpcast(type: type.name.description, rule: error.what)
    }
    guard old.canonical() == [UInt8](copying: data) else { throw .notCanonical }
    do {
      return try eventData(try upcasters.lift(old, type, from: version).canonical().span, type)
    } catch {
      let rule = (error as? UpcastError)?.rule ?? "not what its upcaster expects"
      throw .notUpcast(type: type.name.description, rule: rule)
    }
  }

  private static func eventData(_ data: Span<UInt8>, _ type: EventType) throws(RecordError) -> EventData {
    do throws(JSONError) {
      var reader = JSONReader(data)
      var known = KnownValues.none()
      let value = try reader.eventData(type, &known)
      try reader.end()
      return value
    } catch {
      throw .malformed(offset: error.offset, rule: "in data: \(error.what)")
    }
  }
}

extension JSONReader {
  /// - Parameter data: what the record's data says, when it had to be read before; it is passed over here.
  @_lifetime(self: copy self)
  fileprivate mutating func record(
    _ type: EventType, version: UInt64, data lifted: [EventData], _ known: inout KnownValues,
    _ writing: inout RecordCodec.Writing, to events: inout [Event]
  ) throws(JSONError) {
    try beginObject()
    try nextMember("actor")
    let actor = try actor(&known)
    try nextMember("data")
    let start = offset
    let data: EventData
    if let lifted = lifted.first {
      data = lifted
      try skipValue()
    } else {
      data = try eventData(type, &known)
    }
    writing.data = start..<offset
    writing.dataVersion = try dataVersion()
    try nextMember("id")
    let sequence = UInt64(try decimal(from: 1))
    let idempotency = try ifMember("idempotencykey") ? try digest() : nil
    let recorded = try recorded(&known)
    let request = idempotency == nil ? nil : try requestHash()
    try nextMember("source")
    writing.ledger = try ledgerSource(&known)
    guard tryBytes(",\"specversion\":\"1.0\"") else {
      throw JSONError(offset: offset, what: "expected the member specversion of 1.0")
    }
    try nextMember("subject")
    let subject = offset + 1
    let stream = try stream(&known)
    writing.subject = subject..<offset - 1
    (writing.type, writing.isInPlace) = (type, type.belongs(to: stream))
    try nextMember("time")
    let time = try time()
    let traceparent = try ifMember("traceparent") ? try traceparent() : nil
    try nextMember("type")
    try constant(type.name)
    try endObject()
    try end()
    let marks = EventMarks(
      idempotency: idempotency.flatMap { key in request.map { Idempotency(key: key, request: $0) } },
      recorded: consume recorded, traceparent: consume traceparent)
    events.append(
      Event(
        sequence: sequence, stream: consume stream, version: version, time: time, actor: consume actor,
        data: consume data, marks: consume marks))
  }

  @_lifetime(self: copy self)
  fileprivate mutating func skimData() throws(JSONError) -> (data: Range<Int>, dataVersion: Int) {
    try beginObject()
    try nextMember("actor")
    _ = try readASCII()
    try nextMember("data")
    let start = offset
    try skipValue()
    return (start..<offset, try dataVersion())
  }

  /// 1 is never written.
  @_lifetime(self: copy self)
  private mutating func dataVersion() throws(JSONError) -> Int {
    try ifMember("dataversion") ? Int(try decimal(from: 2)) : 1
  }

  /// The two attributes of a backfilled event, which go together.
  @inline(__always) @_lifetime(self: copy self)
  private mutating func recorded(_ known: inout KnownValues) throws(JSONError) -> Recorded? {
    guard try ifMember("recordedby") else { return nil }
    let by = try actor(&known)
    try nextMember("recordedtime")
    return Recorded(time: try time(), by: by)
  }

  /// Goes with the idempotency key.
  @inline(__always) @_lifetime(self: copy self)
  private mutating func requestHash() throws(JSONError) -> Hash256 {
    try nextMember("requesthash")
    return try digest()
  }

  @_lifetime(self: copy self)
  private mutating func ledgerSource(_ known: inout KnownValues) throws(JSONError) -> LedgerID {
    if let again = known.ledgers.again(rest()) {
      passOver(again.count)
      return again.value
    }
    let (start, quoted) = (offset, peekPlainString())
    guard let ulid = ULID(try readUnchecked(39), after: "/ledgers/ldg_") else {
      throw JSONError(offset: start, what: "no ledger")
    }
    let ledger = LedgerID(ulid: ulid)
    known.ledgers.keep(ledger, quoted)
    return ledger
  }

  @inline(__always) @_lifetime(self: copy self)
  private mutating func constant(_ text: StaticString) throws(JSONError) {
    let start = offset
    guard try readUnchecked(text.utf8CodeUnitCount).equals(text) else {
      throw JSONError(offset: start, what: "expected \(text)")
    }
  }

  @_lifetime(self: copy self)
  private mutating func traceparent() throws(JSONError) -> String {
    let start = offset
    let text = try readASCII()
    guard TraceParent.isValid(text), let text = UTF8Text.decode(text) else {
      throw JSONError(offset: start, what: "not the shape of a W3C traceparent")
    }
    return text
  }
}
