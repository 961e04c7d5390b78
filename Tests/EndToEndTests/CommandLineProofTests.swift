import Formats
import Foundation
import Testing

@Suite("Proofs on the command line")
struct CommandLineProofTests {
  private let program: CommandLineProgram

  init() throws {
    program = try CommandLineProgram()
    try #require(try program.run("init").exit == 0)
    try #require(try program.run("env", "create", "production").exit == 0)
  }

  private func json(_ arguments: String...) throws -> JSON {
    let run = try program.run(arguments + ["-o", "json"])
    try #require(run.exit == 0, "\(run.error)")
    return try JSON(parsing: Array(run.output.utf8))
  }

  @Test("inclusion prints a C2SP tlog-proof, and JSON when it is asked for")
  func inclusion() throws {
    let run = try program.run("prove", "inclusion", "#2")
    #expect(run.exit == 0 && run.error.contains("unsigned"))
    let json = try self.json("prove", "inclusion", "2")
    let ledger = try #require(try self.json("events", "--limit", "1")["events"]?.array?.first?["source"]?.string)
    let hashes = try #require(json["hashes"]?.array).compactMap(\.string)
    let origin = "keyledger/" + ledger.dropFirst("/ledgers/".count)
    #expect(
      run.lines == ["c2sp.org/tlog-proof@v1", "index 1"] + hashes + ["", origin, "4", json["root"]?.string ?? ""])
    #expect(json["sequence"]?.integer == 2 && json["size"]?.integer == 4 && hashes.count == 2)
    #expect(try program.run("prove", "inclusion", "2", "--quiet").lines == [json["root"]?.string])
    #expect(try self.json("prove", "inclusion", "2", "--at", "3")["size"]?.integer == 3)
    #expect(try self.json("prove", "inclusion", "2", "--size", "3")["size"]?.integer == 3)
  }

  @Test("consistency starts from a size, or from a checkpoint that was kept")
  func consistency() throws {
    let fromSize = try program.run("prove", "consistency", "--from", "3")
    #expect(fromSize.exit == 0 && fromSize.lines.first == "old 3")
    let proof = try program.run("prove", "inclusion", "1", "--size", "3").lines
    let kept = proof.suffix(3).joined(separator: "\n") + "\n"
    let fromFile = try program.run("prove", "consistency", "--from", try program.file("kept.txt", kept))
    #expect(fromFile.output == fromSize.output)
    let json = try json("prove", "consistency", "--from", "3")
    #expect(json["from"]?.integer == 3 && json["size"]?.integer == 4 && json["from_root"]?.string == proof.last)
    let other = try program.file("other.txt", kept.replacing("\n3\n", with: "\n2\n"))
    let refused = try program.run("prove", "consistency", "--from", other)
    #expect(refused.exit == 7 && refused.output.isEmpty && refused.error.contains("another root"))
  }

  @Test("a signed checkpoint is carried as it is, and another is refused")
  func signed() throws {
    let body = try program.run("prove", "inclusion", "1", "--size", "3").lines.suffix(3).joined(separator: "\n") + "\n"
    let note = body + "\n— example.com/log AAAAAAA=\n"
    let run = try program.run("prove", "inclusion", "2", "--note", try program.file("note.txt", note))
    #expect(run.exit == 0 && run.error.isEmpty)
    #expect(run.output.hasPrefix("c2sp.org/tlog-proof@v1\nindex 1\n") && run.output.hasSuffix("\n\n" + note))
    let unsigned = try program.run("prove", "inclusion", "2", "--note", try program.file("body.txt", body))
    #expect(unsigned.exit == 2 && unsigned.error.contains("not signed"))
    let twice = try program.run("prove", "inclusion", "2", "--size", "3", "--note", try program.file("n.txt", note))
    #expect(twice.exit == 2)
    let late = try program.run("prove", "inclusion", "4", "--note", try program.file("note.txt", note))
    #expect(late.exit == 2)
  }

  @Test(
    "What can't be proved is refused, in a word that is no proof",
    arguments: [
      ("inclusion 5", 3), ("inclusion 0", 3), ("inclusion x", 2), ("inclusion", 2), ("inclusion 4 --size 3", 2),
      ("inclusion 1 --size 5", 2), ("inclusion 1 --size 0", 2), ("consistency", 2), ("consistency --from 0", 2),
      ("consistency --from 5", 2), ("consistency --from absent.txt", 2),
    ])
  func refusals(_ words: String, _ exit: Int32) throws {
    let arguments = ["prove"] + words.split(separator: " ").map(String.init)
    let run = try program.run(arguments)
    #expect(run.exit == exit && run.output.isEmpty && !run.error.isEmpty)
    let json = try program.run(arguments + ["-o", "json"])
    #expect(json.exit == exit && json.output.contains("\"error\""))
  }

  @Test("ledger.sqlite alone is enough, in any mode")
  func alone() throws {
    let alone = program.directory.appendingPathComponent("alone")
    try FileManager.default.createDirectory(at: alone, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: program.data + "/ledger.sqlite"), to: alone.appendingPathComponent("ledger.sqlite"))
    let path = alone.appendingPathComponent("ledger.sqlite").path
    try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
    for arguments in [["inclusion", "2"], ["consistency", "--from", "2"]] {
      let run = try program.run(["--data", alone.path, "prove"] + arguments)
      #expect(run.exit == 0)
      #expect(run.output == (try program.run(["prove"] + arguments)).output)
    }
  }
}
