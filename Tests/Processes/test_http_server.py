"""The HTTP server where the system has no descriptors left, and with clients that read nothing."""
import contextlib
import os
import resource
import select
import socket
import subprocess
import unittest

from support import ROOT

REQUEST = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextlib.contextmanager
def hello(descriptors, *options):
    """A server that may open so many descriptors; gives its address."""
    process = subprocess.Popen(
        [os.path.join(ROOT, ".build/debug/http-hello"), *options], stdout=subprocess.PIPE, text=True,
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


class DeafClients(unittest.TestCase):
    def test_who_reads_nothing_is_broken_off_and_holds_up_nobody(self):
        with hello(512, "1", "2") as address:
            deaf = [self.ask_for_much(address) for _ in range(20)]
            waiting = select.poll()
            for connection in deaf:
                waiting.register(connection, 0)  # An error or a hang-up is told in any case.
            ended = 0
            while ended < len(deaf):
                with socket.create_connection(address, timeout=60) as other:
                    other.sendall(REQUEST)
                    self.assertTrue(other.recv(1000).startswith(b"HTTP/1.1 204 "))
                events = waiting.poll(60_000)
                self.assertTrue(events, f"{len(deaf) - ended} that read nothing are still connected after a minute")
                for descriptor, _ in events:
                    waiting.unregister(descriptor)
                    ended += 1
            for connection in deaf:
                connection.close()

    def ask_for_much(self, address):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        connection.connect(address)
        connection.sendall(REQUEST.replace(b"/hello", b"/large"))
        return connection


if __name__ == "__main__":
    unittest.main()
