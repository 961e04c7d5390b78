import KeyLedger
import Testing

@Suite struct UserCommandTests {
  private static let absent = userID(999).description
  private static let ada = userID(Stage.ada).description
  private static let bob = userID(Stage.bob).description
  private static let cyd = userID(Stage.cyd).description
  private static let bobLeft: @Sendable (inout World) -> Void = { $0.must(.removeUser(user: bob)) }
  private static let bobForgotten: @Sendable (inout World) -> Void = {
    $0.must(.removeUser(user: bob))
    $0.must(.forgetUser(user: bob))
  }
  private static let bobOwns: @Sendable (inout World) -> Void = { $0.must(.changeRole(user: bob, role: .owner)) }

  static let refusals: [Refused] = [
    Refused("no handle", .badText, add("")),
    Refused("long handle", .badText, add(String(repeating: "h", count: 255))),
    Refused("space after the handle", .badText, add("eve ")),
    Refused("control in the handle", .badText, add("e\u{0}ve")),
    Refused("a handle like a user's id", .badText, add("usr_eve")),
    Refused("a handle like a key's id", .badText, add("key_eve")),
    Refused("a handle like an operator", .badText, add("operator:eve")),
    Refused("a handle like the system", .badText, add("system")),
    Refused("a handle that begins like the system", .badText, add("systems@example.com")),
    Refused("a handle in use", .handleInUse, add("bob")),
    Refused("a removed user's handle", .handleInUse, add("bob"), given: bobLeft),
    Refused("role of no such user", .notFound, .changeRole(user: absent, role: .owner)),
    Refused("role of what is no id", .notFound, .changeRole(user: "bob", role: .owner)),
    Refused("role of a removed user", .notFound, .changeRole(user: bob, role: .owner), given: bobLeft),
    Refused("the last owner becomes a member", .lastOwner, .changeRole(user: ada, role: .member)),
    Refused("the last owner becomes a reader", .lastOwner, .changeRole(user: ada, role: .readOnly)),
    Refused("the last owner leaves", .lastOwner, .removeUser(user: ada)),
    Refused(
      "the last owner takes her own role", .lastOwner, .changeRole(user: ada, role: .member), by: .user(Stage.ada)),
    Refused("the last of two owners leaves", .lastOwner, .removeUser(user: bob)) {
      bobOwns(&$0)
      $0.must(.removeUser(user: ada))
    },
    Refused("remove no such user", .notFound, .removeUser(user: absent)),
    Refused("remove twice", .notFound, .removeUser(user: bob), given: bobLeft),
    Refused("token of no such user", .notFound, .renewToken(user: absent)),
    Refused("token of a removed user", .notFound, .renewToken(user: bob), given: bobLeft),
    Refused("end the token of no such user", .notFound, .endToken(user: absent)),
    Refused("end the token of a removed user", .notFound, .endToken(user: bob), given: bobLeft),
    Refused("forget no such user", .notFound, .forgetUser(user: absent)),
    Refused("forget before removing", .notRemoved, .forgetUser(user: bob)),
    Refused("forget twice", .alreadyForgotten, .forgetUser(user: bob), given: bobForgotten),
    Refused("role of a forgotten user", .notFound, .changeRole(user: bob, role: .owner), given: bobForgotten),
    Refused("somebody else's token", .forbidden, .renewToken(user: bob), by: .user(Stage.ada)),
    Refused("a member's own token, too late", .forbidden, .renewToken(user: bob), by: .userWithOldToken(Stage.bob)),
  ]

  static let allowed: [Allowed] = [
    Allowed("add", add("eve@example.com"), by: .user(Stage.ada)) { world in
      let new = world.freshUser
      return [
        Draft(
          .user(new.id), .user(userID(Stage.ada)),
          .userAdded(commitment: new.commitment, role: .member, token: new.token))
      ]
    },
    Allowed("a forgotten user's handle", add("bob"), given: bobForgotten) { world in
      let new = world.freshUser
      return [Draft(.user(new.id), .ops, .userAdded(commitment: new.commitment, role: .member, token: new.token))]
    },
    Allowed("change a role", .changeRole(user: bob, role: .owner)) { _ in
      [told(Stage.bob, .userRoleChanged(before: .member, after: .owner))]
    },
    Allowed("the same role", .changeRole(user: bob, role: .member)) { _ in [] },
    Allowed("the last owner stays owner", .changeRole(user: ada, role: .owner)) { _ in [] },
    Allowed("one of two owners becomes a member", .changeRole(user: ada, role: .member), given: bobOwns) { _ in
      [told(Stage.ada, .userRoleChanged(before: .owner, after: .member))]
    },
    Allowed("one of two owners leaves", .removeUser(user: ada), by: .user(Stage.ada), given: bobOwns) { _ in
      [told(Stage.ada, .userRemoved, by: .user(userID(Stage.ada)))]
    },
    Allowed("renew one's own token", .renewToken(user: cyd), by: .user(Stage.cyd)) { world in
      [told(Stage.cyd, .userTokenRenewed(token: world.freshUser.token), by: .user(userID(Stage.cyd)))]
    },
    Allowed("the operator renews any token", .renewToken(user: bob)) { world in
      [told(Stage.bob, .userTokenRenewed(token: world.freshUser.token))]
    },
    Allowed("end a token", .endToken(user: bob), by: .user(Stage.ada)) { _ in
      [told(Stage.bob, .userTokenEnded, by: .user(userID(Stage.ada)))]
    },
    Allowed("end a token that has ended", .endToken(user: bob)) {
      $0.must(.endToken(user: bob))
    } appends: { _ in
      []
    },
    Allowed("remove", .removeUser(user: bob)) { _ in [told(Stage.bob, .userRemoved)] },
    Allowed("forget", .forgetUser(user: bob), given: bobLeft) { _ in [told(Stage.bob, .userForgotten)] },
  ]

  @Test(arguments: refusals) func `a command about users is refused, appends nothing and says why`(row: Refused) {
    row.check()
  }

  @Test(arguments: allowed) func `a command about users appends exactly its events`(row: Allowed) { row.check() }

  @Test func `a token that another user issued is good for renewing it, and after that for everything`() throws {
    var world = Stage.base
    world.must(.addUser(handle: "eve", role: .owner), by: .user(Stage.ada))
    let eve = userID(Stage.nextUser).description
    #expect(world.user(Stage.nextUser).mustRenewToken)
    #expect { try world.run(.provisionEnvironment("test"), by: .user(Stage.nextUser)) } throws: {
      ($0 as? Refusal)?.code == .tokenMustBeRenewed
    }
    world.must(.renewToken(user: eve), by: .user(Stage.nextUser))
    #expect(!world.user(Stage.nextUser).mustRenewToken)
    world.must(.provisionEnvironment("test"), by: .user(Stage.nextUser))
  }

  @Test func `a token that the operator issued is good at once`() {
    var world = Stage.base
    world.must(.addUser(handle: "eve", role: .owner), by: .user(Stage.ada))
    world.must(.renewToken(user: userID(Stage.nextUser).description), by: .operator)
    world.must(.provisionEnvironment("test"), by: .user(Stage.nextUser))
  }

  @Test func `a removed or ended user's token opens nothing`() {
    for command in [Command.removeUser(user: UserCommandTests.bob), .endToken(user: UserCommandTests.bob)] {
      var world = Stage.base
      let held = world.user(Stage.bob).token
      world.must(command)
      let caller = Caller.user(world.user(Stage.bob), token: held)
      for action in Action.allCases {
        #expect {
          try Policy.authorise(action, by: caller, at: world.now, in: world.ledger)
        } throws: {
          ($0 as? Refusal)?.code == .forbidden
        }
      }
    }
  }

  private static func add(_ handle: String) -> Command { .addUser(handle: handle, role: .member) }
  private static func told(_ user: Int, _ data: EventData, by actor: Actor = .ops) -> Draft {
    Draft(.user(userID(user)), actor, data)
  }
}
