import Formats
import HTTPServer
import KeyLedger
import Testing

@testable import HTTPAPI

@Suite("What stands behind the question mark")
struct CallQueryTests {
  private func query(_ text: String, _ names: String...) throws -> CallQuery {
    try CallQuery(Array(text.utf8), knowing: names)
  }

  @Test("is read by name, decoded")
  func reads() throws {
    let query = try query("at=2026-01-01T00%3A00%3A00Z&q=a+b%2B&empty=&bare", "at", "q", "empty", "bare", "none")
    #expect(query["at"] == "2026-01-01T00:00:00Z" && query["q"] == "a b+")
    #expect(query["empty"] == "" && query["bare"] == "" && query["none"] == nil)
  }

  @Test(
    "is refused when a name is unknown or there twice, or it is not percent-encoded UTF-8",
    arguments: ["x=1", "a=1&a=2", "a=%", "a=%4", "a=%ZZ", "a=%FF", "&", "a=1&", "%61=1&a=2"])
  func refuses(_ text: String) { #expect(throws: Problem.self) { try query(text, "a") } }

  @Test("gives numbers, flags and limits only as they are written")
  func converts() throws {
    #expect(try query("a=7", "a").number("a") == 7)
    #expect(try query("a=true&b=0", "a", "b").flag("a"))
    #expect(try query("", "limit").limit() == 100 && query("limit=1000", "limit").limit() == 1_000)
    for text in ["-1", "07", "1.5", "x", ""] {
      #expect(throws: Refusal.self) { try query("a=" + text, "a").number("a") }
    }
    for text in ["0", "1001", "9223372036854775807"] {
      #expect(throws: Refusal.self) { try query("limit=" + text, "limit").limit() }
    }
    #expect(throws: Refusal.self) { try query("a=yes", "a").flag("a") }
    #expect(try query("a=scale", "a").choice("a", as: Plan.self) == .scale)
    #expect(throws: Refusal.self) { try query("a=Scale", "a").choice("a", as: Plan.self) }
  }
}

@Suite("A body")
struct CallBodyTests {
  private let fields: [BodyField] = [.required("name"), .optional("scope", .list), .optional("mark", .flag)]

  @Test("is one object with the members that the route takes")
  func reads() throws {
    let body = try CallBody(Array(#" {"scope":["a","b"], "mark":true, "name":"né"} "#.utf8), taking: fields)
    #expect(body.required("name") == "né" && body.list("scope") == ["a", "b"] && body.flag("mark") == true)
    #expect(body.text("other") == nil && body.has("mark") && !body.has("other"))
  }

  @Test(
    "is refused for anything else, by the member at fault",
    arguments: [
      ("{}", "#/name"), (#"{"name":7}"#, "#/name"), (#"{"name":null}"#, "#/name"),
      (#"{"name":"n","mark":1}"#, "#/mark"),
      (#"{"name":"n","scope":["a",1]}"#, "#/scope"), (#"{"name":"n","scope":"a"}"#, "#/scope"),
      (#"{"name":"n","more":1}"#, nil), (#"{"name":"n","name":"m"}"#, nil), ("[]", nil), ("", "#/name"), ("{", nil),
      (#"{"name":"n"}x"#, nil), (#"{"name":"n","scope":[[[[["a"]]]]]}"#, nil),
    ])
  func refuses(_ text: String, _ pointer: String?) {
    do throws(Problem) {
      _ = try CallBody(Array(text.utf8), taking: fields)
      Issue.record("it was taken")
    } catch {
      #expect(error.status == .badRequest && error.code == "bad_usage" && error.pointer == pointer)
    }
  }

  @Test("may be missing where nothing is required")
  func mayBeMissing() throws {
    _ = try CallBody([], taking: [])
    _ = try CallBody(Array("{}".utf8), taking: [])
    _ = try CallBody([], taking: [.optional("name")])
  }
}

@Suite("The router")
struct RouterTests {
  private let router = Router(RouteTable.all)

  private func find(_ method: HTTPMethod, _ path: String) throws(Problem) -> (route: Route, segments: [String]) {
    try router.find(method, path.utf8.span)
  }

  private func problem(_ method: HTTPMethod, _ path: String) -> Problem? {
    do throws(Problem) {
      _ = try find(method, path)
      return nil
    } catch {
      return error
    }
  }

  @Test("finds a route by method and path, with what stands in its places, decoded")
  func finds() throws {
    let found = try find(.put, "/v1/users/ada%40example.com/role")
    #expect(found.route.pattern == "/v1/users/{user}/role" && found.segments == ["ada@example.com"])
    #expect(try find(.head, "/v1/plan").route.method == .get)
    #expect(try find(.get, "/v1/users/me").segments.isEmpty)
  }

  @Test(
    "knows no other path", arguments: ["", "/", "/v1", "/v1/plan/", "//v1/plan", "/v1/keys//activity", "/V1/plan", "*"])
  func knowsNoOther(_ path: String) {
    #expect(problem(.get, path)?.status == .notFound)
  }

  @Test("says which methods a path takes")
  func tellsMethods() {
    let refused = problem(.delete, "/v1/keys/key_x")
    #expect(refused?.status == .methodNotAllowed)
    #expect(refused?.extra.first?.value == "GET, HEAD, PATCH")
    #expect(problem(.delete, "/v1/users/me")?.extra.first?.value == "GET, HEAD")
  }

  @Test("has no two routes for one method and path")
  func isUnambiguous() {
    let names = RouteTable.all.map { "\($0.method.name) \($0.pattern)" }
    #expect(Set(names).count == names.count)
  }
}

@Suite("Who is asked for")
struct HostCheckTests {
  private func admits(_ host: String) -> Bool { HostCheck(names: ["keys.Example.com"]).admits(host.utf8.span) }

  @Test(
    "loopback and the names that were given, with any port",
    arguments: [
      "localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "127.255.255.255", "[::1]", "[::1]:1",
      "keys.example.com", "KEYS.EXAMPLE.COM:443",
    ])
  func isOurs(_ host: String) { #expect(admits(host)) }

  @Test(
    "nobody else",
    arguments: [
      "", ":80", "example.com", "keys.example.com.evil", "xkeys.example.com", "localhost.evil", "127.0.0.1.evil",
      "128.0.0.1", "127.1", "[::2]", "0.0.0.0", "127.0.0.1.1", "evil-127.0.0.1",
    ])
  func isNot(_ host: String) { #expect(!admits(host)) }
}

@Suite("The description of the API")
struct OpenAPITests {
  @Test("names every route with its places, its parameters and its body")
  func isWhole() throws {
    let document = try JSON(parsing: OpenAPI.document)
    #expect(document["openapi"]?.string == "3.1.0")
    for route in RouteTable.all {
      let operation = document["paths"]?[route.pattern]?[route.method.name.description.lowercased()]
      let parameters = operation?["parameters"]?.array?.compactMap { $0["name"]?.string } ?? []
      for field in route.query { #expect(parameters.contains(field.name), "\(route.pattern)") }
      #expect((operation?["requestBody"] == nil) == route.body.isEmpty)
      #expect(operation?["responses"]?["\(route.success.rawValue)"] != nil)
    }
  }

  @Test("gives every operation a name of its own")
  func namesAreUnique() throws {
    let document = try JSON(parsing: OpenAPI.document)
    let operations = document["paths"]?.object?.flatMap { $0.value.object ?? [] } ?? []
    let names = operations.compactMap { $0.value["operationId"]?.string }
    #expect(names.count == RouteTable.all.count && Set(names).count == names.count)
  }
}

@Suite("A histogram")
struct HistogramTests {
  @Test("counts what took at most each bound")
  func counts() {
    let histogram = Histogram()
    for duration in [0, 1_000, 1_001, 2_000, 2_001, 8_388_608_000, 8_388_608_001, 99_000_000_000] as [UInt64] {
      histogram.observe(duration)
    }
    let (cumulative, _) = histogram.snapshot
    for (bound, count) in zip(Histogram.bounds, cumulative) {
      let expected = [0, 1_000, 1_001, 2_000, 2_001, 8_388_608_000, 8_388_608_001, 99_000_000_000].count { $0 <= bound }
      #expect(count == expected, "\(bound)")
    }
    #expect(cumulative.last == 8)
  }
}
