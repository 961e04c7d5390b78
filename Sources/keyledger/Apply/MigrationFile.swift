import Cryptography
import Formats
import KeyLedger
import LedgerService

/// One row of a migration file.
struct MigrationRow: Sendable {
  /// Of the file, the first being 1.
  let line: Int
  /// Empty where the row is too broken to name it.
  let environment: String
  let tokens: Result<MigrationTokens, Refusal>
}

/// CSV with a header, or NDJSON, of `environment` and tokens.
enum MigrationFile {
  static let maximumBytes = 64 << 20
  private static let fields = [
    "environment", "client_token", "server_token", "client_token_sha256", "server_token_sha256",
  ]

  /// Every row, good or bad. Throws only for a file that can't be read at all, or whose header is wrong.
  static func read(_ path: String) throws(Refusal) -> [MigrationRow] {
    guard var bytes = try LineReader(path, maximumBytes: maximumBytes).rest(maximumBytes: maximumBytes) else {
      throw Refusal(.badUsage, "The file has more than \(maximumBytes >> 20) MiB; split it.")
    }
    CommandLines.dropByteOrderMark(&bytes)
    return isNDJSON(path, bytes) ? ndjson(bytes) : try csv(bytes)
  }

  private static func isNDJSON(_ path: String, _ bytes: [UInt8]) -> Bool {
    if path.hasSuffix(".ndjson") || path.hasSuffix(".jsonl") { return true }
    if path.hasSuffix(".csv") { return false }
    return bytes.first == UInt8(ascii: "{")
  }

  // MARK: CSV

  private static func csv(_ bytes: [UInt8]) throws(Refusal) -> [MigrationRow] {
    let records = CSV.read(bytes)
    guard case .success(let header) = records.first else {
      throw Refusal(.badUsage, "The file has no header; its columns are \(fields.joined(separator: ",")).")
    }
    guard Set(header.fields).isSubset(of: fields), Set(header.fields).count == header.fields.count,
      header.fields.contains("environment")
    else {
      throw Refusal(.badUsage, "The header names other columns than \(fields.joined(separator: ",")), or one twice.")
    }
    return records.dropFirst().map { record in
      switch record {
      case .failure(let error):
        return MigrationRow(line: error.line, environment: "", tokens: .failure(bad(error.what)))
      case .success(let record):
        let pairs = zip(header.fields, record.fields).filter { !$0.1.utf8.isEmpty }
        return row(record.line, Dictionary(uniqueKeysWithValues: pairs.map { ($0, $1) }))
      }
    }
  }

  // MARK: NDJSON

  private static func ndjson(_ bytes: [UInt8]) -> [MigrationRow] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty ?? false { lines.removeLast() }
    return lines.enumerated().map { index, line in
      do throws(JSONError) {
        return row(index + 1, try JSON(parsing: Array(line)))
      } catch {
        let broken = bad("\(error.what), after \(error.offset) bytes")
        return MigrationRow(line: index + 1, environment: "", tokens: .failure(broken))
      }
    }
  }

  private static func row(_ line: Int, _ json: JSON) -> MigrationRow {
    do throws(Refusal) {
      var reader = try Fields(json)
      var values: [String: String] = [:]
      for field in fields { values[field] = try reader.optionalText(field) }
      try reader.finish()
      return row(line, values)
    } catch {
      return MigrationRow(line: line, environment: json["environment"]?.string ?? "", tokens: .failure(error))
    }
  }

  private static func row(_ line: Int, _ values: [String: String]) -> MigrationRow {
    guard let environment = values["environment"] else {
      return MigrationRow(line: line, environment: "", tokens: .failure(bad("no environment")))
    }
    var tokens = MigrationTokens()
    tokens.client = values["client_token"].map { SecretBytes(Array($0.utf8)) }
    tokens.clientHash = values["client_token_sha256"]
    tokens.server = values["server_token"].map { SecretBytes(Array($0.utf8)) }
    tokens.serverHash = values["server_token_sha256"]
    return MigrationRow(line: line, environment: environment, tokens: .success(tokens))
  }

  private static func bad(_ what: String) -> Refusal { Refusal(.badUsage, "The row is broken: \(what).") }
}
