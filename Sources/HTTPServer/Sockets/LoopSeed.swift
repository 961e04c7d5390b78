/// What a loop is made of, on its way to the loop's thread.
struct LoopSeed: Sendable {
  let listeners: [Listener]
  let mailbox: Mailbox
  let counters: LoopCounters
  let limits: HTTPLimits
  let timeouts: HTTPTimeouts
  let clock: @Sendable () -> UInt64
}
