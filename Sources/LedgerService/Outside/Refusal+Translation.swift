import EventLog
import Glibc
import KeyLedger
import Projections
import SQLite
import Vault

/// The border between what can go wrong below and what a caller hears: translated here, once.
extension Refusal {
  init(translating error: any Error) {
    switch error {
    case let refusal as Refusal: self = refusal
    case let error as LogError: self.init(error)
    case let error as GuardError: self.init(error)
    case let error as VaultError: self.init(error)
    case let error as ViewsError: self.init(error)
    case let error as SQLiteError: self.init(error, in: "the ledger")
    case is ViewsCannotBeTrusted: self.init(.busy, "The views were damaged and are being built anew; try again.")
    default: self.init(.damaged, "An unexpected failure: \(error).")
    }
  }

  static let queueFull = Refusal(.busy, "Too many commands are waiting, or the service is closing; try again.")
  static let noDescriptors = Refusal(
    .busy, "The process has no thread or file descriptor left; close some and try again.")

  private init(_ error: LogError) {
    switch error {
    case .busy: self.init(.busy, "Another process holds the ledger's write lock; try again.")
    case .noSpace:
      self.init(.noSpace, "The disk is full or the file may not grow; make room and try again. Nothing changed.")
    case .readOnly(let what):
      self.init(.damaged, "The ledger cannot be written (\(what)); check the permissions of the data directory.")
    case .cannotOpen(let what):
      self.init(.damaged, "The ledger can't be opened: \(what); check --data, and who may read what is there.")
    case .notALedger(let what): self.init(.damaged, "This is no KeyLedger file (\(what)); check --data.")
    case .newerFormat(let found, let known):
      self.init(
        .damaged,
        "The ledger has format \(found) and this program knows \(known); use the newer program. Nothing was touched.")
    case .damaged(let what): self.init(.damaged, "The ledger is damaged: \(what). \(Refusal.wayOut)")
    case .unreadable(let sequence, let reason):
      self.init(.damaged, "Event \(sequence) cannot be read: \(reason). \(Refusal.wayOut)")
    case .versionChanged(let stream, let expected, let actual):
      self.init(
        .revisionChanged,
        "\(stream) is at revision \(actual), not \(expected): look at it again, then repeat the change.")
    case .recordTooLarge(let bytes):
      self.init(.badUsage, "The event would take \(bytes) bytes, and 65,535 is the most.")
    case .outcomeUnknown:
      self.init(
        .outcomeUnknown,
        "The disk failed while this was being saved: it may be done or not. Look, or repeat it with its idempotency key."
      )
    case .failed(let what):
      self.init(
        .damaged, "The ledger cannot be used: \(what). Look at the disk and the system's limits, then try again.")
    }
  }

  private static let wayOut =
    "`keyledger verify` names all that is wrong; then put a whole copy in its place, or save what is whole with "
    + "`keyledger recover`."

  private init(_ error: GuardError) {
    switch error {
    case .restored(let reason): self = .restored(reason)
    case .busy(let path): self.init(.busy, "Another process is writing \(path); try again.")
    case .noSpace(let path):
      self.init(.noSpace, "The disk is full, so the rollback guard \(path) cannot be kept; make room and try again.")
    case .readOnly(let path):
      self.init(.damaged, "The rollback guard \(path) cannot be written; check the permissions of its directory.")
    case .exists(let path):
      self.init(
        .alreadyExists,
        "\(path) guards another ledger; name another file in $KEYLEDGER_SHOWN, or delete it if that ledger is gone.")
    case .failed(let path, let code):
      self.init(.damaged, "The rollback guard \(path) cannot be kept (\(unsafe String(cString: strerror(code)))).")
    }
  }

  /// What is said of a ledger that has lost, or may have lost, what it has shown.
  static func restored(_ reason: RestoredReason) -> Refusal {
    Refusal(
      .restored,
      "The ledger counts as restored: \(reason). Revocations that it lost would be undone, so it verifies no key and "
        + "takes no change. Put the newer ledger back, or accept this one: `keyledger accept-restore --reason TEXT`.")
  }

  private init(_ error: VaultError) {
    switch error {
    case .storage(let error): self.init(error, in: "the vault")
    case .rootMismatch, .rootKeyMissing, .newRootKeyMissing, .rootKeyMode, .rootKeyMalformed, .rootKeyExists,
      .rootKeyFile, .vaultMissing, .vaultExists, .vaultMode, .vaultDamaged, .vaultNewer, .contentTooLong, .rowTooShort,
      .noTransaction, .randomness:
      self.init(.damaged, Refusal.sentence("\(error)"))
    }
  }

  private init(_ error: ViewsError) {
    switch error {
    case .newerFormat(let found, let known):
      self.init(
        .damaged,
        "The views have format \(found) and this program knows \(known); use the newer program, or delete views.sqlite."
      )
    case .absent(let path):
      self.init(.damaged, "The views cannot be kept at \(path); make it writable, or ask with --replay.")
    case .readOnly(let what):
      self.init(
        .damaged, "The views cannot be written (\(what)); make them and their directory writable, or ask with --replay."
      )
    case .cannotOpen(let what):
      self.init(.damaged, "The views cannot be opened (\(what)); move what stands there away, or ask with --replay.")
    case .busy: self.init(.busy, "Another process is writing the views; try again.")
    case .noSpace:
      self.init(.noSpace, "The disk is full, so the views cannot follow the log; make room, or ask with --replay.")
    case .damaged(let what): self.init(.damaged, "The views are damaged (\(what)); run `keyledger rebuild`.")
    case .logContradictsItself(let size):
      self.init(.damaged, "The records do not hash to the log's own root at event \(size): the ledger is damaged.")
    case .failed(let what): self.init(.damaged, "The views cannot be used: \(what); ask with --replay.")
    }
  }

  /// What a layer below said, as a sentence of ours.
  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + (text.utf8.last == UInt8(ascii: ".") ? "" : ".")
  }

  private init(_ error: SQLiteError, in what: String) {
    if error.isBusy {
      self.init(.busy, "Another process holds a lock on \(what); try again.")
    } else if error.isFull {
      self.init(.noSpace, "The disk is full or the file may not grow; make room and try again. Nothing changed.")
    } else {
      self.init(.damaged, "SQLite cannot use \(what): \(error.message).")
    }
  }
}
