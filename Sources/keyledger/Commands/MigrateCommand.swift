import Cryptography
import Formats
import KeyLedger
import LedgerService

/// `env migrate`: one environment from its tokens, or many from a file.
enum MigrateCommand {
  static let spec = CommandSpec(
    path: ["env", "migrate"], summary: "Bring an environment in with the tokens that it has",
    discussion: [
      "The client token becomes the publishable key, the server token the full access key, each with the same secret; one "
        + "that is missing is made. A token is - for a line of standard input (the client's first), so that it stays out "
        + "of the shell's history, or is given as its SHA-256: then it verifies and can never be revealed.",
      "A file is CSV with a header, or NDJSON, of environment, client_token, server_token, client_token_sha256 and "
        + "server_token_sha256. A bad row stops nothing else, and a second run of the same file changes nothing: it "
        + "takes no --idempotency-key.",
    ],
    arguments: [
      ArgumentSpec(name: "ENV", help: "the environment, where no file is given", isOptional: true)
    ],
    options: [
      .value("client-token", "T", "the client token, better given as -"),
      .value("client-token-sha256", "H", "or its SHA-256, as 64 hex characters"),
      .value("server-token", "T", "the server token, better given as -"),
      .value("server-token-sha256", "H", "or its SHA-256, as 64 hex characters"),
      .value("file", "FILE", "many environments, from CSV or NDJSON", of: .completed(.files)),
      .flag("allow-weak", "take tokens that could be guessed"),
    ],
    effect: .changes,
    examples: [
      "keyledger env migrate production --client-token - --server-token - < tokens.txt",
      "keyledger env migrate --file environments.csv --dry-run",
    ], run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    if let file = invocation.value("file") {
      try refuseBesideFile(invocation)
      return try MigrationRun(session, allowWeak: invocation.has("allow-weak")).run(file)
    }
    guard let environment = invocation.optionalArgument("ENV") else {
      throw Refusal(.badUsage, "env migrate needs ENV, or --file for many; see keyledger env migrate --help.")
    }
    var tokens = MigrationTokens()
    tokens.client = try token("client-token", invocation, session)
    tokens.clientHash = invocation.value("client-token-sha256")
    tokens.server = try token("server-token", invocation, session)
    tokens.serverHash = invocation.value("server-token-sha256")
    var request = session.request(try tokens.command(environment, allowWeak: invocation.has("allow-weak")))
    request.legacySecrets = tokens.secrets
    return try session.change(request, EnvironmentCommands.view("Migrated"))
  }

  private static func refuseBesideFile(_ invocation: Invocation) throws(Refusal) {
    let others = ["client-token", "client-token-sha256", "server-token", "server-token-sha256", "idempotency-key"]
    if let other = others.first(where: invocation.has) {
      throw Refusal(.badUsage, "--\(other) means nothing beside --file, whose rows say it.")
    }
    guard invocation.optionalArgument("ENV") == nil else {
      throw Refusal(.badUsage, "ENV means nothing beside --file, whose rows name their environments.")
    }
  }

  private static func token(_ option: String, _ invocation: Invocation, _ session: Session)
    throws(Refusal) -> SecretBytes?
  {
    guard let typed = invocation.value(option) else { return nil }
    guard sameBytes(typed, "-") else { return SecretBytes(Array(typed.utf8)) }
    let name = option == "client-token" ? "Client token" : "Server token"
    guard let line = try SecretInput.line(name, session.terminal), line.count > 0 else {
      throw Refusal(.badUsage, "--\(option) - found no line on standard input.")
    }
    return line
  }
}
