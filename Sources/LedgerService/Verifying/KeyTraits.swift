public import KeyLedger
import Projections

/// What keys of one kind, environment and scope have in common, written out once: of an answer it is one reference.
public final class KeyTraits: Sendable, Equatable {
  public let kind: KeyKind
  public let environment: Slug
  public let scope: Scope
  /// The permissions with a space between them; `*` for everything.
  public let scopeWords: String

  init(of entry: VerificationIndex.Entry, in index: borrowing VerificationIndex) {
    kind = entry.kind
    environment = index.environment(of: entry)
    scope = index.effectiveScope(of: entry)
    scopeWords =
      switch scope {
      case .everything: "*"
      case .permissions(let list): list.map(\.description).joined(separator: " ")
      }
  }

  public static func == (a: KeyTraits, b: KeyTraits) -> Bool {
    a === b || (a.kind == b.kind && a.environment == b.environment && a.scope == b.scope)
  }
}

/// Traits that were written out last, so that a busy key costs no more than a look-up.
struct TraitMemory {
  private static let bits: UInt64 = 8

  /// Each at the place that its mark says, where the next one with that place takes it over.
  private var places = [(mark: VerificationIndex.TraitMark, traits: KeyTraits)?](repeating: nil, count: 1 << Int(bits))
  /// Which folding's marks they are written by.
  private var foldings = 0

  mutating func find(_ entry: VerificationIndex.Entry, in state: borrowing SharedIndex.State) -> KeyTraits {
    if state.foldings != foldings { self = TraitMemory(foldings: state.foldings) }
    guard let mark = state.index.traitMark(of: entry) else { return KeyTraits(of: entry, in: state.index) }
    let place = mark.hash(bits: TraitMemory.bits)
    if let known = places[place], known.mark == mark { return known.traits }
    let traits = KeyTraits(of: entry, in: state.index)
    places[place] = (mark, traits)
    return traits
  }

  init(foldings: Int = 0) { self.foldings = foldings }
}
