/// The ledger's own stream: its plan and the catalogue of resources.
public struct LedgerState: Equatable, Sendable {
  public let foundedAt: Instant
  public private(set) var plan: Plan
  /// In the order in which they were added.
  public private(set) var resources: [Resource]
  /// The number of the event that added each resource.
  public private(set) var added: [Slug: Event.Place]
  public private(set) var revision: UInt64
  public private(set) var lastEvent: UInt64

  public static let maximumResources = 64

  /// What a new ledger's permissions speak of.
  public static let initialResources: [Resource] = [
    ("customers", true, false), ("subscriptions", true, false), ("coupons", true, false), ("api_keys", false, false),
    ("event_queue", false, true),
  ].map { name, clientReadable, readOnly in
    guard let slug = Slug(name) else { preconditionFailure("a built-in resource is no slug") }
    return Resource(name: slug, clientReadable: clientReadable, readOnly: readOnly)
  }

  /// Nil for an event that does not found a ledger.
  public init?(beginning event: Event) {
    guard case .ledger = event.stream, case .ledgerCreated(let plan, let resources) = event.data else { return nil }
    foundedAt = event.time
    self.plan = plan
    self.resources = resources
    added = Dictionary(resources.map { ($0.name, event.place) }, uniquingKeysWith: { first, _ in first })
    revision = event.version
    lastEvent = event.sequence
  }

  /// Total: an event that says nothing of plan or catalogue moves only the revision.
  public mutating func evolve(_ event: Event) {
    revision = event.version
    lastEvent = event.sequence
    switch event.data {
    case .planChanged(_, let after): plan = after
    case .resourceAdded(let resource):
      resources.append(resource)
      added[resource.name] = event.place
    default: break
    }
  }

  public func resource(_ name: Slug) -> Resource? { resources.first { $0.name == name } }

  /// Whether there is such a permission: its resource exists, and may be written where it says write.
  public func knows(_ permission: Permission) -> Bool {
    guard let resource = resource(permission.resource) else { return false }
    return permission.access == .read || !resource.readOnly
  }

  /// What a publishable key may do: read every client-readable resource.
  public var clientReadableScope: Scope {
    Scope(granting: resources.filter(\.clientReadable).map { Permission($0.name, .read) })
  }

  public static func fold(_ events: some Sequence<Event>) -> LedgerState? {
    var state: LedgerState?
    for event in events {
      if state == nil { state = LedgerState(beginning: event) } else { state?.evolve(event) }
    }
    return state
  }
}

extension Event {
  /// Where and when it happened, and who did it.
  public struct Place: Hashable, Sendable {
    public let sequence: UInt64
    public let time: Instant
    public let actor: Actor
  }

  public var place: Place { Place(sequence: sequence, time: time, actor: actor) }
}
