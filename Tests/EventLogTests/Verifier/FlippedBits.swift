import Cryptography
import Foundation
import Synchronization
import Testing

@testable import EventLog

/// A file in which single bits are changed, one at a time, and put back.
final class FlippedBits: Sendable {
  /// What came of a change.
  enum Verdict: Sendable {
    /// It was said what is wrong.
    case found
    /// Nothing that anybody reads is another.
    case harmless
    /// Neither: what a test fails for.
    case silent(String)
  }

  struct Tally: Sendable, Equatable, CustomStringConvertible {
    var flips = 0
    var found = 0
    var harmless = 0
    var silent: [String] = []

    var description: String { "\(flips) flips: \(found) found, \(harmless) harmless, \(silent.count) in silence" }
  }

  struct Flip: Sendable {
    let offset: Int
    let mask: UInt8
  }

  /// One bit of each byte, another from one to the next, and all eight of every so manieth.
  static func flips(_ bytes: Int, allEightEvery step: Int) -> [Flip] {
    (0..<bytes).flatMap { offset in
      offset % step == 0
        ? (0..<8).map { Flip(offset: offset, mask: 1 << $0) } : [Flip(offset: offset, mask: 1 << (offset % 8))]
    }
  }

  /// Tries each change on a copy of the file, on all processors.
  ///
  /// - Parameter judge: given the path of the changed copy, and the change.
  static func tryEach(
    _ flips: [Flip], of original: [UInt8], in scratch: Scratch, name: String = "ledger.sqlite",
    beside: [String: [UInt8]] = [:], _ judge: @escaping @Sendable (String, Flip) throws -> Verdict
  ) -> Tally {
    let tally = Mutex(Tally())
    let next = Mutex(0)
    let directories = Mutex(0)
    let root = scratch.url
    let work = { @Sendable in
      let number = directories.withLock {
        $0 += 1
        return $0
      }
      let directory = root.appending(path: "flips-\(number)")
      try? FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      let path = directory.appending(path: name)
      while true {
        let index = next.withLock {
          $0 += 1
          return $0 - 1
        }
        guard index < flips.count else { return }
        let flip = flips[index]
        var bytes = original
        bytes[flip.offset] ^= flip.mask
        let verdict: Verdict
        do {
          for (file, content) in beside { try Data(content).write(to: directory.appending(path: file)) }
          try Data(bytes).write(to: path)
          verdict = try judge(path.path, flip)
        } catch {
          verdict = .silent("\(error)")
        }
        tally.withLock { tally in
          tally.flips += 1
          switch verdict {
          case .found: tally.found += 1
          case .harmless: tally.harmless += 1
          case .silent(let why): tally.silent.append("byte \(flip.offset), mask \(flip.mask): \(why)")
          }
        }
      }
    }
    Workers.run(ProcessInfo.processInfo.activeProcessorCount - 1, work, here: work)
    return tally.withLock { $0 }
  }
}
