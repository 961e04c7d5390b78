import EventLog
import Foundation
import KeyLedger
import Projections
import SQLite

/// A directory of one test, gone when it ends.
final class Directory {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "projections-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var views: String { file("views.sqlite") }

  func file(_ name: String) -> String { url.appending(path: name).path }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path))?.sorted() ?? [] }

  /// Views of a log; where nothing is said about limits, small ones, so that there are many pages.
  func open(_ log: some EventLog, _ limits: ViewsLimits = .small) throws -> Views {
    try Views(path: views, ledger: log.ledger, limits: limits)
  }

  /// What another program, or a forger, does to the file.
  func tamper(_ sql: String) throws {
    let connection = try Connection(path: views, mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    try connection.execute(sql)
    connection.close()
  }

  /// The bytes of the closed file, all of it in the main file.
  func bytes() throws -> Data {
    let connection = try Connection(path: views, mode: .readWrite, busy: .jitter(limitMilliseconds: 1_000))
    _ = try connection.checkpointTruncate()
    connection.close()
    return try Data(contentsOf: URL(filePath: views))
  }

  func write(_ bytes: Data) throws {
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: views + suffix) }
    try bytes.write(to: URL(filePath: views))
  }
}

extension ViewsLimits {
  static var small: ViewsLimits {
    var limits = ViewsLimits()
    limits.pageEvents = 16
    limits.pagesPerLook = 3
    limits.manyKeys = 4
    return limits
  }

  static func pages(of events: UInt64, bulk: UInt64 = 20_000) -> ViewsLimits {
    var limits = ViewsLimits()
    limits.pageEvents = events
    limits.bulkEvents = bulk
    return limits
  }
}

/// Equal also where Swift would take composed and decomposed letters for the same.
func identical(_ a: KeyState?, _ b: KeyState?) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  return a == b && sameBytes(a.name, b.name) && sameBytes(a.description, b.description) && sameBytes(a.masked, b.masked)
}

func identical(_ a: [KeyState], _ b: [KeyState]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { identical($0, $1) }
}
