import Glibc
import LedgerService

/// What a run is asked for: `keyledger-bench PART --data DIR [--quick] [--events N] [--rounds N] [--program PATH]`.
struct Options {
  let part: String
  /// A directory for this run alone; the caller removes it.
  let data: String
  /// The command line tool.
  let program: String?
  let rounds: Int
  let events: Int
  let keys: Int
  /// How long one contender runs in one round, where the time is given and the work counted.
  let slice: Double
  private let arguments: [String]

  init?(_ arguments: [String]) {
    self.arguments = arguments
    guard let part = arguments.dropFirst().first, let data = Options.value("--data", in: arguments) else { return nil }
    self.part = part
    self.data = data
    program = Options.value("--program", in: arguments)
    let isQuick = arguments.contains("--quick")
    rounds = Options.value("--rounds", in: arguments).flatMap { Int($0) } ?? (isQuick ? 5 : 9)
    events = Options.value("--events", in: arguments).flatMap { Int($0) } ?? (isQuick ? 100_000 : 1_000_000)
    keys = min(events / 10, 100_000)
    slice = isQuick ? 0.2 : 0.5
  }

  /// What one part alone understands.
  func value(_ name: String) -> String? { Options.value(name, in: arguments) }

  private static func value(_ name: String, in arguments: [String]) -> String? {
    guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else { return nil }
    return arguments[place + 1]
  }

  /// The log of so many events that `generate` makes and the other parts read.
  var history: LedgerDirectory { LedgerDirectory(path: data + "/history-\(events)") }
}

/// The parts, each a process of its own, so that the peak of memory is that part's.
@main
enum Benchmarks {
  static func main() {
    guard let options = Options(CommandLine.arguments) else {
      print(
        "usage: keyledger-bench generate|keys|appends|replay|index|rebuild|verify|questions|program --data DIR [--quick]"
      )
      exit(64)
    }
    do {
      try run(options)
    } catch {
      print("\(options.part) failed: \(error)")
      exit(1)
    }
  }

  private static func run(_ options: Options) throws {
    switch options.part {
    case "heading": print(Figure.line("what", "ours", "against", "ratio", "target", ""))
    case "generate": try History.generate(options)
    case "keys": try Serving(options).generate()
    case "appends": try Appends(options).run()
    case "replay": try Replaying(options).run()
    case "index": try Finding(options).run()
    case "rebuild": try Rebuilding(options).run()
    case "verify": try Verifying(options).run()
    case "questions": try Questions(options).run()
    case "program": try Program(options).run()
    default:
      print("no part is called \(options.part)")
      exit(64)
    }
    let silent = ["heading", "generate", "keys", "program"]
    if !silent.contains(options.part) {
      Figure(what: "  peak memory of that process", ours: megabytes(peakMemory())).show()
    }
  }
}
