import Glibc
import Synchronization

/// What Ctrl-C does: exit 130 at once, or for work that ends in good order, a wish that is looked at between steps.
enum Interruption {
  private static let isDeferred = Atomic<Bool>(false)
  private static let isAsked = Atomic<Bool>(false)

  static var wasAsked: Bool { isAsked.load(ordering: .relaxed) }

  /// A crash leaves a ledger whole, so a command that is interrupted may stop wherever it is.
  static func install() {
    // Made before a handler could be the first to touch them, which would not be safe there.
    isDeferred.store(false, ordering: .relaxed)
    isAsked.store(false, ordering: .relaxed)
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { _ in Interruption.arrived() }
    unsafe sigaction(SIGINT, &action, nil)
    unsafe sigaction(SIGTERM, &action, nil)
    // Whoever started us from a thread that blocks signals has handed that on.
    var signals = sigset_t()
    for signal in [SIGINT, SIGTERM, SIGPIPE] { unsafe sigaddset(&signals, signal) }
    unsafe sigprocmask(SIG_UNBLOCK, &signals, nil)
    // A reader that has gone away ends us quietly, as it does every filter, also where our parent ignores the signal.
    _ = signal(SIGPIPE, SIG_DFL)
  }

  /// From here on the first Ctrl-C only asks, and calls that block return early; a second one ends at once.
  static func askFirst() { isDeferred.store(true, ordering: .relaxed) }

  /// Back to how it was.
  static func endAtOnce() { isDeferred.store(false, ordering: .relaxed) }

  private static func arrived() {
    let wasAsked = isAsked.exchange(true, ordering: .relaxed)
    if wasAsked || !isDeferred.load(ordering: .relaxed) { _exit(ExitCode.interrupted.rawValue) }
  }
}
