import Glibc
import Testing

@testable import HTTPServer

/// The requests in `Fixtures/http`.
enum Corpus {
  struct Entry: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]
    /// What is to come of it, a line for each request.
    let expected: [String]

    var testDescription: String { name }
  }

  /// The body limit that the corpus is read with.
  static let bodyLimit = 65_536

  /// Requests that are taken, each with a `.txt` that says as what.
  static let accepted: [Entry] = names(in: "accept").filter { $0.hasSuffix(".http") }.map { name in
    let text = String(decoding: read("accept/" + name.dropLast(5) + ".txt"), as: UTF8.self)
    return Entry(
      name: name, bytes: read("accept/" + name), expected: text.split(separator: "\n").map(String.init))
  }

  /// Requests that are refused, named after the refusal.
  static let refused: [Entry] = names(in: "reject").map { name in
    let refusal = name.prefix { $0 != "-" }
    return Entry(name: name, bytes: read("reject/" + name), expected: ["refused " + refusal])
  }

  private static let directory =
    #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 } + "/Fixtures/http/"

  private static func names(in folder: String) -> [String] {
    guard let stream = unsafe opendir(directory + folder) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private static func read(_ name: some StringProtocol) -> [UInt8] {
    guard let file = unsafe fopen(directory + name, "rb") else { return [] }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }
}

/// Reads requests out of pieces, as a loop does, and says of each what it understood.
struct Reading {
  private var reader = RequestReader(limits: HTTPLimits())
  private(set) var outcome: [String] = []
  private(set) var isOver = false

  mutating func take(_ piece: ArraySlice<UInt8>) {
    guard !isOver else { return }
    reader.buffer.append(Array(piece).span)
    do throws(HTTPRefusal) {
      while true {
        switch try reader.advance() {
        case .needsMore: return
        case .head: try reader.acceptBody(upTo: Corpus.bodyLimit)
        case .complete:
          outcome.append(reader.withRequest { Self.summary($0) })
          reader.finish()
        }
      }
    } catch {
      outcome.append("refused \(error)")
      isOver = true
    }
  }

  /// METHOD PATH QUERY AUTHORITY VERSION CONNECTION LENGTH:CONTENT, `-` for what is not there.
  private static func summary(_ request: borrowing HTTPRequest) -> String {
    let content = request.body.text.unicodeScalars.map { scalar in
      scalar == "\r" ? "\\r" : scalar == "\n" ? "\\n" : String(scalar)
    }
    return [
      request.methodBytes.text, request.path.text, request.hasQuery ? request.query.text : "-",
      request.authority.isEmpty ? "-" : request.authority.text, request.isVersion10 ? "1.0" : "1.1",
      request.keepsAlive ? "keep" : "close", "\(request.body.count):\(content.joined())",
    ].joined(separator: " ")
  }
}
