/// Integers in decimal text, in the one form without leading zeros or plus.
package enum Decimal {
  package static func append(_ value: Int64, to text: inout [UInt8]) {
    if value < 0 { text.append(0x2D) }
    let start = text.count
    var rest = value.magnitude
    repeat {
      text.append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    // In place: reversing a slice of an array would copy the whole array.
    var low = start
    var high = text.count - 1
    while low < high {
      text.swapAt(low, high)
      low += 1
      high -= 1
    }
  }

  /// The number that these digits write, if it is 0 to 2^63 − 1 and written in the one form; else nil.
  package static func parse(_ digits: Span<UInt8>) -> Int64? {
    guard 1...19 ~= digits.count, digits[0] != 0x30 || digits.count == 1 else { return nil }
    var value: Int64 = 0
    for i in digits.indices {
      let digit = digits[i] &- 0x30
      guard digit < 10 else { return nil }
      let (tens, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = tens.addingReportingOverflow(Int64(digit))
      guard !over && !overflow else { return nil }
      value = sum
    }
    return value
  }

  /// Like `parse` of the bytes.
  package static func parse(_ digits: String) -> Int64? {
    parse(digits.utf8.span)
  }
}
