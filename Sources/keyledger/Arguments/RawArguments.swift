import Glibc
import KeyLedger

/// What the process was given, byte for byte: `CommandLine.arguments` repairs text that is no UTF-8, silently.
enum RawArguments {
  /// The words after the program's name.
  static func read() throws(Refusal) -> [String] {
    var arguments: [String] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let pointer = unsafe CommandLine.unsafeArgv[index] else { break }
      guard let argument = unsafe String(validatingCString: pointer) else {
        throw Refusal(.badUsage, "Argument \(index) is not UTF-8.")
      }
      arguments.append(argument)
    }
    return arguments
  }

  /// A variable of the environment; nil when it is not set or empty.
  static func variable(_ name: String) throws(Refusal) -> String? {
    guard let pointer = unsafe getenv(name), unsafe pointer.pointee != 0 else { return nil }
    guard let value = unsafe String(validatingCString: pointer) else {
      throw Refusal(.badUsage, "$\(name) is not UTF-8.")
    }
    return value
  }
}
