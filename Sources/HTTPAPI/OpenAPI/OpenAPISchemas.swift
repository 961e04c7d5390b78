import Formats
import HTTPServer

/// What answers look like, as far as it is promised.
enum OpenAPISchemas {
  static let all = [
    JSONMember(
      "Problem",
      .object([
        JSONMember("type", .string("object")),
        JSONMember(
          "required", .array(["type", "title", "status", "detail", "code", "instance"].map { .string($0) })),
        JSONMember(
          "properties",
          .object([
            JSONMember("type", string), JSONMember("title", string),
            JSONMember("status", .object([JSONMember("type", .string("integer"))])), JSONMember("detail", string),
            JSONMember("code", string), JSONMember("instance", string),
            JSONMember(
              "errors",
              .object([
                JSONMember("type", .string("array")),
                JSONMember(
                  "items",
                  .object([
                    JSONMember("type", .string("object")),
                    JSONMember("required", .array([.string("pointer"), .string("detail")])),
                    JSONMember(
                      "properties", .object([JSONMember("pointer", string), JSONMember("detail", string)])),
                  ])),
              ])),
          ])),
      ])),
    JSONMember("Thing", .object([JSONMember("type", .string("object"))])),
  ]

  private static let string = JSON.object([JSONMember("type", .string("string"))])
  private static let thing = JSON.object([JSONMember("$ref", .string("#/components/schemas/Thing"))])

  /// Nil for an answer without content.
  static func content(_ route: Route) -> JSON? {
    if route.isText { return media(["text/plain"], string) }
    return switch route.work {
    case .open(.healthz), .open(.readyz): media(["text/plain"], string)
    case .open(.closeSession): nil
    case .events:
      .object([
        JSONMember("application/json", .object([JSONMember("schema", thing)])),
        JSONMember("application/x-ndjson", .object([JSONMember("schema", string)])),
        JSONMember("text/event-stream", .object([JSONMember("schema", string)])),
      ])
    case .open(.openAPI), .open(.openSession), .read, .change: media(["application/json"], thing)
    }
  }

  private static func media(_ types: [String], _ schema: JSON) -> JSON {
    .object(types.map { JSONMember($0, .object([JSONMember("schema", schema)])) })
  }
}
