import Foundation
import Testing

@Suite("Export and import on the command line")
struct CommandLineTransferTests {
  private let program: CommandLineProgram

  init() throws {
    program = try CommandLineProgram()
    try #require(try program.run("init", "--owner", "ada@example.com").exit == 0)
    try #require(try program.run("env", "create", "production").exit == 0)
  }

  @Test("export | import | export gives the same bytes, and each verifies")
  func roundTrip() throws {
    let run = try program.shell(
      """
      set -eo pipefail
      keyledger export > one.ndjson
      keyledger --data copy import - < one.ndjson >/dev/null 2>&1
      keyledger --data copy export two.ndjson -q
      cmp one.ndjson two.ndjson
      keyledger verify --export two.ndjson -o table
      keyledger --data copy verify --log-only -o table
      stat -c '%a %n' two.ndjson copy copy/*
      ls -A | grep -c importing || true
      """)
    #expect(run.exit == 0, "\(run)")
    #expect(run.lines.contains("Whole to event 5, compared with nothing outside."))
    #expect(run.lines.contains("600 two.ndjson") && run.lines.contains("700 copy"))
    #expect(run.lines.last == "0")
  }

  @Test("A file that is there is not written over, and a directory that holds a ledger is not imported into")
  func nothingIsReplaced() throws {
    let path = try program.file("there.ndjson", "mine\n")
    let run = try program.run("export", path)
    #expect(run.exit == 1 && run.error.contains("is there already"))
    #expect(try program.shell("cat there.ndjson; ls").lines == ["mine", "data", "there.ndjson"])
    _ = try program.shell("keyledger export log.ndjson")
    let again = try program.run("import", "log.ndjson", "-o", "json")
    #expect(again.exit == 1 && again.output.contains("already_exists"))
  }

  @Test("What is no export is refused with its line, and leaves nothing behind")
  func badExport() throws {
    let run = try program.shell(
      """
      keyledger export > log.ndjson
      sed '3s/production/Production/' log.ndjson > bad.ndjson
      keyledger --data copy import bad.ndjson; echo "exit $?"
      keyledger verify --export bad.ndjson -o json > report.json; echo "exit $?"
      head -c 700 log.ndjson | keyledger verify --export - -o table
      ls
      """)
    #expect(run.lines.contains("exit 7") && run.lines.contains("exit 6"), "\(run)")
    #expect(run.error.contains("Line 3 is not the record that belongs there"))
    #expect(run.lines.contains { $0.hasPrefix("Not whole: ") })
    #expect(!run.lines.contains("copy"))
  }

  @Test("A reader that goes away ends an export quietly")
  func brokenPipe() throws {
    let run = try program.shell("keyledger export | head -c 10 > /dev/null; echo done")
    #expect(run.lines == ["done"] && run.error.isEmpty)
  }
}
