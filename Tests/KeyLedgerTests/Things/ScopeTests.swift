import KeyLedger
import Testing

@Suite struct ScopeTests {
  struct Granted: Sendable {
    let asked: [String]
    let held: [String]
  }

  @Test(arguments: [
    Granted(asked: ["customers:read"], held: ["customers:read"]),
    Granted(
      asked: ["read_only"],
      held: ["api_keys:read", "coupons:read", "customers:read", "event_queue:read", "subscriptions:read"]),
    Granted(asked: ["customers_write"], held: ["customers:write"]),
    Granted(asked: ["subscriptions_write"], held: ["subscriptions:write"]),
    Granted(asked: ["coupons_write"], held: ["coupons:write"]),
    Granted(asked: ["api_keys_write"], held: ["api_keys:write"]),
    Granted(asked: ["event_queue_read"], held: ["event_queue:read"]),
    Granted(asked: ["customers:read", "customers:write"], held: ["customers:write"]),
    Granted(asked: ["customers:write", "customers:read"], held: ["customers:write"]),
    Granted(asked: ["customers:read", "customers:read"], held: ["customers:read"]),
    Granted(asked: ["subscriptions:read", "customers:write"], held: ["customers:write", "subscriptions:read"]),
    Granted(asked: ["event_queue_read", "event_queue:read"], held: ["event_queue:read"]),
    Granted(
      asked: ["read_only", "customers_write"],
      held: ["api_keys:read", "coupons:read", "customers:write", "event_queue:read", "subscriptions:read"]),
    Granted(asked: ["coupons_write", "coupons:read", "customers:read"], held: ["coupons:write", "customers:read"]),
  ]) func `presets and permissions combine, sorted, no read beside its write`(row: Granted) throws {
    let scope = try World().ledger.scope(requested: row.asked)
    #expect(scope == .permissions(row.held.map(permission)))
  }

  @Test func `of whatever is granted each resource keeps the most, once, in the order of the texts`() {
    // One name begins another, and `-` sorts before `:`.
    let all = ["a", "a-b", "ab"].flatMap { [permission("\($0):read"), permission("\($0):write")] }
    for choice in 0..<1 << all.count {
      let granted = all.indices.filter { choice >> $0 & 1 == 1 }.map { all[$0] }
      let kept = granted.filter { $0.access == .write || !granted.contains(Permission($0.resource, .write)) }
        .sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }
      for order in [granted, granted.reversed(), granted + granted] {
        #expect(Scope(granting: order) == .permissions(kept))
      }
    }
  }

  struct Wrong: Sendable {
    let asked: [String]
    let code: RefusalCode
  }

  @Test(arguments: [
    Wrong(asked: [], code: .badScope),
    Wrong(asked: [""], code: .badScope),
    Wrong(asked: ["full_access"], code: .fullAccessReserved),
    Wrong(asked: ["*"], code: .fullAccessReserved),
    Wrong(asked: ["customers:read", "full_access"], code: .fullAccessReserved),
    Wrong(asked: ["event_queue:write"], code: .badScope),
    Wrong(asked: ["event_queue_read", "event_queue:write"], code: .badScope),
    Wrong(asked: ["invoices:read"], code: .unknownResource),
    Wrong(asked: ["invoices:write"], code: .unknownResource),
    Wrong(asked: ["customers"], code: .badScope),
    Wrong(asked: ["customers:"], code: .badScope),
    Wrong(asked: [":read"], code: .badScope),
    Wrong(asked: ["customers:delete"], code: .badScope),
    Wrong(asked: ["customers:read:write"], code: .badScope),
    Wrong(asked: ["customers:read "], code: .badScope),
    Wrong(asked: [" customers:read"], code: .badScope),
    Wrong(asked: ["Customers:read"], code: .badScope),
    Wrong(asked: ["customers:Read"], code: .badScope),
    Wrong(asked: ["customers:*"], code: .badScope),
    Wrong(asked: ["*:read"], code: .badScope),
    Wrong(asked: ["customers:read,customers:write"], code: .badScope),
    Wrong(asked: ["customers:re\u{0301}ad"], code: .badScope),
    Wrong(asked: ["read_only "], code: .badScope),
    Wrong(asked: ["api_keys_read"], code: .badScope),
    Wrong(asked: [String(repeating: "a", count: 64) + ":read"], code: .badScope),
  ]) func `a scope that is empty, ill-formed, unknown or reserved is refused`(row: Wrong) {
    #expect { try World().ledger.scope(requested: row.asked) } throws: {
      ($0 as? Refusal)?.code == row.code && ($0 as? Refusal)?.field == "scope"
    }
  }

  @Test(arguments: ["read_only", "none", "customers", ""])
  func `where one permission is asked for a preset is none, and none is offered`(word: String) {
    #expect { try World().ledger.permission(requested: word) } throws: {
      guard let refusal = $0 as? Refusal else { return false }
      return refusal.code == .badScope && refusal.field == "permission" && !refusal.message.contains("preset")
    }
  }

  struct Cover: Sendable {
    let a: Scope
    let b: Scope
    let covers: Bool
  }

  @Test(arguments: [
    Cover(a: .everything, b: .everything, covers: true),
    Cover(a: .everything, b: scope("customers:write"), covers: true),
    Cover(a: scope("customers:write"), b: .everything, covers: false),
    Cover(a: scope("customers:write"), b: scope("customers:write"), covers: true),
    Cover(a: scope("customers:write"), b: scope("customers:read"), covers: true),
    Cover(a: scope("customers:read"), b: scope("customers:write"), covers: false),
    Cover(a: scope("customers:read"), b: scope("coupons:read"), covers: false),
    Cover(
      a: scope("customers:read", "coupons:write"), b: scope("customers:read", "coupons:read"), covers: true),
    Cover(
      a: scope("customers:read", "coupons:write"), b: scope("customers:write", "coupons:read"), covers: false),
    Cover(a: scope("customers:read"), b: scope("customers:read", "coupons:read"), covers: false),
  ]) func `a scope covers another when it holds each of its permissions`(row: Cover) {
    #expect(row.a.covers(row.b) == row.covers)
  }

  @Test func `write includes read, read does not include write, and neither reaches another resource`() {
    let writes = scope("customers:write")
    let reads = scope("customers:read")
    #expect(writes.holds(permission("customers:read")) && writes.holds(permission("customers:write")))
    #expect(reads.holds(permission("customers:read")) && !reads.holds(permission("customers:write")))
    #expect(!writes.holds(permission("coupons:read")) && !reads.holds(permission("coupons:read")))
  }

  @Test func `a permission reads back as it was written`() {
    for text in ["customers:read", "api_keys:write", "a:read"] {
      #expect(Permission(text)?.description == text)
    }
  }
}
