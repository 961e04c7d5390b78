import Formats
import HTTPServer
import KeyLedger

/// What a gateway's path demands of a key.
final class GatePolicy {
  /// Nil for what no environment is called.
  let environment: Slug?
  /// Nil for `none`.
  let permission: Permission?

  /// Nil for a permission that can't be read.
  init?(_ target: GateTarget, in path: Span<UInt8>) {
    environment = Slug(target.environment(of: path))
    let word = target.permission(of: path)
    permission = Permission(word)
    guard permission != nil || word.equals("none".utf8.span) else { return nil }
  }
}

/// The policies that were asked for last. A gateway knows a handful, and to read one costs more than to find it here.
struct GatePolicies {
  private struct Known {
    let text: [UInt8]
    let policy: GatePolicy

    func isOf(_ other: Span<UInt8>) -> Bool { other.equals(text.span) }
  }

  private var known: [Known] = []
  /// Which one makes room for the next.
  private var oldest = 0

  private static let most = 32
  /// Longer ones are read each time.
  private static let mostBytes = 256

  mutating func policy(of target: GateTarget, in path: Span<UInt8>) -> GatePolicy? {
    let text = target.policy(of: path)
    for index in known.indices where known[index].isOf(text) { return known[index].policy }
    guard let policy = GatePolicy(target, in: path) else { return nil }
    if text.count <= GatePolicies.mostBytes { keep(text, policy) }
    return policy
  }

  private mutating func keep(_ text: Span<UInt8>, _ policy: GatePolicy) {
    let new = Known(text: Array(copying: text), policy: policy)
    if known.count < GatePolicies.most {
      known.append(new)
    } else {
      known[oldest] = new
      oldest = (oldest + 1) % GatePolicies.most
    }
  }
}
