import Synchronization

/// What one loop has counted since it began. One thread writes, any may read.
final class LoopCounters: Sendable {
  enum Counter: Int, CaseIterable {
    case accepted, closed, turnedAway, requests, refused, bytesIn, bytesOut, timeouts
  }

  private let accepted = Atomic<UInt64>(0)
  private let closed = Atomic<UInt64>(0)
  private let turnedAway = Atomic<UInt64>(0)
  private let requests = Atomic<UInt64>(0)
  private let refused = Atomic<UInt64>(0)
  private let bytesIn = Atomic<UInt64>(0)
  private let bytesOut = Atomic<UInt64>(0)
  private let timeouts = Atomic<UInt64>(0)

  func add(_ counter: Counter, _ count: Int = 1) {
    let count = UInt64(count)
    switch counter {
    case .accepted: Self.add(accepted, count)
    case .closed: Self.add(closed, count)
    case .turnedAway: Self.add(turnedAway, count)
    case .requests: Self.add(requests, count)
    case .refused: Self.add(refused, count)
    case .bytesIn: Self.add(bytesIn, count)
    case .bytesOut: Self.add(bytesOut, count)
    case .timeouts: Self.add(timeouts, count)
    }
  }

  var snapshot: HTTPCounters {
    HTTPCounters(
      accepted: accepted.load(ordering: .relaxed), closed: closed.load(ordering: .relaxed),
      turnedAway: turnedAway.load(ordering: .relaxed), requests: requests.load(ordering: .relaxed),
      refused: refused.load(ordering: .relaxed), bytesIn: bytesIn.load(ordering: .relaxed),
      bytesOut: bytesOut.load(ordering: .relaxed), timeouts: timeouts.load(ordering: .relaxed))
  }

  /// A load and a store: there is one writer, which needs no locked addition.
  private static func add(_ atomic: borrowing Atomic<UInt64>, _ count: UInt64) {
    atomic.store(atomic.load(ordering: .relaxed) &+ count, ordering: .relaxed)
  }
}

/// What a server has counted since it began, for its metrics.
package struct HTTPCounters: Sendable, Equatable {
  /// Connections accepted, and of them closed again.
  package var accepted: UInt64 = 0
  package var closed: UInt64 = 0
  /// Connections closed because there were too many: new ones, or others that kept us waiting and had to make room.
  package var turnedAway: UInt64 = 0
  /// Requests handed to the application.
  package var requests: UInt64 = 0
  /// Requests that the server itself refused.
  package var refused: UInt64 = 0
  package var bytesIn: UInt64 = 0
  package var bytesOut: UInt64 = 0
  /// Connections whose time was up, the idle ones included.
  package var timeouts: UInt64 = 0

  static func + (left: HTTPCounters, right: HTTPCounters) -> HTTPCounters {
    HTTPCounters(
      accepted: left.accepted + right.accepted, closed: left.closed + right.closed,
      turnedAway: left.turnedAway + right.turnedAway, requests: left.requests + right.requests,
      refused: left.refused + right.refused, bytesIn: left.bytesIn + right.bytesIn,
      bytesOut: left.bytesOut + right.bytesOut, timeouts: left.timeouts + right.timeouts)
  }
}
