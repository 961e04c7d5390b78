package import Cryptography
internal import Formats

/// The size and root of a log, as text that others keep and compare (C2SP tlog-checkpoint).
///
/// Signatures and extension lines are read past and not kept: what this says, it says without proof of who said it.
package struct Checkpoint: Sendable {
  /// The longest text that is looked at: room for the 16 signatures that C2SP signed-note asks for, the largest too.
  package static let maximumByteCount = 128 << 10

  /// Which log it is. Compares as UTF-8.
  package let origin: String
  /// The number of leaves.
  package let size: UInt64
  package let root: Digest

  /// Traps when the origin is empty or holds a control character: it would break the lines.
  package init(origin: String, size: UInt64, root: Digest) {
    precondition(!origin.isEmpty && origin.utf8.allSatisfy { $0 >= 0x20 }, "an origin is one line of text")
    self.origin = origin
    self.size = size
    self.root = root
  }

  /// The origin of a ledger's log.
  package static func origin(ledger: String) -> String { "keyledger/" + ledger }

  /// The body: origin, size and base64 of the root, each on a line.
  package func text() -> String { "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" }
}

// Written out, as `String` takes composed and decomposed é for equal and an origin is its bytes.
extension Checkpoint: Equatable {
  package static func == (a: Checkpoint, b: Checkpoint) -> Bool {
    a.size == b.size && a.root == b.root && a.origin.utf8.elementsEqual(b.origin.utf8)
  }
}

/// What in a text keeps it from being a checkpoint.
package enum CheckpointError: Error, Equatable, Sendable {
  /// More than `Checkpoint.maximumByteCount`.
  case tooLong
  /// Not UTF-8, a control character, or no newline at the end.
  case notText
  /// Fewer than three lines before the first empty one.
  case missingLines
  /// Not a decimal number of 64 bits in its one shortest form.
  case badSize
  /// Not base64 of 32 bytes, or not the empty tree's root where the size is zero.
  case badRoot
  /// What follows the empty line isn't one or more signature lines.
  case badSignatures
}

extension Checkpoint {
  /// Reads a body, or the signed note around one, whose signatures are not verified.
  package static func parse(_ text: [UInt8]) throws(CheckpointError) -> Checkpoint {
    guard text.count <= maximumByteCount else { throw .tooLong }
    let newline = UInt8(ascii: "\n")
    guard text.last == newline, text.allSatisfy({ $0 >= 0x20 || $0 == newline }),
      String(validating: text, as: UTF8.self) != nil
    else { throw .notText }

    let lines = text.dropLast().split(separator: newline, omittingEmptySubsequences: false)
    // No line of a body is empty, so the first empty one ends it.
    let body = lines.prefix { !$0.isEmpty }
    guard body.count >= 3 else { throw .missingLines }
    if body.count < lines.count {
      let signatures = lines[(body.count + 1)...]
      guard !signatures.isEmpty, signatures.allSatisfy(isSignature) else { throw .badSignatures }
    }
    // Writing it again proves that it was in its one form: no sign, no leading zero.
    guard let size = UInt64(string(body[1])), "\(size)".utf8.elementsEqual(body[1]) else { throw .badSize }
    guard let bytes = Base64.decode(string(body[2])), let root = Digest(bytes),
      size > 0 || root == MerkleTree.emptyRoot
    else { throw .badRoot }
    return Checkpoint(origin: string(body[0]), size: size, root: root)
  }

  /// "— name base64" of C2SP signed-note: a name without spaces or plus, a key id of 4 bytes and then a signature.
  private static func isSignature(_ line: ArraySlice<UInt8>) -> Bool {
    let dash = Array("— ".utf8)
    guard line.starts(with: dash) else { return false }
    let rest = line.dropFirst(dash.count)
    guard let space = rest.firstIndex(of: UInt8(ascii: " ")) else { return false }
    let name = string(rest[..<space])
    guard !name.isEmpty, !name.unicodeScalars.contains(where: { $0 == "+" || $0.properties.isWhitespace }) else {
      return false
    }
    return (Base64.decode(string(rest[(space + 1)...]))?.count ?? 0) > 4
  }

  private static func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
