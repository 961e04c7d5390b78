import Cryptography
import Formats
package import KeyLedger

/// Where the next page of a list begins, and the moment that the whole list rests on.
package struct PageCursor: Equatable, Sendable {
  package let moment: Moment
  /// How many came before, or what the list counts by.
  package let position: Int64

  package init(moment: Moment, position: Int64) {
    self.moment = moment
    self.position = position
  }
}

/// Makes cursors that only this process can make, each good for one caller and one list: a moment of the past in a
/// cursor must not be one that the caller chose.
package struct CursorSeal: Sendable {
  private let key: SecretBytes
  private static let macBytes = 16
  private static let contentBytes = 25

  package init(randomness: any Randomness = SystemRandomness()) { key = SecretBytes(randomness.bytes(32)) }

  /// - Parameter list: who asks for what.
  package func seal(_ cursor: PageCursor, for list: String) -> String {
    var content: [UInt8] = []
    for number in [
      cursor.moment.sequence, UInt64(bitPattern: cursor.moment.time.milliseconds), UInt64(cursor.position),
    ] {
      for shift in stride(from: UInt64(56), through: 0, by: -8) {
        content.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    content.append((cursor.moment.isPast ? 1 : 0) | (cursor.moment.restsOnBackfill ? 2 : 0))
    return Hex.encode(content + mac(content, list))
  }

  /// `bad_usage` for a text that is no cursor of this process for that list.
  package func open(_ text: String, for list: String) throws(Refusal) -> PageCursor {
    guard let bytes = Hex.decode(text), bytes.count == CursorSeal.contentBytes + CursorSeal.macBytes else {
      throw CursorSeal.foreign
    }
    let content = Array(bytes.prefix(CursorSeal.contentBytes))
    guard ConstantTime.equal(Array(bytes.suffix(CursorSeal.macBytes)), mac(content, list)) else {
      throw CursorSeal.foreign
    }
    let numbers = stride(from: 0, to: 24, by: 8).map { start in
      content[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    return PageCursor(
      moment: Moment(
        sequence: numbers[0], time: Instant(milliseconds: Int64(bitPattern: numbers[1])), isPast: content[24] & 1 != 0,
        restsOnBackfill: content[24] & 2 != 0),
      position: Int64(numbers[2]))
  }

  private static let foreign = Refusal(
    .badUsage,
    "That is no cursor for this list with these filters in this order, or the service was started anew: begin the list "
      + "again.", field: "cursor")

  private func mac(_ content: [UInt8], _ list: String) -> [UInt8] {
    Array(key.withBytes { HMAC.sha256(key: $0, content + Array(list.utf8)).bytes }.prefix(CursorSeal.macBytes))
  }
}
