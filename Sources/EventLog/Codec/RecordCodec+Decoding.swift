import Formats
import KeyLedger

extension RecordCodec {
  /// What a record says, and how it was written.
  struct Read {
    let event: Event
    let ledger: LedgerID
    let dataVersion: Int
    /// Where the member `data` lies.
    let data: Range<Int>
  }

  static func read(
    _ record: Span<UInt8>, ledger: LedgerID?, version: UInt64, upcasters: Upcasters
  ) throws(RecordError) -> Read {
    guard record.count <= maximumBytes else { throw .tooLarge(bytes: record.count) }
    let type = try peekType(record)
    let present = upcasters.version(of: type)
    let envelope = try envelope(record, type: type, present: present)
    guard ledger == nil || envelope.ledger == ledger else { throw .foreign }
    guard type.belongs(to: envelope.stream) else {
      throw .malformed(offset: record.count, rule: "an event in a stream of another kind")
    }
    let data = try eventData(of: envelope, in: record, type, upcasters)
    let event = Event(
      sequence: envelope.sequence, stream: envelope.stream, version: version, time: envelope.time,
      actor: envelope.actor, data: data, marks: envelope.marks)
    return Read(
      event: event, ledger: envelope.ledger, dataVersion: envelope.dataVersion, data: envelope.dataRange)
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

  private static func envelope(
    _ record: Span<UInt8>, type: EventType, present: Int
  ) throws(RecordError) -> RecordEnvelope {
    do throws(JSONError) {
      return try readEnvelope(record, type, dataInPlace: present == 1)
    } catch {
      // Data that can't be read may be of a newer shape, and then that is what to say.
      if let later = try? readEnvelope(record, type, dataInPlace: false), later.dataVersion > present {
        throw .unknownDataVersion(type: type.name.description)
      }
      throw .malformed(offset: error.offset, rule: error.what)
    }
  }

  private static func readEnvelope(
    _ record: Span<UInt8>, _ type: EventType, dataInPlace: Bool
  ) throws(JSONError) -> RecordEnvelope {
    var reader = JSONReader(record)
    return try reader.envelope(type, dataInPlace: dataInPlace)
  }

  private static func eventData(
    of envelope: RecordEnvelope, in record: Span<UInt8>, _ type: EventType, _ upcasters: Upcasters
  ) throws(RecordError) -> EventData {
    if let data = envelope.data { return data }
    // The type has changed its shape, and the version stands behind the data.
    let (data, version) = (record.extracting(envelope.dataRange), envelope.dataVersion)
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
      let value = try reader.eventData(type)
      try reader.end()
      return value
    } catch {
      throw .malformed(offset: error.offset, rule: "in data: \(error.what)")
    }
  }
}

/// A record's attributes, in the order in which they stand.
struct RecordEnvelope {
  let actor: Actor
  /// Nil where it could not be read before its version was known.
  let data: EventData?
  let dataRange: Range<Int>
  let dataVersion: Int
  let sequence: UInt64
  let marks: EventMarks
  let ledger: LedgerID
  let stream: Stream
  let time: Instant
}

extension JSONReader {
  @_lifetime(self: copy self)
  fileprivate mutating func envelope(_ type: EventType, dataInPlace: Bool) throws(JSONError) -> RecordEnvelope {
    try beginObject()
    try nextMember("actor")
    let actor = try actor()
    try nextMember("data")
    let start = offset
    var data: EventData?
    if dataInPlace { data = try eventData(type) } else { try skipValue() }
    let range = start..<offset
    let dataVersion = try ifMember("dataversion") ? Int(try decimal(from: 2)) : 1
    if dataVersion > 1 { data = nil }
    try nextMember("id")
    let sequence = UInt64(try decimal(from: 1))
    var marks = try optionalMarks()
    try nextMember("source")
    let ledger = try ledgerSource()
    try nextMember("specversion")
    try constant("1.0")
    try nextMember("subject")
    let stream = try stream()
    try nextMember("time")
    let time = try time()
    if try ifMember("traceparent") { marks.traceparent = try traceparent() }
    try nextMember("type")
    try constant(type.name)
    try endObject()
    try end()
    return RecordEnvelope(
      actor: actor, data: data, dataRange: range, dataVersion: dataVersion, sequence: sequence, marks: marks,
      ledger: ledger, stream: stream, time: time)
  }

  /// The attributes between `id` and `source`, of which two and two go together.
  @_lifetime(self: copy self)
  private mutating func optionalMarks() throws(JSONError) -> EventMarks {
    var marks = EventMarks()
    let key = try ifMember("idempotencykey") ? try digest() : nil
    if try ifMember("recordedby") {
      let by = try actor()
      try nextMember("recordedtime")
      marks.recorded = Recorded(time: try time(), by: by)
    }
    if let key {
      try nextMember("requesthash")
      marks.idempotency = Idempotency(key: key, request: try digest())
    }
    return marks
  }

  @_lifetime(self: copy self)
  private mutating func ledgerSource() throws(JSONError) -> LedgerID {
    let start = offset
    guard let ulid = ULID(try readASCII(), after: "/ledgers/ldg_") else {
      throw JSONError(offset: start, what: "no ledger")
    }
    return LedgerID(ulid: ulid)
  }

  @_lifetime(self: copy self)
  private mutating func constant(_ text: StaticString) throws(JSONError) {
    let start = offset
    guard try readASCII().equals(text) else { throw JSONError(offset: start, what: "expected \(text)") }
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
