/// What of somebody's words may be said back.
enum Quoting {
  private static let prefixes = ["server-", "client-", "user-"].map { Array($0.utf8) }
  /// Shorter it is a slug or a file's name rather than a secret.
  private static let leastBytes = 30

  /// The text with `…` for the rest of every word in it that begins as our secrets do and is as long: it may be one that
  /// was pasted to the wrong place.
  static func withoutSecrets(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var kept: [UInt8] = []
    var position = 0
    while position < bytes.count {
      guard let prefix = prefixes.first(where: { bytes[position...].starts(with: $0) }) else {
        kept.append(bytes[position])
        position += 1
        continue
      }
      let word = bytes[position...].prefix(while: belongsToWord)
      kept += word.count >= leastBytes ? prefix + Array("…".utf8) : Array(word)
      position += word.count
    }
    return String(decoding: kept, as: UTF8.self)
  }

  private static func belongsToWord(_ byte: UInt8) -> Bool { byte > 0x20 && byte != UInt8(ascii: "/") && byte < 0x7F }
}
