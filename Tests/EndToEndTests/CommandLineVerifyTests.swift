import Foundation
import Testing

@Suite("Verifying on the command line")
struct CommandLineVerifyTests {
  private let program: CommandLineProgram

  init() throws {
    program = try CommandLineProgram()
    try #require(try program.run("init", "--owner", "ada@example.com").exit == 0)
    try #require(try program.run("env", "create", "production").exit == 0)
  }

  private func object(_ run: CommandLineProgram.Run) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
  }

  private func rewrite(_ sql: String) throws {
    _ = try program.shell("sqlite3 \"$KEYLEDGER_DATA/ledger.sqlite\" \"\(sql)\"")
  }

  @Test("A whole ledger: exit 0, the shape of the contract, and what it was compared with")
  func wholeLedger() throws {
    let run = try program.run("verify", "-o", "json")
    #expect(run.exit == 0)
    #expect(run.error == "There are no views to compare; the next question builds them.\n")
    let json = try object(run)
    #expect(Set(json.keys) == ["ok", "size", "root", "compared_with", "first_bad", "findings"])
    #expect(json["ok"] as? Bool == true && json["size"] as? Int == 5)
    #expect(json["compared_with"] is NSNull && json["first_bad"] is NSNull)
    #expect((json["findings"] as? [Any])?.isEmpty == true)
    let root = try #require(json["root"] as? String)
    #expect(try program.run("verify", "--quiet").lines == [root])
    #expect(try program.run("verify", "-o", "table").lines[0] == "Whole to event 5, compared with nothing outside.")

    let origin = try #require(try program.run("verify", "-o", "table").lines.first { $0.contains("Ledger") })
    let ledger = try #require(origin.split(separator: " ").last)
    let kept = try program.file("kept.txt", "keyledger/\(ledger)\n5\n\(root)\n")
    let compared = try program.run("verify", "--checkpoint", kept, "-o", "json")
    #expect(compared.exit == 0)
    #expect((try object(compared)["compared_with"] as? [String: Any])?["size"] as? Int == 5)
    #expect(
      try program.run("verify", "--checkpoint", kept, "-o", "table").lines[0]
        == "Whole to event 5, and begins with the 5 events of the checkpoint.")
    // Grown since, it still begins with them.
    #expect(try program.run("env", "create", "staging").exit == 0)
    #expect(try program.run("verify", "--checkpoint", kept).exit == 0)
  }

  @Test("A changed byte: exit 6, with the event's number, and no error object")
  func changedByte() throws {
    try rewrite("DROP TRIGGER events_no_update; UPDATE events SET type = 'key.revoked' WHERE sequence = 4")
    let run = try program.run("verify", "-o", "json")
    #expect(run.exit == 6)
    let json = try object(run)
    #expect(json["ok"] as? Bool == false && json["first_bad"] as? Int == 4)
    let findings = try #require(json["findings"] as? [[String: Any]])
    #expect(findings.first?["sequence"] as? Int == 4)
    #expect(findings.last?["sequence"] is NSNull, "the trigger that is gone")
    let table = try program.run("verify", "-o", "table")
    #expect(table.exit == 6)
    #expect(table.lines[0] == "Not whole: 2 findings in 5 events, the first at event 4.")
  }

  @Test("Works on a file alone, in any mode, in a directory that can't be written")
  func fileAlone() throws {
    let alone = try program.shell(
      """
      mkdir -p alone && cp "$KEYLEDGER_DATA/ledger.sqlite" alone/ && chmod 444 alone/ledger.sqlite && chmod 555 alone
      keyledger --data alone verify -o table; echo $?; chmod 755 alone
      """)
    #expect(alone.lines.first == "Whole to event 5, compared with nothing outside.", "\(alone)")
    #expect(alone.lines[3] == "0")
  }

  @Test("What can't be looked at is exit 7, a checkpoint that is none is exit 2")
  func refusals() throws {
    #expect(try program.run("verify", "--data", "nowhere").exit == 7)
    _ = try program.shell("mkdir other && echo nothing like it > other/ledger.sqlite")
    #expect(try program.run("verify", "--data", "other", "-o", "json").exit == 7)
    let none = try program.file("none.txt", "keyledger/x\n5\n")
    let run = try program.run("verify", "--checkpoint", none)
    #expect(run.exit == 2)
    #expect(run.error.contains("holds no checkpoint: it has fewer than three lines"))
    #expect(try program.run("verify", "--checkpoint", "absent.txt").exit == 2)
  }
}
