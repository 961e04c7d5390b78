import Foundation

/// The real program, as it was built beside these tests, in a directory of its own.
final class CommandLineProgram: Sendable {
  struct Run: Sendable {
    let exit: Int32
    let output: String
    let error: String
    var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) }
  }

  let directory: URL
  var data: String { directory.appendingPathComponent("data").path }

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("keyledger-cli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  /// Beside the bundle that is running.
  static let path: String = {
    let running = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: running).deletingLastPathComponent().appendingPathComponent("keyledger").path
  }()

  /// With `KEYLEDGER_DATA` set to the directory, and nothing else that could be told apart.
  func run(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws -> Run {
    try CommandLineProgram.run(
      CommandLineProgram.path, arguments, input: Data(input.utf8), in: directory,
      environment: ["KEYLEDGER_DATA": data, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"].merging(environment) { $1 })
  }

  func run(_ arguments: String..., input: String = "") throws -> Run { try run(arguments, input: input) }

  /// Words of a shell, in which `keyledger` is the program.
  func shell(_ script: String) throws -> Run {
    try CommandLineProgram.run(
      "/bin/bash", ["-c", script], input: Data(), in: directory,
      environment: [
        "KEYLEDGER_DATA": data, "LANG": "C.UTF-8",
        "PATH": URL(fileURLWithPath: CommandLineProgram.path).deletingLastPathComponent().path + ":/usr/bin:/bin",
      ])
  }

  /// A file in the directory.
  func file(_ name: String, _ content: String) throws -> String {
    let url = directory.appendingPathComponent(name)
    try Data(content.utf8).write(to: url)
    return url.path
  }

  private static func run(
    _ path: String, _ arguments: [String], input: Data, in directory: URL, environment: [String: String]
  ) throws -> Run {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = directory
    // Files, not pipes: nothing can fill up while the other is read.
    let names = ["in", "out", "err"].map { directory.appendingPathComponent(".\($0)-\(UUID().uuidString)") }
    try input.write(to: names[0])
    for name in names.dropFirst() { try Data().write(to: name) }
    let input = try FileHandle(forReadingFrom: names[0])
    let output = try FileHandle(forWritingTo: names[1])
    let error = try FileHandle(forWritingTo: names[2])
    process.standardInput = input
    process.standardOutput = output
    process.standardError = error
    try process.run()
    process.waitUntilExit()
    let texts = try names.dropFirst().map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    for name in names { try FileManager.default.removeItem(at: name) }
    return Run(exit: process.terminationStatus, output: texts[0], error: texts[1])
  }
}
