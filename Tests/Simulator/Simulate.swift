import Glibc

/// The simulator of reliability.md: the ledger's own code with a seeded clock, randomness and disk.
@main
enum Simulate {
  private static let usage = """
    usage: keyledger-simulate DIR SEED [SEEDS [LIVES [COMMANDS]]] [--lying]

    Runs SEEDS simulations (1), the first with SEED. Each is LIVES (40) crashes of processes that were given at most
    COMMANDS (25) commands. DIR is an empty directory for their files. Exits 1 at the first failure and names its seed,
    which repeats it, with SWIFT_DETERMINISTIC_HASHING=1.
    --lying: syncs do nothing, so a failure must be found; then the exit is 0 with one, and 1 without.
    """

  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let isLying = arguments.last == "--lying"
    if isLying { arguments.removeLast() }
    let numbers = arguments.dropFirst().compactMap { UInt64($0) }
    guard let base = arguments.first, let first = numbers.first, numbers.count == arguments.count - 1 else {
      print(usage)
      exit(64)
    }
    let seeds = numbers.count > 1 ? numbers[1] : 1
    let lives = numbers.count > 2 ? Int(numbers[2]) : 40
    let commands = numbers.count > 3 ? Int(numbers[3]) : 25
    SimulatedVFS.install()
    var isWhole = true
    for seed in first..<first + seeds where isWhole {
      isWhole = run(seed, base: base + "/\(seed)", lives: lives, commands: commands, isLying: isLying)
    }
    exit(isWhole == isLying ? 1 : 0)
  }

  private static func run(_ seed: UInt64, base: String, lives: Int, commands: Int, isLying: Bool) -> Bool {
    do {
      try PlainFiles.make(base)
      var simulation = try Simulation(seed: seed, base: base, disksLie: isLying)
      try simulation.run(lives: lives, commands: commands)
      print("seed \(seed): \(simulation.report); nothing wrong")
      fflush(nil)
      return true
    } catch {
      print("seed \(seed) fails: \(error)")
      return false
    }
  }
}
