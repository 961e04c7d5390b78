import Formats
public import KeyLedger

/// A point in history that an answer is asked for.
public enum Point: Equatable, Sendable {
  /// All events up to and including it.
  case time(Instant)
  /// Events 1 to this one, judged at its time.
  case event(UInt64)

  /// A time, or an event's number, bare or as `#N`. Throws `bad_usage` for any other text.
  ///
  /// - Parameter now: what a relative time counts back from.
  public static func parse(_ text: String, now: Instant) throws(Refusal) -> Point {
    let number = text.utf8.first == UInt8(ascii: "#") ? String(text.utf8.dropFirst()) : text
    if let number, let value = Decimal.parse(number) { return .event(UInt64(value)) }
    guard let time = readTime(text, now: now) else {
      throw Refusal(
        .badUsage, "That is no point in history: give \(times), or the number of an event (42, #42).", field: "at")
    }
    return .time(time)
  }

  private static let times = "a time (2026-11-22T20:22:40Z, 2026-11-22, -24h, -7d)"

  /// RFC 3339 with any offset, a bare date (midnight UTC), or a relative time such as `-24h` or `-7d`.
  public static func time(_ text: String, now: Instant) throws(Refusal) -> Instant {
    // What was typed is not repeated: it may be a secret that was pasted into the wrong place.
    guard let time = readTime(text, now: now) else { throw Refusal(.badUsage, "That is no time: give \(times).") }
    return time
  }

  private static func readTime(_ text: String, now: Instant) -> Instant? {
    if let ago = milliseconds(ago: text) {
      let (time, overflow) = now.milliseconds.subtractingReportingOverflow(ago)
      return overflow ? nil : Instant(tellable: time)
    } else if let time = RFC3339.parse(text) {
      return Instant(milliseconds: time)
    }
    return nil
  }

  /// `-24h` and its like: a minus, a number, and one of s, m, h, d, w. Nil for anything else.
  private static func milliseconds(ago text: String) -> Int64? {
    let bytes = text.utf8
    guard bytes.first == UInt8(ascii: "-"), let unit = bytes.last.flatMap(milliseconds(unit:)),
      let count = String(bytes.dropFirst().dropLast()).flatMap({ Decimal.parse($0) })
    else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    return overflow ? .max : product
  }

  private static func milliseconds(unit: UInt8) -> Int64? {
    switch unit {
    case UInt8(ascii: "s"): 1_000
    case UInt8(ascii: "m"): 60_000
    case UInt8(ascii: "h"): 3_600_000
    case UInt8(ascii: "d"): 86_400_000
    case UInt8(ascii: "w"): 7 * 86_400_000
    default: nil
    }
  }
}
