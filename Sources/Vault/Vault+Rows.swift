package import Cryptography
import SQLite

/// A row of the vault without what it holds.
package struct VaultRow: Sendable, Equatable {
  package let row: Int64
  package let owner: String
  package let kind: String
  /// Not destroyed. Whether it opens is another question.
  package let isLive: Bool
}

extension Vault {
  /// Seals `content` into the row of `owner` and `kind`, inside the open transaction.
  ///
  /// A row that is there is overwritten in its place, its lengths kept: the caller knows it to be an orphan of a crash.
  /// Throws `rootMismatch` unless the root key in hand, or now at its path, is the vault's current one; `noTransaction`;
  /// `contentTooLong` above 2,048 bytes; `rowTooShort`.
  package func put(owner: String, kind: String, content: [UInt8]) throws(VaultError) {
    guard connection.isInTransaction else { throw .noTransaction }
    let root: Root
    if let rootInForce { root = rootInForce } else { root = try currentRoot() }
    rootInForce = root
    if try insert(seal(root, owner: owner, kind: kind, content), owner: owner, kind: kind) { return }
    let present = try sealedByteCount(owner: owner, kind: kind)
    let row = try seal(root, owner: owner, kind: kind, content, sealedByteCount: present)
    do {
      try overwrite(owner: owner, kind: kind, rootID: row.rootID, salt: row.salt, sealed: row.sealed)
    } catch {
      throw .storage(error)
    }
  }

  private func seal(
    _ root: Root, owner: String, kind: String, _ content: [UInt8], sealedByteCount: Int? = nil
  ) throws(VaultError) -> SealedRow {
    let salt = try RootKey.draw(Sealing.saltByteCount, from: random)
    let sealed = try Sealing.seal(
      root: root.secret, at: address(root, owner: owner, kind: kind), content: content, salt: salt,
      sealedByteCount: sealedByteCount)
    return SealedRow(rootID: root.id, salt: salt, sealed: sealed)
  }

  /// False when there is such a row already, which then stays as it is.
  private func insert(_ row: SealedRow, owner: String, kind: String) throws(VaultError) -> Bool {
    do {
      let insertion = try connection.prepare(
        """
        INSERT INTO secrets(root_id, salt, sealed, owner, kind) VALUES (?, ?, ?, ?, ?) ON CONFLICT(owner, kind) DO NOTHING
        """)
      try insertion.bind(1, row.rootID)
      try insertion.bind(2, row.salt)
      try insertion.bind(3, row.sealed)
      try insertion.bind(4, owner)
      try insertion.bind(5, kind)
      try insertion.run()
      return connection.changes == 1
    } catch {
      throw .storage(error)
    }
  }

  /// What the row holds. Nil when there is no row, it was destroyed, or it does not authenticate: it is lost.
  ///
  /// Throws `rootMismatch` when the row is sealed by the vault's current root key and that is not the one at hand, so
  /// that a secret is never taken for lost because a rotation is under way; `rootKeyMissing` without any.
  package func open(owner: String, kind: String) throws(VaultError) -> SecretBytes? {
    guard let row = try sealedRow(owner: owner, kind: kind), row.isLive, let root = try root(named: row.rootID) else {
      return nil
    }
    return Sealing.open(
      root: root.secret, at: address(root, owner: owner, kind: kind), salt: row.salt, sealed: row.sealed)
  }

  /// Whether the row is there and not destroyed. Needs no root key.
  package func isLive(owner: String, kind: String) throws(VaultError) -> Bool {
    try sealedRow(owner: owner, kind: kind)?.isLive ?? false
  }

  /// Overwrites salt and sealed bytes in their place by zeros of the same length; the row stays. Nothing to do when it
  /// is not there. Until the next `truncateLog` the bytes may still be in the WAL or, before it is copied, in the vault.
  package func destroy(owner: String, kind: String) throws(VaultError) {
    do {
      try connection.prepare(
        """
        UPDATE secrets SET salt = zeroblob(length(salt)), sealed = zeroblob(length(sealed))
        WHERE owner = ? AND kind = ?
        """
      ).run(owner, kind)
    } catch {
      throw .storage(error)
    }
  }

  /// At most `limit` live rows with numbers above `row`, oldest first; 0 begins.
  package func liveRows(after row: Int64, limit: Int) throws(VaultError) -> [VaultRow] {
    try rows("WHERE row > ?1 AND salt <> zeroblob(length(salt)) ORDER BY row LIMIT ?2", row, limit)
  }

  /// How many rows are not destroyed. Reads the whole table.
  package func liveCount() throws(VaultError) -> Int {
    do {
      let row = try connection.prepare("SELECT count(*) FROM secrets WHERE salt <> zeroblob(length(salt))")
      defer { row.reset() }
      return try row.step() ? Int(row.int64(0)) : 0
    } catch {
      throw .storage(error)
    }
  }

  /// At most `limit` rows, newest first, destroyed or not: where orphans of a crash are.
  package func tail(limit: Int) throws(VaultError) -> [VaultRow] {
    try rows("ORDER BY row DESC LIMIT ?", limit)
  }

  /// The owners of all live rows of a kind, oldest row first. Reads the whole table.
  package func owners(kind: String) throws(VaultError) -> [String] {
    try rows("WHERE kind = ? AND salt <> zeroblob(length(salt)) ORDER BY row", kind).map(\.owner)
  }
}

// The root keys of rows.
extension Vault {
  /// The root key by which rows are sealed now: the one in hand, or the one now at its path.
  func currentRoot() throws(VaultError) -> Root {
    let current = try currentRootID()
    if let root, root.id == current { return root }
    let found = try rereadRoot()
    guard found.id == current else { throw mismatch(current: current, inHand: found.id) }
    return found
  }

  /// Throws what sealing would: there is no root key, or it is not the vault's.
  package func checkRootKey() throws(VaultError) { _ = try currentRoot() }

  /// The root key of a row that names `id`; nil when nothing leads to that key any more.
  private func root(named id: String) throws(VaultError) -> Root? {
    if let root, root.id == id { return root }
    let found = try rereadRoot()
    if found.id == id { return found }
    let current = try currentRootID()
    guard current != id else { throw mismatch(current: current, inHand: found.id) }
    return nil
  }

  /// The name of the vault's current root key.
  func currentRootID() throws(VaultError) -> String {
    let current: String?
    do {
      let rows = try connection.prepare("SELECT current FROM root")
      defer { rows.reset() }
      current = try rows.step() ? try rows.text(0) : nil
    } catch {
      throw .storage(error)
    }
    guard let current else { throw .vaultDamaged(path: path, reason: "it names no root key") }
    return current
  }

  /// A rotation in another process may have put a new key there.
  func rereadRoot() throws(VaultError) -> Root {
    let found = Root(try RootKey.read(rootKeyPath))
    root = found
    return found
  }

  func mismatch(current: String, inHand: String) -> VaultError {
    .rootMismatch(current: current, inHand: inHand, rootKeyPath: rootKeyPath)
  }

  func address(_ root: Root, owner: String, kind: String) -> SealAddress {
    SealAddress(rootID: root.id, ledger: ledger, owner: owner, kind: kind)
  }
}

// SQL.
extension Vault {
  /// A row as it is stored.
  struct SealedRow {
    let rootID: String
    let salt: [UInt8]
    let sealed: [UInt8]

    /// Destroying leaves zeros, and 32 random bytes are never all zero.
    var isLive: Bool { salt.contains { $0 != 0 } }
  }

  func sealedRow(owner: String, kind: String) throws(VaultError) -> SealedRow? {
    do {
      let rows = try connection.prepare("SELECT root_id, salt, sealed FROM secrets WHERE owner = ? AND kind = ?")
      defer { rows.reset() }
      try rows.bind(1, owner)
      try rows.bind(2, kind)
      guard try rows.step() else { return nil }
      return SealedRow(rootID: try rows.text(0), salt: rows.blob(1), sealed: rows.blob(2))
    } catch {
      throw .storage(error)
    }
  }

  private func sealedByteCount(owner: String, kind: String) throws(VaultError) -> Int? {
    try sealedRow(owner: owner, kind: kind)?.sealed.count
  }

  /// All lengths stay, so SQLite writes over the old bytes where they are.
  func overwrite(
    owner: String, kind: String, rootID: String, salt: [UInt8], sealed: [UInt8]
  ) throws(SQLiteError) {
    try connection.prepare("UPDATE secrets SET root_id = ?, salt = ?, sealed = ? WHERE owner = ? AND kind = ?")
      .run(rootID, salt, sealed, owner, kind)
  }

  func rows<each Value: SQLBindable>(
    _ tail: String, _ values: repeat each Value
  ) throws(VaultError) -> [VaultRow] {
    do {
      let rows = try connection.prepare(
        "SELECT row, owner, kind, salt <> zeroblob(length(salt)) FROM secrets \(tail)")
      defer { rows.reset() }
      var index: Int32 = 0
      for value in repeat each values {
        index += 1
        try rows.bind(index, value)
      }
      var found: [VaultRow] = []
      while try rows.step() {
        found.append(
          VaultRow(row: rows.int64(0), owner: try rows.text(1), kind: try rows.text(2), isLive: rows.int64(3) != 0))
      }
      return found
    } catch {
      throw .storage(error)
    }
  }
}
