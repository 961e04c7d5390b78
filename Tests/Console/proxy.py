"""A proxy between browser and service that changes what it is told to: whoever sits in between, or a server that lies."""

import http.client
import http.server
import threading


class Proxy(http.server.ThreadingHTTPServer):
    """`tamper(path, content)` gives the content that goes on; nothing is changed before it is set."""

    daemon_threads = True

    def __init__(self, address):
        super().__init__(("127.0.0.1", 0), Forwarding)
        self.upstream = address
        self.tamper = None
        self.is_cut = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, address):
        """A browser that goes away in the midst of an answer is nothing to tell."""

    def close(self):
        self.shutdown()
        self.server_close()


class Forwarding(http.server.BaseHTTPRequestHandler):
    def forward(self):
        if self.server.is_cut:
            self.close_connection = True
            return
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection(self.server.upstream, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() != "connection":
                connection.putheader(name, value)
        connection.endheaders(content)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if self.server.tamper and answer.status == 200:
            content = self.server.tamper(self.path, content)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

    def log_message(self, *_):
        pass
