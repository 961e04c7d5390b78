import KeyLedger

/// What the shell is told: `contract.md` §3.
enum ExitCode: Int32, Sendable {
  case done = 0
  case refused = 1
  case usage = 2
  case notFound = 3
  case notAllowed = 4
  case changed = 5
  case checkFailed = 6
  case unusable = 7
  case interrupted = 130

  init(_ code: RefusalCode) {
    self =
      switch code {
      case .badUsage: .usage
      case .notFound: .notFound
      case .forbidden, .escalation, .tokenMustBeRenewed: .notAllowed
      case .revisionChanged: .changed
      case .busy, .outcomeUnknown, .restored, .damaged, .noSpace: .unusable
      case .planRequired, .badName, .badText, .badScope, .badGrace, .badSlug, .unknownResource, .fullAccessReserved,
        .tokenTooWeak, .idempotencyMismatch, .timeOutOfOrder, .alreadyExists, .handleInUse, .lastOwner, .notRemoved,
        .alreadyForgotten, .notScoped, .notActive, .notExpiring, .keyExpired, .defaultKeyMustBeRotated,
        .integrationMustBeDisconnected, .alreadyConnected, .notConnected, .tokenInLedger, .sameToken,
        .secretUnavailable, .clockBehind, .limitReached, .notRestored:
        .refused
      }
  }
}
