"""HTTP by hand: a connection that sends what it is given, in pieces and in pipelines, and reads whole answers."""

import json
import socket


class Wire:
    """A connection that is kept. Its answers have a length, or no content."""

    def __init__(self, address, timeout=120):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=timeout)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """Status and content of the next answer; None when the connection was closed before its first byte.

        One that breaks off within an answer raises ConnectionError."""
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            if not self._read():
                return None
        lines = self.buffer[:end].lower().split(b"\r\n")
        lengths = [int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")]
        whole = end + 4 + (lengths[0] if lengths else 0)
        while len(self.buffer) < whole:
            self._read()
        content, self.buffer = self.buffer[end + 4:whole], self.buffer[whole:]
        return int(lines[0].split()[1]), content

    def heads(self, count):
        """The next answers, which have no content."""
        while self.buffer.count(b"\r\n\r\n") < count:
            if not self._read():
                raise ConnectionError("closed before all answers had come")
        *heads, self.buffer = self.buffer.split(b"\r\n\r\n", count)
        return heads

    def _read(self):
        """Whether anything came."""
        try:
            piece = self.socket.recv(65_536)
        except ConnectionResetError:
            piece = b""
        if not piece and self.buffer:
            raise ConnectionError(f"an answer broke off after {self.buffer[-80:]!r}")
        self.buffer += piece
        return bool(piece)


def request(method, path, fields, body=None):
    """The bytes of a request; a body goes as JSON."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in fields.items())]
    content = b""
    if body is not None:
        content = json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content
