import KeyLedger
import SQLite
import Synchronization
import Transparency

/// What the threads do: stretches of the log, the index of streams, and what a follower does with the events, each taken
/// by whoever is free.
final class VerifierWork: Sendable {
  private let file: VerifiedFile
  private let size: UInt64
  private let ledger: LedgerID?
  private let follower: (any EventFollower)?
  /// Stretches that are followed.
  private let followedBlocks: UInt64
  private let progress: @Sendable (UInt64, UInt64) -> Void
  private let state: Mutex<State>
  /// Rings for who waits until another thread has done something.
  private let changed: Bell

  /// Stretches that may be decoded and not yet followed, some MB each.
  private static let mostWaiting = 2

  private struct State {
    var isIndexTaken = false
    var nextBlock: UInt64 = 0
    var doneEvents: UInt64 = 0
    var tree: ComputedTree
    var places = StreamPlaces()
    var index: Index?
    var findings = Findings()
    var failure: (any Error)?
    /// What waits to be followed, by the number of the stretch.
    var waiting: [UInt64: FollowedEvents] = [:]
    /// The number of the stretch that is followed next.
    var nextFollowed: UInt64 = 0
    var isFollowing = false
    /// False from a stretch on that could not be decoded whole.
    var isFollowable = true
    /// Threads that wait for a ring.
    var idle = 0
  }

  /// What is kept of the index when its thread's connection is gone.
  private struct Index {
    let places: StreamPlaces
    let isRead: Bool
  }

  private enum Job {
    case index
    case block(UInt64)
    case follow(FollowedEvents)
  }

  init(
    _ file: VerifiedFile, _ frame: LedgerFrame, sizes: [UInt64], _ follower: (any EventFollower)?,
    _ progress: @escaping @Sendable (UInt64, UInt64) -> Void
  ) throws(LogError) {
    guard let changed = Bell() else { throw .failed("no file descriptor left for a second thread") }
    self.file = file
    self.changed = changed
    size = frame.size
    ledger = frame.ledger
    self.follower = follower
    followedBlocks = EventBlock.count(size: min(follower?.size ?? 0, frame.size))
    self.progress = progress
    state = Mutex(State(tree: ComputedTree(size: frame.size, sizes: sizes)))
  }

  /// With a connection of its own.
  func run() {
    do {
      let reader = try file.connect()
      defer { reader.connection.close() }
      run(reader)
    } catch {
      fail(error)
    }
  }

  /// Until nothing is left to take, or one of the threads has failed.
  func run(_ reader: LenientReader) {
    do {
      while let job = take() {
        switch job {
        case .index: keep(try StreamIndex(reader, size: size))
        case .block(let number):
          keep(
            try EventBlock(
              reader, number: number, size: size, ledger: ledger, isFollowed: number < followedBlocks), number)
        case .follow(let events):
          follower?.follow(events)
          endFollowing()
        }
      }
    } catch {
      fail(error)
    }
  }

  private func fail(_ error: any Error) { change { $0.failure = $0.failure ?? error } }

  /// When all threads have ended: what they found, with what can only be compared now.
  func finish(_ reader: LenientReader) throws -> (tree: ComputedTree, findings: Findings) {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      state.tree.close()
      try StoredTiles(reader).compareUpper(state.tree, &state.findings)
      if let index = state.index, !index.isRead || index.places != state.places {
        state.findings.add(try StreamIndex.lookUpAll(reader, size: size))
      }
      return (state.tree, state.findings)
    }
  }

  // MARK: Taking

  private func take() -> Job? {
    while true {
      let (job, waits) = state.withLock { state -> (Job?, Bool) in
        let next = next(&state)
        if next.waits { state.idle += 1 }
        return next
      }
      guard waits else { return job }
      changed.wait()
    }
  }

  /// What is to be done next; or whether that depends on what another thread is doing.
  private func next(_ state: inout State) -> (job: Job?, waits: Bool) {
    guard state.failure == nil else { return (nil, false) }
    if !state.isIndexTaken {
      state.isIndexTaken = true
      return (.index, false)
    }
    // First what must be done one after the other.
    if !state.isFollowing, let events = state.waiting.removeValue(forKey: state.nextFollowed) {
      state.isFollowing = true
      state.nextFollowed += 1
      if events.failure != nil {
        state.isFollowable = false
        state.waiting = [:]
      }
      return (.follow(events), false)
    }
    guard state.nextBlock < EventBlock.count(size: size) else { return (nil, false) }
    if state.waiting.count >= VerifierWork.mostWaiting { return (nil, true) }
    state.nextBlock += 1
    return (.block(state.nextBlock - 1), false)
  }

  // MARK: Keeping

  private func keep(_ index: StreamIndex) {
    state.withLock { state in
      state.index = Index(places: index.places, isRead: index.isRead)
      state.findings.add(index.findings)
    }
  }

  private func keep(_ block: EventBlock, _ number: UInt64) {
    let done = change { state in
      state.tree.fill(from: block.events.lowerBound, block.leaves.hashes)
      state.places.add(block.places)
      state.findings.add(block.findings)
      if state.isFollowable { state.waiting[number] = block.followed }
      state.doneEvents += UInt64(block.events.count)
      return state.doneEvents
    }
    progress(done, size)
  }

  private func endFollowing() { change { $0.isFollowing = false } }

  /// Changes what others may wait for.
  @discardableResult
  private func change<R: Sendable>(_ body: (inout State) -> R) -> R {
    let (result, idle) = state.withLock { state in
      defer { state.idle = 0 }
      return (body(&state), state.idle)
    }
    if idle > 0 { changed.ring(times: idle) }
    return result
  }
}
