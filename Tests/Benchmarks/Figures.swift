import Glibc

/// What one line of the table says.
struct Figure {
  let what: String
  let ours: String
  var against = "-"
  /// Ours in units of the other, from rounds of one run.
  var ratio: Double?
  var target = "-"
  /// Nil where there is nothing to reach.
  var isReached: Bool?

  func show() {
    let ratio = ratio.map { format($0, 2) + "x" } ?? "-"
    let verdict = isReached.map { $0 ? "reached" : "missed" } ?? ""
    print(Figure.line(what, ours, against, ratio, target, verdict))
  }

  static func line(_ what: String, _ ours: String, _ against: String, _ ratio: String, _ target: String, _ end: String)
    -> String
  {
    "\(pad(what, 56)) \(pad(ours, 22)) \(pad(against, 22)) \(pad(ratio, 9)) \(pad(target, 14)) \(end)"
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

/// Several ways of doing a thing, each measured once in every round, so that what disturbs one disturbs all.
struct Rounds {
  /// By contender, one value a round.
  private var values: [[Double]] = []

  init(_ count: Int, _ contenders: [() throws -> Double]) throws {
    // The first round warms caches and is thrown away.
    for round in 0...count {
      for (index, contender) in contenders.enumerated() {
        let value = try contender()
        if round == 0 { values.append([]) } else { values[index].append(value) }
      }
    }
  }

  func median(_ contender: Int) -> Double { Rounds.median(values[contender]) }

  /// The median over the rounds of one contender in units of another.
  func ratio(_ contender: Int, to other: Int) -> Double {
    Rounds.median(zip(values[contender], values[other]).map { $0 / $1 })
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    precondition(!sorted.isEmpty, "a median of nothing")
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

/// Seconds since some moment, never backwards.
func seconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// How many seconds `body` takes by the clock on the wall: where it waits for a disk, or another thread.
func timed(_ body: () throws -> Void) rethrows -> Double {
  let start = seconds()
  try body()
  return seconds() - start
}

/// How many seconds of the processor `body` takes: where one thread computes, and neighbours on the machine should not count.
func processed(_ body: () throws -> Void) rethrows -> Double {
  func now() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
  let start = now()
  try body()
  return now() - start
}

/// The most memory that this process ever held, in bytes.
func peakMemory() -> Int {
  var usage = rusage()
  unsafe getrusage(Int32(truncatingIfNeeded: RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}

/// Seconds of the processor that all threads of this process have had.
func processorSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func format(_ value: Double, _ digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  let scaled = Int((value * scale).rounded())
  let (whole, rest) = (scaled / Int(scale), abs(scaled % Int(scale)))
  guard digits > 0 else { return grouped(whole) }
  let fraction = String(rest)
  return grouped(whole) + "." + String(repeating: "0", count: digits - fraction.count) + fraction
}

/// With a comma before every three digits.
func grouped(_ value: Int) -> String {
  var text = ""
  for (place, digit) in String(value).reversed().enumerated() {
    if place > 0, place % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return String(text.reversed())
}

func megabytes(_ bytes: Int) -> String { format(Double(bytes) / 1_048_576, 0) + " MB" }
