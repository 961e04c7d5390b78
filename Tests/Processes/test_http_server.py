"""The HTTP server where the system has no descriptors left."""
import contextlib
import os
import resource
import socket
import subprocess
import unittest

from support import ROOT

REQUEST = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextlib.contextmanager
def hello(descriptors):
    """A server that may open so many descriptors; gives its address."""
    process = subprocess.Popen(
        [os.path.join(ROOT, ".build/debug/http-hello")], stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)))
    try:
        host, port = process.stdout.readline().split()[-1].rsplit(":", 1)
        yield host, int(port)
    finally:
        process.terminate()
        process.communicate(timeout=20)


class WithoutDescriptors(unittest.TestCase):
    def test_idle_connections_make_room_for_new_ones(self):
        with hello(descriptors=40) as address:
            kept = []
            for number in range(120):
                connection = socket.create_connection(address, timeout=20)
                connection.sendall(REQUEST)
                self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 204 "), f"connection {number}")
                kept.append(connection)
            # The last ones are still there, the first ones were closed.
            kept[-1].sendall(REQUEST)
            self.assertTrue(kept[-1].recv(1000).startswith(b"HTTP/1.1 204 "))
            self.assertEqual(kept[0].recv(1000), b"")
            for connection in kept:
                connection.close()


if __name__ == "__main__":
    unittest.main()
