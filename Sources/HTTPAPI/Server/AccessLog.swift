import Formats
import Glibc
import HTTPServer
import KeyLedger
import LedgerService
import Synchronization

/// A line of JSON on standard error for each request but the gateways', whose journal is their log. Written by a thread of
/// its own: who logs never waits for whoever reads. Nothing secret is in it: no query, no body, no credential.
final class AccessLog: Sendable {
  struct Entry: Sendable {
    let time: Instant
    let requestID: String
    let method: HTTPMethod
    let path: [UInt8]
    let caller: Actor?
    let status: HTTPStatus
    /// Microseconds until the answer was made.
    let duration: Int64
  }

  private struct Waiting {
    var lines: [UInt8] = []
    var dropped = 0
    var isStopping = false
  }

  private let waiting = Mutex(Waiting())
  private let thread: SideThread

  /// Bytes that may wait; beyond, lines are dropped and counted.
  private static let maximumBytes = 1 << 20
  private static let pipeBytes = 4_096
  /// What is said within so long after the first line is written with it: a thread woken for each would cost more than
  /// the lines. Milliseconds.
  private static let gathering: Int32 = 5
  /// Between two looks whether the service is ending while nobody reads. Milliseconds.
  private static let pause: Int32 = 200

  init() throws(Refusal) {
    thread = try SideThread()
    try thread.start { [self] in live() }
  }

  func add(_ entry: Entry) {
    let line = JSON.object([
      JSONMember("time", .string(RFC3339.format(milliseconds: entry.time.milliseconds))),
      JSONMember("request_id", .string(entry.requestID)), JSONMember("method", .string(entry.method.name.description)),
      JSONMember("path", .string(SecretMask.path(entry.path))),
      JSONMember("caller", entry.caller.map { .string($0.description) } ?? .null),
      JSONMember("status", .integer(Int64(entry.status.rawValue))),
      JSONMember("microseconds", .integer(entry.duration)),
    ]).line()
    add(line)
  }

  /// Something for the operator's eyes: what went wrong, and what to do.
  func add(_ message: String, at time: Instant) {
    let line = JSON.object([
      JSONMember("time", .string(RFC3339.format(milliseconds: time.milliseconds))),
      JSONMember("message", .string(SecretMask.text(message))),
    ]).line()
    add(line)
  }

  private func add(_ line: [UInt8]) {
    let isFirst = waiting.withLock { waiting in
      guard waiting.lines.count + line.count < AccessLog.maximumBytes else {
        waiting.dropped += 1
        return false
      }
      defer {
        waiting.lines += line
        waiting.lines.append(UInt8(ascii: "\n"))
      }
      return waiting.lines.isEmpty
    }
    if isFirst { thread.wake() }
  }

  /// Writes what waits, then returns.
  func close() {
    waiting.withLock { $0.isStopping = true }
    thread.wake()
    thread.waitForEnd()
  }

  private func live() {
    var isStopping = false
    while !isStopping {
      thread.wait()
      _ = poll(nil, 0, AccessLog.gathering)
      var taken = Waiting()
      waiting.withLock { waiting in
        isStopping = waiting.isStopping
        swap(&waiting.lines, &taken.lines)
        swap(&waiting.dropped, &taken.dropped)
      }
      if taken.dropped > 0 { taken.lines += Array("{\"message\":\"\(taken.dropped) lines were dropped\"}\n".utf8) }
      write(taken.lines)
    }
  }

  /// Nothing can be done when nobody reads, and who has stopped reading must not keep the service from ending: what finds
  /// no room then is let go. A pipe that is ready takes as much as `pipeBytes` without waiting (pipe(7)).
  private func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      var ready = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
      guard unsafe poll(&ready, 1, AccessLog.pause) > 0 else {
        if waiting.withLock({ $0.isStopping }) { return }
        continue
      }
      let piece = rest.prefix(AccessLog.pipeBytes)
      let written = unsafe piece.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        return
      }
    }
  }
}
