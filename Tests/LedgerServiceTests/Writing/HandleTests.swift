import Cryptography
import EventLog
import KeyLedger
import SQLite
import Testing

@testable import LedgerService
@testable import Vault

/// Who is who: the vault says, the log confirms.
@Suite struct HandleTests {
  private let handle = "bob@example.com"

  @Test func `A user is meant by id or by handle`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let bob = try writer.addUser(handle)
    for name in [bob.description, handle] {
      try writer.operate(.changeRole(user: name, role: .readOnly))
      try writer.operate(.changeRole(user: name, role: .member))
      #expect(try writer.operate(.renewToken(user: name)).ids == [bob.description])
    }
    for nobody in ["BOB@example.com", "bob", "", UserID(time: ledger.clock.now(), randomness: 3).description] {
      #expect(writer.refusal(.endToken(user: nobody)) == .notFound, "\(nobody)")
    }
  }

  @Test func `Handles are compared as bytes`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let composed = try writer.addUser("ren\u{e9}")
    let decomposed = try writer.addUser("rene\u{301}")
    #expect(composed != decomposed)
    #expect(try writer.operate(.endToken(user: "ren\u{e9}")).ids == [composed.description])
    #expect(try writer.operate(.endToken(user: "rene\u{301}")).ids == [decomposed.description])
  }

  @Test func `A handle is held until its user is forgotten`() throws {
    let ledger = try TestLedger()
    let (here, there) = (try ledger.writer(), try ledger.writer())
    let add = Command.addUser(handle: handle, role: .member)
    try here.operate(add)
    for writer in [here, there] { #expect(writer.refusal(add) == .handleInUse) }
    try there.operate(.removeUser(user: handle))
    for writer in [here, there] { #expect(writer.refusal(add) == .handleInUse) }
    #expect(here.refusal(.forgetUser(user: "ada@example.com")) == .notRemoved)
    try here.operate(.forgetUser(user: handle))
    #expect(there.refusal(.forgetUser(user: handle)) == .notFound)
    try there.operate(add)
    #expect(here.refusal(add) == .handleInUse)
  }

  @Test func `In one batch a handle is given once, and free again once forgotten`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let add = Request.ask(.addUser(handle: handle, role: .member))
    let results = writer.run([
      add, add, .ask(.removeUser(user: handle)), add, .ask(.forgetUser(user: handle)), add, add,
    ])
    #expect(results.map(code) == [nil, .handleInUse, nil, .handleInUse, nil, nil, .handleInUse])
  }

  @Test(arguments: [true, false])
  func `A handle that the vault lost is free again`(reopened: Bool) throws {
    let ledger = try TestLedger()
    var writer = try ledger.writer()
    let bob = try writer.addUser(handle)
    #expect(writer.refusal(.addUser(handle: handle, role: .member)) == .handleInUse)
    let vault = try ledger.vault()
    try vault.begin()
    try vault.destroy(owner: bob.description, kind: "handle")
    try vault.commit()
    if reopened { writer = try ledger.writer() }
    #expect(writer.refusal(.endToken(user: handle)) == .notFound)
    let second = try writer.addUser(handle)
    #expect(second != bob)
    #expect(try writer.operate(.endToken(user: handle)).ids == [second.description])
    #expect(try writer.operate(.removeUser(user: bob.description)).ids == [bob.description])
  }

  @Test(arguments: [true, false])
  func `Rows of two users that were swapped open to nothing`(reopened: Bool) throws {
    let ledger = try TestLedger()
    var writer = try ledger.writer()
    let (bob, eve) = (try writer.addUser(handle), try writer.addUser("eve@example.com", .owner))
    try ledger.sql(
      ledger.directory.vault,
      """
      CREATE TEMP TABLE t AS SELECT owner, salt, sealed FROM secrets WHERE kind = 'handle';
      UPDATE secrets SET (salt, sealed) = (SELECT salt, sealed FROM t WHERE owner = '\(eve)') WHERE owner = '\(bob)';
      UPDATE secrets SET (salt, sealed) = (SELECT salt, sealed FROM t WHERE owner = '\(bob)') WHERE owner = '\(eve)';
      """)
    if reopened { writer = try ledger.writer() }
    for user in [bob, eve] { #expect(try writer.vault.open(owner: user.description, kind: "handle") == nil) }
    for name in [handle, "eve@example.com"] { #expect(writer.refusal(.endToken(user: name)) == .notFound) }
  }

  @Test func `A handle sealed rightly but not the one in the log is nobody's`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let bob = try writer.addUser(handle)
    // Whoever has the root key can seal what they like; the commitment says whether it counts.
    let forged = SealedHandle(salt: Array(repeating: 7, count: 32), handle: "eve@example.com")
    try writer.vault.begin()
    try writer.vault.put(owner: bob.description, kind: "handle", content: forged.content)
    try writer.vault.commit()
    let next = try ledger.writer()
    #expect(next.refusal(.endToken(user: "eve@example.com")) == .notFound)
    try next.operate(.addUser(handle: "eve@example.com", role: .member))
  }

  @Test(arguments: ["", "usr_x", "key_x", "operator:x", "system", "systematic", " x", "x\u{200B}", "x\u{7}"])
  func `A handle that could be taken for something else is refused`(_ bad: String) throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    #expect(writer.refusal(.addUser(handle: bad, role: .member)) == .badText)
  }

  @Test func `The last owner stays, in every order within a batch`() throws {
    let ledger = try TestLedger()
    let writer = try ledger.writer()
    let second = try writer.addUser(handle, .owner)
    let first = ledger.owner.description
    let results = writer.run([
      .ask(.removeUser(user: first)), .ask(.removeUser(user: second.description)),
      .ask(.changeRole(user: second.description, role: .member)), .ask(.endToken(user: second.description)),
    ])
    #expect(results.map(code) == [nil, .lastOwner, .lastOwner, nil])
    #expect(try ledger.writer().refusal(.removeUser(user: second.description)) == .lastOwner)
  }
}
