import HTTPServer
import KeyLedger
import LedgerService

/// The field lines of an answer to a gateway that say what keys have in common, with those that each answer has, written
/// once for those that were told last.
struct TraitFields {
  private static let count: UInt = 64

  /// Each at the place that its address says, where the next one with that place takes it over.
  private var places = [(traits: KeyTraits, fields: HTTPFields)?](repeating: nil, count: Int(count))

  mutating func fields(of traits: KeyTraits) -> HTTPFields {
    // Objects lie at multiples of 16. One that is held here keeps its address to itself.
    let place = Int(UInt(bitPattern: ObjectIdentifier(traits)) >> 4 % TraitFields.count)
    if let known = places[place], known.traits === traits { return known.fields }
    var fields = GateHandler.fields
    fields.add("X-Key-Kind", traits.kind.rawValue)
    fields.add("X-Key-Environment", traits.environment.text)
    fields.add("X-Key-Scope", traits.scopeWords)
    places[place] = (traits, fields)
    return fields
  }
}
