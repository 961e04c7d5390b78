import Formats
import KeyLedger

// The values of the domain, read where they lie. Each takes exactly the form that encoding writes, and no other.

extension JSONReader {
  @_lifetime(self: copy self)
  mutating func keyID() throws(JSONError) -> KeyID {
    let start = offset
    guard let ulid = ULID(try readUnchecked(30), after: "key_") else {
      throw JSONError(offset: start, what: "no key id")
    }
    return KeyID(ulid: ulid)
  }

  @_lifetime(self: copy self)
  mutating func nullableKeyID() throws(JSONError) -> KeyID? { tryNull() ? nil : try keyID() }

  @_lifetime(self: copy self)
  mutating func slug() throws(JSONError) -> Slug {
    let start = offset
    guard let slug = Slug(try readASCII()) else {
      throw JSONError(offset: start, what: "no name of letters and digits")
    }
    return slug
  }

  @_lifetime(self: copy self)
  mutating func nullableSlug() throws(JSONError) -> Slug? { tryNull() ? nil : try slug() }

  @_lifetime(self: copy self)
  mutating func digest() throws(JSONError) -> Hash256 {
    let start = offset
    guard let digest = Hash256(hex: try readUnchecked(64)) else {
      throw JSONError(offset: start, what: "no SHA-256 in lower-case hex")
    }
    return digest
  }

  @_lifetime(self: copy self)
  mutating func time() throws(JSONError) -> Instant {
    let start = offset
    guard let milliseconds = RFC3339.parseCanonical(try readUnchecked(RFC3339.length)) else {
      throw JSONError(offset: start, what: "no time in UTC with milliseconds")
    }
    return Instant(milliseconds: milliseconds)
  }

  /// A count as decimal text, from `least` on.
  @_lifetime(self: copy self)
  mutating func decimal(from least: Int64) throws(JSONError) -> Int64 {
    let start = offset
    guard let value = tryDecimal(), value >= least, value <= JSONLimits.greatestInteger else {
      throw JSONError(offset: start, what: "no number from \(least) on in decimal text")
    }
    return value
  }

  @_lifetime(self: copy self)
  mutating func count() throws(JSONError) -> UInt64 {
    let start = offset
    guard let value = UInt64(exactly: try readInteger()) else { throw JSONError(offset: start, what: "less than 0") }
    return value
  }

  /// One of a closed set of words.
  @_lifetime(self: copy self)
  mutating func word<Word: RawRepresentable<String>>() throws(JSONError) -> Word {
    let start = offset
    guard let text = UTF8Text.decode(try readASCII()), let word = Word(rawValue: text) else {
      throw JSONError(offset: start, what: "none of the words that may stand here")
    }
    return word
  }

  @_lifetime(self: copy self)
  mutating func actor(_ known: inout KnownValues) throws(JSONError) -> Actor {
    if let again = known.actors.again(rest()) {
      passOver(again.count)
      return again.value
    }
    let (start, quoted) = (offset, peekPlainString())
    let text = try readASCII()
    if let actor = known.actors.find(quoted) { return actor }
    guard let actor = Actor(text) else { throw JSONError(offset: start, what: "no actor") }
    known.actors.keep(actor, quoted)
    return actor
  }

  @_lifetime(self: copy self)
  mutating func stream(_ known: inout KnownValues) throws(JSONError) -> Stream {
    let start = offset
    if let stream = keyStream(&known) { return stream }
    // Another one, or none: from its beginning.
    offset = start
    guard let stream = Stream(try readASCII(), &known) else { throw JSONError(offset: start, what: "no stream") }
    return stream
  }

  /// The stream of a key, which most are, piece by piece: the whole need not be looked at beforehand. Nil for anything else,
  /// and then stands somewhere in it.
  @_lifetime(self: copy self)
  private mutating func keyStream(_ known: inout KnownValues) -> Stream? {
    guard tryBytes("\"environments/") else { return nil }
    let name = upThrough(UInt8(ascii: "/"))
    guard !name.isEmpty, let environment = known.environment(name.extracting(0..<name.count - 1)) else { return nil }
    passOver(name.count)
    let id = rest()
    guard id.count > 35, id[35] == UInt8(ascii: "\""), let ulid = ULID(id.extracting(0..<35), after: "keys/key_") else {
      return nil
    }
    passOver(36)
    return .key(environment, KeyID(ulid: ulid))
  }

  @_lifetime(self: copy self)
  mutating func scope(_ known: inout KnownValues) throws(JSONError) -> Scope {
    // No scope has a bracket within it, so the bytes up to the first are the whole of one that was read before.
    let ahead = upThrough(UInt8(ascii: "]"))
    if let scope = known.scopes.find(ahead) {
      passOver(ahead.count)
      return scope
    }
    let scope = try scope()
    known.scopes.keep(scope, ahead)
    return scope
  }

  /// Sorted, nothing twice, no read beside its write; or the one element `*`.
  @_lifetime(self: copy self)
  private mutating func scope() throws(JSONError) -> Scope {
    try beginArray()
    var list: [Permission] = []
    var before = Span<UInt8>()
    while try nextElement() {
      let start = offset
      let text = try readASCII()
      if list.isEmpty, text.equals("*") {
        guard try !nextElement() else { throw JSONError(offset: start, what: "a permission beside all of them") }
        return .everything
      }
      guard let permission = Permission(text) else { throw JSONError(offset: start, what: "no permission") }
      // The read and the write of one resource are neighbours in this order.
      guard list.isEmpty || before.precedes(text), list.last?.resource != permission.resource else {
        throw JSONError(offset: start, what: "a scope that is not sorted, or says something twice")
      }
      before = text
      list.append(permission)
    }
    return .permissions(list)
  }
}

extension ULID {
  init?(_ text: Span<UInt8>, after prefix: StaticString) {
    guard text.starts(with: prefix) else { return nil }
    self.init(text.extracting(prefix.utf8CodeUnitCount..<text.count))
  }
}

extension Hash256 {
  /// From 64 lower-case digits.
  init?(hex text: Span<UInt8>) {
    guard text.count == 64, let first = Hex.number(text, at: 0), let second = Hex.number(text, at: 16),
      let third = Hex.number(text, at: 32), let fourth = Hex.number(text, at: 48)
    else { return nil }
    self.init(words: (first, second, third, fourth))
  }
}

extension KnownValues {
  fileprivate mutating func environment(_ text: Span<UInt8>) -> Slug? {
    if let slug = environments.find(text) { return slug }
    guard let slug = Slug(text) else { return nil }
    environments.keep(slug, text)
    return slug
  }
}

extension Actor {
  init?(_ text: Span<UInt8>) {
    if text.equals("system") {
      self = .system
    } else if let id = ULID(text, after: "user:usr_") {
      self = .user(UserID(ulid: id))
    } else if let id = ULID(text, after: "key:key_") {
      self = .key(KeyID(ulid: id))
    } else if text.starts(with: "operator:"), let name = UTF8Text.decode(text.extracting(9..<text.count)),
      let name = OperatorName(name)
    {
      self = .operator(name)
    } else {
      return nil
    }
  }
}

extension Stream {
  init?(_ text: Span<UInt8>, _ known: inout KnownValues) {
    if text.starts(with: "environments/") {
      let rest = text.extracting(13..<text.count)
      guard let slash = rest.first(of: UInt8(ascii: "/")) else {
        guard let environment = known.environment(rest) else { return nil }
        self = .environment(environment)
        return
      }
      guard let environment = known.environment(rest.extracting(0..<slash)),
        let id = ULID(rest.extracting(slash..<rest.count), after: "/keys/key_")
      else { return nil }
      self = .key(environment, KeyID(ulid: id))
    } else if let id = ULID(text, after: "users/usr_") {
      self = .user(UserID(ulid: id))
    } else if text.equals("ledger") {
      self = .ledger
    } else {
      return nil
    }
  }
}

extension Permission {
  init?(_ text: Span<UInt8>) {
    guard let colon = text.first(of: UInt8(ascii: ":")), let resource = Slug(text.extracting(0..<colon)) else {
      return nil
    }
    let word = text.extracting(colon + 1..<text.count)
    if word.equals("read") {
      self.init(resource, .read)
    } else if word.equals("write") {
      self.init(resource, .write)
    } else {
      return nil
    }
  }
}

extension Span<UInt8> {
  func first(of byte: UInt8) -> Int? {
    for index in indices where self[index] == byte { return index }
    return nil
  }

  func precedes(_ other: Span<UInt8>) -> Bool {
    for index in 0..<Swift.min(count, other.count) where self[index] != other[index] {
      return self[index] < other[index]
    }
    return count < other.count
  }
}
