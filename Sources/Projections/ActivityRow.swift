package import KeyLedger

/// One line of what happened to a key.
package struct ActivityRow: Equatable, Sendable {
  package let sequence: UInt64
  package let time: Instant
  /// As records name it, such as `key.rotated`.
  package let type: String
  package let actor: Actor
  /// The JSON object `data` of the record, as stored.
  package let details: [UInt8]

  package init(sequence: UInt64, time: Instant, type: String, actor: Actor, details: [UInt8]) {
    self.sequence = sequence
    self.time = time
    self.type = type
    self.actor = actor
    self.details = details
  }
}
