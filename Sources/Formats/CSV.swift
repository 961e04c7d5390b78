/// How much of a CSV record is read before it is refused.
package struct CSVLimits: Sendable {
  /// Bytes of one record, with quotes and commas, without its line break.
  package var recordBytes: Int
  /// Fields of one record.
  package var fields: Int

  package init(recordBytes: Int = 64 << 10, fields: Int = 64) {
    precondition(recordBytes > 0 && fields > 0)
    self.recordBytes = recordBytes
    self.fields = fields
  }
}

/// One record of a CSV file.
package struct CSVRecord: Equatable, Sendable {
  /// The line on which the record begins, the first being 1.
  package let line: Int
  package let fields: [String]

  package init(line: Int, fields: [String]) {
    self.line = line
    self.fields = fields
  }

  // Spelled out, because the synthesised one would compare fields by canonical equivalence.
  package static func == (a: CSVRecord, b: CSVRecord) -> Bool {
    a.line == b.line && a.fields.elementsEqual(b.fields, by: bytesEqual)
  }
}

/// Why a record was refused. `what` never quotes the input.
package struct CSVError: Error, Equatable, Sendable {
  /// The line on which the record begins, the first being 1.
  package let line: Int
  package let what: String

  package init(line: Int, what: String) {
    self.line = line
    self.what = what
  }
}

/// Comma-separated values: RFC 4180 in UTF-8, lines ended by CRLF or LF, a byte order mark skipped.
package enum CSV {
  /// All records in their order, the header row first, each read or refused on its own.
  ///
  /// Every record must have as many fields as the first good one. Beyond the grammar, control characters and invalid
  /// UTF-8 are refused. After a refused record reading goes on with the next line; where the fault is a quoted field
  /// that does not end, or not within the limits, with the line after the one on which the field begins. O(bytes).
  package static func read(_ bytes: [UInt8], limits: CSVLimits = .init()) -> [Result<CSVRecord, CSVError>] {
    var records: [Result<CSVRecord, CSVError>] = []
    var parser = CSVParser(bytes.span, limits: limits)
    var width: Int?
    while let record = parser.next() {
      guard case .success(let good) = record, let expected = width else {
        if case .success(let first) = record { width = first.fields.count }
        records.append(record)
        continue
      }
      records.append(good.fields.count == expected ? record : .failure(wrongWidth(good, expected)))
    }
    return records
  }

  private static func wrongWidth(_ record: CSVRecord, _ expected: Int) -> CSVError {
    if record.fields.count == 1, record.fields[0].utf8.isEmpty {
      return CSVError(line: record.line, what: "empty line")
    }
    return CSVError(line: record.line, what: "\(record.fields.count) fields, the first record has \(expected)")
  }
}
