import KeyLedger
import Testing

/// One row of a table of refusals: what was done before, who asks for what, and the code of the answer.
struct Refused: Sendable, CustomTestStringConvertible {
  let title: String
  let code: RefusalCode
  let command: Command
  var by: Who
  var given: @Sendable (inout World) -> Void

  init(
    _ title: String, _ code: RefusalCode, _ command: Command, by: Who = .operator,
    given: @escaping @Sendable (inout World) -> Void = { _ in }
  ) {
    self.title = title
    self.code = code
    self.command = command
    self.by = by
    self.given = given
  }

  var testDescription: String { "\(title): \(code.rawValue)" }

  func check() {
    var world = Stage.base
    given(&world)
    let before = world.events
    do throws(Refusal) {
      let drafts = try world.run(command, by: by)
      Issue.record("\(title): not refused, appended \(drafts)")
    } catch {
      #expect(error.code == code, "\(title): \(error.message)")
      #expect(isSentence(error.message), "\(error.message)")
    }
    #expect(world.events == before)
  }
}

/// One row of a table of what is allowed: exactly these events, in this order; none for a change of nothing.
struct Allowed: Sendable, CustomTestStringConvertible {
  let title: String
  let command: Command
  var by: Who
  var given: @Sendable (inout World) -> Void
  let drafts: @Sendable (World) -> [Draft]

  init(
    _ title: String, _ command: Command, by: Who = .operator,
    given: @escaping @Sendable (inout World) -> Void = { _ in },
    appends drafts: @escaping @Sendable (_ before: World) -> [Draft]
  ) {
    self.title = title
    self.command = command
    self.by = by
    self.given = given
    self.drafts = drafts
  }

  var testDescription: String { title }

  func check() {
    var world = Stage.base
    given(&world)
    let before = world
    do throws(Refusal) {
      let drafts = try world.run(command, by: by)
      #expect(drafts == self.drafts(before), "\(title)")
      #expect(world.events.count == before.events.count + drafts.count)
    } catch {
      Issue.record("\(title): refused with \(error.code.rawValue): \(error.message)")
    }
  }
}

/// One sentence that begins with a capital or a name, ends with a full stop and has two parts: what is wrong,
/// and after a stop within the sentence or a "can", what to do about it.
func isSentence(_ text: String) -> Bool {
  guard let first = text.first, first.isUppercase || first.isLowercase, text.hasSuffix("."), !text.hasSuffix("..")
  else { return false }
  let advises = [";", ":", ","].contains { text.contains($0) }
  return advises && !text.contains(". ") && !text.contains("\n")
}

extension Actor {
  static let ops = Actor.operator(KeyLedgerTests.ops)
}

/// The drafts that go to the stream of a key.
func draft(_ key: Int, _ data: EventData, in environment: String = "production", by actor: Actor = .ops) -> Draft {
  Draft(.key(slug(environment), keyID(key)), actor, data)
}
