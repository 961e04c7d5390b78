import Testing
import Transparency

@Suite struct SignedNoteTests {
  /// The examples of C2SP's own document.
  private static let text =
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n"
  private static let signature =
    "— quasimodo.example/salvatore "
    + "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
  private static let note = text + "\n" + signature

  @Test func `the example of C2SP is read, its text to the last empty line`() throws {
    let note = try SignedNote.parse(Array(Self.note.utf8))
    #expect(note.text == Array(Self.text.utf8))
    let signature = try #require(note.signatures.first)
    #expect(note.signatures.count == 1)
    #expect(signature.name == "quasimodo.example/salvatore")
    #expect(signature.keyID == [0x36, 0x7b, 0xa0, 0x4b])
    #expect(signature.signature.count == 64)
  }

  @Test func `sixteen signatures of five thousand bytes are read, each`() throws {
    let long = Self.signature.dropLast(5) + String(repeating: "AAAA", count: 1_650) + "\n"
    let note = try SignedNote.parse(Array((Self.text + "\n" + String(repeating: String(long), count: 16)).utf8))
    #expect(note.signatures.count == 16)
    #expect(note.signatures.allSatisfy { $0 == note.signatures[0] && $0.signature.count > 5_000 })
  }

  @Test(arguments: [
    ("", NoteError.notText, "nothing"), (text, .badSignatures, "no signature, an empty line within"),
    ("a text\n", .badSignatures, "no empty line"), ("\n" + signature, .badSignatures, "no text"),
    (text + "\n", .badSignatures, "no signature line"), (note + "\n", .badSignatures, "an empty line at the end"),
    (String(note.dropLast()), .notText, "no last newline"), (note + "a line\n", .badSignatures, "another line"),
    ("\u{7}" + note, .notText, "a control character"),
    (text + "\n— a b c\n", .badSignatures, "a space in the signature"),
    (text + "\n— a AAAAAA==\n", .badSignatures, "a key id alone"),
  ])
  func `what isn't a note is refused`(_ text: String, _ error: NoteError, _ why: String) {
    #expect(throws: error, "\(why)") { try SignedNote.parse(Array(text.utf8)) }
  }

  @Test func `too long a note is refused before it is looked at`() {
    let byte = UInt8(ascii: "\n")
    #expect(throws: NoteError.tooLong) {
      try SignedNote.parse([UInt8](repeating: byte, count: SignedNote.maximumByteCount + 1))
    }
  }
}
