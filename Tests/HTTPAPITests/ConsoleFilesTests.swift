import Foundation
import HTTPServer
import Testing

@testable import HTTPAPI

@Suite("The console's files")
struct ConsoleFilesTests {
  private static let folder = URL(filePath: #filePath).appending(path: "../../../Sources/HTTPAPI/Console").standardized

  private static func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  @Test("are in the program, each as it is in the folder, and no others")
  func areEmbedded() throws {
    let served = ConsoleFiles.all.map { $0.path == "/" ? "index.html" : String($0.path.dropFirst("/console/".count)) }
    #expect(try served.sorted() == Self.names())
    for (name, file) in zip(served, ConsoleFiles.all) {
      #expect(try [UInt8](Data(contentsOf: Self.folder.appending(path: name))) == file.bytes, "\(name)")
    }
  }

  @Test("weigh less than 150 KB in all")
  func areLight() { #expect(ConsoleFiles.all.reduce(0) { $0 + $1.bytes.count } < 150_000) }

  @Test("have a tag of their own each")
  func areTagged() { #expect(Set(ConsoleFiles.all.map(\.tag)).count == ConsoleFiles.all.count) }

  /// What would let text become markup, run a script that is no file of ours, or ask another server.
  @Test(
    "hold no inline script or style, no other server's address, and nothing that parses HTML",
    arguments: [
      "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "setHTML",
      "createContextualFragment", "srcdoc", "eval(", "new Function", "style=", "javascript:", "https://", "@import",
      "url(",
    ])
  func areTame(_ word: String) throws {
    for name in try Self.names() { #expect(try !Self.text(name).contains(word), "\(name)") }
  }

  @Test("name http only for the namespace of SVG")
  func nameNoServer() throws {
    for name in try Self.names() {
      let text = try Self.text(name).replacing("http://www.w3.org/2000/svg", with: "")
      #expect(!text.contains("http://") && !text.contains("\"//"), "\(name)")
    }
  }

  @Test("run one script, from a file, with no attribute that listens")
  func haveOneScript() throws {
    let page = try Self.text("index.html")
    #expect(page.components(separatedBy: "<script").count == 2)
    #expect(page.contains(#"<script type="module" src="/console/main.js"></script>"#))
    #expect(page.firstMatch(of: /\son[a-z]+=/) == nil)
  }

  @Test("import only each other")
  func importEachOther() throws {
    let names = Set(try Self.names())
    for name in names where name.hasSuffix(".js") {
      for match in try Self.text(name).matches(of: /from '\.\/([^']+)'/) {
        #expect(names.contains(String(match.1)), "\(name) imports \(match.1)")
      }
      #expect(try Self.text(name).firstMatch(of: /import\(|from "|from '[^.]/) == nil, "\(name)")
    }
  }
}
