import Formats
import Testing

@Suite struct Times {
  static let instants: [(Int64, String)] = [
    (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (1_795_378_960_123, "2026-11-22T20:22:40.123Z"),
    (951_782_400_000, "2000-02-29T00:00:00.000Z"), (RFC3339.range.lowerBound, "0000-01-01T00:00:00.000Z"),
    (RFC3339.range.upperBound, "9999-12-31T23:59:59.999Z"), (-62_162_121_600_001, "0000-02-28T23:59:59.999Z"),
    (-62_162_121_600_000, "0000-02-29T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
  ]

  @Test(arguments: instants)
  func `a time and its canonical text are one`(milliseconds: Int64, text: String) {
    #expect(RFC3339.format(milliseconds: milliseconds) == text)
    #expect(RFC3339.parseCanonical(text.utf8.span) == milliseconds)
    #expect(RFC3339.parse(text) == milliseconds)
  }

  @Test func `every day of 400 years round-trips and follows the day before`() throws {
    let first = try #require(CivilDate(year: 1970, month: 1, day: 1))
    #expect(first.dayNumber == 0)
    var text: [UInt8] = []
    var last = first
    for day in 1...146_097 as ClosedRange<Int64> {
      let date = CivilDate(day: day)
      let follows =
        (date.year, date.month, date.day) == (last.year, last.month, last.day + 1)
        || (date.year, date.month, date.day) == (last.year, last.month + 1, 1)
        || (date.year, date.month, date.day) == (last.year + 1, 1, 1) && last.month == 12 && last.day == 31
      text.removeAll(keepingCapacity: true)
      RFC3339.append(milliseconds: day * 86_400_000 + 86_399_999, to: &text)
      let back = RFC3339.parseCanonical(text.span)
      if !follows || date.dayNumber != day || back != day * 86_400_000 + 86_399_999 {
        Issue.record("day \(day)")
        return
      }
      last = date
    }
    #expect(last == CivilDate(year: 2370, month: 1, day: 1))
  }

  @Test(arguments: [
    "2026-11-22T20:22:40Z", "2026-11-22T20:22:40.12Z", "2026-11-22T20:22:40.1234Z", "2026-11-22t20:22:40.123Z",
    "2026-11-22T20:22:40.123z", "2026-11-22T20:22:40.123+00:00", "2026-11-22 20:22:40.123Z", "2026-11-22T24:00:00.000Z",
    "2026-11-22T20:60:40.123Z", "2026-11-22T20:22:60.123Z", "2026-13-22T20:22:40.123Z", "2026-00-22T20:22:40.123Z",
    "2026-02-29T20:22:40.123Z", "1900-02-29T00:00:00.000Z", "2026-11-31T20:22:40.123Z", "2026-11-00T20:22:40.123Z",
    "2026-11-22T20:22:40,123Z", "2026-11-22T20-22:40.123Z", "2026-11-22T20:22-40.123Z", "2026/11-22T20:22:40.123Z",
    "+026-11-22T20:22:40.123Z", "2026-11-22T2 :22:40.123Z", "2026-11-22", "", "2016-12-31T23:59:60.000Z",
  ])
  func `any other text is no canonical time`(text: String) {
    #expect(RFC3339.parseCanonical(text.utf8.span) == nil)
  }

  @Test func `whatever byte is changed, the canonical form is the only one read`() {
    let text = bytes("2026-11-22T20:22:40.123Z")
    for i in text.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = text
        changed[i] = byte
        guard let time = RFC3339.parseCanonical(changed.span) else { continue }
        #expect(bytes(RFC3339.format(milliseconds: time)) == changed)
      }
    }
  }

  @Test(arguments: [
    ("2019-07-01", "2019-07-01T00:00:00.000Z"), ("2026-11-22T20:22:40Z", "2026-11-22T20:22:40.000Z"),
    ("2026-11-22t20:22:40.1z", "2026-11-22T20:22:40.100Z"),
    ("2026-11-22T20:22:40.9999999999999999999999Z", "2026-11-22T20:22:40.999Z"),
    ("2026-11-22T20:22:40.123+01:30", "2026-11-22T18:52:40.123Z"),
    ("2026-11-22T20:22:40-23:59", "2026-11-23T20:21:40.000Z"),
    ("2026-11-22T20:22:40-00:00", "2026-11-22T20:22:40.000Z"),
    ("1969-12-31T23:59:59.9995Z", "1969-12-31T23:59:59.999Z"),
    ("2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00.000Z"),
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"), ("2015-06-30T23:59:60.5Z", "2015-06-30T23:59:59.999Z"),
    ("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59.999Z"),
    ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"),
  ])
  func `any RFC 3339 form is read`(text: String, canonical: String) throws {
    #expect(RFC3339.format(milliseconds: try #require(RFC3339.parse(text))) == canonical)
  }

  @Test(arguments: [
    "2019-7-01", "2019-07-1", "2019-02-29", "2019-07-01T", "2019-07-01Z", "2019-07-01T00", "2019-07-01T00:00Z",
    "2019-07-01T00:00:00", "2019-07-01T00:00:00.Z", "2019-07-01T00:00:00,5Z", "2019-07-01 00:00:00Z",
    "2019-07-01T24:00:00Z", "2019-07-01T00:60:00Z", "2019-07-01T00:00:61Z", "2019-07-01T00:00:60Z",
    "2016-12-31T23:58:60Z", "2016-12-30T23:59:60Z", "2016-03-31T23:59:60Z", "2016-12-31T23:59:60+01:00",
    "2019-07-01T00:00:00+1:00", "2019-07-01T00:00:00+0100", "2019-07-01T00:00:00+24:00", "2019-07-01T00:00:00+00:60",
    "2019-07-01T00:00:00ZZ", "2019-07-01T00:00:00Z ", " 2019-07-01", "20190701", "-24h", "12019-07-01", "",
    "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "２019-07-01",
  ])
  func `any other text is no time`(text: String) {
    #expect(RFC3339.parse(text) == nil)
  }

  @Test func `a year of five digits traps`() async {
    await #expect(processExitsWith: .failure) {
      _ = RFC3339.format(milliseconds: RFC3339.range.upperBound + 1)
    }
  }
}
