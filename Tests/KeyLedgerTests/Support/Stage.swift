import KeyLedger

/// The world that most tables start from, and the numbers of what stands in it.
enum Stage {
  // In `production`:
  static let full = 1
  static let publishable = 2
  // In `staging`:
  static let stagingFull = 3
  static let stagingPublishable = 4
  /// Scoped: customers:write, subscriptions:read.
  static let worker = 5
  /// Scoped: api_keys:write, customers:write.
  static let manager = 6
  /// Scoped: api_keys:read.
  static let watcher = 7
  /// Scoped: customers:read, which the manager covers.
  static let reader = 8
  /// Integration `salesforce`: customers:read.
  static let salesforce = 9
  /// Integration `hubspot`: api_keys:write, customers:read.
  static let hubspot = 10
  /// Scoped, in `staging`: customers:read.
  static let stagingReader = 11
  /// The number that the next key gets.
  static let next = 12

  // Users:
  static let ada = 1
  static let bob = 2
  static let cyd = 3
  static let nextUser = 4

  static let base: World = {
    var world = World()
    world.must(.provisionEnvironment("production"))
    world.must(.provisionEnvironment("staging"))
    world.must(create("worker", "customers:write", "subscriptions:read"))
    world.must(create("manager", "api_keys:write", "customers:write"))
    world.must(create("watcher", "api_keys:read"))
    world.must(create("reader", "customers:read"))
    world.must(.connectIntegration(name: "salesforce", environment: "production", scope: ["customers:read"]))
    world.must(
      .connectIntegration(name: "hubspot", environment: "production", scope: ["api_keys:write", "customers:read"]))
    world.must(.createKey(environment: "staging", name: "reader", description: "", scope: ["customers:read"]))
    world.must(.addUser(handle: "bob", role: .member))
    world.must(.addUser(handle: "cyd", role: .readOnly))
    world.pass(hour)
    return world
  }()

  static func create(_ name: String, _ scope: String...) -> Command {
    .createKey(environment: "production", name: name, description: "", scope: scope)
  }
}

func rename(_ key: Int, to name: String? = nil, description: String? = nil) -> Command {
  .renameKey(key: keyID(key).description, name: name, description: description)
}

func changeScope(_ key: Int, _ scope: String...) -> Command {
  .changeScope(key: keyID(key).description, scope: scope)
}

func rotate(_ key: Int, _ grace: String = "24h") -> Command { .rotateKey(key: keyID(key).description, grace: grace) }
func changeGrace(_ key: Int, _ grace: String) -> Command { .changeGrace(key: keyID(key).description, grace: grace) }
func revoke(_ key: Int) -> Command { .revokeKey(key: keyID(key).description) }
func reveal(_ key: Int) -> Command { .revealKey(key: keyID(key).description) }
