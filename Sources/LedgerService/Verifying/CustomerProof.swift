import Cryptography
import KeyLedger

/// What a request says about the customer that a publishable key speaks for, and whether that is proven.
struct CustomerProof {
  let id: String?
  let token: String?

  /// - Parameter signingSecret: of the key's environment; nil when it is lost, and then nothing is right. Asked for
  ///   only where its answer counts.
  func evidence(isEnforced: Bool, signingSecret: () -> SecretBytes?) -> CustomerEvidence {
    guard let token else { return .absent }
    // Without an id there is nothing to equal: that matters only where a right token is demanded.
    guard let id else { return isEnforced ? .wrong : .absent }
    guard let parsed = CustomerToken(Array(token.utf8)), let secret = signingSecret(),
      parsed.proves(id, signedWith: secret)
    else { return .wrong }
    return .right
  }
}

extension SealedRows {
  /// The secret that signs an environment's customer tokens, if it opens to the one that the log names.
  func signingSecret(of environment: Slug, _ signing: SigningSecret) -> SecretBytes? {
    guard let content = content(owner: environment.text, kind: VaultKind.signing(signing.generation)),
      content.withBytes({ SecretForm.fingerprint($0) }) == signing.sha256
    else { return nil }
    return content
  }
}
