// swift-tools-version: 6.0
import PackageDescription

// What `Scripts/bench --http` compares with, built in a scratch directory: no part of the project depends on it.
let package = Package(
  name: "hummingbird-hello",
  platforms: [.macOS(.v14)],
  dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.0.0")],
  targets: [
    .executableTarget(
      name: "hummingbird-hello", dependencies: [.product(name: "Hummingbird", package: "hummingbird")], path: "Sources")
  ]
)
