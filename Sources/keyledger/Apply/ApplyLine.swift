import Cryptography
import Formats
import KeyLedger
import LedgerService

/// One line of an `apply` file, decoded: a command and what comes with it.
struct ApplyLine {
  var command: Command
  var legacySecrets = LegacySecrets()
  var idempotencyKey: String?
  /// Names the key that the line makes, for later lines.
  var ref: String?
  /// Name the two keys of a new environment.
  var fullAccessRef: String?
  var publishableRef: String?
  /// Only in a backfill: who did it, and when.
  var author: String?
  var time: Instant?
}

/// JSON to command, by `contract.md` §3.
struct ApplyDecoder {
  /// Whether lines say who did it and when.
  let isBackfill: Bool
  let now: Instant

  static let maximumLineBytes = 1 << 20

  /// `bad_usage` for a broken line, a field that nobody knows, and one that is missing or of another kind.
  func decode(_ bytes: [UInt8], key: (String) -> String) throws(Refusal) -> ApplyLine {
    guard !bytes.isEmpty else { throw Refusal(.badUsage, "The line is empty.") }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: bytes)
    } catch {
      throw Refusal(.badUsage, "The line is not valid JSON: \(error.what), after \(error.offset) bytes.")
    }
    var fields = try Fields(json)
    var line = try command(&fields, key: key)
    line.idempotencyKey = try idempotencyKey(&fields)
    try provenance(&fields, &line)
    try fields.finish()
    return line
  }

  private func idempotencyKey(_ fields: inout Fields) throws(Refusal) -> String? {
    guard let key = try fields.optionalText("idempotency_key") else { return nil }
    guard IdempotencyKey.isWellFormed(key) else {
      throw Refusal(.badUsage, "The field “idempotency_key” " + IdempotencyKey.rule)
    }
    return key
  }

  private func provenance(_ fields: inout Fields, _ line: inout ApplyLine) throws(Refusal) {
    guard isBackfill else {
      if fields.optional("actor") != nil || fields.optional("time") != nil {
        throw Refusal(.badUsage, "A line says who did it and when only with --backfill.")
      }
      return
    }
    line.author = try fields.optionalText("actor")
    line.time = try Point.time(try fields.text("time"), now: now)
  }

  // MARK: Commands

  private func command(_ fields: inout Fields, key: (String) -> String) throws(Refusal) -> ApplyLine {
    let name = try fields.text("command")
    guard let word = Word(rawValue: name) else {
      let hint = Suggestion.nearest(to: name, among: Word.allCases.map(\.rawValue)).map { "; did you mean \($0)?" }
      throw Refusal(.badUsage, "There is no such command" + (hint ?? "; see keyledger apply --help."))
    }
    switch word {
    case .keyCreate, .keyRename, .keyScope, .keyRotate, .keyGrace, .keyRevoke:
      return try keyCommand(word, &fields, key: key)
    case .environmentCreate, .environmentMigrate, .integrationConnect, .integrationDisconnect,
      .clientSecurityEnforce, .clientSecurityRelax:
      return try environmentCommand(word, &fields)
    case .userAdd, .userRole, .userRemove, .plan, .resourceAdd:
      return try ledgerCommand(word, &fields)
    }
  }

  private func ledgerCommand(_ word: Word, _ fields: inout Fields) throws(Refusal) -> ApplyLine {
    switch word {
    case .userAdd:
      return ApplyLine(
        command: .addUser(handle: try fields.text("handle"), role: try fields.choice("role", as: Role.self)))
    case .userRole:
      return ApplyLine(
        command: .changeRole(user: try fields.text("user"), role: try fields.choice("role", as: Role.self)))
    case .userRemove: return ApplyLine(command: .removeUser(user: try fields.text("user")))
    case .plan: return ApplyLine(command: .changePlan(try fields.choice("plan", as: Plan.self)))
    case .resourceAdd:
      return ApplyLine(
        command: .addResource(
          name: try fields.text("resource"), clientReadable: try fields.flag("client_readable"),
          readOnly: try fields.flag("read_only")))
    default: preconditionFailure("\(word.rawValue) is no command about the ledger")
    }
  }

  private func keyCommand(_ word: Word, _ fields: inout Fields, key: (String) -> String) throws(Refusal) -> ApplyLine {
    if word == .keyCreate {
      var line = ApplyLine(
        command: .createKey(
          environment: try fields.text("environment"), name: try fields.text("name"),
          description: try fields.optionalText("description") ?? "", scope: try fields.texts("scope")))
      line.ref = try fields.optionalText("ref")
      return line
    }
    let id = key(try fields.text("key"))
    switch word {
    case .keyRename:
      let (name, description) = (try fields.optionalText("name"), try fields.optionalText("description"))
      guard name != nil || description != nil else {
        throw Refusal(.badUsage, "key.rename needs “name” or “description”.")
      }
      return ApplyLine(command: .renameKey(key: id, name: name, description: description))
    case .keyScope: return ApplyLine(command: .changeScope(key: id, scope: try fields.texts("scope")))
    case .keyRotate:
      var line = ApplyLine(command: .rotateKey(key: id, grace: try fields.text("grace")))
      line.ref = try fields.optionalText("ref")
      return line
    case .keyGrace: return ApplyLine(command: .changeGrace(key: id, grace: try fields.text("grace")))
    case .keyRevoke: return ApplyLine(command: .revokeKey(key: id))
    default: preconditionFailure("\(word.rawValue) is no command about a key")
    }
  }

  private func environmentCommand(_ word: Word, _ fields: inout Fields) throws(Refusal) -> ApplyLine {
    let environment = try fields.text("environment")
    switch word {
    case .environmentCreate: return try environmentCreate(environment, &fields)
    case .environmentMigrate: return try environmentMigrate(environment, &fields)
    case .integrationConnect:
      var line = ApplyLine(
        command: .connectIntegration(
          name: try fields.text("integration"), environment: environment, scope: try fields.texts("scope")))
      line.ref = try fields.optionalText("ref")
      return line
    case .integrationDisconnect:
      return ApplyLine(
        command: .disconnectIntegration(name: try fields.text("integration"), environment: environment))
    case .clientSecurityEnforce: return ApplyLine(command: .enforceClientSecurity(environment: environment))
    case .clientSecurityRelax: return ApplyLine(command: .relaxClientSecurity(environment: environment))
    default: preconditionFailure("\(word.rawValue) is no command about an environment")
    }
  }

  private func environmentCreate(_ environment: String, _ fields: inout Fields) throws(Refusal) -> ApplyLine {
    var line = ApplyLine(command: .provisionEnvironment(environment))
    if let refs = fields.optional("refs") {
      var names = try Fields(refs)
      line.fullAccessRef = try names.optionalText("full_access")
      line.publishableRef = try names.optionalText("publishable")
      try names.finish()
    }
    return line
  }

  private func environmentMigrate(_ environment: String, _ fields: inout Fields) throws(Refusal) -> ApplyLine {
    var tokens = MigrationTokens()
    tokens.client = try fields.optionalText("client_token").map { SecretBytes(Array($0.utf8)) }
    tokens.clientHash = try fields.optionalText("client_token_sha256")
    tokens.server = try fields.optionalText("server_token").map { SecretBytes(Array($0.utf8)) }
    tokens.serverHash = try fields.optionalText("server_token_sha256")
    return ApplyLine(
      command: try tokens.command(environment, allowWeak: false), legacySecrets: tokens.secrets)
  }

  /// The commands as a line names them.
  enum Word: String, CaseIterable {
    case userAdd = "user.add"
    case userRole = "user.role"
    case userRemove = "user.remove"
    case plan
    case resourceAdd = "resource.add"
    case environmentCreate = "environment.create"
    case environmentMigrate = "environment.migrate"
    case keyCreate = "key.create"
    case keyRename = "key.rename"
    case keyScope = "key.scope"
    case keyRotate = "key.rotate"
    case keyGrace = "key.grace"
    case keyRevoke = "key.revoke"
    case integrationConnect = "integration.connect"
    case integrationDisconnect = "integration.disconnect"
    case clientSecurityEnforce = "client_security.enforce"
    case clientSecurityRelax = "client_security.relax"
  }
}
