/// Well-formed UTF-8, Unicode §3.9 table 3-7: no overlong form, no surrogate, nothing beyond U+10FFFF.
package enum UTF8Text {
  package static func validate(_ bytes: Span<UInt8>) -> Bool {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes)
      return true
    } catch {
      return false
    }
  }

  /// The text of these bytes, nil where they are not well-formed; nothing is ever repaired.
  package static func decode(_ bytes: [UInt8]) -> String? {
    decode(bytes.span)
  }

  /// The text of these bytes, nil where they are not well-formed.
  package static func decode(_ bytes: Span<UInt8>) -> String? {
    do throws(UTF8.ValidationError) {
      return String(copying: try UTF8Span(validating: bytes))
    } catch {
      return nil
    }
  }
}

/// Whether two strings are the same bytes. Swift's `==` takes composed and decomposed é for equal.
package func bytesEqual(_ a: String, _ b: String) -> Bool { a.utf8.span.equals(b.utf8.span) }
