import Formats
import KeyLedger

// The views read the same shapes that `-o json` prints, so the two can't disagree.
extension JSON {
  /// A string member; empty where there is none.
  func text(_ name: String) -> String { self[name]?.string ?? "" }

  func time(_ name: String) -> Instant? {
    self[name]?.string.flatMap { RFC3339.parse($0) }.map { Instant(milliseconds: $0) }
  }

  func list(_ name: String) -> [JSON] { self[name]?.array ?? [] }

  func texts(_ name: String) -> [String] { list(name).compactMap(\.string) }

  func isTrue(_ name: String) -> Bool { self[name]?.bool ?? false }
}
