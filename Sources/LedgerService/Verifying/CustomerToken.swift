import Cryptography
import Formats

/// A token by which a customer's backend says which customer a publishable key speaks for: `HMAC-SHA256 ID:HEX`, where
/// HEX is the lower-case hex HMAC-SHA256 of the id under the environment's signing secret (product §4).
struct CustomerToken {
  static let prefix = Array("HMAC-SHA256 ".utf8)
  /// The colon and 64 hex digits.
  static let tailBytes = 65
  static let customerBytes = 1...256

  let customer: [UInt8]
  let mac: [UInt8]

  /// Strict; nil for anything else. Read from its end, because an id may hold colons.
  init?(_ text: some Collection<UInt8>) {
    guard text.count <= CustomerToken.prefix.count + CustomerToken.customerBytes.upperBound + CustomerToken.tailBytes,
      text.starts(with: CustomerToken.prefix)
    else { return nil }
    let body = Array(text.dropFirst(CustomerToken.prefix.count))
    guard body.count > CustomerToken.tailBytes else { return nil }
    let tail = body.suffix(CustomerToken.tailBytes)
    let customer = Array(body.dropLast(CustomerToken.tailBytes))
    guard tail.first == UInt8(ascii: ":"), CustomerToken.customerBytes.contains(customer.count),
      let mac = Hex.decode(String(decoding: tail.dropFirst(), as: UTF8.self))
    else { return nil }
    self.customer = customer
    self.mac = mac
  }

  /// Whether it is for this customer and made with this signing secret, whose 64 characters are the key. Constant-time
  /// in the MAC; the ids are no secret.
  func proves(_ customer: String, signedWith secret: SecretBytes) -> Bool {
    guard self.customer.elementsEqual(customer.utf8) else { return false }
    return ConstantTime.equal(secret.withBytes { HMAC.sha256(key: $0, self.customer).bytes }, mac)
  }
}
