/// An environment with its integrations and its client-side security. Its keys are streams of their own.
public struct EnvironmentState: Equatable, Sendable {
  public let id: Slug
  public let provisioned: Event.Place
  public private(set) var signing: SigningSecret
  /// Whether a publishable key is accepted only with a customer token.
  public private(set) var isEnforced = false
  /// Every integration that was ever connected, by name.
  public private(set) var integrations: [Slug: IntegrationState] = [:]
  public private(set) var revision: UInt64
  public private(set) var lastEvent: UInt64

  public init?(beginning event: Event) {
    guard case .environment(let id) = event.stream, case .environmentProvisioned(let signing) = event.data else {
      return nil
    }
    self.id = id
    self.signing = signing
    provisioned = event.place
    revision = event.version
    lastEvent = event.sequence
  }

  public mutating func evolve(_ event: Event) {
    revision = event.version
    lastEvent = event.sequence
    switch event.data {
    case .integrationConnected(let name, let scope, let key):
      integrations[name] = IntegrationState(name: name, scope: scope, firstKey: key, connected: event.place)
    case .integrationDisconnected(let name):
      integrations[name]?.disconnected = event.place
    case .clientSecurityEnforced: isEnforced = true
    case .clientSecurityRelaxed: isEnforced = false
    case .clientSecuritySecretRotated(let secret): signing = secret
    default: break
    }
  }

  public static func fold(_ events: some Sequence<Event>) -> EnvironmentState? {
    var state: EnvironmentState?
    for event in events {
      if state == nil { state = EnvironmentState(beginning: event) } else { state?.evolve(event) }
    }
    return state
  }
}

/// A third party that is connected to an environment, or was.
public struct IntegrationState: Hashable, Sendable {
  public let name: Slug
  public let scope: Scope
  /// The key that connecting made; rotated, its successors are found from it.
  public let firstKey: KeyID
  public let connected: Event.Place
  public internal(set) var disconnected: Event.Place?

  public var isConnected: Bool { disconnected == nil }
}
