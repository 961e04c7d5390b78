import EventLog
import KeyLedger

/// A command and what becomes of its result. `answer` is called on the writer's thread and must be quick.
struct Asking: Sendable {
  let request: Request
  let answer: @Sendable (Result<Outcome, Refusal>) -> Void
}

/// What waits for the writer, in its order.
struct WriterQueue {
  enum Job {
    /// Commands that share a commit, and those who wait for it.
    case batch([Asking], WaitingRoom?)
    /// Work that wants the writer for itself.
    case exclusive(@Sendable (Writer) -> Void)
    case stop
  }

  /// What comes before the batch that newcomers join.
  private var jobs: [Job] = []
  private var joining: [Asking] = []
  private var room: WaitingRoom?
  /// Rooms that nobody is in.
  private var emptyRooms: [WaitingRoom] = []
  /// Whether the last batch served more than one.
  private var isCrowded = false
  private(set) var isStopping = false

  /// Commands and other work that were not taken yet.
  private(set) var waiting = 0

  /// Beyond so many waiting commands a newcomer is told `busy`.
  private static let maximumWaiting = 8_192

  var isOpen: Bool { !isStopping && waiting < WriterQueue.maximumWaiting }

  /// Whether a newcomer may do without the queue: nobody is before it, nor is a crowd on its way back, whom one commit
  /// can serve together.
  var isIdle: Bool { !isStopping && waiting == 0 && !isCrowded }

  /// Nil when the process has no descriptor left for a room; then the command was not taken.
  mutating func join(_ request: Request, _ reply: Reply<Outcome>) -> WaitingRoom? {
    guard let room = room ?? emptyRooms.popLast() ?? WaitingRoom() else { return nil }
    self.room = room
    room.enter()
    join(Asking(request: request) { reply.give($0) })
    return room
  }

  mutating func join(_ asking: Asking) {
    waiting += 1
    joining.append(asking)
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

  mutating func take() -> Job? {
    if jobs.isEmpty { closeBatch() }
    guard !jobs.isEmpty else { return nil }
    let job = jobs.removeFirst()
    if case .batch(let asking, _) = job {
      waiting -= asking.count
      isCrowded = asking.count > 1
    } else {
      waiting -= 1
    }
    return job
  }

  /// Nobody is in it any more.
  mutating func giveBack(_ room: WaitingRoom) { emptyRooms.append(room) }

  private mutating func closeBatch() {
    if !joining.isEmpty { jobs.append(.batch(joining, room)) }
    (joining, room) = ([], nil)
  }
}
