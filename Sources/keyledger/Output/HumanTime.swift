import Formats
import KeyLedger

/// Times as people read them.
struct HumanTime: Sendable {
  let now: Instant
  /// As of the past nothing is "2 min ago": there times are dates.
  var isPast = false

  /// "just now", "2 min ago", "5 h ago", "3 days ago", then "3 Mar 2021".
  func short(_ time: Instant) -> String {
    let age = now.milliseconds - time.milliseconds
    if isPast || age < 0 || age >= 7 * HumanTime.day { return HumanTime.date(time) }
    if age < HumanTime.minute { return "just now" }
    return HumanTime.span(age) + " ago"
  }

  /// The date and the time to the second, and how long ago that is.
  func long(_ time: Instant) -> String {
    let exact = HumanTime.date(time) + ", " + HumanTime.clock(time) + " UTC"
    if isPast { return exact }
    if time > now { return "\(exact) (\(ahead(time)))" }
    let relative = short(time)
    return relative == HumanTime.date(time) ? exact : "\(exact) (\(relative))"
  }

  /// "in 3 h".
  func ahead(_ time: Instant) -> String {
    let rest = time.milliseconds - now.milliseconds
    return rest < HumanTime.minute ? "in less than a minute" : "in " + HumanTime.span(rest)
  }

  static let minute: Int64 = 60_000
  static let hour: Int64 = 60 * minute
  static let day: Int64 = 24 * hour

  /// One unit, to the nearest: "59 min", "24 h", "3 days".
  static func span(_ milliseconds: Int64) -> String {
    let minutes = (milliseconds + minute / 2) / minute
    if minutes < 60 { return "\(minutes) min" }
    let hours = (milliseconds + hour / 2) / hour
    if hours < 48 { return "\(hours) h" }
    return "\((milliseconds + day / 2) / day) days"
  }

  /// "3 Mar 2021", in UTC.
  static func date(_ time: Instant) -> String {
    let date = CivilDate(day: floorDivide(time.milliseconds, day))
    return "\(date.day) \(months[Int(date.month) - 1]) \(date.year)"
  }

  /// "10:02:13", in UTC.
  static func clock(_ time: Instant) -> String {
    let seconds = (time.milliseconds - floorDivide(time.milliseconds, day) * day) / 1000
    return [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
      .joined(separator: ":")
  }

  private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : (a - b + 1) / b }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
