import Glibc

/// What stands at the other end of the three standard files.
struct Terminal: Sendable {
  let isInput: Bool
  let isOutput: Bool
  let isError: Bool
  /// Columns of the page that results are written on; nil when it is no terminal.
  let width: Int?
  let colour: Bool

  /// Asks the system, `$COLUMNS`, `$NO_COLOR` and `$TERM`.
  static func current() -> Terminal {
    let isOutput = isatty(STDOUT_FILENO) == 1
    let noColour = unsafe getenv("NO_COLOR").map { unsafe $0.pointee != 0 } ?? false
    let isDumb = unsafe getenv("TERM").flatMap { unsafe String(validatingCString: $0) } == "dumb"
    return Terminal(
      isInput: isatty(STDIN_FILENO) == 1, isOutput: isOutput, isError: isatty(STDERR_FILENO) == 1,
      width: columnsVariable ?? (isOutput ? size ?? 80 : nil), colour: isOutput && !noColour && !isDumb)
  }

  private static var columnsVariable: Int? {
    guard let pointer = unsafe getenv("COLUMNS"), let text = unsafe String(validatingCString: pointer),
      let columns = Int(text), columns > 0
    else { return nil }
    return columns
  }

  private static var size: Int? {
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
