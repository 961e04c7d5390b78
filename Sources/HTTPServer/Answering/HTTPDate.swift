/// The time as RFC 9110 §5.6.7 writes it: `IMF-fixdate`, `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
  /// `Date: …` with its CRLF.
  ///
  /// - Parameter seconds: since 1970, up to the year 9999.
  static func line(_ seconds: Int) -> [UInt8] {
    let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let (year, month, dayOfMonth) = civil(day)
    var line = Array("Date: ".utf8)
    line += names("ThuFriSatSunMonTueWed", day % 7)
    line += Array(", ".utf8) + digits(dayOfMonth) + [0x20]
    line += names("JanFebMarAprMayJunJulAugSepOctNovDec", month - 1)
    line += [0x20] + digits(year / 100) + digits(year % 100) + [0x20]
    line += digits(second / 3_600) + [0x3A] + digits(second / 60 % 60) + [0x3A] + digits(second % 60)
    return line + Array(" GMT\r\n".utf8)
  }

  private static func names(_ all: String, _ index: Int) -> ArraySlice<UInt8> {
    Array(all.utf8)[index * 3..<index * 3 + 3]
  }

  private static func digits(_ number: Int) -> [UInt8] {
    [0x30 + UInt8(number / 10), 0x30 + UInt8(number % 10)]
  }

  /// Days since 1970 as a date, by Howard Hinnant's `civil_from_days`, for days that are not negative.
  private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
