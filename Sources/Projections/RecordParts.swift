internal import Formats
internal import KeyLedger

/// Single parts of a stored record, without decoding the rest. A record was accepted by the codec, so it is canonical:
/// its members stand in their order.
enum RecordParts {
  /// The JSON object `data`, second after `actor`. Throws `JSONError` for what is no record.
  static func data(of record: Span<UInt8>) throws(JSONError) -> Range<Int> {
    var reader = JSONReader(record)
    try reader.beginObject()
    try reader.nextMember("actor")
    try reader.skipValue()
    try reader.nextMember("data")
    let start = reader.offset
    try reader.skipValue()
    return start..<reader.offset
  }

  /// The key whose stream it belongs to, and its time in milliseconds, from the end, where `subject`, `time`, at times
  /// `traceparent`, and `type` stand. Nil for another stream, and for what is no record.
  static func keyAndTime(of record: Span<UInt8>) -> (KeyID, Int64)? {
    guard let type = member(endingAt: record.count - 2, of: record),
      var time = member(endingAt: type.start - 2, of: record)
    else { return nil }
    if time.value.count != RFC3339.length {
      // A traceparent stood between.
      guard let earlier = member(endingAt: time.start - 2, of: record) else { return nil }
      time = earlier
    }
    guard let subject = member(endingAt: time.start - 2, of: record) else { return nil }
    // The prefix is part of it: a subject that is shorter, or another stream's, does not end like that.
    let keyStart = subject.value.upperBound - keyBytes
    guard keyStart > subject.value.lowerBound,
      let id = KeyID(span: record.extracting(keyStart..<subject.value.upperBound)),
      let milliseconds = RFC3339.parseCanonical(record.extracting(time.value))
    else { return nil }
    return (id, milliseconds)
  }

  /// `key_` and a ULID.
  private static let keyBytes = 30

  /// The member `"name":"value"` whose last quote stands at `end`, neither with an escape: its start, and the value.
  private static func member(endingAt end: Int, of record: Span<UInt8>) -> (start: Int, value: Range<Int>)? {
    guard let value = string(endingAt: end, of: record), value > 2, record[value - 2] == UInt8(ascii: ":"),
      let name = string(endingAt: value - 3, of: record)
    else { return nil }
    return (name - 1, value..<end)
  }

  /// Where the inside of a string begins whose last quote stands at `end`.
  private static func string(endingAt end: Int, of record: Span<UInt8>) -> Int? {
    guard end > 0, end < record.count, record[end] == UInt8(ascii: "\"") else { return nil }
    var start = end
    while start > 0, record[start - 1] != UInt8(ascii: "\"") { start -= 1 }
    return start > 0 ? start : nil
  }
}
