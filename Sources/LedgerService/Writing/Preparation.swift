import Cryptography
import KeyLedger

/// The random part of a command, made before it is decided: secrets, ids and salts. What is refused is thrown away.
struct Preparation {
  var materials = Materials()
  var keySecrets: [KeyID: SecretBytes] = [:]
  var token: SecretBytes?
  var signingSecret: SecretBytes?
  var handle: SealedHandle?

  init(for command: Command, _ situation: Situation, at now: Instant, from randomness: some Randomness) {
    switch command {
    case .createKey, .connectIntegration: addKey(.server, now, randomness)
    case .rotateKey: addKey(situation.key?.kind.keyClass ?? .server, now, randomness)
    case .provisionEnvironment, .migrateEnvironment:
      addKey(.server, now, randomness)
      addKey(.client, now, randomness)
      addSigningSecret(randomness)
    case .rotateSigningSecret: addSigningSecret(randomness)
    case .addUser(let handle, _): addUser(handle, now, randomness)
    case .renewToken:
      if let user = situation.user { addToken(user.id, user.commitment, randomness) }
    default: break
    }
  }

  /// For the first owner of a new ledger.
  init(forOwner handle: String, at now: Instant, from randomness: some Randomness) { addUser(handle, now, randomness) }

  private mutating func addUser(_ handle: String, _ now: Instant, _ randomness: some Randomness) {
    let sealed = SealedHandle(salt: randomness.bytes(SealedHandle.saltBytes), handle: handle)
    self.handle = sealed
    addToken(UserID(time: now, randomness: randomness.ulidBits()), sealed.commitment, randomness)
  }

  private mutating func addKey(_ keyClass: KeyClass, _ now: Instant, _ randomness: some Randomness) {
    let secret = SecretForm.generate(prefix: keyClass.rawValue, from: randomness)
    let id = KeyID(time: now, randomness: randomness.ulidBits())
    keySecrets[id] = secret
    let new = secret.withBytes {
      NewKey(
        id: id, fingerprint: SecretForm.fingerprint($0), masked: SecretForm.masked($0, prefix: keyClass.rawValue))
    }
    materials.keys.append(new)
  }

  private mutating func addSigningSecret(_ randomness: some Randomness) {
    let secret = SecretForm.generateSigningSecret(from: randomness)
    signingSecret = secret
    materials.signing = secret.withBytes(SecretForm.fingerprint)
  }

  private mutating func addToken(_ id: UserID, _ commitment: Hash256, _ randomness: some Randomness) {
    let token = SecretForm.generate(prefix: "user", from: randomness)
    self.token = token
    materials.user = NewUser(id: id, commitment: commitment, token: token.withBytes(SecretForm.fingerprint))
  }
}
