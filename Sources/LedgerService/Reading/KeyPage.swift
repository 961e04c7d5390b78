/// Which part of a long answer about keys is wanted; they come newest first.
public struct KeyPage: Sendable {
  /// Only keys that began before this event: `next` of the page before.
  public var before: UInt64?
  /// Keys at most, from 1 on.
  public var limit: Int

  public init(before: UInt64? = nil, limit: Int) {
    self.before = before
    self.limit = limit
  }

  public static let whole = KeyPage(limit: .max)

  /// Keys whose events are read in one picture of the log, so that no reader keeps its WAL from being cut for long.
  static let batch = 500

  func admits(_ firstEvent: UInt64) -> Bool { before.map { firstEvent < $0 } ?? true }
}
