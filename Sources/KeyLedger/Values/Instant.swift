/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z. The domain is told the time, it never asks.
public struct Instant: Hashable, Comparable, Sendable {
  /// Milliseconds since the Unix epoch, UTC, leap seconds not counted.
  public let milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// 0000-01-01T00:00:00.000Z, the first moment that four digits of a year can say (RFC 3339 §5.6).
  public static let earliest = Instant(milliseconds: -62_167_219_200_000)
  /// 9999-12-31T23:59:59.999Z, the last one.
  public static let latest = Instant(milliseconds: 253_402_300_799_999)

  /// Nil for what no year of four digits can say, such as a time in a file that was damaged: it could not be told.
  public init?(tellable milliseconds: Int64) {
    guard Instant.earliest.milliseconds...Instant.latest.milliseconds ~= milliseconds else { return nil }
    self.init(milliseconds: milliseconds)
  }

  public static func < (a: Instant, b: Instant) -> Bool { a.milliseconds < b.milliseconds }

  /// The moment `milliseconds` later, or earlier when negative.
  public func advanced(by milliseconds: Int64) -> Instant { Instant(milliseconds: self.milliseconds + milliseconds) }

  /// Whether it is `start`, or less than `milliseconds` later. Not before it: a clock that was set back must not prolong
  /// a pause.
  public func isWithin(_ milliseconds: Int64, of start: Instant) -> Bool {
    start <= self && self < start.advanced(by: milliseconds)
  }
}
