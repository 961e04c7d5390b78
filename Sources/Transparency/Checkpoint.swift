package import Cryptography
internal import Formats

/// The size and root of a log, as text that others keep and compare (C2SP tlog-checkpoint).
///
/// Signatures and extension lines are read past and not kept: what this says, it says without proof of who said it.
package struct Checkpoint: Sendable {
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
  /// More than `SignedNote.maximumByteCount`.
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

extension CheckpointError {
  init(_ error: NoteError) {
    switch error {
    case .tooLong: self = .tooLong
    case .notText: self = .notText
    case .badSignatures: self = .badSignatures
    }
  }
}

extension Checkpoint {
  /// Reads a body, or the signed note around one, whose signatures are not verified.
  package static func parse(_ text: [UInt8]) throws(CheckpointError) -> Checkpoint {
    let body: ArraySlice<ArraySlice<UInt8>>
    do throws(NoteError) {
      let lines = try TextLines.read(text, atMost: SignedNote.maximumByteCount)
      // No line of a body is empty, so the first empty one ends it, and in a note it is the only one.
      body = lines.prefix { !$0.isEmpty }
      if body.count >= 3, body.count < lines.count {
        let note = try SignedNote.parse(text)
        guard note.text.count == lines[body.count].startIndex else { throw NoteError.badSignatures }
      }
    } catch {
      throw CheckpointError(error)
    }
    guard body.count >= 3 else { throw .missingLines }
    guard let size = TextLines.number(body[1]) else { throw .badSize }
    guard let root = TextLines.digest(body[2]), size > 0 || root == MerkleTree.emptyRoot else { throw .badRoot }
    return Checkpoint(origin: TextLines.string(body[0]), size: size, root: root)
  }
}
