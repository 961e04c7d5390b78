internal import Formats
internal import KeyLedger

/// A key in 64 bytes.
struct VerificationRow: Sendable {
  let fingerprint: Hash256
  var marks: KeyMarks
}

/// What is known of a key beside its fingerprint, in 32 bytes.
struct KeyMarks: Sendable {
  let id: KeyID
  /// From the top: milliseconds of its end in 56 bits; two bits of its kind; whether the event itself ended it; and in
  /// three bits which reason, counted from 1, or 0 for no ending.
  private var endAndKind: UInt64
  /// The number of its environment in the index's list.
  let environment: UInt32
  /// The number of what it was granted, in `Grants`.
  var grant = Grants.nothing

  init(id: KeyID, kind: KeyKind, environment: UInt32) {
    (self.id, self.environment) = (id, environment)
    let number: UInt64 =
      switch kind {
      case .fullAccess: 0
      case .publishable: 1
      case .scoped: 2
      case .integration: 3
      }
    endAndKind = number << 4
  }

  var kind: KeyKind {
    switch endAndKind >> 4 & 3 {
    case 0: .fullAccess
    case 1: .publishable
    case 2: .scoped
    default: .integration
    }
  }

  var ending: KeyState.Ending? {
    get {
      let reason: EndReason
      switch endAndKind & 7 {
      case 0: return nil
      case 1: reason = .graceEnded
      case 2: reason = .revoked
      default: reason = .removed
      }
      let end = Int64(bitPattern: endAndKind) >> 8
      return KeyState.Ending(
        because: reason, at: Instant(milliseconds: end), isUnconditional: endAndKind & 8 != 0)
    }
    set {
      endAndKind &= 3 << 4
      guard let newValue else { return }
      let reason: UInt64 =
        switch newValue.because {
        case .graceEnded: 1
        case .revoked: 2
        case .removed: 3
        }
      let end = newValue.at.milliseconds
      precondition((end << 8) >> 8 == end, "a moment that can be told")
      endAndKind |= UInt64(bitPattern: end << 8) | reason | (newValue.isUnconditional ? 8 : 0)
    }
  }
}

// As it stands in a cache: 64 bytes, numbers little-endian.
extension VerificationRow {
  static let byteCount = 64

  func write(to bytes: inout [UInt8]) {
    let hash = fingerprint.words
    for word in [hash.0, hash.1, hash.2, hash.3] { bytes.append(number: word) }
    marks.write(to: &bytes)
  }

  /// Nil for what no row is written as.
  ///
  /// - Parameters:
  ///   - bytes: `byteCount` of them.
  ///   - environments: how many there are.
  ///   - grants: those that it may have.
  init?(_ bytes: Span<UInt8>, environments: Int, grants: borrowing Grants) {
    fingerprint = Hash256(words: (bytes.uint64(at: 0), bytes.uint64(at: 8), bytes.uint64(at: 16), bytes.uint64(at: 24)))
    marks = KeyMarks(bytes.extracting(32..<VerificationRow.byteCount))
    guard Int(marks.environment) < environments, grants.has(marks.grant), marks.areWhole else { return nil }
  }
}

extension KeyMarks {
  fileprivate func write(to bytes: inout [UInt8]) {
    bytes.append(number: UInt64(truncatingIfNeeded: id.ulid.bits >> 64))
    bytes.append(number: UInt64(truncatingIfNeeded: id.ulid.bits))
    bytes.append(number: endAndKind)
    bytes.append(number: environment)
    bytes.append(number: grant)
  }

  /// - Parameter bytes: 32 of them.
  fileprivate init(_ bytes: Span<UInt8>) {
    id = KeyID(ulid: ULID(bits: UInt128(bytes.uint64(at: 0)) << 64 | UInt128(bytes.uint64(at: 8))))
    endAndKind = bytes.uint64(at: 16)
    (environment, grant) = (bytes.uint32(at: 24), bytes.uint32(at: 28))
  }

  /// Whether an ending, or none, is written so.
  fileprivate var areWhole: Bool { endAndKind & 7 <= 3 && (endAndKind & 7 != 0 || endAndKind & ~(3 << 4) == 0) }
}
