import EventLog
import Foundation
import KeyLedger
import Projections
import Testing

import struct Formats.JSONMember

/// A log that an older program began, in this test's registry: there a key was once renamed by `title`, then by `name`
/// without a description; and a grace was once called `period`. What it wrote is read through chained steps for ever.
struct OldShapesTests {
  private static let upcasters = Upcasters([
    "key.renamed": [
      { old in
        guard let title = old["title"] else { throw UpcastError("no title") }
        return .object([JSONMember("name", title)])
      },
      { old in
        guard let name = old["name"] else { throw UpcastError("no name") }
        return .object([JSONMember("description", .string("")), JSONMember("name", name)])
      },
    ],
    "key.rotated": [
      { old in
        guard let end = old["expires_at"], let grace = old["period"], let successor = old["successor"] else {
          throw UpcastError("no expires_at, period or successor")
        }
        return .object([
          JSONMember("expires_at", end), JSONMember("grace", grace), JSONMember("successor", successor),
        ])
      }
    ],
  ])

  @Test(
    "The golden log with events of every older shape folds to the same keys as the golden log",
    arguments: [
      #""data":{"title":"Billing"},"id""#, #""data":{"name":"Billing"},"dataversion":"2","id""#,
      #""data":{"description":"","name":"Billing"},"dataversion":"3","id""#,
    ])
  func oldShapesFoldAlike(renamed: String) throws {
    var (today, older) = (KeyTableFold(), KeyTableFold())
    var rewritten = 0
    for text in try OldShapesTests.goldenRecords() {
      today.evolve(try RecordCodec.decode(Array(text.utf8).span, ledger: nil, version: 1))
      let old = OldShapesTests.old(text, renamed: renamed)
      rewritten += old == text ? 0 : 1
      let event = try RecordCodec.decode(
        Array(old.utf8).span, ledger: nil, version: 1, upcasters: OldShapesTests.upcasters)
      older.evolve(event)
      // What is written today is of the newest shape, whatever it was read from.
      let written = RecordCodec.encode(
        event, ledger: try RecordCodec.ledger(of: Array(text.utf8).span), upcasters: OldShapesTests.upcasters)
      #expect(old != text || written == Array(text.utf8))
      let again = try RecordCodec.decode(written.span, ledger: nil, version: 1, upcasters: OldShapesTests.upcasters)
      #expect(again == event)
    }
    #expect(rewritten == 6, "one renaming and five rotations")
    #expect(identical(older.keys(includingRemoved: true), today.keys(includingRemoved: true)))
    #expect(today.keys(includingRemoved: true).count > 8)
    #expect(today.keys(includingRemoved: true).contains { $0.name == "Billing" })
  }

  /// The record as that older program wrote it.
  private static func old(_ text: String, renamed: String) -> String {
    if text.hasSuffix(#""type":"key.renamed"}"#) {
      return text.replacing(#""data":{"description":"","name":"Billing"},"id""#, with: renamed)
    }
    guard text.hasSuffix(#""type":"key.rotated"}"#) else { return text }
    return text.replacing(#","grace":"#, with: #","period":"#)
  }

  private static func goldenRecords() throws -> [String] {
    var folder = URL(filePath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let data = try Data(contentsOf: folder.appending(path: "Fixtures/events/golden.ndjson"))
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
