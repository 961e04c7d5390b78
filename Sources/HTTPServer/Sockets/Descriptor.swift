internal import Glibc

/// A descriptor with one owner, closed when it is let go.
struct Descriptor: ~Copyable {
  let number: Int32

  init(_ number: Int32) {
    self.number = number
  }

  deinit {
    close(number)
  }

  /// Gives the number to an owner who is no Swift value.
  consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }
}
