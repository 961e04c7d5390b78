internal import Formats

/// The JSON object `data` of a stored record, as it stands there.
enum RecordParts {
  /// `record` was accepted by the codec, so it is canonical: `actor` and `data` come first. Throws `JSONError` else.
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
}
