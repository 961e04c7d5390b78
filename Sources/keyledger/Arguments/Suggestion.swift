/// What somebody may have meant.
enum Suggestion {
  /// The nearest word that a slip or two of the fingers away, or that the typed one begins; nil when none is near.
  static func nearest(to typed: String, among known: [String]) -> String? {
    let word = Array(typed.utf8)
    guard (1...maximumBytes).contains(word.count) else { return nil }
    let near = known.map { (word: $0, distance: distance(word, Array($0.utf8))) }.min { $0.distance < $1.distance }
    if let near, near.distance <= max(1, (word.count + 1) / 3) { return near.word }
    return word.count >= 2 ? known.first { $0.utf8.starts(with: word) } : nil
  }

  /// The word, if it may be said back: short and plain, so neither a secret nor an escape sequence.
  static func printable(_ word: String) -> String? {
    let bytes = word.utf8
    let isPlain = bytes.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }
    return isPlain && bytes.count <= maximumBytes ? word : nil
  }

  private static let maximumBytes = 24

  /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). O(a·b).
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var rows = [Array(0...b.count)]
    for i in 1..<(a.count + 1) {
      var row = [i] + Array(repeating: 0, count: b.count)
      for j in 1..<(b.count + 1) {
        let same = a[i - 1] == b[j - 1]
        row[j] = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (same ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], rows[i - 2][j - 2] + 1) }
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
