/// What all connections of a loop share. Lives on the loop's thread.
final class LoopContext {
  let limits: HTTPLimits
  let mailbox: Mailbox
  let counters: LoopCounters
  /// Nanoseconds of a clock that never goes back.
  let clock: @Sendable () -> UInt64
  /// When this turn began.
  private(set) var now: UInt64
  /// `Date: …` with its CRLF.
  private(set) var date: [UInt8] = []
  private var dateSecond = -1
  /// No connection is kept any more.
  var isStopping = false

  init(limits: HTTPLimits, mailbox: Mailbox, counters: LoopCounters, clock: @escaping @Sendable () -> UInt64) {
    (self.limits, self.mailbox, self.counters, self.clock) = (limits, mailbox, counters, clock)
    now = clock()
  }

  /// - Parameter second: since 1970.
  func beginTurn(second: Int) {
    now = clock()
    guard second != dateSecond else { return }
    (dateSecond, date) = (second, HTTPDate.line(second))
  }
}
