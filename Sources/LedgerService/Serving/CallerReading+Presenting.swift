import Cryptography
package import KeyLedger

// As asked over HTTP, where a secret comes as text.
extension CallerReading {
  package func check(
    presenting secret: String, permission: String?, environment: String?, customer: (id: String?, token: String?)
  ) throws(Refusal) -> CheckResult {
    try check(
      SecretBytes(Array(secret.utf8)), permission: permission, environment: environment, customer: customer)
  }

  package func whose(presenting secret: String) throws(Refusal) -> KeyState? {
    try whose(SecretBytes(Array(secret.utf8)))
  }
}
