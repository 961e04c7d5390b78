/// How much of anything one client may have. What is beyond is refused, never cut.
package struct HTTPLimits: Sendable {
  /// Bytes of the request line without its CRLF; more is 414. RFC 9112 §3 recommends at least 8,000.
  package var requestLine = 8_192
  /// Bytes of all field lines of a head, and again of a trailer section; more is 431.
  package var fieldBytes = 16_384
  /// Field lines of a head, and again of a trailer section; more is 431.
  package var fieldCount = 100
  /// Bytes of all chunk extensions of a request. They are checked and ignored, so few are needed.
  package var chunkExtensionBytes = 1_024
  /// Bytes of the framing of a chunked body, without its extensions: a body of tiny chunks would cost more to read than
  /// it is worth.
  package var chunkFramingBytes = 262_144
  /// Requests of one connection answered in one turn of its loop; the rest wait for the next turn.
  package var pipelinedRequests = 32
  /// Bytes of answers that may wait for a client to take them before no more of its requests are answered.
  package var waitingOutput = 65_536
  /// Connections of one loop. When it is full the connection that has kept us waiting longest makes room.
  package var connections = 16_384

  package init() {}
}
