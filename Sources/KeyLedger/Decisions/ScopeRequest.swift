/// The presets that a scope may be asked for by, beside single permissions.
public enum ScopePreset: String, Sendable, CaseIterable {
  case readOnly = "read_only"
  case customersWrite = "customers_write"
  case subscriptionsWrite = "subscriptions_write"
  case couponsWrite = "coupons_write"
  case apiKeysWrite = "api_keys_write"
  case eventQueueRead = "event_queue_read"

  /// The permissions it stands for today. They are granted one by one, so nothing is inherited later.
  func permissions(in ledger: LedgerState) -> [Permission] {
    switch self {
    case .readOnly: ledger.resources.map { Permission($0.name, .read) }
    case .customersWrite: ScopePreset.one("customers", .write)
    case .subscriptionsWrite: ScopePreset.one("subscriptions", .write)
    case .couponsWrite: ScopePreset.one("coupons", .write)
    case .apiKeysWrite: ScopePreset.one("api_keys", .write)
    case .eventQueueRead: ScopePreset.one("event_queue", .read)
    }
  }

  private static func one(_ name: String, _ access: Access) -> [Permission] {
    Slug(name).map { [Permission($0, access)] } ?? []
  }
}

extension LedgerState {
  /// What presets and permissions, as they were typed, grant together.
  public func scope(requested words: [String]) throws(Refusal) -> Scope {
    var granted: [Permission] = []
    for word in words {
      if word == "full_access" || word == "*" {
        throw Refusal(
          .fullAccessReserved,
          "Full access belongs to the full access key alone; name the permissions that are needed.",
          field: "scope")
      }
      if let preset = ScopePreset(rawValue: word) {
        granted += preset.permissions(in: self)
      } else if Permission(word) != nil {
        granted.append(try permission(requested: word, field: "scope"))
      } else {
        let presets = ScopePreset.allCases.map(\.rawValue).joined(separator: ", ")
        throw Refusal(
          .badScope, "A permission is RESOURCE:read or RESOURCE:write, a preset one of \(presets).", field: "scope")
      }
    }
    guard !granted.isEmpty else {
      throw Refusal(
        .badScope, "A scope holds at least one permission; give RESOURCE:read, RESOURCE:write or a preset.",
        field: "scope")
    }
    return Scope(granting: granted)
  }

  /// A permission on a resource that exists, and that the resource allows. No preset is one.
  ///
  /// - Parameter field: where it stands, for a refusal.
  public func permission(requested word: String, field: String = "permission") throws(Refusal) -> Permission {
    guard let permission = Permission(word) else {
      throw Refusal(.badScope, "A permission is RESOURCE:read or RESOURCE:write, such as customers:read.", field: field)
    }
    guard let resource = resource(permission.resource) else {
      throw Refusal(
        .unknownResource, "There is no resource \(permission.resource); the list of resources shows those there are.",
        field: field)
    }
    guard permission.access == .read || !resource.readOnly else {
      throw Refusal(.badScope, "\(resource.name) is read-only: ask for \(resource.name):read.", field: field)
    }
    return permission
  }
}
