import Cryptography
import KeyLedger
import Vault

/// A user's handle as the vault holds it: 32 bytes of salt, then the handle. The log holds only its commitment.
struct SealedHandle {
  let salt: [UInt8]
  let handle: [UInt8]

  static let kind = "handle"
  static let saltBytes = 32

  init(salt: [UInt8], handle: String) {
    precondition(salt.count == SealedHandle.saltBytes, "a handle's salt has 32 bytes")
    self.salt = salt
    self.handle = Array(handle.utf8)
  }

  /// Nil when the content is no salt and handle.
  init?(content: [UInt8]) {
    guard content.count > SealedHandle.saltBytes else { return nil }
    salt = Array(content.prefix(SealedHandle.saltBytes))
    handle = Array(content.dropFirst(SealedHandle.saltBytes))
  }

  var content: [UInt8] { salt + handle }
  var commitment: Hash256 { Hash256(SHA256.hash(content)) }
}

/// Who holds which handle, from the vault's rows, each checked against its commitment in the log. A handle that the vault
/// lost is free again. Held until forgotten, also by removed users.
struct HandleBook {
  private var holders: [[UInt8]: UserID] = [:]

  /// Cost: one opened row for each user.
  init(users: some Sequence<UserState>, vault: Vault) throws {
    for user in users where !user.forgotten {
      let opened = try vault.open(owner: user.id.description, kind: SealedHandle.kind)
      guard let sealed = opened?.withBytes({ SealedHandle(content: $0) }), sealed.commitment == user.commitment else {
        continue
      }
      holders[sealed.handle] = user.id
    }
  }

  func holder(of handle: String) -> UserID? { holders[Array(handle.utf8)] }

  mutating func add(_ handle: [UInt8], _ user: UserID) { holders[handle] = user }

  mutating func forget(_ user: UserID) {
    holders = holders.filter { $0.value != user }
  }
}
