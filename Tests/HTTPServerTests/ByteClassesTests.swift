import Testing

@testable import HTTPServer

@Suite struct ByteClassesTests {
  @Test("A byte that no field may hold is seen wherever it stands, and none is that may")
  func fieldContent() {
    for length in 1...18 {
      for place in 0..<length {
        for byte in UInt8.min...UInt8.max {
          for others in [UInt8(ascii: "a"), 0x20, 0x09, 0xFF] {
            var bytes = [UInt8](repeating: others, count: length)
            bytes[place] = byte
            if bytes.span.isFieldContent(in: 0..<length) != byte.isFieldContent {
              Issue.record("\(byte) at \(place) of \(length) among \(others)")
            }
            // Beside the range it is nobody's business.
            if !bytes.span.isFieldContent(in: place + 1..<length) || !bytes.span.isFieldContent(in: 0..<place) {
              Issue.record("\(byte) at \(place) of \(length) was looked at")
            }
          }
        }
      }
    }
  }

  @Test("A byte is found at its first place in a range, and not beside it")
  func first() {
    let bytes: [UInt8] = [1, 2, 3, 2, 1]
    let found = [bytes.span.first(2, in: 0..<5), bytes.span.first(2, in: 2..<5), bytes.span.first(2, in: 4..<5)]
    #expect(found == [1, 3, nil])
    #expect([bytes.span.first(1, in: 1..<4), bytes.span.first(3, in: 3..<3)] == [nil, nil])
  }
}
