import EventLog
import KeyLedger
import Projections

/// Answers from the views, brought to the head of the log first. Views that are missing, truncated or damaged are built
/// anew on the way; where that can't be written the refusal says so and names the way without them.
final class ViewTables {
  private let path: String
  private let log: any EventLog
  private let watch: ViewsWatch?
  private var views: Views?

  private static let pageRows = 1_000

  init(path: String, log: any EventLog, watch: ViewsWatch?) {
    self.path = path
    self.log = log
    self.watch = watch
  }

  func keys(of environment: Slug?, includingRemoved: Bool, at moment: Moment) throws(Refusal) -> [KeyState] {
    let query = KeyQuery(environment: environment, at: moment.sequence, includingRemoved: includingRemoved)
    return try ask { try $0.keys(query) }
  }

  /// Where they stand, once they have been brought to the head.
  func position() throws(Refusal) -> UInt64 { try ask { try $0.position()?.sequence ?? 0 } }

  func environment(of key: KeyID) throws(Refusal) -> Slug? { try ask { try $0.environment(of: key) } }

  func key(fingerprint: Hash256) throws(Refusal) -> (environment: Slug, id: KeyID)? {
    try ask { try $0.key(fingerprint: fingerprint).map { ($0.1, $0.0) } }
  }

  func activity(of key: KeyState, at moment: Moment) throws(Refusal) -> [ActivityEntry] {
    try ask { views in
      var entries: [ActivityEntry] = []
      var before: UInt64?
      while true {
        let page = try views.activity(of: key.id, at: moment.sequence, before: before, limit: ViewTables.pageRows)
        entries += try page.map { try ActivityEntry($0, of: key.id) }
        guard page.count == ViewTables.pageRows, let last = page.last else { return entries }
        before = last.sequence
      }
    }
  }

  func changedKeys(_ window: ChangeWindow, of environment: Slug?) throws(Refusal) -> [UInt64] {
    try ask { try $0.changedKeys(window, environment: environment) }.sorted(by: >)
  }

  func possibleHolders(_ window: HolderWindow, of environment: Slug?) throws(Refusal) -> [UInt64] {
    try ask { try $0.possibleHolders(window, environment: environment) }
  }

  private func ask<R>(_ question: (Views) throws -> R) throws(Refusal) -> R {
    do {
      return try answer(question)
    } catch let error as ViewsError {
      throw refusal(error)
    } catch {
      throw Refusal(translating: error)
    }
  }

  private func answer<R>(_ question: (Views) throws -> R) throws -> R {
    let views = try opened()
    let start = ContinuousClock.now
    var isBehind = false
    // What did not come to its end is told too, without a time.
    defer { if isBehind { watch?.end(after: nil) } }
    let progress = { [watch] (reached: RebuildProgress) in
      isBehind = true
      watch?.advance(to: reached)
    }
    return try views.answer(with: log, progress: progress) { _ in
      if isBehind { watch?.end(after: .now - start) }
      isBehind = false
      return try question(views)
    }
  }

  private func opened() throws -> Views {
    if let views { return views }
    let opened: Views
    do {
      opened = try Views(path: path, ledger: log.ledger)
    } catch let error where error.meansUnwritable {
      // They still answer when nothing is missing in them.
      opened = try Views(readOnly: path, ledger: log.ledger)
    }
    views = opened
    return opened
  }

  private func refusal(_ error: ViewsError) -> Refusal {
    switch error {
    case .readOnly, .cannotOpen, .absent:
      Refusal(
        .damaged,
        "\(path) can't be brought up to date, because it or its directory can't be written; "
          + "make it writable, or ask with --replay, which needs the log alone.")
    case .noSpace:
      Refusal(.noSpace, "The disk is full, so the views can't be brought up to date; make room, or ask with --replay.")
    case .newerFormat, .busy, .damaged, .logContradictsItself, .failed: Refusal(translating: error)
    }
  }
}

extension ViewsError {
  fileprivate var meansUnwritable: Bool {
    switch self {
    case .readOnly, .cannotOpen: true
    case .absent, .newerFormat, .busy, .noSpace, .damaged, .logContradictsItself, .failed: false
    }
  }
}
