import Formats
import HTTPServer

/// The console as it is compiled into the program: its page at `/`, all else under `/console/`. It uses the public API
/// and nothing besides, so anybody may have its files.
enum ConsoleFiles {
  struct File: Sendable {
    let path: String
    let bytes: [UInt8]
    /// Length and CRC-32: a new program's file has another.
    let tag: String

    fileprivate init(_ path: String, _ bytes: [UInt8]) {
      (self.path, self.bytes) = (path, bytes)
      tag = "\"\(bytes.count)-\(CRC32.checksum(bytes.span))\""
    }

    fileprivate var type: String {
      if path.hasSuffix(".js") { return "text/javascript; charset=utf-8" }
      if path.hasSuffix(".css") { return "text/css; charset=utf-8" }
      return path.hasSuffix(".svg") ? "image/svg+xml" : "text/html; charset=utf-8"
    }
  }

  static let all =
    [File("/", PackageResources.index_html)]
    + [
      ("access-view.js", PackageResources.access_view_js),
      ("account.js", PackageResources.account_js),
      ("address.js", PackageResources.address_js),
      ("api.js", PackageResources.api_js),
      ("base.css", PackageResources.base_css),
      ("changes-page.js", PackageResources.changes_page_js),
      ("checkpoint-view.js", PackageResources.checkpoint_view_js),
      ("client-security.js", PackageResources.client_security_js),
      ("could-page.js", PackageResources.could_page_js),
      ("dialog.js", PackageResources.dialog_js),
      ("dom.js", PackageResources.dom_js),
      ("events-view.js", PackageResources.events_view_js),
      ("frame.css", PackageResources.frame_css),
      ("frame.js", PackageResources.frame_js),
      ("health-view.js", PackageResources.health_view_js),
      ("icon.svg", PackageResources.icon_svg),
      ("inclusion.js", PackageResources.inclusion_js),
      ("key-activity.js", PackageResources.key_activity_js),
      ("key-dialogs.js", PackageResources.key_dialogs_js),
      ("key-overview.js", PackageResources.key_overview_js),
      ("key-panel.js", PackageResources.key_panel_js),
      ("key-scope.js", PackageResources.key_scope_js),
      ("key-table.js", PackageResources.key_table_js),
      ("keyboard.js", PackageResources.keyboard_js),
      ("keys-page.js", PackageResources.keys_page_js),
      ("ledger.js", PackageResources.ledger_js),
      ("log-page.js", PackageResources.log_page_js),
      ("main.js", PackageResources.main_js),
      ("matrix.js", PackageResources.matrix_js),
      ("menu.js", PackageResources.menu_js),
      ("merkle.js", PackageResources.merkle_js),
      ("notice.js", PackageResources.notice_js),
      ("pages.css", PackageResources.pages_css),
      ("paging.js", PackageResources.paging_js),
      ("parts.css", PackageResources.parts_css),
      ("session.js", PackageResources.session_js),
      ("settings-page.js", PackageResources.settings_page_js),
      ("status.js", PackageResources.status_js),
      ("table.js", PackageResources.table_js),
      ("theme.js", PackageResources.theme_js),
      ("time.js", PackageResources.time_js),
      ("timeline.js", PackageResources.timeline_js),
      ("users-page.js", PackageResources.users_page_js),
      ("words.js", PackageResources.words_js),
    ].map { File("/console/" + $0, $1) }

  /// What the page may do: load its own files and talk to its own server. Contract §4.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    + "base-uri 'none'; frame-ancestors 'none'"

  /// The answer to a request for one of them; nil for every other path. Throws for a method that files don't take.
  static func answer(_ request: borrowing HTTPRequest) throws(Problem) -> Answer? {
    guard let file = find(request.path) else { return nil }
    guard request.method == .get || request.method == .head else { throw .methodNotAllowed("GET, HEAD") }
    var answer =
      isHeld(file.tag, request)
      ? Answer(status: .notModified, body: .nothing) : Answer(status: .ok, body: .file(file.type, file.bytes))
    answer.caching = .byTag
    return answer.with("ETag", file.tag).with("Content-Security-Policy", policy)
  }

  private static func find(_ path: Span<UInt8>) -> File? {
    // Most requests are the API's: their first letters tell it.
    guard path.equals("/console/", at: 0) || path.count == 1 else { return nil }
    return all.first { path.equals($0.path.utf8.span) }
  }

  /// Whether the browser says that it has this one (RFC 9110 §13.1.2). One that names several gets the file.
  private static func isHeld(_ tag: String, _ request: borrowing HTTPRequest) -> Bool {
    let match = request.fields("if-none-match")
    return match.count == 1 && Array(copying: request.fieldValue(match.first)).elementsEqual(tag.utf8)
  }
}
