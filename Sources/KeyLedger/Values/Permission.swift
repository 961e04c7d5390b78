/// What may be done to a resource. Write includes read.
public enum Access: String, Sendable, CaseIterable {
  case read, write

  /// Nil for any other word.
  init?(_ word: Span<UInt8>) {
    if Access.matches(word, Access.read.rawValue) {
      self = .read
    } else if Access.matches(word, Access.write.rawValue) {
      self = .write
    } else {
      return nil
    }
  }

  private static func matches(_ word: Span<UInt8>, _ name: String) -> Bool {
    guard word.count == name.utf8.count else { return false }
    for (index, byte) in name.utf8.enumerated() where word[index] != byte { return false }
    return true
  }
}

/// `RESOURCE:read` or `RESOURCE:write`.
public struct Permission: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let resource: Slug
  public let access: Access

  public init(_ resource: Slug, _ access: Access) {
    self.resource = resource
    self.access = access
  }

  /// Strict: a slug, a colon, `read` or `write`. Whether the resource exists is another question.
  public init?(_ text: String) {
    self.init(text.utf8.span)
  }

  /// As from text, without a heap object for names of up to 15 bytes.
  public init?(_ text: Span<UInt8>) {
    var colon = 0
    while colon < text.count, text[colon] != UInt8(ascii: ":") { colon += 1 }
    guard colon < text.count, let resource = Slug(text.extracting(0..<colon)),
      let access = Access(text.extracting(colon + 1..<text.count))
    else { return nil }
    self.init(resource, access)
  }

  public var description: String { resource.text + ":" + access.rawValue }

  /// By text, which is how a scope is sorted wherever it is shown.
  public static func < (a: Permission, b: Permission) -> Bool {
    let (one, other) = (a.resource.text.utf8.span, b.resource.text.utf8.span)
    let common = min(one.count, other.count)
    for index in 0..<common where one[index] != other[index] { return one[index] < other[index] }
    let colon = UInt8(ascii: ":")
    if one.count < other.count { return colon < other[common] }
    if one.count > other.count { return one[common] < colon }
    return a.access == .read && b.access == .write
  }
}

/// What a key was granted.
public enum Scope: Hashable, Sendable {
  /// Everything in its environment, now and in the future: a full access key.
  case everything
  /// Exactly these: sorted, each once, no read beside its write.
  case permissions([Permission])

  /// Sorts, and drops what is there twice or implied by a write.
  public init(granting permissions: some Sequence<Permission>) {
    var list: [Permission] = []
    for permission in permissions.sorted() {
      // The read and the write of one resource are neighbours in this order, and the write comes last and includes the read.
      if list.last?.resource == permission.resource { list.removeLast() }
      list.append(permission)
    }
    self = .permissions(list)
  }

  /// Whether it is one that `init(granting:)` gives. Cost: one comparison of texts a permission.
  public var isInForm: Bool {
    guard case .permissions(let list) = self else { return true }
    // The read and the write of one resource are neighbours in this order.
    return zip(list, list.dropFirst()).allSatisfy { $0 < $1 && $0.resource != $1.resource }
  }

  /// Whether this scope holds the permission: itself, or the write that includes it.
  public func holds(_ permission: Permission) -> Bool {
    switch self {
    case .everything: true
    case .permissions(let list):
      list.contains(permission)
        || (permission.access == .read && list.contains(Permission(permission.resource, .write)))
    }
  }

  /// Whether every permission of `other` is in this scope. Only everything covers everything.
  public func covers(_ other: Scope) -> Bool {
    switch (self, other) {
    case (.everything, _): true
    case (.permissions, .everything): false
    case (.permissions, .permissions(let list)): list.allSatisfy(holds)
    }
  }
}
