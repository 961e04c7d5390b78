internal import KeyLedger

/// The resources that permissions are for, each with its bit: its place in the ledger's catalogue.
///
/// At most 64, and asked for with each secret: their beginnings are compared as numbers, which costs a third of hashing
/// the name that is asked for.
struct Catalogue: Sendable {
  private var names: [Slug] = []
  private var beginnings: [UInt64] = []

  /// Nil for a resource that is not in it.
  subscript(_ name: Slug) -> UInt64? {
    let wanted = Catalogue.beginning(of: name)
    for place in beginnings.indices where beginnings[place] == wanted && names[place] == name {
      return 1 << UInt64(place)
    }
    return nil
  }

  /// One that it has not, behind the others. Returns its bit.
  mutating func append(_ name: Slug) -> UInt64 {
    precondition(names.count < LedgerState.maximumResources, "a resource has a bit")
    names.append(name)
    beginnings.append(Catalogue.beginning(of: name))
    return 1 << UInt64(names.count - 1)
  }

  /// Its first eight bytes, and its length, as a number.
  private static func beginning(of name: Slug) -> UInt64 {
    let bytes = name.text.utf8.span
    var beginning: UInt64 = 0
    for index in 0..<min(8, bytes.count) { beginning = beginning << 8 | UInt64(bytes[index]) }
    return beginning ^ UInt64(bytes.count) << 56
  }
}
