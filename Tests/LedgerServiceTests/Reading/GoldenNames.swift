import Cryptography
import Formats
import KeyLedger

/// Names for whatever differs between two ledgers, so that a golden text is exactly what is printed but for these.
struct GoldenNames {
  private var names: [(String, String)] = []

  mutating func add(_ key: KeyState, _ name: String) {
    add(key.id.description, name)
    add(Hex.encode(key.fingerprint.bytes), name + " sha256")
    add(key.masked, name + " masked")
  }

  mutating func add(_ text: String, _ name: String) { names.append((text, "<\(name)>")) }

  mutating func add(_ secret: SecretBytes?, _ name: String) {
    if let text = secret?.text() { add(text, name) }
  }

  func text(_ json: JSON) -> String {
    var text = String(decoding: json.line(), as: UTF8.self)
    for (value, name) in names { text.replace(value, with: name) }
    return text
  }
}
