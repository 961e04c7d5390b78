/// What a caller can get wrong. It carries sizes and never contents.
package enum CryptographyError: Error, Equatable, Sendable {
  /// Not the number of bytes that the algorithm takes.
  case keySize(Int)
  case nonceSize(Int)
  /// More, or fewer than none, bytes asked for than HKDF can give.
  case outputSize(Int)
  /// More than ChaCha20 can encrypt under one nonce.
  case messageSize(Int)
}
