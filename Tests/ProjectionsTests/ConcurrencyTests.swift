import Cryptography
import EventLog
import KeyLedger
import Projections
import Testing
import Transparency

/// Each task has its own log (the same seed makes the same records) and its own views of the one file, as processes do.
struct ConcurrencyTests {
  private static let tasks = 4

  private static func digests(
    _ directory: Directory, seed: UInt64, _ work: @escaping @Sendable (Views, RandomHistory, Int) throws -> Void
  ) async throws -> Set<Digest> {
    let path = directory.views
    return try await withThrowingTaskGroup(of: Digest.self) { group in
      for task in 0..<tasks {
        group.addTask {
          var history = try RandomHistory(seed: seed)
          try history.grow(by: 250)
          let views = try Views(path: path, ledger: history.log.ledger, limits: .small)
          try work(views, history, task)
          try views.catchUp(with: history.log)
          #expect(try identical(views.keys(KeyQuery()), history.keys.keys()))
          return try views.digest()
        }
      }
      return try await group.reduce(into: []) { $0.insert($1) }
    }
  }

  private func reference(seed: UInt64) throws -> Digest {
    var history = try RandomHistory(seed: seed)
    try history.grow(by: 250)
    let directory = try Directory()
    let views = try directory.open(history.log)
    try views.catchUp(with: history.log)
    return try views.digest()
  }

  @Test("Four that catch up at once leave what one does")
  func catchingUp() async throws {
    let directory = try Directory()
    let digests = try await ConcurrencyTests.digests(directory, seed: 101) { views, history, _ in
      try views.catchUp(with: history.log)
    }
    #expect(try digests == [reference(seed: 101)])
  }

  @Test("Four that fill empty views at once leave what one does")
  func filling() async throws {
    let directory = try Directory()
    let path = directory.views
    let digests = try await ConcurrencyTests.digests(directory, seed: 102) { views, history, _ in
      views.close()
      let bulk = try Views(path: path, ledger: history.log.ledger, limits: .pages(of: 16, bulk: 1))
      try bulk.catchUp(with: history.log)
      bulk.close()
    }
    #expect(try digests == [reference(seed: 102)])
  }

  @Test("Rebuilds and catching up at once do each other no harm")
  func rebuilding() async throws {
    let directory = try Directory()
    let digests = try await ConcurrencyTests.digests(directory, seed: 103) { views, history, task in
      for _ in 0..<3 {
        try views.catchUp(with: history.log)
        if task < 3 { #expect(try views.rebuild(from: history.log).drift == false) }
      }
    }
    #expect(try digests == [reference(seed: 103)])
  }
}
