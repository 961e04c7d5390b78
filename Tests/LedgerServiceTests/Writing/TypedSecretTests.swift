import Cryptography
import KeyLedger
import Testing

@testable import LedgerService

/// Product §2: no secret is ever in the log; not even one that somebody types where a name belongs.
@Suite struct TypedSecretTests {
  static let fields = ["name", "description", "new name", "new description", "reason", "actor", "author"]

  @Test("A text that holds a secret or a token is refused, whatever stands around it", arguments: fields)
  func refused(_ field: String) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let (key, secret) = try writer.makeKey("production", ["customers:read"])
    let before = try ledger.events().count
    let typed = "x " + secret.withBytes { String(decoding: $0, as: UTF8.self) } + ", old"
    let result = writer.run([request(field, typed, key.id.description)])[0]
    let expected: RefusalCode =
      switch field {
      case "name", "new name": .badName
      case "actor", "author": .badUsage
      default: .badText
      }
    #expect(code(result) == expected)
    guard case .failure(let refusal) = result else { return }
    #expect(refusal.message.contains("holds the secret"))
    #expect(!refusal.message.contains("server-"))
    #expect(try ledger.events().count == before)
  }

  @Test("What only looks like a secret may stand in a name: its check is wrong")
  func lookalike() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    try writer.provision("production")
    let (key, secret) = try writer.makeKey("production", ["customers:read"])
    var bytes = secret.withBytes { Array($0) }
    bytes[bytes.count - 1] = bytes[bytes.count - 1] == 0x41 ? 0x42 : 0x41
    let name = String(decoding: bytes, as: UTF8.self)
    #expect(writer.refusal(.renameKey(key: key.id.description, name: name, description: nil)) == nil)
    #expect(!SecretForm.holdsSecret(String(repeating: "server-", count: 30)))
    #expect(!SecretForm.holdsSecret("server-"))
  }

  private func request(_ field: String, _ typed: String, _ key: String) -> Request {
    switch field {
    case "name": .ask(.createKey(environment: "production", name: typed, description: "", scope: ["read_only"]))
    case "description":
      .ask(.createKey(environment: "production", name: "job", description: typed, scope: ["read_only"]))
    case "new name": .ask(.renameKey(key: key, name: typed, description: nil))
    case "new description": .ask(.renameKey(key: key, name: nil, description: typed))
    case "reason": .ask(.acceptRestored(reason: typed))
    case "actor": .ask(.changePlan(.starter), by: .operator(actor(typed)))
    default: .ask(.changePlan(.starter), by: .author("operator:" + typed, by: TestLedger.root))
    }
  }

  /// An operator's name holds no space or comma.
  private func actor(_ typed: String) -> OperatorName {
    guard let name = OperatorName(typed.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
      preconditionFailure("letters and digits make a name")
    }
    return name
  }
}
