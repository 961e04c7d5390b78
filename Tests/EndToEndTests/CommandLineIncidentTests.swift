import Foundation
import Testing

/// The tools of a bad day in the hands of somebody in a hurry: what is refused leaves everything as it is, and says what
/// to do instead.
@Suite("Incident tools used wrongly")
struct CommandLineIncidentTests {
  private let program: CommandLineProgram

  init() throws {
    program = try CommandLineProgram()
    let made = try program.shell(
      """
      keyledger init --owner ada@example.com && keyledger env create production && keyledger checkpoint > kept.txt
      keyledger export log.ndjson && keyledger --data other init && keyledger --data other checkpoint > other.txt
      mkdir full empty garbage && touch full/file && cp log.ndjson garbage/ledger.sqlite && head -c 900 log.ndjson > cut.ndjson
      """)
    try #require(made.exit == 0, "\(made)")
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let words: [String]
    let exit: Int32
    let code: String
    let says: String
    var testDescription: String { words.joined(separator: " ") }

    init(_ words: String..., exit: Int32, code: String, says: String) {
      (self.words, self.exit, self.code, self.says) = (words, exit, code, says)
    }
  }

  static let cases = [
    Case("backup", "data", exit: 1, code: "already_exists", says: "data holds a ledger already"),
    Case("backup", "data/inner", exit: 2, code: "bad_usage", says: "name a place outside it with DIR"),
    Case("backup", "nowhere/copy", exit: 2, code: "bad_usage", says: "nowhere is no directory; make it"),
    Case("backup", "kept.txt/copy", exit: 2, code: "bad_usage", says: "kept.txt is no directory"),
    Case("backup", "kept.txt", exit: 1, code: "already_exists", says: "name another place with DIR"),
    Case("backup", "full", exit: 1, code: "already_exists", says: "name another place with DIR"),
    Case("backup", "", exit: 2, code: "bad_usage", says: "name one that is not there yet"),
    Case("backup", "copy", "--data", "nowhere", exit: 7, code: "damaged", says: "name its place with --data"),
    Case("backup", "copy", "--data", "garbage", exit: 7, code: "damaged", says: "chmod 700"),
    Case("recover", "nowhere", "--into", "r", exit: 7, code: "damaged", says: "name the data directory"),
    Case("recover", "data/ledger.sqlite", "--into", "r", exit: 7, code: "damaged", says: "name the data directory"),
    Case("recover", "empty", "--into", "r", exit: 7, code: "damaged", says: "name the data directory"),
    Case("recover", "garbage", "--into", "r", exit: 7, code: "damaged", says: "put a backup in its place"),
    Case("recover", "data", "--into", "data", exit: 1, code: "already_exists", says: "name another place with --into"),
    Case("recover", "data", "--into", "data/inner", exit: 2, code: "bad_usage", says: "outside it with --into"),
    Case("recover", "data", "--into", "nowhere/r", exit: 2, code: "bad_usage", says: "nowhere is no directory"),
    Case("recover", "data", "--into", "full", exit: 1, code: "already_exists", says: "name another place with --into"),
    Case("recover", "data", exit: 2, code: "bad_usage", says: "--into"),
    Case("import", "nowhere", "--data", "i", exit: 2, code: "bad_usage", says: "nowhere can't be read"),
    Case("import", "empty", "--data", "i", exit: 2, code: "bad_usage", says: "empty can't be read: Is a directory"),
    Case("import", "kept.txt", "--data", "i", exit: 7, code: "damaged", says: "names all that is wrong"),
    Case("import", "cut.ndjson", "--data", "i", exit: 7, code: "damaged", says: "the file was cut off"),
    Case("import", "/dev/null", "--data", "i", exit: 7, code: "damaged", says: "name an export"),
    Case("import", "log.ndjson", exit: 1, code: "already_exists", says: "name another place with --data"),
    Case("import", "log.ndjson", "--data", "full", exit: 1, code: "already_exists", says: "another place with --data"),
    Case(
      "import", "log.ndjson", "--data", "i", "--checkpoint", "other.txt", exit: 7, code: "damaged",
      says: "belong together"),
    Case(
      "import", "log.ndjson", "--data", "i", "--checkpoint", "log.ndjson", exit: 2, code: "bad_usage",
      says: "no checkpoint"),
    Case("export", "log.ndjson", exit: 1, code: "already_exists", says: "name another"),
    Case("export", "x", "--data", "garbage", exit: 7, code: "damaged", says: "(file is not a database)"),
    Case("verify", "--data", "garbage", exit: 7, code: "damaged", says: "check --data"),
    Case("verify", "--export", "empty", exit: 2, code: "bad_usage", says: "empty can't be read: Is a directory"),
    Case("verify", "--checkpoint", "empty", exit: 2, code: "bad_usage", says: "empty can't be read: Is a directory"),
    Case("doctor", "--data", "nowhere", exit: 7, code: "damaged", says: "name its place with --data"),
    Case("accept-restore", "--reason", "x", "--yes", exit: 1, code: "not_restored", says: "nothing to accept"),
    Case("accept-restore", "--reason", "x", exit: 2, code: "bad_usage", says: "--yes"),
  ]

  @Test("are refused with a way out, and leave nothing behind")
  func refused() throws {
    let before = try listing()
    for each in CommandLineIncidentTests.cases {
      let run = try program.run(each.words + ["-o", "json"])
      #expect(run.exit == each.exit && run.output.contains("\"code\": \"\(each.code)\""), "\(each.words): \(run)")
      #expect(run.error.contains(each.says), "\(each.words): \(run.error)")
      #expect(try listing() == before, "\(each.words)")
    }
  }

  /// Names and contents, but for SQLite's index of the WAL, which readers make.
  private func listing() throws -> String {
    let files = "find . -type f ! -name '.*' ! -name '*-shm' ! -name '*-wal' | sort | xargs cksum"
    return try program.shell("\(files); find . -type d | sort").output
  }

  @Test("A recovery or backup that is cut off leaves its half aside, and the next one is whole")
  func cutOff() throws {
    let run = try program.shell(
      """
      for command in "backup copy" "recover data --into copy"; do
        keyledger $command -q >/dev/null 2>&1 & sleep 0.0$((RANDOM % 10)); kill -KILL $!; wait $! 2>/dev/null
        if [ -e copy ]; then keyledger --data copy verify --log-only -q >/dev/null || echo "half a ledger"; rm -r copy; fi
        ls -d copy.* 2>/dev/null | grep -v '^copy\\.\\(backing-up\\|recovering\\)-[0-9a-f]*$'
        keyledger $command -q >/dev/null && keyledger --data copy verify --log-only -q >/dev/null || echo "no whole one"
        rm -r copy
      done
      """)
    #expect(run.output.isEmpty, "\(run)")
  }

  @Test("Beside a running service a backup is whole, and a recovery waits for it to be stopped")
  func besideAService() throws {
    let run = try program.shell(
      """
      keyledger serve --listen 127.0.0.1:0 >serve.out 2>serve.err & server=$!
      for _ in $(seq 600); do grep -q 'Serving on' serve.err && break; sleep 0.1; done
      keyledger backup copy -o json && keyledger verify --log-only -q && keyledger doctor -q >/dev/null; echo "doctor $?"
      keyledger recover data --into saved -q; echo "recover $?"
      kill -TERM $server; wait $server; echo "serve $?"
      keyledger recover data --into saved -q; echo "recover $?"
      keyledger --data copy verify --log-only -q; keyledger --data saved verify --log-only -q
      """)
    #expect(run.output.contains("\"verified\": true"), "\(run)")
    let ends = run.lines.filter { $0.contains(/^[a-z]+ [0-9]$/) }
    #expect(ends == ["doctor 0", "recover 7", "serve 0", "recover 0"], "\(run)")
    #expect(run.error.contains("has the ledger open; stop it"), "\(run)")
  }
}
