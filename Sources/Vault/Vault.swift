package import Cryptography
import Glibc
package import SQLite

/// The sealed secrets and handles of one ledger, in `vault.sqlite`, each destroyed in its place when it ends.
///
/// A row is addressed by owner and kind: a key's id and `key`, an environment's id and `signing.N`, a user's id and
/// `handle`. The vault judges nothing: whether a row counts is for the log to say. One owner, one thread at a time.
package final class Vault {
  /// How long the vault's own lock is waited for. The ledger's lock is taken first and keeps writers apart.
  package static let lockLimitMilliseconds = 5_000

  /// A root key and its name.
  struct Root {
    let id: String
    let secret: SecretBytes

    init(_ secret: SecretBytes) {
      id = RootKey.id(secret)
      self.secret = secret
    }
  }

  let connection: Connection
  let path: String
  let rootKeyPath: String
  let ledger: String
  let random: (Int) throws -> [UInt8]
  /// The root key in hand; nil while there is none at its path.
  var root: Root?
  /// The root key that was found to be the vault's current one in the transaction that `begin` opened. Under the write
  /// lock it stays that.
  var rootInForce: Root?

  /// Opens the vault at `path` for the ledger of id `ledger`; `mode` is `readWrite` or `readOnly`.
  ///
  /// Refused: a vault or root key that others may read, a vault that is newer or not ours (untouched), a schema that is
  /// not exactly the one made here. An absent root key is not: rows can be destroyed without it. `random` is asked for a
  /// count and gives as many bytes.
  package init(
    path: String, rootKeyPath: String, ledger: String, mode: Connection.Mode = .readWrite,
    random: @escaping (Int) throws -> [UInt8]
  ) throws(VaultError) {
    self.path = path
    self.rootKeyPath = rootKeyPath
    self.ledger = ledger
    self.random = random
    try Self.checkFile(path)
    do {
      // Never created here: a vault names its root key from the first moment.
      connection = try Self.connect(path, mode: mode == .create ? .readWrite : mode)
      try Self.checkSchema(connection, path: path)
      try Self.configure(connection)
      // What others left there may rest on a sync that failed.
      if mode != .readOnly { try connection.renewLog() }
    } catch {
      throw Self.border(error, path: path)
    }
    do {
      root = Root(try RootKey.read(rootKeyPath))
    } catch .rootKeyMissing {
      root = nil
    }
  }

  /// Makes a new vault of mode 0600 whose current root is `rootKey`. Throws `vaultExists` where there is one.
  package static func create(path: String, rootKey: SecretBytes) throws(VaultError) {
    do {
      let connection = try connect(path, mode: .create)
      defer { connection.close() }
      guard try VaultSchema.migrator.check(connection) == 0 else { throw VaultError.vaultExists(path: path) }
      try configure(connection)
      try VaultSchema.migrator.migrate(connection)
      try connection.prepare("INSERT INTO root(one, current) VALUES (1, ?)").run(RootKey.id(rootKey))
    } catch {
      throw border(error, path: path)
    }
  }

  /// Takes the vault's write lock. Lock order: the ledger's first, always.
  package func begin() throws(VaultError) {
    rootInForce = nil
    do {
      try connection.begin(.immediate)
    } catch {
      throw .storage(error)
    }
  }

  /// Commits. If it throws, call `rollback()`; after an I/O error the rows may come back with the WAL all the same.
  package func commit() throws(VaultError) {
    rootInForce = nil
    do {
      try connection.commit()
    } catch {
      throw .storage(error)
    }
  }

  /// Undoes the open transaction, if there is one.
  package func rollback() {
    rootInForce = nil
    connection.rollback()
  }

  /// Closes the file. Nothing works afterwards.
  package func close() {
    connection.close()
  }

  /// Whether the vault's WAL holds anything: if so when no command is under way, a shred may be pending, and
  /// `truncateLog` finishes it.
  package var hasPendingLog: Bool {
    var status = stat()
    return unsafe stat(path + "-wal", &status) == 0 && status.st_size > 0
  }

  /// Copies the WAL into the vault and cuts it to nothing, after which no destroyed byte is in either file. False when
  /// others still read at the end of the limit: the shred is pending. Not inside a transaction.
  package func truncateLog(limitMilliseconds: Int = 2_000) throws(VaultError) -> Bool {
    connection.wait(.jitter(limitMilliseconds: limitMilliseconds))
    defer { connection.wait(.jitter(limitMilliseconds: Self.lockLimitMilliseconds)) }
    let deadline = ContinuousClock.now + .milliseconds(limitMilliseconds)
    while true {
      do {
        if try connection.checkpointTruncate() { return true }
      } catch {
        throw .storage(error)
      }
      // Where another checkpoint is under way SQLite gives up at once, without asking the busy policy.
      guard ContinuousClock.now < deadline else { return false }
      usleep(2_000)
    }
  }

  /// Moves whenever another connection has changed the vault. Inside a transaction it stands still.
  package func changeCounter() throws(VaultError) -> Int64 {
    do {
      return try connection.dataVersion()
    } catch {
      throw .storage(error)
    }
  }
}

// Opening.
extension Vault {
  private static func connect(_ path: String, mode: Connection.Mode) throws(SQLiteError) -> Connection {
    try Connection(path: path, mode: mode, busy: .jitter(limitMilliseconds: lockLimitMilliseconds))
  }

  /// Sets what the shredding rests on, and reads it back.
  private static func configure(_ connection: Connection) throws(SQLiteError) {
    try connection.useWriteAheadLog(.full)
    // Temporary files would hold pages of the vault.
    try connection.execute("PRAGMA temp_store=MEMORY")
    guard try connection.pragma("secure_delete=ON") == 1, try connection.pragma("secure_delete") == 1 else {
      throw SQLiteError(code: 1, message: "secure_delete stays off", sql: "PRAGMA secure_delete=ON")
    }
  }

  private static func checkFile(_ path: String) throws(VaultError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .vaultMissing(path: path) }
    guard status.st_mode & 0o177 == 0 else { throw .vaultMode(path: path, mode: status.st_mode) }
  }

  /// Before anything is set: a file that is newer or not ours stays as it is.
  private static func checkSchema(_ connection: Connection, path: String) throws {
    guard try VaultSchema.migrator.check(connection) == VaultSchema.version else {
      throw VaultError.vaultDamaged(path: path, reason: "it is empty")
    }
    if let difference = try connection.schemaMatches(SchemaObject.made(by: VaultSchema.script)) {
      throw VaultError.vaultDamaged(path: path, reason: difference.description)
    }
  }

  /// The one place where errors of the floor below become the vault's.
  private static func border(_ error: any Error, path: String) -> VaultError {
    switch error {
    case let error as VaultError: error
    case let error as SQLiteError where error.isCorrupt: .vaultDamaged(path: path, reason: error.message)
    case let error as SQLiteError: .storage(error)
    case MigrationError.newer(let found, let known): .vaultNewer(path: path, found: found, known: known)
    default: .vaultDamaged(path: path, reason: "\(error)")
    }
  }
}
