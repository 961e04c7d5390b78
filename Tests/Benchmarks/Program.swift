import EventLog
import Glibc
import KeyLedger
import LedgerService
import Projections

/// The command line as its user meets it: a process from start to end.
struct Program {
  private let options: Options
  private let program: String

  init(_ options: Options) throws {
    guard let program = options.program else { throw Failure("--program PATH is missing") }
    self.options = options
    self.program = program
  }

  func run() throws {
    let log = try SQLiteLog(path: options.history.ledger, mode: .readOnly)
    let views = try Views(path: options.history.views, ledger: log.ledger)
    try views.catchUp(with: log)
    guard let key = try views.keys(KeyQuery()).first?.id.description else { throw Failure("no key") }
    views.close()
    let name = "on \(grouped(options.keys)) keys"
    try row("keyledger key show, \(name)", ["key", "show", key])
    try row("keyledger key activity, \(name)", ["key", "activity", key])
    try row("keyledger key show --at, \(name)", ["key", "show", key, "--at", "-1h"])
  }

  private func row(_ what: String, _ arguments: [String]) throws {
    var peak = 0
    let rounds = try Rounds(
      max(options.rounds, 9),
      [
        { try timed { _ = try Program.run("/bin/true", []) } },
        { try timed { peak = max(peak, try Program.run(program, arguments + ["--data", options.history.path])) } },
      ])
    let milliseconds = rounds.median(1) * 1_000
    Figure(
      what: what, ours: format(milliseconds, 1) + " ms, " + megabytes(peak),
      against: "true " + format(rounds.median(0) * 1_000, 1) + " ms", target: "<= 60 ms",
      isReached: milliseconds <= 60
    ).show()
  }

  /// Runs it with its output thrown away, and gives the most memory that it held. Throws unless it ended well.
  private static func run(_ path: String, _ arguments: [String]) throws -> Int {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
    defer { for index in unsafe words.indices { unsafe free(words[index]) } }
    var process = pid_t()
    guard unsafe posix_spawn(&process, path, &actions, nil, &words, environ) == 0 else {
      throw Failure("cannot run \(path)")
    }
    var status: Int32 = 0
    var usage = rusage()
    guard unsafe wait4(process, &status, 0, &usage) == process, status == 0 else {
      throw Failure("\(path) \(arguments.joined(separator: " ")) ended with \(status >> 8)")
    }
    return usage.ru_maxrss * 1024
  }
}
