import Glibc
import Synchronization

/// A bar on standard error for what takes longer than half a second, only on a terminal. Any thread may report.
final class Progress: Sendable {
  private let label: String
  private let isShown: Bool
  private let state: Mutex<State>

  private struct State {
    let begun: Int64
    var drawn: Int64?
  }

  init(_ label: String, shown: Bool) {
    self.label = label
    isShown = shown
    state = Mutex(State(begun: Progress.clock()))
  }

  /// - Parameter total: 0 when nobody knows how much there is.
  func report(_ done: Int, of total: Int) {
    guard isShown else { return }
    state.withLock { state in
      let now = Progress.clock()
      guard now - state.begun >= Progress.patience, now - (state.drawn ?? 0) >= Progress.interval else { return }
      state.drawn = now
      Output.aside("\r" + Progress.line(label, done, total) + "\u{1B}[K")
    }
  }

  /// Takes the bar away, before anything else is written.
  func clear() {
    state.withLock { state in
      guard state.drawn != nil else { return }
      state.drawn = nil
      Output.aside("\r\u{1B}[K")
    }
  }

  static func line(_ label: String, _ done: Int, _ total: Int) -> String {
    guard total > 0 else { return "\(label)  \(done)" }
    let share = min(max(Double(done) / Double(total), 0), 1)
    let full = Int(share * Double(barWidth))
    let bar = String(repeating: "█", count: full) + String(repeating: "░", count: barWidth - full)
    return "\(label)  \(bar) \(Int(share * 100)) %  \(done) of \(total)"
  }

  /// Milliseconds before anything is shown.
  private static let patience: Int64 = 500
  /// Milliseconds between two drawings.
  private static let interval: Int64 = 100
  private static let barWidth = 24

  private static func clock() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

/// A bar for each step of a longer work. Any thread may report.
final class StepBars: Sendable {
  private let isShown: Bool
  private let bars = Mutex<[String: Progress]>([:])

  init(shown: Bool) { isShown = shown }

  func report(_ step: String, _ done: Int, of total: Int) {
    let bar = bars.withLock { bars in
      let bar = bars[step] ?? Progress(step, shown: isShown)
      bars[step] = bar
      return bar
    }
    bar.report(done, of: total)
  }

  /// As that of each.
  func clear() { for bar in bars.withLock({ Array($0.values) }) { bar.clear() } }
}
