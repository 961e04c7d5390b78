extension [UInt8] {
  /// The bytes of a span, to be kept.
  package init(copying span: Span<UInt8>) {
    self = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
  }
}
