import Foundation

/// The bytes of a file in `Fixtures/vectors`, found by walking up to the directory of the manifest.
func vectorFile(_ name: String) throws -> [UInt8] {
  var directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  while !FileManager.default.fileExists(atPath: directory.appendingPathComponent("Package.swift").path) {
    precondition(directory.path != "/", "no Package.swift above \(#filePath)")
    directory.deleteLastPathComponent()
  }
  return Array(try Data(contentsOf: directory.appendingPathComponent("Fixtures/vectors/\(name)")))
}

/// Bytes from pairs of hex digits; traps on anything else, as a vector that can't be read is no test.
func bytes(hex text: some Collection<UInt8>) -> [UInt8] {
  precondition(text.count % 2 == 0)
  func digit(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x61...0x66: byte - 0x61 + 10
    default: preconditionFailure("not a hex digit")
    }
  }
  var result: [UInt8] = []
  result.reserveCapacity(text.count / 2)
  var high: UInt8?
  for byte in text {
    if let first = high {
      result.append(first << 4 | digit(byte))
      high = nil
    } else {
      high = digit(byte)
    }
  }
  return result
}

func bytes(hex text: String) -> [UInt8] { bytes(hex: text.utf8) }

/// The `name = value` lines of a NIST response file in order. Its lines end with CRLF, which a `String` takes for
/// one character: so bytes.
func responseLines(_ name: String) throws -> [(name: String, value: ArraySlice<UInt8>)] {
  try vectorFile(name).split(whereSeparator: { $0 == 0x0d || $0 == 0x0a }).compactMap { line in
    guard line.first != 0x23, line.first != 0x5b, let equals = line.firstIndex(of: 0x3d) else { return nil }
    return (String(decoding: line[..<(equals - 1)], as: UTF8.self), line[(equals + 2)...])
  }
}

/// One case of a Wycheproof file, with the properties of its group.
struct WycheproofCase {
  let fields: [String: Any]
  let group: [String: Any]

  var id: Int { fields["tcId"] as? Int ?? -1 }
  var isValid: Bool { fields["result"] as? String == "valid" }

  func bytes(_ name: String) throws -> [UInt8] {
    guard let text = fields[name] as? String else { throw CocoaError(.coderValueNotFound) }
    return CryptographyTests.bytes(hex: text)
  }
}

func wycheproofCases(_ name: String) throws -> [WycheproofCase] {
  let json = try JSONSerialization.jsonObject(with: Data(vectorFile(name)))
  guard let root = json as? [String: Any], let groups = root["testGroups"] as? [[String: Any]] else {
    throw CocoaError(.coderReadCorrupt)
  }
  return groups.flatMap { group in
    (group["tests"] as? [[String: Any]] ?? []).map { WycheproofCase(fields: $0, group: group) }
  }
}
