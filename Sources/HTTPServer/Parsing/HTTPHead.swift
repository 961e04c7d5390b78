/// What the head of a request says. Places are offsets from the first byte of the request line.
struct HTTPHead {
  enum Framing: Equatable {
    case none
    /// Content-Length, not zero.
    case length(Int)
    case chunked
  }

  struct Field {
    var name: Range<UInt32>
    var value: Range<UInt32>
  }

  var method = HTTPMethod.other
  var methodRange = 0..<0
  var path = 0..<0
  /// Behind the `?`; nil without one.
  var query: Range<Int>?
  /// Host and port: of the target when that is absolute, else of the Host field (RFC 9112 §3.2.2).
  var authority: Range<Int>?
  var isVersion10 = false
  var fields: [Field] = []
  var framing = Framing.none
  /// Whether the client wants the connection kept (RFC 9112 §9.3).
  var keepsAlive = true
  /// RFC 9110 §10.1.1
  var expectsContinue = false
  /// Bytes of the head with its empty line.
  var length = 0

  /// Forgets everything but the memory of the fields.
  mutating func reset() {
    var fields = [Field]()
    swap(&fields, &self.fields)
    fields.removeAll(keepingCapacity: true)
    self = HTTPHead()
    swap(&fields, &self.fields)
  }
}
