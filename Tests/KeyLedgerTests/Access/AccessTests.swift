import KeyLedger
import Testing

/// `product.md` §3: every caller against every command and every action. What is expected is written from the
/// product's table, not from the policy.
@Suite struct AccessTests {
  /// Everybody who may call, as the table of the product tells them apart.
  enum Kind: CaseIterable, Sendable {
    case `operator`, owner, member, reader, removed, tokenEnded, ownerByAnother, memberByAnother
    case fullAccess, publishable, scopedWithRead, scopedWithWrite, scopedWithout, expiring, expiringFull, expired
    case revoked, integration, integrationWithout, removedIntegration
  }

  struct Cast: Sendable {
    let who: Who
    let world: World
  }

  /// The world in which somebody of that kind calls.
  static func cast(_ kind: Kind) -> Cast {
    var world = Stage.base
    let who = AccessTests.caller(kind, in: &world)
    return Cast(who: who, world: world)
  }

  static func caller(_ kind: Kind, in world: inout World) -> Who {
    let bob = userID(Stage.bob).description
    switch kind {
    case .operator: return .operator
    case .owner: return .user(Stage.ada)
    case .member: return .user(Stage.bob)
    case .reader: return .user(Stage.cyd)
    case .removed:
      world.must(.changeRole(user: bob, role: .owner))
      world.must(.removeUser(user: bob))
      return .user(Stage.bob)
    case .tokenEnded:
      world.must(.endToken(user: userID(Stage.ada).description))
      return .user(Stage.ada)
    case .ownerByAnother, .memberByAnother:
      let role: Role = kind == .ownerByAnother ? .owner : .member
      world.must(.addUser(handle: "eve", role: role), by: .user(Stage.ada))
      return .user(world.users.count)
    case .fullAccess: return .key(Stage.full)
    case .publishable: return .key(Stage.publishable)
    case .scopedWithRead: return .key(Stage.watcher)
    case .scopedWithWrite: return .key(Stage.manager)
    case .scopedWithout: return .key(Stage.worker)
    case .integration: return .key(Stage.hubspot)
    case .integrationWithout: return .key(Stage.salesforce)
    case .expiring, .expiringFull, .expired, .revoked, .removedIntegration: return ending(kind, in: &world)
    }
  }

  private static func ending(_ kind: Kind, in world: inout World) -> Who {
    switch kind {
    case .expiringFull:
      world.must(rotate(Stage.full, "7d"))
      return .key(Stage.full)
    case .revoked:
      world.must(revoke(Stage.manager))
      return .key(Stage.manager)
    case .removedIntegration:
      world.must(.disconnectIntegration(name: "hubspot", environment: "production"))
      return .key(Stage.hubspot)
    default:
      world.must(rotate(Stage.manager, kind == .expiring ? "7d" : "now"))
      return .key(Stage.manager)
    }
  }

  // MARK: Actions

  /// The table of the product, a row an action: who is told yes. The rest is told no.
  static func isAllowed(_ action: Action, _ kind: Kind) -> Bool {
    let everyRole: Set<Kind> = [.operator, .owner, .member, .reader]
    let manages: Set<Kind> = [.fullAccess, .scopedWithWrite, .integration]
    let reads = manages.union([.scopedWithRead, .expiring, .expiringFull])
    return switch action {
    case .seeKeys, .verify: everyRole.union(reads).contains(kind)
    case .seeLedger: everyRole.contains(kind)
    case .manageKeys: manages.union([.operator, .owner]).contains(kind)
    case .reveal, .manageEnvironments, .manageLedger: kind == .operator || kind == .owner
    case .renewOwnToken: everyRole.union([.ownerByAnother, .memberByAnother]).contains(kind)
    }
  }

  @Test(arguments: Kind.allCases, Action.allCases)
  func `an action is open to those in its row and to nobody else`(kind: Kind, action: Action) {
    let cast = AccessTests.cast(kind)
    var code: RefusalCode?
    do throws(Refusal) {
      try Policy.authorise(action, by: cast.world.caller(cast.who), at: cast.world.now, in: cast.world.ledger)
    } catch {
      code = error.code
      #expect(isSentence(error.message), "\(error.message)")
    }
    let isNew = kind == .ownerByAnother || kind == .memberByAnother
    let refusal: RefusalCode = isNew ? .tokenMustBeRenewed : .forbidden
    #expect(code == (AccessTests.isAllowed(action, kind) ? nil : refusal))
  }

  @Test(arguments: Kind.allCases) func `a key sees its own environment, everybody else sees all`(kind: Kind) {
    let cast = AccessTests.cast(kind)
    if case .key = cast.who {
      #expect(Policy.confinement(of: cast.world.caller(cast.who)) == slug("production"))
    } else {
      #expect(Policy.confinement(of: cast.world.caller(cast.who)) == nil)
    }
  }

  @Test func `a backfilled event's author shows no token, and is judged by role all the same`() {
    let world = Stage.base
    for (user, open) in [(Stage.ada, true), (Stage.bob, false), (Stage.cyd, false)] {
      let caller = Caller.user(world.user(user), token: nil)
      let refused = (try? Policy.authorise(.manageKeys, by: caller, at: world.now, in: world.ledger)) == nil
      #expect(refused != open)
    }
  }

  @Test func `an api_keys permission judged is that of the moment, not of the day the key was made`() throws {
    var world = Stage.base
    world.must(changeScope(Stage.manager, "api_keys:read"))
    #expect { try world.run(Stage.create("x", "api_keys:read"), by: .key(Stage.manager)) } throws: {
      ($0 as? Refusal)?.code == .forbidden
    }
    world.must(changeScope(Stage.watcher, "api_keys:write"))
    #expect(try world.run(Stage.create("x", "api_keys:read"), by: .key(Stage.watcher)).count == 1)
  }

  @Test func `a grace that ends while the key is used ends its reading too`() {
    var cast = AccessTests.cast(.expiring)
    for (passed, isOpen) in [(7 * day - 1, true), (Int64(1), false)] {
      cast = Cast(who: cast.who, world: AccessTests.later(cast.world, passed))
      let caller = cast.world.caller(cast.who)
      let refused = (try? Policy.authorise(.seeKeys, by: caller, at: cast.world.now, in: cast.world.ledger)) == nil
      #expect(refused != isOpen)
    }
  }

  private static func later(_ world: World, _ milliseconds: Int64) -> World {
    var world = world
    world.pass(milliseconds)
    return world
  }
}
