package import Cryptography
import Formats

/// A secret on its way out, the one time it is shown.
package struct SecretText {
  private let secret: SecretBytes

  package init(_ secret: SecretBytes) { self.secret = secret }

  /// JSON holds text alone: a migrated secret that is none stands in base64, under a name that says so.
  func member(named name: String) -> JSONMember {
    if let text = secret.text() { return JSONMember(name, .string(text)) }
    return JSONMember(name + "_base64", .string(secret.withBytes { Base64.encode($0) }))
  }
}
