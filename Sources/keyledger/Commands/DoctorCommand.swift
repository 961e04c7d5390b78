import Formats
import KeyLedger
import LedgerService

enum DoctorCommand {
  static let spec = CommandSpec(
    path: ["doctor"], summary: "Check everything that can be checked, and say what to do about it",
    discussion: [
      "It changes nothing and may be run at any time. Exits 0 when all is well or nothing but warnings are found, 6 when the "
        + "log was tampered with, 7 when the ledger is damaged or restored. `keyledger verify` reads the whole log."
    ],
    effect: .none, examples: ["keyledger doctor"], run: run)

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let findings = try Doctor(session.directory, clock: session.clock).findings()
    let verdicts = Set(findings.map(\.verdict))
    let isWell = verdicts.isDisjoint(with: [.failure, .tampering])
    let json = JSON.object([
      JSONMember("ok", .bool(isWell)), JSONMember("checks", .array(findings.map(shape))),
    ])
    let bare = findings.filter { $0.verdict != .ok }.map { "\($0.check): \($0.verdict.rawValue)" }
    var document = Document(json: json, list: "checks", bare: bare) { page in
      var details = Details(Styled(headline(findings), .strong))
      for finding in findings {
        details.add(finding.check, mark(finding))
        details.add("", finding.remedy.map { "→ " + $0 })
      }
      return details.lines(on: page)
    }
    document.exit = verdicts.contains(.tampering) ? .checkFailed : isWell ? .done : .unusable
    return .document(document)
  }

  private static func shape(_ finding: Doctor.Finding) -> JSON {
    .object([
      JSONMember("check", .string(finding.check)), JSONMember("verdict", .string(finding.verdict.rawValue)),
      JSONMember("found", .string(finding.found)), JSONMember("remedy", finding.remedy.map { .string($0) } ?? .null),
      JSONMember("meaning", .string(finding.meaning)),
    ])
  }

  private static func headline(_ findings: [Doctor.Finding]) -> String {
    let failures = findings.count { $0.verdict == .failure || $0.verdict == .tampering }
    let warnings = findings.count { $0.verdict == .warning }
    switch (failures, warnings) {
    case (0, 0): return "All \(findings.count) checks are fine."
    case (0, _): return "It works; \(warnings) of \(findings.count) checks want a look."
    default: return "\(failures) of \(findings.count) checks failed."
    }
  }

  private static func mark(_ finding: Doctor.Finding) -> Styled {
    switch finding.verdict {
    case .ok: Styled("● " + finding.found, .good)
    case .warning: Styled("◐ " + finding.found, .soon)
    case .failure, .tampering: Styled("○ \(finding.verdict.rawValue): \(finding.found)", .ended)
    }
  }
}
