import Hummingbird
import Logging

@main
struct Hello {
  static func main() async throws {
    let router = Router()
    router.get("hello") { _, _ in "hello" }
    // As quiet as the others: no line for a request.
    var logger = Logger(label: "hello")
    logger.logLevel = .error
    let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
    try await application.runService()
  }
}
