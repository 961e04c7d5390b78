package import EventLog
import Formats
package import KeyLedger
import Transparency

/// The index as bytes, from which a later process has it again without folding the log from its first event.
///
/// The rows of the keys as they lie in memory, and before them the records of everything else (the ledger's stream, the
/// environments', the users'), which are few and folded again. Whoever keeps the bytes has to see to it that they are
/// the ones that were written: what is read here opens doors.
extension VerificationIndex {
  /// With another arrangement of the bytes the last digit changes.
  private static let mark = Array("KLindex2".utf8)

  /// Nil when the log's streams do not fold to what this has of them, or a scope can't be said by bits.
  ///
  /// - Parameter log: one that holds all that was folded, and perhaps more.
  package func image(by log: any LogReader) throws -> [UInt8]? {
    let story = try story(by: log)
    guard unusual.isEmpty, agrees(with: story) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(keys.byteCount + (story.count + environments.count + 1) * 1_024)
    bytes += VerificationIndex.mark
    bytes.append(number: UInt64(truncatingIfNeeded: ledger.ulid.bits >> 64))
    bytes.append(number: UInt64(truncatingIfNeeded: ledger.ulid.bits))
    bytes.append(number: frontier.size)
    bytes += frontier.serialized
    bytes.append(number: UInt32(environments.count))
    for environment in environments {
      bytes.append(number: UInt32(environment.id.text.utf8.count))
      bytes += environment.id.text.utf8
    }
    bytes.append(number: UInt32(story.count))
    for event in story {
      let record = RecordCodec.encode(event, ledger: ledger)
      bytes.append(number: event.version)
      bytes.append(number: UInt32(record.count))
      bytes += record
    }
    keys.write(to: &bytes)
    return bytes
  }

  /// All events up to here but those of keys, in their order.
  private func story(by log: any LogReader) throws -> [Event] {
    var events = try log.events(of: .ledger, through: sequence)
    for user in try log.users() { events += try log.events(of: .user(user), through: sequence) }
    for environment in try log.environments() {
      events += try log.events(of: .environment(environment), through: sequence)
    }
    return events.sorted { $0.sequence < $1.sequence }
  }

  private func agrees(with story: [Event]) -> Bool {
    var again = VerificationIndex(ledger: ledger)
    for environment in environments { _ = again.number(of: environment.id) }
    for event in story { again.fold(event) }
    return again.ledgerState == ledgerState && again.users == users && again.environments == environments
  }
}

extension VerificationIndex {
  /// What `image` wrote for this ledger; nil for anything else.
  package init?(image: Span<UInt8>, of ledger: LedgerID) {
    self.init(ledger: ledger)
    var bytes = ByteCursor(image)
    guard let mark = bytes.span(VerificationIndex.mark.count), [UInt8](copying: mark) == VerificationIndex.mark,
      let high = bytes.uint64(), let low = bytes.uint64(),
      ledger.ulid.bits == UInt128(high) << 64 | UInt128(low),
      let size = bytes.uint64(), let roots = bytes.span(size.nonzeroBitCount * 32),
      let frontier = Frontier(size: size, serialized: [UInt8](copying: roots))
    else { return nil }
    self.frontier = frontier
    guard readEnvironments(&bytes), readStory(&bytes),
      let keys = VerificationRows(reading: &bytes, environments: environments.count), bytes.count == 0
    else { return nil }
    self.keys = keys
  }

  private mutating func readEnvironments(_ bytes: inout ByteCursor) -> Bool {
    guard let count = bytes.uint32() else { return false }
    for number in 0..<count {
      guard let length = bytes.uint32(), let text = bytes.span(Int(length)), let slug = Slug(text),
        self.number(of: slug) == number
      else { return false }
    }
    return true
  }

  private mutating func readStory(_ bytes: inout ByteCursor) -> Bool {
    guard let count = bytes.uint32() else { return false }
    for _ in 0..<count {
      guard let version = bytes.uint64(), let length = bytes.uint32(),
        let record = bytes.span(Int(length)),
        let event = try? RecordCodec.decode(record, ledger: ledger, version: version)
      else { return false }
      fold(event)
    }
    return true
  }
}
