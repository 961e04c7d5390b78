import HTTPServer
import KeyLedger

extension RefusalCode {
  /// The one table from stable codes to statuses (contract §3).
  var status: HTTPStatus {
    switch self {
    case .badUsage: .badRequest
    case .notFound: .notFound
    case .forbidden, .escalation, .planRequired, .tokenMustBeRenewed: .forbidden
    case .revisionChanged: .preconditionFailed
    case .badName, .badText, .badScope, .badGrace, .badSlug, .unknownResource, .fullAccessReserved, .tokenTooWeak,
      .idempotencyMismatch, .timeOutOfOrder:
      .unprocessableContent
    case .alreadyExists, .handleInUse, .lastOwner, .notRemoved, .alreadyForgotten, .notScoped, .notActive,
      .notExpiring, .keyExpired, .defaultKeyMustBeRotated, .integrationMustBeDisconnected, .alreadyConnected,
      .notConnected, .tokenInLedger, .sameToken, .secretUnavailable, .clockBehind, .limitReached, .notRestored:
      .conflict
    case .busy, .outcomeUnknown, .restored, .damaged, .noSpace: .serviceUnavailable
    }
  }
}
