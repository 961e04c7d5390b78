import Glibc

/// Runs `body` on so many threads, each with its number, and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  var threads: [pthread_t] = []
  for number in 0..<count {
    let caller = unsafe Unmanaged.passRetained(Caller { body(number) })
    var thread = pthread_t()
    let status = unsafe pthread_create(
      &thread, nil,
      { context in
        if let context = unsafe context { unsafe Unmanaged<Caller>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, unsafe caller.toOpaque())
    precondition(status == 0, "no thread")
    threads.append(thread)
  }
  for thread in threads { pthread_join(thread, nil) }
}

private final class Caller {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
