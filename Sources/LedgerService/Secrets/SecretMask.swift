import Formats

/// What of other people's words may be kept or said back: anything of a secret's shape is taken out.
package enum SecretMask {
  private static let prefixes = ["server-", "client-", "user-"].map { Array($0.utf8) }
  /// Shorter it is a slug or a file's name rather than a secret.
  private static let leastBytes = 30
  /// So many letters and digits in a row are a token, a signing secret or a MAC; an id of ours has 26, a UUID's parts 12.
  private static let leastRun = 32

  /// The text with `…` for the rest of every word in it that begins as our secrets do and is as long: it may be one that
  /// was pasted to the wrong place.
  package static func text(_ text: String) -> String {
    String(decoding: prefixed(Array(text.utf8)), as: UTF8.self)
  }

  /// A path of somebody's request, as it may be kept. Whatever has the shape of a secret is masked, also where
  /// percent-encoding hides it (RFC 3986 §2.1), and so is any long run of letters and digits. All else stays as it came.
  package static func path(_ path: [UInt8]) -> String {
    if isPlain(path[...]) { return String(decoding: path, as: UTF8.self) }
    let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(segment)
    return String(decoding: Array(segments.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
  }

  /// Whether nothing in it can be a secret or hide one: what nearly every path is, told without memory.
  static func isPlain(_ path: ArraySlice<UInt8>) -> Bool {
    var run = 0
    for position in path.indices {
      let byte = path[position]
      run = Base62.isDigit(byte) ? run + 1 : 0
      // Each of the prefixes ends in a hyphen, and so do few paths' words.
      let ends = byte == UInt8(ascii: "-") && prefixes.contains { path[...position].hasSuffix($0) }
      if byte == UInt8(ascii: "%") || run >= leastRun || ends { return false }
    }
    return true
  }

  private static func segment(_ segment: ArraySlice<UInt8>) -> [UInt8] {
    let plain = percentDecoded(segment)
    let masked = runs(prefixed(plain))
    return masked == plain ? Array(segment) : masked
  }

  private static func prefixed(_ bytes: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    var position = 0
    while position < bytes.count {
      guard let prefix = prefixes.first(where: { bytes[position...].starts(with: $0) }) else {
        kept.append(bytes[position])
        position += 1
        continue
      }
      let word = bytes[position...].prefix(while: belongsToWord)
      kept += word.count >= leastBytes ? prefix + ellipsis : Array(word)
      position += word.count
    }
    return kept
  }

  private static func runs(_ bytes: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    var rest = bytes[...]
    while let first = rest.first {
      let run = Base62.isDigit(first) ? rest.prefix(while: Base62.isDigit) : rest.prefix(1)
      kept += run.count >= leastRun ? ellipsis : Array(run)
      rest = rest.dropFirst(run.count)
    }
    return kept
  }

  private static func percentDecoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard bytes.contains(UInt8(ascii: "%")) else { return Array(bytes) }
    var decoded: [UInt8] = []
    var rest = bytes
    while let first = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if first == UInt8(ascii: "%"), rest.count >= 2, let byte = Hex.decodeAnyCase(digits)?.first {
        decoded.append(byte)
        rest = rest.dropFirst(2)
      } else {
        decoded.append(first)
      }
    }
    return decoded
  }

  private static let ellipsis = Array("…".utf8)

  private static func belongsToWord(_ byte: UInt8) -> Bool { byte > 0x20 && byte != UInt8(ascii: "/") && byte < 0x7F }
}

extension ArraySlice<UInt8> {
  fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool { self.suffix(suffix.count).elementsEqual(suffix) }
}
