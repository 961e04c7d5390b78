import Cryptography
import Formats
package import KeyLedger
import Synchronization

/// The console's sessions: in memory alone, so a restart ends them. Of a cookie only the SHA-256 is kept.
///
/// A session is its user's access token by another name: whoever finds one checks that the token is good still.
package final class Sessions: Sendable {
  private struct Session {
    let user: UserID
    let token: Hash256
    let begun: Instant
    var used: Instant
  }

  private let sessions = Mutex<[Hash256: Session]>([:])
  private let randomness: any Randomness

  /// A session ends so long after it began, and so long after it was last used. Milliseconds.
  package static let length: Int64 = 12 * 3_600_000
  package static let idleLength: Int64 = 3_600_000
  /// Beyond so many the one that was used longest ago makes room.
  static let maximum = 10_000

  package init(randomness: any Randomness = SystemRandomness()) { self.randomness = randomness }

  /// A new session; its cookie, 32 random bytes in hex, is told this once.
  package func open(_ user: UserID, token: Hash256, at now: Instant) -> String {
    let cookie = Hex.encode(randomness.bytes(32))
    let session = Session(user: user, token: token, begun: now, used: now)
    sessions.withLock { sessions in
      if sessions.count >= Sessions.maximum {
        sessions = sessions.filter { Sessions.isAlive($0.value, at: now) }
        if sessions.count >= Sessions.maximum, let oldest = sessions.min(by: { $0.value.used < $1.value.used }) {
          sessions[oldest.key] = nil
        }
      }
      sessions[Sessions.name(cookie.utf8.span)] = session
    }
    return cookie
  }

  /// Whose session it is, which thereby has been used; nil for none, or one that has ended.
  package func find(_ cookie: Span<UInt8>, at now: Instant) -> (user: UserID, token: Hash256)? {
    let name = Sessions.name(cookie)
    return sessions.withLock { sessions in
      guard let session = sessions[name] else { return nil }
      guard Sessions.isAlive(session, at: now) else {
        sessions[name] = nil
        return nil
      }
      sessions[name]?.used = now
      return (session.user, session.token)
    }
  }

  /// Tells, as often as it is asked, whether the session goes on. Who only looks does not use it.
  package func watch(_ cookie: Span<UInt8>) -> @Sendable (Instant) -> Bool {
    let name = Sessions.name(cookie)
    return { [self] now in sessions.withLock { $0[name].map { Sessions.isAlive($0, at: now) } ?? false } }
  }

  package func close(_ cookie: Span<UInt8>) {
    let name = Sessions.name(cookie)
    sessions.withLock { $0[name] = nil }
  }

  private static func isAlive(_ session: Session, at now: Instant) -> Bool {
    now < session.begun.advanced(by: length) && now < session.used.advanced(by: idleLength)
  }

  private static func name(_ cookie: Span<UInt8>) -> Hash256 { Hash256(SHA256.hash(cookie)) }
}
