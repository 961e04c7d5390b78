import HTTPServer

/// The console as it is compiled into the program: its page at `/`, all else under `/console/`. It uses the public API
/// and nothing besides, so anybody may have its files.
enum ConsoleFiles {
  struct File: Sendable {
    let path: String
    let bytes: [UInt8]

    init(_ path: String, _ bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }

    fileprivate var type: String {
      if path.hasSuffix(".js") { return "text/javascript; charset=utf-8" }
      if path.hasSuffix(".css") { return "text/css; charset=utf-8" }
      return path.hasSuffix(".svg") ? "image/svg+xml" : "text/html; charset=utf-8"
    }
  }

  static let all = [
    File("/", PackageResources.index_html),
    File("/console/address.js", PackageResources.address_js),
    File("/console/api.js", PackageResources.api_js),
    File("/console/base.css", PackageResources.base_css),
    File("/console/changes-page.js", PackageResources.changes_page_js),
    File("/console/client-security.js", PackageResources.client_security_js),
    File("/console/could-page.js", PackageResources.could_page_js),
    File("/console/dialog.js", PackageResources.dialog_js),
    File("/console/dom.js", PackageResources.dom_js),
    File("/console/frame.css", PackageResources.frame_css),
    File("/console/frame.js", PackageResources.frame_js),
    File("/console/icon.svg", PackageResources.icon_svg),
    File("/console/inclusion.js", PackageResources.inclusion_js),
    File("/console/key-activity.js", PackageResources.key_activity_js),
    File("/console/key-dialogs.js", PackageResources.key_dialogs_js),
    File("/console/key-overview.js", PackageResources.key_overview_js),
    File("/console/key-panel.js", PackageResources.key_panel_js),
    File("/console/key-scope.js", PackageResources.key_scope_js),
    File("/console/key-table.js", PackageResources.key_table_js),
    File("/console/keyboard.js", PackageResources.keyboard_js),
    File("/console/keys-page.js", PackageResources.keys_page_js),
    File("/console/ledger.js", PackageResources.ledger_js),
    File("/console/log-page.js", PackageResources.log_page_js),
    File("/console/main.js", PackageResources.main_js),
    File("/console/matrix.js", PackageResources.matrix_js),
    File("/console/menu.js", PackageResources.menu_js),
    File("/console/merkle.js", PackageResources.merkle_js),
    File("/console/notice.js", PackageResources.notice_js),
    File("/console/pages.css", PackageResources.pages_css),
    File("/console/paging.js", PackageResources.paging_js),
    File("/console/parts.css", PackageResources.parts_css),
    File("/console/session.js", PackageResources.session_js),
    File("/console/settings-page.js", PackageResources.settings_page_js),
    File("/console/status.js", PackageResources.status_js),
    File("/console/time.js", PackageResources.time_js),
    File("/console/timeline.js", PackageResources.timeline_js),
    File("/console/users-page.js", PackageResources.users_page_js),
    File("/console/words.js", PackageResources.words_js),
  ]

  /// What the page may do: load its own files and talk to its own server. Contract §4.
  private static let policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    + "base-uri 'none'; frame-ancestors 'none'"

  /// The answer to a request for one of them; nil for every other path. Throws for a method that files don't take.
  static func answer(_ method: HTTPMethod, _ path: Span<UInt8>) throws(Problem) -> Answer? {
    guard let file = all.first(where: { $0.path.utf8.span.isEqual(to: path) }) else { return nil }
    guard method == .get || method == .head else { throw .methodNotAllowed("GET, HEAD") }
    return Answer(status: .ok, body: .file(file.type, file.bytes)).with("Content-Security-Policy", policy)
  }
}
