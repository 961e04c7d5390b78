internal import Formats

/// A text with signatures beneath it, as to its form (C2SP signed-note).
///
/// Whose signatures they are, and whether they are right, is for others to check: there is no Ed25519 here.
package struct SignedNote: Sendable {
  /// The longest note that is looked at: room for the 16 signatures that C2SP asks for, the largest too.
  package static let maximumByteCount = 128 << 10

  /// One line of "— name base64".
  package struct Signature: Equatable, Sendable {
    package let name: String
    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ signature type ‖ public key), for Ed25519 type 0x01.
    package let keyID: [UInt8]
    package let signature: [UInt8]
  }

  /// What is signed, with its last newline.
  package let text: [UInt8]
  /// At least one, in the order of their lines.
  package let signatures: [Signature]
}

/// What in some bytes keeps them from being a signed note.
package enum NoteError: Error, Equatable, Sendable {
  /// More than `SignedNote.maximumByteCount`.
  case tooLong
  /// Not UTF-8, a control character other than a newline, or no newline at the end.
  case notText
  /// What follows the last empty line isn't one or more signature lines, or there is no text before it.
  case badSignatures
}

extension SignedNote {
  package static func parse(_ note: [UInt8]) throws(NoteError) -> SignedNote {
    let lines = try TextLines.read(note, atMost: maximumByteCount)
    guard let gap = lines.lastIndex(where: \.isEmpty), gap > 0 else { throw .badSignatures }
    let signatures = lines[(gap + 1)...].compactMap { signature($0) }
    guard !signatures.isEmpty, signatures.count == lines.count - gap - 1 else { throw .badSignatures }
    return SignedNote(text: Array(note[..<lines[gap].startIndex]), signatures: signatures)
  }

  /// A name without spaces or plus, a key id of four bytes and then a signature.
  private static func signature(_ line: ArraySlice<UInt8>) -> Signature? {
    let dash = Array("— ".utf8)
    guard line.starts(with: dash) else { return nil }
    let rest = line.dropFirst(dash.count)
    guard let space = rest.firstIndex(of: UInt8(ascii: " ")) else { return nil }
    let name = TextLines.string(rest[..<space])
    guard !name.isEmpty, !name.unicodeScalars.contains(where: { $0 == "+" || $0.properties.isWhitespace }),
      let bytes = Base64.decode(TextLines.string(rest[(space + 1)...])), bytes.count > 4
    else { return nil }
    return Signature(name: name, keyID: Array(bytes[..<4]), signature: Array(bytes[4...]))
  }
}
