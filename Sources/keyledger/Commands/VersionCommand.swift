import Formats
import KeyLedger
import SQLite

enum VersionCommand {
  static let spec = CommandSpec(
    path: ["version"], summary: "Print the versions of this program, Swift and SQLite",
    discussion: ["`keyledger --version` does the same."], effect: .none, examples: ["keyledger version"], run: run)

  static let version = "0.1.0"

  private static func run(_ invocation: Invocation, _ session: Session) throws(Refusal) -> Reply {
    let json = JSON.object([
      JSONMember("version", .string(version)), JSONMember("swift", .string(swift)),
      JSONMember("sqlite", .string(SQLiteLibrary.version)),
    ])
    return .document(
      Document(json: json, bare: [version]) { _ in
        ["keyledger \(version) (Swift \(swift), SQLite \(SQLiteLibrary.version))"]
      })
  }

  /// Of the compiler that built this, as far as the language tells.
  private static var swift: String {
    #if swift(>=6.4)
      "6.4 or newer"
    #elseif swift(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}
