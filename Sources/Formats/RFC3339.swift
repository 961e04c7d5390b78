/// Times as RFC 3339 writes them, and as milliseconds since 1970-01-01T00:00:00Z without leap seconds.
package enum RFC3339 {
  /// 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z, what four digits of a year can say.
  package static let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

  /// Bytes of the canonical form.
  package static var length: Int { 24 }

  /// The canonical form, `2026-11-22T20:22:40.123Z`. Traps outside `range`.
  package static func format(milliseconds: Int64) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(length)
    append(milliseconds: milliseconds, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the canonical form, allocating nothing but room for it. Traps outside `range`.
  package static func append(milliseconds: Int64, to text: inout [UInt8]) {
    precondition(range.contains(milliseconds), "year beyond 0000 to 9999")
    let day = CivilDate.floorDivide(milliseconds, by: 86_400_000)
    let date = CivilDate(day: day)
    var rest = milliseconds - day * 86_400_000
    append(date.year, digits: 4, to: &text)
    text.append(0x2D)
    append(date.month, digits: 2, to: &text)
    text.append(0x2D)
    append(date.day, digits: 2, to: &text)
    text.append(0x54)
    append(rest / 3_600_000, digits: 2, to: &text)
    rest %= 3_600_000
    text.append(0x3A)
    append(rest / 60_000, digits: 2, to: &text)
    rest %= 60_000
    text.append(0x3A)
    append(rest / 1000, digits: 2, to: &text)
    text.append(0x2E)
    append(rest % 1000, digits: 3, to: &text)
    text.append(0x5A)
  }

  private static func append(_ value: Int64, digits: Int, to text: inout [UInt8]) {
    var power: Int64 = digits == 4 ? 1000 : digits == 3 ? 100 : 10
    while power > 0 {
      text.append(0x30 &+ UInt8(truncatingIfNeeded: value / power % 10))
      power /= 10
    }
  }
}

/// A day of the proleptic Gregorian calendar, as RFC 3339 counts its years from 0000.
package struct CivilDate: Equatable, Sendable {
  package let year: Int64
  /// 1 to 12.
  package let month: Int64
  /// 1 to 31.
  package let day: Int64

  /// Nil if there is no such day.
  package init?(year: Int64, month: Int64, day: Int64) {
    guard 1...12 ~= month, 1...Self.days(in: month, of: year) ~= day else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// - Parameter day: days since 1970-01-01.
  ///
  /// Eras of 400 years and years from March, so that the leap day is the last one:
  /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  package init(day: Int64) {
    let shifted = day + 719_468
    let era = Self.floorDivide(shifted, by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    self.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    self.year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01.
  package var dayNumber: Int64 {
    let fromMarch = month <= 2 ? year - 1 : year
    let era = Self.floorDivide(fromMarch, by: 400)
    let yearOfEra = fromMarch - era * 400
    let monthFromMarch = month > 2 ? month - 3 : month + 9
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  static func floorDivide(_ a: Int64, by b: Int64) -> Int64 {
    a >= 0 ? a / b : (a - b + 1) / b
  }
}
