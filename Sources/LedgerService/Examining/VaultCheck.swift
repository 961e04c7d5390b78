import EventLog
import KeyLedger
import Vault

/// What of the vault can be judged by the log alone, without the root key: which rows must be there no more.
struct VaultCheck {
  private(set) var findings = Findings()
  private(set) var notes: [String] = []

  private static let pageRows = 512

  /// - Parameter now: the later of the clock and the log.
  init(_ vault: Vault, log: any EventLog, now clock: Instant) throws {
    let pending = Set(try vault.due(at: .max, limit: .max).map { Row(owner: $0.owner, kind: $0.kind) })
    var set = WorkingSet()
    var (orphans, waiting) = (0, 0)
    var last: Int64 = 0
    while let rows = try VaultCheck.page(vault, after: last) {
      last = rows.last?.row ?? last
      try log.read { log in
        try set.enter(log)
        let judge = RowJudge(log: log, now: set.lastTime.map { max($0, clock) } ?? clock)
        for row in rows {
          switch try judge.verdict(owner: row.owner, kind: row.kind, &set) {
          case .live: break
          case .orphan: orphans += 1
          case .ended where pending.contains(Row(owner: row.owner, kind: row.kind)): waiting += 1
          case .ended:
            findings.add(nil, "the vault holds \(row.kind) of \(row.owner), which has ended and was to be destroyed")
          }
        }
      }
    }
    if orphans > 0 {
      notes.append("\(orphans) rows of the vault are of no event: `keyledger vault sweep` destroys them.")
    }
    if waiting > 0 { notes.append("\(waiting) rows of the vault have ended, and the next change destroys them.") }
  }

  private static func page(_ vault: Vault, after row: Int64) throws -> [VaultRow]? {
    let rows = try vault.liveRows(after: row, limit: pageRows)
    return rows.isEmpty ? nil : rows
  }

  private struct Row: Hashable {
    let owner: String
    let kind: String
  }
}
