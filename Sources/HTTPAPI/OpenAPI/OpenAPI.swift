import Formats
import HTTPServer

/// The description of the API (OpenAPI 3.1), made of the route table, so that it says what the router does.
enum OpenAPI {
  /// The document's bytes. Made once.
  static let document: [UInt8] = JSON.object([
    JSONMember("openapi", .string("3.1.0")),
    JSONMember(
      "info",
      .object([
        JSONMember("title", .string("KeyLedger")), JSONMember("version", .string("1")),
        JSONMember("description", .string("An event-sourced API-key ledger: keys, their history, and verification.")),
      ])),
    JSONMember("paths", .object(paths)),
    JSONMember(
      "components",
      .object([
        JSONMember("securitySchemes", .object(schemes)), JSONMember("schemas", .object(OpenAPISchemas.all)),
      ])),
  ]).line()

  private static var schemes: [JSONMember] {
    [
      JSONMember("user", .object([JSONMember("type", .string("http")), JSONMember("scheme", .string("bearer"))])),
      JSONMember(
        "key",
        .object([
          JSONMember("type", .string("apiKey")), JSONMember("in", .string("header")),
          JSONMember("name", .string("X-API-Key")),
        ])),
    ]
  }

  /// Routes of one path together, in the order of the table.
  private static var paths: [JSONMember] {
    var paths: [JSONMember] = []
    for route in RouteTable.all {
      let operation = JSONMember(route.method.name.description.lowercased(), self.operation(route))
      if let index = paths.firstIndex(where: { $0.name == route.pattern }) {
        paths[index].value = .object((paths[index].value.object ?? []) + [operation])
      } else {
        paths.append(JSONMember(route.pattern, .object([operation])))
      }
    }
    return paths
  }

  private static func operation(_ route: Route) -> JSON {
    var members = [
      JSONMember("summary", .string(route.summary)), JSONMember("operationId", .string(identifier(route))),
    ]
    let parameters = self.parameters(route)
    if !parameters.isEmpty { members.append(JSONMember("parameters", .array(parameters))) }
    if !route.body.isEmpty { members.append(JSONMember("requestBody", body(route))) }
    members.append(JSONMember("responses", .object(responses(route))))
    if !route.isOpen {
      members.append(
        JSONMember(
          "security", .array([.object([JSONMember("user", .array([]))]), .object([JSONMember("key", .array([]))])])))
    }
    return .object(members)
  }

  /// `get_v1_keys_key`.
  private static func identifier(_ route: Route) -> String {
    let words = route.pattern.utf8.map { byte -> UInt8 in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
      default: UInt8(ascii: "_")
      }
    }
    return route.method.name.description.lowercased() + String(decoding: words, as: UTF8.self)
  }

  private static func parameters(_ route: Route) -> [JSON] {
    var parameters: [JSON] = []
    for case .place(let name) in route.segments {
      parameters.append(parameter(name, "path", isRequired: true, nil, .object([type("string")])))
    }
    for field in route.query {
      parameters.append(parameter(field.name, "query", isRequired: field.isRequired, field.help, schema(field)))
    }
    if route.isChange {
      let key = JSON.object([
        type("string"), JSONMember("minLength", .integer(1)), JSONMember("maxLength", .integer(255)),
        JSONMember("pattern", .string("^[!-~]([ -~]*[!-~])?$")),
      ])
      parameters.append(
        parameter("Idempotency-Key", "header", isRequired: false, "done once, however often it is sent", key))
    }
    return parameters
  }

  private static func parameter(
    _ name: String, _ place: String, isRequired: Bool, _ help: String?, _ schema: JSON
  ) -> JSON {
    var members = [JSONMember("name", .string(name)), JSONMember("in", .string(place))]
    if isRequired { members.append(JSONMember("required", .bool(true))) }
    if let help { members.append(JSONMember("description", .string(help))) }
    return .object(members + [JSONMember("schema", schema)])
  }

  private static func schema(_ field: QueryField) -> JSON {
    switch field.kind {
    case .text: text(field.shape)
    case .number(let first): .object([type("integer"), JSONMember("minimum", .integer(first))])
    case .flag: .object([type("boolean")])
    case .limit:
      .object([type("integer"), JSONMember("minimum", .integer(1)), JSONMember("maximum", .integer(1_000))])
    case .choice(let words): text(.choice(words))
    }
  }

  private static func type(_ name: String) -> JSONMember { JSONMember("type", .string(name)) }

  private static func body(_ route: Route) -> JSON {
    let properties = route.body.map { JSONMember($0.name, schema($0)) }
    let required = route.body.filter(\.isRequired)
    var members = [type("object"), JSONMember("properties", .object(properties))]
    if !required.isEmpty { members.append(JSONMember("required", .array(required.map { .string($0.name) }))) }
    members.append(JSONMember("additionalProperties", .bool(false)))
    members += rules(route.rule)
    return .object([
      JSONMember("required", .bool(!required.isEmpty || !route.rule.needed.isEmpty)),
      JSONMember("content", content("application/json", .object(members))),
    ])
  }

  private static func rules(_ rule: BodyRule) -> [JSONMember] {
    let needed = rule.needed.map { JSON.object([JSONMember("required", .array([.string($0)]))]) }
    let exclusions = rule.pairs.map { pair in
      JSON.object([JSONMember("not", .object([JSONMember("required", .array(pair.map { .string($0) }))]))])
    }
    return (needed.isEmpty ? [] : [JSONMember("anyOf", .array(needed))])
      + (exclusions.isEmpty ? [] : [JSONMember("allOf", .array(exclusions))])
  }

  private static func schema(_ field: BodyField) -> JSON {
    switch field.kind {
    case .text: text(field.shape)
    case .flag: .object([type("boolean")])
    case .list: .object([type("array"), JSONMember("items", text(field.shape)), JSONMember("minItems", .integer(1))])
    }
  }

  private static func text(_ shape: TextShape) -> JSON {
    let limits: [JSONMember] =
      switch shape {
      case .choice(let words): [JSONMember("enum", .array(words.map { .string($0) }))]
      case .length(let range):
        [
          JSONMember("minLength", .integer(range.lowerBound)), JSONMember("maxLength", .integer(range.upperBound)),
        ]
      case .any, .slug, .digest, .fingerprint, .permission, .time, .point:
        shape.pattern.map { [JSONMember("pattern", .string($0))] } ?? []
      }
    return .object([type("string")] + limits)
  }

  private static func content(_ type: String, _ schema: JSON) -> JSON {
    .object([JSONMember(type, .object([JSONMember("schema", schema)]))])
  }

  private static func responses(_ route: Route) -> [JSONMember] {
    let successes = route.mayChangeNothing ? [.ok, route.success] : [route.success]
    let answers = successes.map { status in
      var answer = [JSONMember("description", .string(status.reason.description))]
      if let content = OpenAPISchemas.content(route) { answer.append(JSONMember("content", content)) }
      return JSONMember("\(status.rawValue)", .object(answer))
    }
    let problem = JSON.object([
      JSONMember("description", .string("Why it was not done: a problem document (RFC 9457).")),
      JSONMember(
        "content",
        content("application/problem+json", .object([JSONMember("$ref", .string("#/components/schemas/Problem"))]))),
    ])
    return answers + [JSONMember("default", problem)]
  }
}
