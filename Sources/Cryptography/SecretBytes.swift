/// Secret bytes that never print and are zeroed when the last reference goes.
///
/// Not Equatable, so that no `==` with early exit is written by habit. The array given to `init` is shared, not
/// copied: a caller that keeps its own variable keeps the secret, and wipes it. Copies that a body lets out of
/// `withBytes`, and what the compiler leaves in registers and on the stack, are beyond reach.
public final class SecretBytes: Sendable {
  // Written by init and then by deinit alone, when nobody else can hold a reference: no two threads meet here.
  nonisolated(unsafe) private var storage: [UInt8]

  public init(_ bytes: [UInt8]) { unsafe storage = bytes }

  deinit { unsafe wipe(&storage) }

  public var count: Int { unsafe storage.count }

  /// Lends the bytes. The body must not keep them.
  public func withBytes<R>(_ body: ([UInt8]) throws -> R) rethrows -> R { try unsafe body(storage) }

  public func constantTimeEquals(_ other: SecretBytes) -> Bool {
    unsafe ConstantTime.equal(storage, other.storage)
  }

  /// The secret as text, for the one moment it is shown; nil unless it is UTF-8. A string can't be wiped.
  public func text() -> String? { unsafe String(validating: storage, as: UTF8.self) }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "SecretBytes(redacted)" }
  public var debugDescription: String { description }
  /// Without children, so `dump` and debuggers that go by mirrors find nothing either.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
