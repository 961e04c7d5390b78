import Cryptography
import Glibc
import KeyLedger
import LedgerService

/// A ledger to be served, made through the service as anybody would, with what is needed to ask it over HTTP: the keys'
/// secrets, one a line, and its owner's token. For `Scripts/benchmarks`; both files go with the run's directory.
struct Serving {
  private let options: Options
  private let service: LedgerService
  private let owner: Credential
  private let token: SecretBytes

  private static let callers = 64

  init(_ options: Options) throws {
    self.options = options
    guard let name = OperatorName("bench") else { preconditionFailure("a name") }
    let directory = LedgerDirectory(path: options.data + "/served")
    let founding = try LedgerService.found(directory, plan: .scale, owner: "bench@example.com", by: name)
    guard let owner = founding.owner else { throw Failure("a ledger without its owner") }
    token = owner.token
    self.owner = .operator(name)
    service = try LedgerService(directory)
  }

  func generate() throws {
    defer { service.close() }
    _ = try service.submit(Request(.provisionEnvironment("live"), by: owner))
    let file = try SecretsFile(options.data + "/secrets")
    let keys = options.keys
    let took = timed {
      onThreads(Serving.callers) { number in
        for _ in stride(from: number, to: keys, by: Serving.callers) { self.create(into: file) }
      }
    }
    try file.close(expecting: keys)
    let owner = try SecretsFile(options.data + "/token")
    token.withBytes { owner.write($0) }
    try owner.close(expecting: 1)
    print("made \(grouped(keys)) keys, each durable before the next of its caller, in \(format(took, 1)) s")
  }

  private func create(into file: SecretsFile) {
    let command = Command.createKey(
      environment: "live", name: "nightly export", description: "", scope: ["coupons:read", "customers:write"])
    guard let outcome = try? service.submit(Request(command, by: owner)) else { return }
    for secret in outcome.secrets.values { secret.withBytes { file.write($0) } }
  }
}

/// Secrets of a run, one a line, readable for nobody else.
private struct SecretsFile: Sendable {
  private let descriptor: Int32
  private let path: String

  init(_ path: String) throws {
    self.path = path
    descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure("cannot make \(path)") }
  }

  /// One line, in one call, so that lines of several threads stay whole.
  func write(_ secret: [UInt8]) {
    let line = secret + [UInt8(ascii: "\n")]
    _ = unsafe Glibc.write(descriptor, line, line.count)
  }

  func close(expecting count: Int) throws {
    defer { Glibc.close(descriptor) }
    var status = stat()
    // Every secret of ours has the same length, but a user's, which is alone in its file.
    guard unsafe fstat(descriptor, &status) == 0, Int(status.st_size) >= count * 42 else {
      throw Failure("not all secrets were written to \(path)")
    }
  }
}
