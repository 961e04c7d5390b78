import Cryptography
import EventLog
import Foundation
import KeyLedger
import SQLite

@testable import LedgerService
@testable import Vault

extension TestLedger {
  /// How many events the log has.
  func size() throws -> UInt64 { try log().read { try $0.head().size } }

  func events() throws -> [Event] {
    try log().read { log in
      var events: [Event] = []
      try log.eventsInOrder(after: 0, through: .max) { event, _ in
        events.append(event)
        return true
      }
      return events
    }
  }

  /// Runs SQL on a file of the data directory, as whoever has the sqlite3 shell may.
  func sql(_ file: String, _ statement: String) throws {
    let connection = try Connection(path: file, mode: .readWrite, busy: .jitter(limitMilliseconds: 5_000))
    try connection.execute(statement)
  }

  /// Opens the vault as anybody with the root key can.
  func vault() throws -> Vault {
    try directory.openVault(of: try log().ledger, randomness: SystemRandomness())
  }

  func mode(of path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
  }

  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }
}

extension Request {
  /// As the operator, unless somebody else is named.
  static func ask(_ command: Command, by credential: Credential? = nil, key: String? = nil) -> Request {
    var request = Request(command, by: credential ?? .operator(TestLedger.root))
    request.idempotencyKey = key
    return request
  }
}

extension Writer {
  /// The code of the refusal of one command; nil when it was done.
  func refusal(_ command: Command, by credential: Credential? = nil, key: String? = nil) -> RefusalCode? {
    code(run([.ask(command, by: credential, key: key)])[0])
  }

  func addUser(_ handle: String, _ role: Role = .member) throws -> UserID {
    guard case .user(let user) = try operate(.addUser(handle: handle, role: role)).answer else {
      throw Refusal(.notFound, "no user in the answer")
    }
    return user.id
  }

  /// The environment's two keys, full access first.
  @discardableResult
  func provision(_ name: String) throws -> [KeyState] {
    guard case .environment(_, let keys) = try operate(.provisionEnvironment(name)).answer else {
      throw Refusal(.notFound, "no environment in the answer")
    }
    return keys
  }
}

extension Outcome {
  /// Everything in the answer that has an id, in order.
  var ids: [String] {
    switch answer {
    case .user(let user): [user.id.description]
    case .ledger(let ledger): ["ledger", ledger.plan.rawValue]
    case .resource(let resource, _): [resource.name.text]
    case .environment(let environment, let keys): [environment.id.text] + keys.map(\.id.description)
    case .key(let key), .reveal(let key): [key.id.description]
    case .rotation(let successor, let rotated): [successor.id.description, rotated.id.description]
    case .integration(let integration, let environment, let keys):
      [integration.name.text, environment.id.text] + keys.map(\.id.description)
    case .clientSecurity(let environment): [environment.id.text]
    }
  }

  var key: KeyState? {
    switch answer {
    case .key(let key), .reveal(let key), .rotation(let key, _): key
    default: nil
    }
  }
}

/// Runs `body` on so many threads of the system's, and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    Thread.detachNewThread {
      body(index)
      group.leave()
    }
  }
  group.wait()
}
