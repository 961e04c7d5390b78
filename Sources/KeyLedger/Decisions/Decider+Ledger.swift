extension Decider {
  func decideLedger(_ command: Command) throws(Refusal) -> [Draft] {
    switch command {
    case .changePlan(let plan):
      return plan == ledger.plan ? [] : [Draft(.ledger, caller, .planChanged(before: ledger.plan, after: plan))]
    case .addResource(let name, let clientReadable, let readOnly):
      return try addResource(name, clientReadable: clientReadable, readOnly: readOnly)
    case .acceptRestored(let reason): return try accept(reason)
    default: preconditionFailure("not a command about the ledger itself")
    }
  }

  private func addResource(_ name: String, clientReadable: Bool, readOnly: Bool) throws(Refusal) -> [Draft] {
    let name = try slug(name, naming: "a resource", field: "name")
    guard ledger.resource(name) == nil else {
      throw Refusal(.alreadyExists, "The resource \(name) exists; what it is cannot be changed.")
    }
    guard ledger.resources.count < LedgerState.maximumResources else {
      throw Refusal(
        .limitReached,
        "A ledger has at most \(LedgerState.maximumResources) resource types; use one of those there are.")
    }
    let resource = Resource(name: name, clientReadable: clientReadable, readOnly: readOnly)
    return [Draft(.ledger, caller, .resourceAdded(resource))]
  }

  private func accept(_ reason: String) throws(Refusal) -> [Draft] {
    try check(reason, .reason, .badText, field: "reason")
    guard let restoration = situation.restoration else {
      throw Refusal(.notRestored, "The ledger is whole and nothing it showed is missing; there is nothing to accept.")
    }
    let data = Restoration(
      size: restoration.held.size, root: restoration.held.root, shown: restoration.shown, reason: reason)
    return [Draft(.ledger, caller, .ledgerRestored(data))]
  }

  /// The events that found a ledger. Its id is in every record's source, so it is not asked for here.
  public static func found(plan: Plan, by actor: Actor, owner: NewUser?) -> [Draft] {
    let created = Draft(.ledger, actor, .ledgerCreated(plan: plan, resources: LedgerState.initialResources))
    guard let owner else { return [created] }
    let added = EventData.userAdded(commitment: owner.commitment, role: .owner, token: owner.token)
    return [created, Draft(.user(owner.id), actor, added)]
  }
}
