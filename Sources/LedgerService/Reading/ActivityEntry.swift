import EventLog
package import Formats
public import KeyLedger
import Projections

/// One line of a key's activity.
public struct ActivityEntry: Sendable, Equatable {
  public let key: KeyID
  public let sequence: UInt64
  public let time: Instant
  /// As people read it: "Key created".
  public let label: String
  /// As the record says it: `key.created`.
  public let type: String
  public let actor: Actor
  /// The data of the event.
  package let details: JSON

  init(key: KeyID, sequence: UInt64, time: Instant, label: String, type: String, actor: Actor, details: JSON) {
    self.key = key
    self.sequence = sequence
    self.time = time
    self.label = label
    self.type = type
    self.actor = actor
    self.details = details
  }

  /// Nil for an event that is of no key's stream.
  init?(_ event: Event, ledger: LedgerID) throws {
    guard case .key(_, let key) = event.stream, let label = ActivityEntry.label(of: event.data) else { return nil }
    self.init(
      key: key, sequence: event.sequence, time: event.time, label: label, type: RecordCodec.type(of: event.data),
      actor: event.actor, details: try JSON(parsing: RecordCodec.encode(event, ledger: ledger))["data"] ?? .null)
  }

  /// As the views kept it. What this program would not have written there is `ViewsError.damaged`.
  init(_ row: ActivityRow, of key: KeyID) throws(ViewsError) {
    guard let label = ActivityEntry.labels[row.type], let details = try? JSON(parsing: row.details) else {
      throw .damaged("the activity of event \(row.sequence) in the views is not readable")
    }
    self.init(
      key: key, sequence: row.sequence, time: row.time, label: label, type: row.type, actor: row.actor,
      details: details)
  }

  /// What the activity tab calls it (product §5); nil for what is not of a key.
  private static func label(of data: EventData) -> String? { labels[RecordCodec.type(of: data)] }

  private static let labels = [
    "key.created": "Key created", "key.migrated": "Key migrated", "key.renamed": "Key renamed",
    "scope.updated": "Scope updated", "key.rotated": "Key rotated", "grace.changed": "Grace period changed",
    "key.revoked": "Key revoked", "key.revealed": "Key revealed", "key.removed": "Key removed",
  ]
}
