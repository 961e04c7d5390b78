import Cryptography
import EventLog
import Formats
import KeyLedger
import LedgerService

/// What stays the same for all lines of a run.
struct ApplyOptions: Sendable {
  let operatorName: OperatorName
  let isBackfill: Bool
  let goesOn: Bool
  let now: Instant
}

/// Decodes line after line, has each done, remembers the refs, and says what came of it. Knows neither files nor where
/// a command is done: for real or in a rehearsal.
struct ApplyRun {
  /// What came of a line.
  struct Result {
    let number: Int
    let line: ApplyLine?
    let outcome: Swift.Result<Outcome, Refusal>
  }

  private let options: ApplyOptions
  private let decoder: ApplyDecoder
  /// By the bytes of their names: as Strings a composed and a decomposed é would be one.
  private var refs: [[UInt8]: String] = [:]
  private(set) var count = 0
  private(set) var refused = 0

  init(_ options: ApplyOptions) {
    self.options = options
    decoder = ApplyDecoder(isBackfill: options.isBackfill, now: options.now)
  }

  /// Whether another line is wanted.
  var goesOn: Bool { refused == 0 || options.goesOn }

  mutating func next(_ line: LineReader.Line, _ execute: (Request) -> Swift.Result<Outcome, Refusal>) -> Result {
    count += 1
    do throws(Refusal) {
      let decoded = try decode(line)
      let outcome = try execute(request(decoded)).get()
      remember(decoded, outcome.answer)
      return Result(number: count, line: decoded, outcome: .success(outcome))
    } catch {
      refused += 1
      return Result(number: count, line: nil, outcome: .failure(error))
    }
  }

  private func decode(_ line: LineReader.Line) throws(Refusal) -> ApplyLine {
    switch line {
    case .tooLong:
      throw Refusal(.badUsage, "The line has more than \(ApplyDecoder.maximumLineBytes >> 20) MiB.")
    case .text(let bytes):
      let decoded = try decoder.decode(bytes, key: id(of:))
      for ref in [decoded.ref, decoded.fullAccessRef, decoded.publishableRef].compactMap({ $0 }) { try check(ref) }
      if let fullAccess = decoded.fullAccessRef, let publishable = decoded.publishableRef,
        sameBytes(fullAccess, publishable)
      {
        throw Refusal(.badUsage, "“refs” gives both keys the same name; a ref stands for one key.")
      }
      return decoded
    }
  }

  /// The id that a ref stands for; what is no ref of this run stays as it is, for the ledger to judge.
  private func id(of word: String) -> String { KeyID(word) == nil ? refs[Array(word.utf8)] ?? word : word }

  /// Who did it, where a key may be named by a ref too.
  private func actor(named author: String) -> String {
    let prefix = "key:"
    guard author.utf8.starts(with: prefix.utf8) else { return author }
    return prefix + id(of: String(author.utf8.dropFirst(prefix.utf8.count)) ?? "")
  }

  /// A ref that stood for two keys would leave open which one a later line means.
  private func check(_ ref: String) throws(Refusal) {
    guard KeyID(ref) == nil, !ref.utf8.isEmpty else {
      throw Refusal(.badUsage, "A ref is a name of your own, not empty and no key's id.")
    }
    guard refs[Array(ref.utf8)] == nil else {
      throw Refusal(.badUsage, "An earlier line has this ref already; take another.")
    }
  }

  private func request(_ line: ApplyLine) -> Request {
    var request = Request(line.command, by: .operator(options.operatorName))
    if options.isBackfill {
      let author = line.author.map(actor(named:)) ?? Actor.operator(options.operatorName).description
      request.credential = .author(author, by: options.operatorName)
      request.backfilledAt = line.time
    }
    request.idempotencyKey = line.idempotencyKey
    request.legacySecrets = line.legacySecrets
    return request
  }

  private mutating func remember(_ line: ApplyLine, _ answer: Answer) {
    if let ref = line.ref { refs[Array(ref.utf8)] = ApplyRun.key(of: answer)?.description }
    guard case .environment(_, let keys) = answer else { return }
    for (ref, kind) in [(line.fullAccessRef, KeyKind.fullAccess), (line.publishableRef, .publishable)] {
      guard let ref, let key = keys.first(where: { $0.kind == kind }) else { continue }
      refs[Array(ref.utf8)] = key.id.description
    }
  }

  /// The one key that a line made or changed.
  static func key(of answer: Answer) -> KeyID? {
    switch answer {
    case .key(let key), .rotation(let key, _): key.id
    case .integration(let integration, _, let keys): integration.isConnected ? keys.last?.id : nil
    case .user, .ledger, .resource, .environment, .clientSecurity, .reveal: nil
    }
  }
}

extension ApplyRun.Result {
  /// - Parameter shapes: nil in a rehearsal, which answers with the events alone, whole.
  func json(_ shapes: Shapes?) throws(Refusal) -> JSON {
    var members = [JSONMember("line", .integer(Int64(number)))]
    switch outcome {
    case .failure(let refusal):
      members += [JSONMember("ok", .bool(false)), JSONMember("error", Refusals.error(refusal))]
    case .success(let done):
      members += [JSONMember("ok", .bool(true)), JSONMember("repeated", .bool(done.repeated))]
      guard let shapes, let line else {
        let records = Session.rehearsed(done)["events"] ?? .array([])
        return .object(members + [JSONMember("dry_run", .bool(true)), JSONMember("events", records)])
      }
      members.append(JSONMember("events", Shapes.events(done.events)))
      if let key = ApplyRun.key(of: done.answer) {
        members.append(JSONMember("key", .string(key.description)))
        if let secret = done.secrets[key]?.text() { members.append(JSONMember("secret", .string(secret))) }
      }
      members.append(JSONMember("result", try shapes.result(done, of: line.command)))
    }
    return .object(members)
  }
}
