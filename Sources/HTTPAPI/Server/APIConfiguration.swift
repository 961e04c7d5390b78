import HTTPServer
package import LedgerService

/// What a service is to be.
package struct APIConfiguration: Sendable {
  package var directory: LedgerDirectory
  /// Where it listens: address and port.
  package var listen = "127.0.0.1:8080"
  /// Where metrics are to be had; nil for nowhere.
  package var metrics: String?
  /// Names beside loopback by which it is reached.
  package var hosts: [String] = []
  /// Event loops.
  package var loops = 1
  /// TLS ends in front, or nobody else is on the network: only then does it listen where others can hear.
  package var isPlaintextFine = false
  /// Changes by one API key.
  package var changesPerSecond = 20
  package var changeBurst = 200
  /// How long a stop waits for what was accepted, in nanoseconds.
  package var grace: UInt64 = 1_500_000_000

  package init(directory: LedgerDirectory) { self.directory = directory }
}
