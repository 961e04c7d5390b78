// The grammar is that of RFC 3339 §5.6, quoted where it is read.

extension RFC3339 {
  /// The time of exactly the canonical form `2026-11-22T20:22:40.123Z`, else nil.
  ///
  /// So what this accepts is what `append` writes, byte for byte. No allocation.
  package static func parseCanonical(_ text: Span<UInt8>) -> Int64? {
    guard text.count == length else { return nil }
    let words = Words(text)
    guard let date = digits(words[0], of: "0000-00-"), let middle = digits(words[8], of: "00T00:00"),
      let end = digits(words[16], of: ":00.000Z")
    else { return nil }
    let (hour, minute, second) = (pair(middle, 3), pair(middle, 6), pair(end, 1))
    guard hour < 24, minute < 60, second < 60,
      let day = CivilDate(year: pair(date, 0) * 100 + pair(date, 2), month: pair(date, 5), day: pair(middle, 0))
    else { return nil }
    let fraction = pair(end, 4) * 10 + Int64(end >> 48 & 15)
    return ((day.dayNumber * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction
  }

  /// The number of two digits, of which the first lies in byte `place` of the word.
  @inline(__always)
  private static func pair(_ digits: UInt64, _ place: UInt64) -> Int64 {
    Int64(digits >> (8 * place) & 15) * 10 + Int64(digits >> (8 * place + 8) & 15)
  }

  /// The values of the digits that stand where `form` has a zero, each in its byte; nil unless all of them are digits and
  /// every other byte is as in `form`, which has eight. The first byte is the lowest.
  @inline(__always)
  private static func digits(_ word: UInt64, of form: StaticString) -> UInt64? {
    var (zeros, room): (UInt64, UInt64) = (0, 0)
    for place in 0..<8 as Range<UInt64> {
      let byte = unsafe UInt64(form.utf8Start[Int(place)])
      zeros |= byte << (8 * place)
      // What may be added to a byte before its high bit is set: to a digit nine less than to what must be zero.
      room |= (byte == 0x30 ? 0x76 : 0x7f) << (8 * place)
    }
    let digits = word ^ zeros
    return (digits | (digits &+ room)) & Words.highBits == 0 ? digits : nil
  }

  /// The time of any RFC 3339 date-time, or the midnight in UTC that begins a bare date `2019-07-01`; nil for any
  /// other text and outside `range`.
  ///
  /// Digits of the fraction beyond milliseconds are dropped. A leap second is accepted only where one may stand, at
  /// the end of June or December in UTC (§5.7), and becomes the last millisecond before it.
  package static func parse(_ text: String) -> Int64? {
    parse(text.utf8.span)
  }

  /// Like `parse` of the string with these bytes.
  package static func parse(_ text: Span<UInt8>) -> Int64? {
    guard text.count >= 10, let day = day(text) else { return nil }
    guard text.count > 10 else { return day * 86_400_000 }
    // date-time = full-date "T" full-time; T and Z may be lower case
    guard text[10] | 0x20 == 0x74, let time = time(text), let offset = offset(text, at: time.end) else { return nil }
    let minutes = day * 1440 + time.minutes - offset
    var milliseconds = minutes * 60_000 + time.milliseconds
    if time.milliseconds >= 60_000 {
      guard mayHoldLeapSecond(minute: minutes) else { return nil }
      milliseconds = minutes * 60_000 + 59_999
    }
    return range.contains(milliseconds) ? milliseconds : nil
  }

  /// `full-date = 4DIGIT "-" 2DIGIT "-" 2DIGIT`, as days since 1970.
  private static func day(_ text: Span<UInt8>) -> Int64? {
    guard let year = number(text, at: 0, digits: 4), text[4] == 0x2D,
      let month = number(text, at: 5, digits: 2), text[7] == 0x2D,
      let day = number(text, at: 8, digits: 2)
    else { return nil }
    return CivilDate(year: year, month: month, day: day)?.dayNumber
  }

  /// `partial-time = time-hour ":" time-minute ":" time-second ["." 1*DIGIT]`, from the 12th byte on.
  private static func time(_ text: Span<UInt8>) -> (minutes: Int64, milliseconds: Int64, end: Int)? {
    guard text.count >= 19, let hour = number(text, at: 11, digits: 2), text[13] == 0x3A,
      let minute = number(text, at: 14, digits: 2), text[16] == 0x3A,
      let second = number(text, at: 17, digits: 2), hour < 24, minute < 60, second <= 60
    else { return nil }
    var end = 19
    var fraction: Int64 = 0
    if end < text.count, text[end] == 0x2E {
      end += 1
      var weight: Int64 = 100
      while end < text.count, text[end] &- 0x30 < 10 {
        fraction += weight * Int64(text[end] &- 0x30)
        weight /= 10
        end += 1
      }
      guard end > 20 else { return nil }
    }
    return (hour * 60 + minute, second * 1000 + fraction, end)
  }

  /// `time-offset = "Z" / ("+" / "-") time-hour ":" time-minute`, in minutes, with nothing after it.
  private static func offset(_ text: Span<UInt8>, at start: Int) -> Int64? {
    guard start < text.count else { return nil }
    if text[start] | 0x20 == 0x7A { return text.count == start + 1 ? 0 : nil }
    guard text.count == start + 6, text[start] == 0x2B || text[start] == 0x2D,
      let hour = number(text, at: start + 1, digits: 2), text[start + 3] == 0x3A,
      let minute = number(text, at: start + 4, digits: 2), hour < 24, minute < 60
    else { return nil }
    return text[start] == 0x2B ? hour * 60 + minute : -(hour * 60 + minute)
  }

  /// - Parameter minute: minutes since 1970 in UTC.
  private static func mayHoldLeapSecond(minute: Int64) -> Bool {
    let day = CivilDate.floorDivide(minute, by: 1440)
    guard minute - day * 1440 == 1439 else { return false }
    let date = CivilDate(day: day)
    return (date.month == 6 && date.day == 30) || (date.month == 12 && date.day == 31)
  }

  private static func number(_ text: Span<UInt8>, at start: Int, digits: Int) -> Int64? {
    var value: Int64 = 0
    for i in start..<start + digits {
      let digit = text[i] &- 0x30
      guard digit < 10 else { return nil }
      value = value * 10 + Int64(digit)
    }
    return value
  }
}
