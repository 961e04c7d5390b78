/// What people type when they make a token up: words they often use, and letters that follow each other as in words.
enum CommonWords {
  /// Longest first, so that `production` is not taken for `prod` and a rest.
  static let list: [[UInt8]] = [
    "password", "passwort", "secret", "token", "server", "client", "admin", "test", "demo", "example", "changeme",
    "change", "default", "letmein", "welcome", "hello", "world", "api", "key", "live", "prod", "production", "staging",
    "dev", "user", "root", "none", "null", "stigg",
    // Walks over the keyboard.
    "qwerty", "qwertyuiop", "asdf", "asdfghjkl", "zxcvbnm", "1q2w3e4r", "5t6y7u8i", "q1w2e3r4", "1qaz", "2wsx", "3edc",
  ].map { Array($0.utf8) }.sorted { $0.count > $1.count }

  /// How many letters from here read as a word: one case, the first perhaps a capital, and most pairs usual ones.
  static func wordLength(_ text: [UInt8], at start: Int) -> Int {
    let length = letters(text, at: start)
    guard length >= minimumLetters else { return 0 }
    var usual = 0
    for index in start..<start + length - 1 where isUsual(text[index], text[index + 1]) { usual += 1 }
    return usual * 10 >= (length - 1) * 7 ? length : 0
  }

  /// Whether letters from here would be a word's first: nothing before them belongs to it.
  static func mayBegin(_ text: [UInt8], at position: Int) -> Bool {
    guard position > 0, position < text.count else { return true }
    let (before, here) = (text[position - 1], text[position])
    return !(isLower(before) || isUpper(before)) || (isLower(before) && isUpper(here))
  }

  private static let minimumLetters = 5

  private static func letters(_ text: [UInt8], at start: Int) -> Int {
    guard start < text.count, isLower(text[start]) || isUpper(text[start]) else { return 0 }
    let second = start + 1
    let shouts = second < text.count && isUpper(text[start]) && isUpper(text[second])
    var end = second
    while end < text.count, shouts ? isUpper(text[end]) : isLower(text[end]) { end += 1 }
    return end - start
  }

  private static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
  private static func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }

  private static func isUsual(_ first: UInt8, _ second: UInt8) -> Bool {
    usualPairs[Int(first & 31) * 32 + Int(second & 31)]
  }

  /// The pairs of letters that English text is mostly made of: a quarter of all pairs, nine tenths of those in words.
  private static let usualPairs: [Bool] = {
    let pairs =
      "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro "
      + "ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss "
      + "so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci "
      + "vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov rm "
      + "ep tt oc fa ef rn sc da cr cl ba um ny mm au"
    var table = [Bool](repeating: false, count: 32 * 32)
    for pair in pairs.utf8.split(separator: UInt8(ascii: " ")) {
      for (first, second) in zip(pair, pair.dropFirst()) { table[Int(first & 31) * 32 + Int(second & 31)] = true }
    }
    return table
  }()
}
