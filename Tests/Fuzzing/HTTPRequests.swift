/// What libFuzzer calls with bytes of its own: reads them as requests, whole and in pieces.
///
/// Traps when the outcome depends on how the bytes were split, or when a request says something that the parser ought
/// to have refused. Compiled by `Scripts/fuzz` together with `Sources/HTTPServer/Parsing`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTPRequests(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let whole = outcome(of: bytes) { _ in bytes.count }
  precondition(outcome(of: bytes) { _ in 1 } == whole, "byte by byte is another outcome")
  // Pieces whose sizes come out of the bytes themselves.
  precondition(outcome(of: bytes) { 1 + Int(bytes[$0] & 31) } == whole, "pieces are another outcome")
  return 0
}

private func outcome(of bytes: [UInt8], _ size: (Int) -> Int) -> [String] {
  let reader = RequestReader(limits: HTTPLimits())
  var outcome: [String] = []
  var start = 0
  while start < bytes.count {
    let end = min(bytes.count, start + size(start))
    reader.buffer.append(Array(bytes[start..<end]).span)
    start = end
    do throws(HTTPRefusal) {
      loop: while true {
        switch try reader.advance() {
        case .needsMore: break loop
        case .head: try reader.acceptBody(upTo: 4_096)
        case .complete:
          outcome.append(reader.withRequest { examined($0) })
          reader.finish()
        }
      }
    } catch {
      return outcome + ["\(error)"]
    }
  }
  return outcome
}

/// All that a request says, once it has been held against the rules.
private func examined(_ request: borrowing HTTPRequest) -> String {
  let path = request.path
  precondition(path.count > 0 && (path[0] == 0x2F || path.count == 1 && path[0] == 0x2A), "a path begins with a slash")
  for index in 0..<path.count { precondition(path[index] > 0x20 && path[index] < 0x7F, "a path is printable") }
  precondition(request.isVersion10 || request.fields("host").count == 1, "HTTP/1.1 has one Host")
  let framings = request.fields("content-length").count + request.fields("transfer-encoding").count
  precondition(framings <= 1, "there is one framing")
  precondition(request.body.isEmpty || framings == 1, "content is framed")
  var said = [text(request.methodBytes), text(path), text(request.query), text(request.authority), text(request.body)]
  for index in 0..<request.fieldCount {
    let value = request.fieldValue(index)
    for byte in 0..<value.count { precondition(value[byte] >= 0x20 || value[byte] == 0x09, "no control character") }
    said.append(text(request.fieldName(index)) + ":" + text(value))
  }
  return said.joined(separator: " ") + (request.keepsAlive ? " keep" : " close")
}

private func text(_ bytes: Span<UInt8>) -> String {
  String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
}
