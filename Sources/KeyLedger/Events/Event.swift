/// Something that happened. Appended once, never changed, never removed.
public struct Event: Equatable, Sendable {
  /// Its place in the log: 1, 2, 3, … with no gap.
  public let sequence: UInt64
  public let stream: Stream
  /// Its place in its stream: 1, 2, 3, … with no gap.
  public let version: UInt64
  /// Never earlier than that of the event before it.
  public let time: Instant
  public let actor: Actor
  public let data: EventData
  public let marks: EventMarks

  public init(
    sequence: UInt64, stream: Stream, version: UInt64, time: Instant, actor: Actor, data: EventData,
    marks: EventMarks = EventMarks()
  ) {
    self.sequence = sequence
    self.stream = stream
    self.version = version
    self.time = time
    self.actor = actor
    self.data = data
    self.marks = marks
  }
}

/// What an event carries beside what happened.
public struct EventMarks: Equatable, Sendable {
  public var idempotency: Idempotency?
  /// Only on backfilled events: when and by whom they were really recorded.
  public var recorded: Recorded?
  /// W3C trace context, as it came.
  public var traceparent: String?

  public init(idempotency: Idempotency? = nil, recorded: Recorded? = nil, traceparent: String? = nil) {
    self.idempotency = idempotency
    self.recorded = recorded
    self.traceparent = traceparent
  }
}

/// What makes a repeated command recognisable: SHA-256 of actor ‖ 0x00 ‖ key, and of the canonical request.
public struct Idempotency: Hashable, Sendable {
  public let key: Hash256
  public let request: Hash256

  public init(key: Hash256, request: Hash256) {
    self.key = key
    self.request = request
  }
}

public struct Recorded: Hashable, Sendable {
  public let time: Instant
  public let by: Actor

  public init(time: Instant, by: Actor) {
    self.time = time
    self.by = by
  }
}

/// An event that was decided and has no place in the log yet.
public struct Draft: Equatable, Sendable {
  public let stream: Stream
  public let actor: Actor
  public let data: EventData

  public init(_ stream: Stream, _ actor: Actor, _ data: EventData) {
    self.stream = stream
    self.actor = actor
    self.data = data
  }
}
