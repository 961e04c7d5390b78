import Cryptography
import SQLite

/// How far a rotation of the root key is, or how it ended.
package struct RootRotation: Sendable, Equatable {
  /// Rows sealed anew by this call.
  package internal(set) var resealed = 0
  /// Rows that the old root key did not open: lost before, and now destroyed.
  package internal(set) var lost = 0
  /// Rows that named the old root key when this call began.
  package internal(set) var total = 0
  /// At the end: bytes sealed by the old root key are still in the WAL. `truncateLog` finishes it.
  package internal(set) var isShredPending = false
}

extension Vault {
  /// Rows sealed anew in one transaction.
  static let rotationBatch = 256

  /// Seals every row anew by the root key in `newRootKeyFile` and puts that key in the place of the old one. Rows keep
  /// their lengths and places. The caller holds the ledger's write lock.
  ///
  /// `progress` hears of every committed batch; what it throws ends the call. After that, or a crash at any point, rows
  /// not reached yet still open, the others throw `rootMismatch` as every put does, until the call is made again with the
  /// same file. Throws `VaultError`, `rootMismatch` when another rotation than to this key is unfinished, or what
  /// `progress` throws.
  @discardableResult
  package func rotateRoot(
    to newRootKeyFile: String, progress: (RootRotation) throws -> Void = { _ in }
  ) throws -> RootRotation {
    let new = Root(try newKey(newRootKeyFile))
    let old = try rereadRoot()
    // Named first: from here on nobody seals by the old key, so the rows that name it only get fewer.
    try name(new, after: old)

    var rotation = RootRotation()
    if new.id != old.id {
      rotation.total = try countLive(rootID: old.id)
      var last: Int64 = 0
      while let next = try resealBatch(after: last, from: old, to: new, &rotation) {
        last = next
        try progress(rotation)
      }
      // If it ended with rows left, installing the new key would lose them.
      let left = try countLive(rootID: old.id)
      precondition(left == 0, "rows still name the old root key")
      try renameDestroyed(from: old, to: new)
    }
    rotation.isShredPending = try !truncateLog()
    // A crash before this leaves the old key, which opens nothing; the same call then comes straight here.
    if new.id != old.id { try RootKey.write(new.secret, to: rootKeyPath, replacing: true) }
    root = new
    return rotation
  }

  /// One that is missing is not to be put back but to be made, so it is another error than that of the key in use.
  private func newKey(_ path: String) throws(VaultError) -> SecretBytes {
    do throws(VaultError) {
      return try RootKey.read(path)
    } catch .rootKeyMissing {
      throw .newRootKeyMissing(path: path)
    }
  }

  /// Makes `new` the vault's current root, if the one before is in hand or has sealed nothing that is still live.
  private func name(_ new: Root, after old: Root) throws(VaultError) {
    try begin()
    defer { rollback() }
    let current = try currentRootID()
    if current != new.id, current != old.id, try countLive(rootID: current) > 0 {
      throw mismatch(current: current, inHand: old.id)
    }
    do {
      try connection.prepare("UPDATE root SET current = ?").run(new.id)
    } catch {
      throw .storage(error)
    }
    try commit()
  }

  /// Destroyed rows hold nothing, but no row names the old key when this is over. The ids are of one length, so no row moves.
  private func renameDestroyed(from old: Root, to new: Root) throws(VaultError) {
    try begin()
    defer { rollback() }
    do {
      try connection.prepare("UPDATE secrets SET root_id = ? WHERE root_id = ?").run(.text(new.id), .text(old.id))
    } catch {
      throw .storage(error)
    }
    try commit()
  }

  /// Seals the next rows after `last` anew, in one transaction. The number of its last row; nil when none was left.
  private func resealBatch(
    after last: Int64, from old: Root, to new: Root, _ rotation: inout RootRotation
  ) throws(VaultError) -> Int64? {
    try begin()
    defer { rollback() }
    let batch = try liveRows(rootID: old.id, after: last, limit: Self.rotationBatch)
    guard let end = batch.last else { return nil }
    var (resealed, lost) = (0, 0)
    for row in batch {
      if try reseal(owner: row.owner, kind: row.kind, from: old, to: new) { resealed += 1 } else { lost += 1 }
    }
    try commit()
    rotation.resealed += resealed
    rotation.lost += lost
    return end.row
  }

  /// False, and the row destroyed, when the old key does not open it: nothing ever will.
  private func reseal(owner: String, kind: String, from old: Root, to new: Root) throws(VaultError) -> Bool {
    guard
      let row = try sealedRow(owner: owner, kind: kind),
      let content = Sealing.open(
        root: old.secret, at: address(old, owner: owner, kind: kind), salt: row.salt, sealed: row.sealed)
    else {
      try destroy(owner: owner, kind: kind)
      return false
    }
    let salt = try RootKey.draw(Sealing.saltByteCount, from: random)
    // A Result, because `withBytes` would forget which errors these are.
    let sealed = content.withBytes { content in
      Result { () throws(VaultError) in
        try Sealing.seal(
          root: new.secret, at: address(new, owner: owner, kind: kind), content: content, salt: salt,
          sealedByteCount: row.sealed.count)
      }
    }
    let bytes = try sealed.get()
    do {
      try overwrite(owner: owner, kind: kind, rootID: new.id, salt: salt, sealed: bytes)
    } catch {
      throw .storage(error)
    }
    return true
  }

  private func countLive(rootID: String) throws(VaultError) -> Int {
    do {
      let rows = try connection.prepare(
        "SELECT count(*) FROM secrets WHERE root_id = ? AND salt <> zeroblob(length(salt))")
      defer { rows.reset() }
      try rows.bind(1, rootID)
      return try rows.step() ? Int(rows.int64(0)) : 0
    } catch {
      throw .storage(error)
    }
  }

  private func liveRows(rootID: String, after row: Int64, limit: Int) throws(VaultError) -> [VaultRow] {
    try rows(
      "WHERE root_id = ? AND row > ? AND salt <> zeroblob(length(salt)) ORDER BY row LIMIT ?", rootID, row, limit)
  }
}
