import EventLog
import KeyLedger

/// What becomes of a command's result. Called on the writer's thread; it must be quick.
typealias Answering = @Sendable (Result<Outcome, Refusal>) -> Void

/// Commands that share a commit, what becomes of the result of each, and where those are who wait for it.
struct Batch {
  private(set) var requests: [Request] = []
  private(set) var answers: [Answering] = []
  var rooms: [WaitingRoom] = []

  var count: Int { requests.count }

  mutating func add(_ request: Request, _ answer: @escaping Answering) {
    requests.append(request)
    answers.append(answer)
  }

  mutating func add(_ other: Batch) {
    requests += other.requests
    answers += other.answers
    rooms += other.rooms
  }
}

/// What waits for the writer, in its order.
struct WriterQueue {
  enum Job {
    case batch(Batch)
    /// Work that wants the writer for itself.
    case exclusive(@Sendable (Writer) -> Void)
    case stop
  }

  /// What comes before the batch that newcomers join.
  private var jobs: [Job] = []
  private var joining = Batch()
  /// Rooms that nobody is in.
  private var emptyRooms: [WaitingRoom] = []
  /// How many the last batch served, where it served more than one: they may soon be back.
  private var crowd = 0
  private(set) var isStopping = false
  /// Whether the writer's thread looks here before it sleeps.
  private var isWatched = false

  /// Commands and other work that were not taken yet.
  private(set) var waiting = 0

  /// Beyond so many waiting commands a newcomer is told `busy`.
  private static let maximumWaiting = 8_192

  var isOpen: Bool { !isStopping && waiting < WriterQueue.maximumWaiting }

  /// Whether a newcomer may do without the queue: nobody is before it, nor is a crowd on its way back, whom one commit
  /// can serve together.
  var isIdle: Bool { !isStopping && waiting == 0 && crowd == 0 }

  /// Whether of those whom the last batch served more are to be expected than `present`, and nobody waits.
  func expectsMore(than present: Int) -> Bool { !isStopping && waiting == 0 && present < crowd }

  /// Nil when the process has no descriptor left for a room; then the command was not taken.
  mutating func join(_ request: Request, _ reply: Reply<Outcome>) -> WaitingRoom? {
    guard let room = joining.rooms.first ?? emptyRooms.popLast() ?? WaitingRoom() else { return nil }
    joining.rooms = [room]
    room.enter()
    join(request) { reply.give($0) }
    return room
  }

  mutating func join(_ request: Request, _ answer: @escaping Answering) {
    waiting += 1
    joining.add(request, answer)
    if joining.count == Writer.maximumBatch { closeBatch() }
  }

  mutating func add(_ job: Job) {
    closeBatch()
    waiting += 1
    jobs.append(job)
  }

  /// Takes no more; what was taken comes first.
  mutating func stop() {
    guard !isStopping else { return }
    isStopping = true
    add(.stop)
  }

  /// True to whoever has to wake the writer's thread for what they brought.
  mutating func wakes() -> Bool {
    guard waiting > 0, !isWatched else { return false }
    isWatched = true
    return true
  }

  /// False when there is nothing to do: then the next who brings something wakes the thread.
  mutating func keepsAwake() -> Bool {
    isWatched = waiting > 0
    return isWatched
  }

  mutating func take() -> Job? {
    if jobs.isEmpty { closeBatch() }
    guard !jobs.isEmpty else { return nil }
    let job = jobs.removeFirst()
    if case .batch(let batch) = job {
      waiting -= batch.count
    } else {
      waiting -= 1
    }
    return job
  }

  /// Those who came while a batch of `size` was being done, if they are next and can be done with it; nil if there are
  /// none.
  mutating func takeLatecomers(after size: Int, where fits: ([Request]) -> Bool) -> Batch? {
    guard jobs.isEmpty, joining.count > 0, size + joining.count <= Writer.maximumBatch, fits(joining.requests) else {
      return nil
    }
    let late = joining
    joining = Batch()
    waiting -= late.count
    return late
  }

  mutating func served(_ count: Int) { crowd = count > 1 ? count : 0 }

  /// Nobody is in it any more.
  mutating func giveBack(_ room: WaitingRoom) { emptyRooms.append(room) }

  private mutating func closeBatch() {
    if joining.count > 0 { jobs.append(.batch(joining)) }
    joining = Batch()
  }
}
