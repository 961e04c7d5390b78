"""An API that tells nothing and forgets nothing: what a gateway lets through to it is kept as it came."""
import socketserver
import threading


class Seen:
    """One request: its request line, its fields in order, its body."""

    def __init__(self, line, fields, body):
        self.line, self.fields, self.body = line, fields, body

    def ours(self):
        """The fields that speak of keys and customers, in any spelling, sorted."""
        about = ("x-key", "x-customer", "x-original", "x-api")
        return sorted((name.lower(), value) for name, value in self.fields if name.lower().replace("_", "-").startswith(about))

    def names(self):
        return {name.lower() for name, _ in self.fields}


class Upstream:
    def __enter__(self):
        self.seen = []
        self.server = Server(("127.0.0.1", 0), Connection)
        self.server.seen = self.seen
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def take(self):
        """What came since the last call. A gateway answers its caller after we answered it, so nothing is still on its way."""
        came = self.seen[:]
        del self.seen[:]
        return came


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self.converse()
        except ConnectionError:
            # A gateway may drop a connection that it has no more use for.
            pass

    def converse(self):
        while line := self.rfile.readline():
            fields = []
            while (field := self.rfile.readline().rstrip(b"\r\n")):
                name, _, value = field.decode("latin-1").partition(":")
                fields.append((name, value.strip()))
            body = self.body({name.lower(): value for name, value in fields})
            self.server.seen.append(Seen(line.decode("latin-1").strip(), fields, body))
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def body(self, fields):
        if fields.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(fields.get("content-length", 0)))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return whole
