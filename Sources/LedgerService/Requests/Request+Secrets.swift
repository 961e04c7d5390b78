import KeyLedger

extension Request {
  /// Refuses a text that holds a secret of our own: it would stand in the log in the clear, and for ever. Cost: a look for
  /// the prefixes of secrets in each text that somebody typed.
  func checkTextsHoldNoSecret() throws(Refusal) {
    for (text, field, code) in command.texts where SecretForm.holdsSecret(text) {
      throw Request.secretTyped(code, field)
    }
    for text in credential.texts where SecretForm.holdsSecret(text) { throw Request.secretTyped(.badUsage, "actor") }
  }

  private static func secretTyped(_ code: RefusalCode, _ field: String) -> Refusal {
    Refusal(
      code,
      """
      The \(field) holds the secret of a key or the token of a user, and would stay in the log for ever. Leave it out; and \
      rotate what was typed where others see it.
      """,
      field: field)
  }
}

extension Command {
  /// What somebody typed that will stand in the log, with the field it was typed into and the code of a fault in it. Slugs
  /// hold no capital letter, which nearly every secret does; handles are sealed.
  fileprivate var texts: [(text: String, field: String, code: RefusalCode)] {
    switch self {
    case .createKey(_, let name, let description, _):
      [(name, "name", .badName), (description, "description", .badText)]
    case .renameKey(_, let name, let description):
      [(name ?? "", "name", .badName), (description ?? "", "description", .badText)]
    case .acceptRestored(let reason): [(reason, "reason", .badText)]
    default: []
    }
  }
}

extension Credential {
  fileprivate var texts: [String] {
    switch self {
    case .operator(let name): [name.text]
    case .author(let author, let name): [author, name.text]
    case .user, .key: []
    }
  }
}
