package import Cryptography
import EventLog
package import KeyLedger

/// Questions as one caller may ask them: whether they may at all is judged at the head of the log, and a key sees nothing
/// beyond its environment.
package struct CallerReading {
  package let queries: Queries
  package let moment: Moment
  package let shapes: Shapes
  /// The environment that the caller is shut into.
  private let confinement: Slug?
  /// Whether no event that is yet to come can belong to the moment.
  private let isSettled: Bool

  /// - Parameters:
  ///   - point: of the past, which no key may ask about; nil for now.
  ///   - page: the moment of an earlier page of the same list, to go on with; a point beside it must be that moment.
  package init(
    _ queries: Queries, by credential: Credential, to action: Action, at point: Point? = nil, page: Moment? = nil
  ) throws(Refusal) {
    try queries.confirm()
    let head = try queries.moment()
    let caller = try queries.caller(credential, at: head)
    try Policy.authorise(action, by: caller, at: head.time, in: queries.ledger(at: head))
    confinement = Policy.confinement(of: caller)
    if point != nil, confinement != nil {
      throw Refusal(.forbidden, "No API key may ask about the past; a user or the operator can.")
    }
    self.queries = queries
    let asked = try point.map { (point) throws(Refusal) in try queries.moment(point) }
    if let page, let asked, asked != page {
      throw Refusal(
        .badUsage, "The cursor holds its moment, and at names another one: leave at out to go on.", field: "at")
    }
    moment = page ?? asked ?? head
    // Times never decrease along the log, but the next event may have the time of the last one, or the clock be set back.
    isSettled =
      switch point {
      case nil: false
      case .event: true
      case .time: moment.sequence < head.sequence
      }
    queries.forgetWhatWasAsked()
    shapes = try Shapes(queries, at: moment, showsNames: confinement == nil)
  }

  /// Whether what has been answered is the same for ever: about a moment that is over, and from the log alone. A handle may
  /// be forgotten, and the access journal drops what is old.
  package var isLasting: Bool { isSettled && queries.haveAskedTheLogAlone }

  /// `not_found` also for a key of an environment that the caller can't see.
  package func key(_ id: String) throws(Refusal) -> KeyState {
    let key = try queries.key(id, at: moment)
    guard isSeen(key) else { throw Queries.noSuchKey }
    return key
  }

  package func keys(_ filter: KeyFilter) throws(Refusal) -> [KeyState] {
    if let confinement, let asked = filter.environment, !sameBytes(asked, confinement.text) {
      throw Queries.noSuchEnvironment
    }
    return try queries.keys(filter, at: moment).filter(isSeen)
  }

  /// All keys of a filter's environment, or of those that are seen, whatever else it asks for; newest first.
  func table(_ filter: KeyFilter) throws(Refusal) -> ListedKeys {
    guard let name = filter.environment else { return ListedKeys(try keys(KeyFilter(includeRemoved: true))) }
    if let confinement, !sameBytes(name, confinement.text) { throw Queries.noSuchEnvironment }
    return try queries.table(of: queries.environment(name, at: moment).id, at: moment)
  }

  package func activity(of key: String, chain: Bool) throws(Refusal) -> [ActivityEntry] {
    try queries.activity(of: self.key(key).id.description, chain: chain, at: moment)
  }

  /// A secret of another environment is `unknown` to a key.
  package func check(
    _ presented: SecretBytes, permission: String?, environment: String?, customer: (id: String?, token: String?)
  ) throws(Refusal) -> CheckResult {
    let result = try queries.check(
      presented, permission: permission, environment: environment, customer: customer, at: moment)
    guard let key = result.key, !isSeen(key) else { return result }
    return CheckResult(.unknown, permission: result.permission)
  }

  package func whose(_ presented: SecretBytes) throws(Refusal) -> KeyState? {
    try queries.whose(presented, at: moment).flatMap { isSeen($0) ? $0 : nil }
  }

  package func whose(_ fingerprint: Hash256) throws(Refusal) -> KeyState? {
    try queries.whose(fingerprint, at: moment).flatMap { isSeen($0) ? $0 : nil }
  }

  private func isSeen(_ key: KeyState) -> Bool { confinement == nil || confinement == key.environment }
}

extension Queries {
  /// Whether, since `forgetWhatWasAsked`, neither a handle nor the access journal was read.
  fileprivate var haveAskedTheLogAlone: Bool { !names.wereAsked && !journal.wasAsked }

  fileprivate func forgetWhatWasAsked() { (names.wereAsked, journal.wasAsked) = (false, false) }

  /// Throws when the path no longer leads to the file that is open.
  func confirm() throws(Refusal) { _ = try changes() }

  /// A number that is another one whenever something was appended since it was last asked. Throws as `confirm`.
  package func changes() throws(Refusal) -> Int64 {
    do {
      return try log.changeCounter()
    } catch {
      throw Refusal(translating: error)
    }
  }

  /// How far the views have come, brought to the head where they can be.
  package func viewsPosition() throws(Refusal) -> UInt64 {
    switch tables {
    case .views(let views): try views.position()
    case .replay: try moment().sequence
    }
  }

  /// Who calls, as the log has it at the moment.
  func caller(_ credential: Credential, at moment: Moment) throws(Refusal) -> Caller {
    switch credential {
    case .operator(let name), .author(_, by: let name): return .operator(name)
    case .user(let id, let token):
      if let user = try read({ UserState.fold(try $0.events(of: .user(id), through: moment.sequence)) }) {
        return .user(user, token: token)
      }
    case .key(let environment, let id):
      let stream = Stream.key(environment, id)
      if let key = try read({ KeyState.fold(try $0.events(of: stream, through: moment.sequence)) }) {
        return .key(key)
      }
    }
    throw Refusal(.forbidden, "The caller is not known to this ledger; authenticate again.")
  }
}
