import SeededRandom
import Synchronization

/// A disk as reliability.md fears it: what was not synced may get lost in any order, a write may be torn between two
/// sectors, a sync may fail and have lost for good what it should have kept, the disk may be full for a while, and the
/// power may go before any call.
///
/// It keeps in memory what each file shows and what of it would survive. Existing is durable at once, as it is where the
/// directory is synced; deleting is not, unless asked for.
final class SimulatedDisk: Sendable {
  enum Verdict { case done, failed, full }

  enum End {
    /// What was not synced is lost, whole or in part.
    case powerCut
    /// The processes are gone, the kernel and what it holds are not.
    case kill
  }

  fileprivate enum Change {
    case write(at: Int, [UInt8])
    case truncate(Int)
  }

  fileprivate struct File {
    var visible: [UInt8] = []
    var durable: [UInt8] = []
    /// What a sync would make durable. After one that failed it is visible and in no list: the kernel takes it for
    /// written.
    var pending: [Change] = []
  }

  fileprivate struct State {
    var files: [String: File] = [:]
    /// Files that are deleted, whose names a power cut may bring back.
    var ghosts: [String: File] = [:]
    var random = SplitMix64(0)
    var faults = Faults()
    var isOff = false
    var hasFailed = false
    var tally = Tally()
  }

  /// What shall go wrong.
  struct Faults {
    /// A sync says done and does nothing. No program survives that; it shows that the simulator sees a loss.
    var syncsLie = false
    /// The power goes before the call after so many; nil for never.
    var callsLeft: Int?
    /// One sync in so many fails; 0 for none.
    var failingSyncs = 0
    /// One write in so many finds the disk full, and so do some that follow; 0 for none.
    var fullWrites = 0
    var stillFull = 0
  }

  /// What went wrong.
  struct Tally {
    var failedSyncs = 0
    var refusedWrites = 0
    var tornWrites = 0
    var lostWrites = 0
  }

  private let state = Mutex(State())
  /// Called when the power goes, with the disk as it is then.
  private let whenOff: Mutex<(@Sendable () -> Void)?> = Mutex(nil)

  static let sector = 512

  /// Begins a run that is the same for the same seed.
  func begin(seed: UInt64) {
    state.withLock { state in
      state = State()
      state.random = SplitMix64(seed)
    }
  }

  func plan(_ faults: Faults, whenOff: (@Sendable () -> Void)? = nil) {
    self.whenOff.withLock { $0 = whenOff }
    state.withLock { state in
      state.faults = faults
      state.hasFailed = false
    }
  }

  var isOff: Bool { state.withLock { $0.isOff } }
  /// Whether any call has failed since the faults were planned.
  var hasFailed: Bool { state.withLock { $0.hasFailed } }
  var tally: Tally { state.withLock { $0.tally } }

  func randomBytes(_ count: Int) -> [UInt8] { state.withLock { state in state.random.bytes(count) } }

  // MARK: Calls

  /// A file that is there from the beginning, every byte of it durable.
  func adopt(_ path: String, _ bytes: [UInt8]) {
    state.withLock { $0.files[path] = File(visible: bytes, durable: bytes) }
  }

  func opened(_ path: String) {
    state.withLock { state in
      if state.files[path] == nil {
        state.files[path] = File()
        state.ghosts[path] = nil
      }
    }
  }

  func write(_ path: String, at offset: Int, _ bytes: [UInt8]) -> Verdict {
    call { state in
      if state.isFull() {
        state.tally.refusedWrites += 1
        return .full
      }
      state.files[path]?.change(.write(at: offset, bytes))
      return .done
    }
  }

  func truncate(_ path: String, to size: Int) -> Verdict {
    call { state in
      state.files[path]?.change(.truncate(size))
      return .done
    }
  }

  func sync(_ path: String) -> Verdict {
    call { state in
      let one = state.faults.failingSyncs
      guard one == 0 || state.random.below(one) != 0 else {
        state.files[path]?.pending = []
        state.tally.failedSyncs += 1
        // A disk that fails seldom lives long.
        if state.random.below(3) == 0 { state.faults.callsLeft = state.random.below(8) }
        return .failed
      }
      if !state.faults.syncsLie { state.files[path]?.sync() }
      return .done
    }
  }

  /// - Parameter isSynced: whether the directory is synced after it.
  func delete(_ path: String, isSynced: Bool) -> Verdict {
    call { state in
      let file = state.files.removeValue(forKey: path)
      state.ghosts[path] = isSynced ? nil : file
      return .done
    }
  }

  /// A call that may change something; the power may go before it.
  private func call(_ body: (inout State) -> Verdict) -> Verdict {
    let (verdict, wentOff) = state.withLock { state -> (Verdict, Bool) in
      if state.isOff { return (.failed, false) }
      if let left = state.faults.callsLeft {
        state.faults.callsLeft = left - 1
        if left == 0 {
          state.isOff = true
          return (.failed, true)
        }
      }
      let verdict = body(&state)
      if verdict != .done { state.hasFailed = true }
      return (verdict, false)
    }
    if wentOff { whenOff.withLock { $0 }?() }
    return verdict
  }

  // MARK: Afterwards

  /// The power goes now, if it has not.
  func turnOff() {
    let wentOff = state.withLock { state in
      defer { state.isOff = true }
      return !state.isOff
    }
    if wentOff { whenOff.withLock { $0 }?() }
  }

  /// The files that are there when the machine, or the next process, looks again. Their paths are moved from one
  /// directory to another, since the old connections may still hold the old ones.
  func restart(after end: End, from old: String, in new: String) -> [String: [UInt8]] {
    state.withLock { state in
      var files: [String: File] = [:]
      if end == .powerCut {
        for (path, ghost) in state.ghosts.sorted(by: { $0.key < $1.key }) where state.random.below(2) == 0 {
          state.files[path] = state.files[path] ?? ghost
        }
      }
      state.ghosts = [:]
      for (path, file) in state.files.sorted(by: { $0.key < $1.key }) where path.hasPrefix(old + "/") {
        let left = end == .kill ? file : file.afterPowerCut(&state.random, &state.tally)
        files[new + path.dropFirst(old.count)] = left
      }
      state.files = files
      state.faults = Faults()
      state.isOff = false
      return files.mapValues(\.visible)
    }
  }
}

extension SimulatedDisk.State {
  /// Whether a write finds no room; then those after it find none either, for a while.
  fileprivate mutating func isFull() -> Bool {
    if faults.stillFull > 0 {
      faults.stillFull -= 1
      return true
    }
    guard faults.fullWrites > 0, random.below(faults.fullWrites) == 0 else { return false }
    faults.stillFull = random.below(12)
    return true
  }
}

extension SimulatedDisk.File {
  fileprivate mutating func change(_ change: SimulatedDisk.Change) {
    change.apply(to: &visible)
    pending.append(change)
  }

  fileprivate mutating func sync() {
    for change in pending { change.apply(to: &durable) }
    pending = []
  }

  /// What was synced, and of the rest whatever had found its way.
  fileprivate func afterPowerCut(_ random: inout SplitMix64, _ tally: inout SimulatedDisk.Tally) -> Self {
    var left = durable
    for change in pending {
      switch (random.below(4), change) {
      case (0, _): tally.lostWrites += 1
      case (1, .write(let offset, let bytes)) where bytes.count > SimulatedDisk.sector:
        let sectors = random.below(bytes.count / SimulatedDisk.sector)
        SimulatedDisk.Change.write(at: offset, Array(bytes.prefix(sectors * SimulatedDisk.sector))).apply(to: &left)
        tally.tornWrites += 1
      default: change.apply(to: &left)
      }
    }
    return Self(visible: left, durable: left, pending: [])
  }
}

extension SimulatedDisk.Change {
  fileprivate func apply(to bytes: inout [UInt8]) {
    switch self {
    case .write(let offset, let new):
      let end = offset + new.count
      if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
      bytes.replaceSubrange(offset..<end, with: new)
    case .truncate(let size):
      if size < bytes.count { bytes.removeLast(bytes.count - size) }
    }
  }
}
