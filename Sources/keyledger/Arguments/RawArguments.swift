import Glibc
import KeyLedger

/// What the process was given, byte for byte: `CommandLine.arguments` repairs text that is no UTF-8, silently.
struct RawArguments {
  /// The words after the program's name, repaired where they are no UTF-8.
  let words: [String]
  /// What is wrong with them.
  let fault: Refusal?

  /// From the kernel: Swift's runtime looks for them behind the environment, and finds none where a preloaded library
  /// (libfaketime) has moved that.
  static func read() -> RawArguments { RawArguments(fromKernel ?? fromRuntime) }

  /// - Parameter list: each word with a zero byte behind it, the program's name first.
  init(_ list: [UInt8]) {
    var words = list.split(separator: 0, omittingEmptySubsequences: false)
    if words.last?.isEmpty ?? false { words.removeLast() }
    let broken = words.indices.dropFirst().first { String(validating: words[$0], as: UTF8.self) == nil }
    self.words = words.dropFirst().map { String(decoding: $0, as: UTF8.self) }
    fault = broken.map { Refusal(.badUsage, "Argument \($0) is not UTF-8.") }
  }

  /// Nil where there is no /proc.
  private static var fromKernel: [UInt8]? {
    let file = unsafe open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var list: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return list.isEmpty ? nil : list }
      list += chunk.prefix(count)
    }
  }

  private static var fromRuntime: [UInt8] {
    var list: [UInt8] = []
    for index in 0..<max(0, Int(CommandLine.argc)) {
      guard let pointer = unsafe CommandLine.unsafeArgv[index] else { break }
      list += unsafe UnsafeBufferPointer(start: pointer, count: strlen(pointer)).map { UInt8(bitPattern: $0) } + [0]
    }
    return list
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
