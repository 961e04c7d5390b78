import Foundation
import KeyLedger
import Testing
import Vault

@testable import LedgerService

@Suite struct DoctorTests {
  private let stage: Stage
  private var directory: LedgerDirectory { stage.ledger.directory }

  init() throws {
    stage = try Stage()
    stage.writer.shown.keepAtEnd()
  }

  private func finding(_ name: String) throws -> Doctor.Finding {
    let findings = try Doctor(directory, clock: stage.ledger.clock).findings()
    return try #require(findings.first { $0.check == name })
  }

  private func verdict(_ name: String) throws -> Doctor.Verdict { try finding(name).verdict }

  @Test func `Of a ledger in use nothing fails, and whatever is no failure says what to do`() throws {
    let findings = try Doctor(directory, clock: stage.ledger.clock).findings()
    #expect(findings.filter { $0.verdict == .failure || $0.verdict == .tampering }.map(\.found) == [])
    for finding in findings {
      #expect((finding.verdict == .ok) == (finding.remedy == nil), "\(finding.check)")
      #expect(!finding.meaning.isEmpty && !finding.found.isEmpty)
    }
    // Both lie beside the ledger.
    #expect(try verdict("guard") == .warning && verdict("root key") == .warning)
    #expect(Set(findings.map(\.check)).count == findings.count)
  }

  @Test func `It says of the guard what every command says of it`() throws {
    let path = directory.shownPath
    let kept = try String(contentsOfFile: path, encoding: .utf8)
    let lines = kept.split(separator: "\n")
    try FileManager.default.removeItem(atPath: path)
    #expect(try verdict("guard") == .failure)
    try "\(lines[0])\n\(lines[1])\n\(Data(count: 32).base64EncodedString())\n".write(
      toFile: path, atomically: false, encoding: .utf8)
    #expect(try verdict("guard") == .tampering)
    try "\(lines[0])\n99999\n\(lines[2])\n".write(toFile: path, atomically: false, encoding: .utf8)
    #expect(try verdict("guard") == .failure)
    try kept.write(toFile: path, atomically: false, encoding: .utf8)
    #expect(try verdict("guard") == .warning)
  }

  @Test func `A changed record among the newest is tampering, also with the schema as it was`() throws {
    #expect(try verdict("log") == .ok)
    let trigger = """
      CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN
        SELECT RAISE(ABORT, 'events are never changed');
      END
      """
    try stage.ledger.sql(directory.ledger, "DROP TRIGGER events_no_update")
    #expect(try verdict("ledger") == .failure)
    try stage.ledger.sql(
      directory.ledger,
      "UPDATE events SET record = CAST(replace(CAST(record AS TEXT), 'worker', 'walker') AS BLOB)")
    try stage.ledger.sql(directory.ledger, trigger)
    #expect(try verdict("ledger") == .ok)
    #expect(try verdict("log") == .tampering)
  }

  @Test func `Keys, modes and views that are not as they should be are told`() throws {
    #expect(unsafe chmod(directory.vault, 0o644) == 0)
    #expect(try verdict("modes") == .failure)
    #expect(unsafe chmod(directory.vault, 0o600) == 0)
    let away = directory.rootKeyPath + ".away"
    try FileManager.default.moveItem(atPath: directory.rootKeyPath, toPath: away)
    #expect(try verdict("root key") == .failure)
    try (String(repeating: "0f", count: 32) + "\n").write(
      toFile: directory.rootKeyPath, atomically: false, encoding: .utf8)
    #expect(unsafe chmod(directory.rootKeyPath, 0o600) == 0)
    #expect(try verdict("root key") == .failure)
    try FileManager.default.removeItem(atPath: directory.rootKeyPath)
    try FileManager.default.moveItem(atPath: away, toPath: directory.rootKeyPath)
    #expect(try verdict("root key") == .warning)

    #expect(try verdict("views") == .ok)
    try Data("no database".utf8).write(to: URL(fileURLWithPath: directory.views))
    #expect(try verdict("views") == .warning)
  }

  @Test func `Rows that no event speaks of, and a clock behind the log, are told`() throws {
    #expect(try verdict("clock") == .ok)
    stage.ledger.clock.advance(-10 * 60_000)
    #expect(try verdict("clock") == .warning)
    stage.ledger.clock.advance(10 * 60_000)
    let vault = try stage.ledger.vault()
    try vault.begin()
    try vault.put(owner: KeyID(time: TestClock().now(), randomness: 9).description, kind: "key", content: [1, 2, 3])
    try vault.commit()
    #expect(try verdict("vault") == .warning)
    #expect(try finding("vault").remedy?.contains("sweep") == true)
  }

  @Test func `A vault that has lost what the log speaks of is told, though all that it holds is live`() throws {
    #expect(try !finding("vault").found.contains("names and signing secrets"))
    try stage.ledger.sql(
      directory.vault,
      "UPDATE secrets SET salt = zeroblob(length(salt)), sealed = zeroblob(length(sealed)) WHERE kind LIKE 'signing.%'")
    #expect(try verdict("vault") == .warning)
    #expect(try finding("vault").found.contains("names and signing secrets"))
  }

  @Test func `Where there is no ledger there is nothing to check`() {
    #expect(throws: Refusal.self) { try Doctor(LedgerDirectory(path: directory.path + ".absent")).findings() }
  }

  @Test func `Kinds of file systems are told by the kernel's list`() {
    let list = """
      22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
      40 22 0:45 / /srv rw,relatime - nfs4 server:/srv rw
      41 22 259:300 / /data rw - xfs /dev/nvme0n1p300 rw
      broken
      """
    let mounts = Array(list.utf8)
    #expect(FileSystem.kind(of: 8 << 8 | 1, in: mounts) == "ext4")
    #expect(FileSystem.kind(of: 45, in: mounts) == "nfs4")
    #expect(FileSystem.kind(of: 1 << 20 | 259 << 8 | 44, in: mounts) == "xfs")
    #expect(FileSystem.kind(of: 7, in: mounts) == nil)
    #expect(["nfs4", "cifs", "9p", "fuse.sshfs"].allSatisfy { FileSystem.meaning(of: $0) == .network })
    #expect(["ext4", "xfs", "btrfs", "overlay", "fuseblk"].allSatisfy { FileSystem.meaning(of: $0) == .local })
    #expect(FileSystem.meaning(of: "tmpfs") == .passing && FileSystem.meaning(of: "fuse.rclone") == .unknown)
  }
}
