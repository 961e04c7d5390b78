// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built alike: Swift 6 mode, no warning passes, unsafe code says so where it stands.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

/// A room of the house, with the rooms below it that it may look into.
func room(_ name: String, _ below: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: below, swiftSettings: settings)
}

/// The tests of a room. They see what it sees, the room itself, and numbers that are the same in each run.
func tests(_ name: String, _ below: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: below + ["SeededRandom"], swiftSettings: settings)
}

let package = Package(
  name: "KeyLedger",
  products: [
    .executable(name: "keyledger", targets: ["keyledger"]),
    .library(name: "KeyLedger", targets: ["KeyLedger", "LedgerService"]),
  ],
  dependencies: [],
  targets: [
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CCPU"),
    .systemLibrary(name: "CEpoll"),

    room("Formats"),
    room("Cryptography", ["CCPU"]),
    room("SQLite", ["CSQLite"]),
    room("KeyLedger"),
    room("HTTPServer", ["CEpoll"]),
    room("Transparency", ["Cryptography", "Formats"]),
    room("Vault", ["Cryptography", "SQLite", "Formats"]),
    room("EventLog", ["KeyLedger", "Transparency", "Cryptography", "SQLite", "Formats"]),
    room("Projections", ["EventLog", "KeyLedger", "Transparency", "Cryptography", "SQLite", "Formats"]),
    room(
      "LedgerService",
      [
        "Projections", "Vault", "EventLog", "KeyLedger", "Transparency", "Cryptography", "SQLite", "Formats",
      ]),
    // The console is compiled into the program as it is: each file a constant, `PackageResources.main_js` and so on.
    .target(
      name: "HTTPAPI", dependencies: ["HTTPServer", "LedgerService", "KeyLedger", "Formats"],
      resources: [.embedInCode("Console")], swiftSettings: settings),
    .executableTarget(
      name: "keyledger",
      dependencies: [
        "HTTPAPI", "LedgerService", "Projections", "EventLog", "KeyLedger", "Transparency", "Cryptography", "SQLite",
        "Formats", "CCPU",
      ],
      swiftSettings: settings),
    // What `Scripts/bench` runs. No product: it is never delivered.
    .executableTarget(
      name: "keyledger-bench",
      dependencies: [
        "LedgerService", "Projections", "EventLog", "KeyLedger", "Transparency", "Cryptography", "CSQLite",
        "SeededRandom",
      ],
      path: "Tests/Benchmarks", swiftSettings: settings),

    // The server without a domain, for the programs that try it from outside. No product either.
    .executableTarget(
      name: "http-hello", dependencies: ["HTTPServer"], path: "Tests/HTTPHello", swiftSettings: settings),

    // Lives and crashes of a ledger on a disk that fails. What `Scripts/tests/simulation` runs; no product either.
    .executableTarget(
      name: "keyledger-simulate",
      dependencies: ["LedgerService", "EventLog", "KeyLedger", "Cryptography", "CSQLite", "SeededRandom"],
      path: "Tests/Simulator", swiftSettings: settings),

    .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: settings),
    tests("FormatsTests", ["Formats"]),
    tests("CryptographyTests", ["Cryptography", "Formats"]),
    tests("TransparencyTests", ["Transparency", "Cryptography", "Formats"]),
    tests("SQLiteTests", ["SQLite"]),
    tests("VaultTests", ["Vault", "SQLite", "Cryptography", "Formats"]),
    tests("KeyLedgerTests", ["KeyLedger"]),
    tests("HTTPServerTests", ["HTTPServer"]),
    tests("EventLogTests", ["EventLog", "KeyLedger", "Transparency", "Cryptography", "SQLite", "Formats"]),
    tests(
      "ProjectionsTests",
      ["Projections", "EventLog", "KeyLedger", "Transparency", "Cryptography", "SQLite", "Formats"]),
    tests(
      "LedgerServiceTests",
      [
        "LedgerService", "Projections", "Vault", "EventLog", "KeyLedger", "Transparency", "Cryptography", "SQLite",
        "Formats",
      ]),
    tests("HTTPAPITests", ["HTTPAPI", "HTTPServer", "LedgerService", "KeyLedger", "Formats"]),
    tests("EndToEndTests", ["keyledger", "KeyLedger", "Formats", "SQLite"]),
  ]
)
