extension Decider {
  func decideUser(_ command: Command) throws(Refusal) -> [Draft] {
    switch command {
    case .addUser(let handle, let role): try add(handle: handle, role: role)
    case .changeRole(_, let role): try change(to: role)
    case .renewToken: [Draft(try present().stream, caller, .userTokenRenewed(token: newUser().token))]
    case .endToken: try endToken()
    case .removeUser: try remove()
    case .forgetUser: try forget()
    default: preconditionFailure("not a command about users")
    }
  }

  private func add(handle: String, role: Role) throws(Refusal) -> [Draft] {
    try Decider.check(handle: handle)
    guard !situation.handleIsTaken else {
      throw Refusal(.handleInUse, "Another user has this handle, perhaps a removed one; forget them to free it.")
    }
    let new = newUser()
    return [Draft(.user(new.id), caller, .userAdded(commitment: new.commitment, role: role, token: new.token))]
  }

  /// What a handle must be. Also for the first owner, who is named before there is a ledger to judge by.
  public static func check(handle: String) throws(Refusal) {
    try check(handle, .handle, .badText, field: "handle")
    if let reserved = reservedPrefixes.first(where: { handle.utf8.starts(with: $0.utf8) }) {
      throw Refusal(
        .badText, "A handle does not begin with \(reserved), which marks an id; choose another.", field: "handle")
    }
  }

  /// What marks an id or an actor, so that nobody can be mistaken for one.
  static let reservedPrefixes = ["usr_", "key_", "operator:", "system"]

  private func change(to role: Role) throws(Refusal) -> [Draft] {
    let user = try present()
    guard role != .owner, user.isActiveOwner else {
      return user.role == role ? [] : [Draft(user.stream, caller, .userRoleChanged(before: user.role, after: role))]
    }
    try checkAnotherOwner()
    return [Draft(user.stream, caller, .userRoleChanged(before: user.role, after: role))]
  }

  private func endToken() throws(Refusal) -> [Draft] {
    let user = try present()
    return user.token == nil ? [] : [Draft(user.stream, caller, .userTokenEnded)]
  }

  private func remove() throws(Refusal) -> [Draft] {
    let user = try present()
    if user.isActiveOwner { try checkAnotherOwner() }
    return [Draft(user.stream, caller, .userRemoved)]
  }

  private func forget() throws(Refusal) -> [Draft] {
    let user = try user()
    guard user.removed != nil else {
      throw Refusal(.notRemoved, "A user is removed before being forgotten: `user remove` first.")
    }
    guard !user.forgotten else {
      throw Refusal(
        .alreadyForgotten, "This user is forgotten already; only the id is left, and nothing is left to do.")
    }
    return [Draft(user.stream, caller, .userForgotten)]
  }

  /// A user that was removed is no target for anything but forgetting.
  private func present() throws(Refusal) -> UserState {
    let user = try user()
    guard user.removed == nil else {
      throw Refusal(.notFound, "This user was removed; add them again for a new id.")
    }
    return user
  }

  private func checkAnotherOwner() throws(Refusal) {
    guard situation.otherOwners > 0 else {
      throw Refusal(.lastOwner, "This is the last owner; make another user owner first.")
    }
  }

  private func newUser() -> NewUser {
    guard let user = materials.user else { preconditionFailure("the command came without material for its user") }
    return user
  }
}

extension UserState {
  public var stream: Stream { .user(id) }
}
