"""A revocation that has returned is obeyed by the next request: on whatever connection, in whatever process, and while
the service is busy with others. Each try is a key that was let in, a revocation that was acknowledged, and a request whose
last byte was sent after that.

    KEYLEDGER_REVOCATIONS=100000 python3 -m unittest test_serve_revocations      so many tries; 300 by default
"""

import json
import os
import sys
import threading
import time
import unittest

from raw_http import Wire, request
from serving import Service, ServeCase, api_key
from support import ledger_file

TRIES = int(os.environ.get("KEYLEDGER_REVOCATIONS", "300"))
CALLERS = max(16, min(64, TRIES // 100))
# One try in so many revokes by the command line, a process of its own.
COMMANDS = 30


def gate(secret):
    return request("GET", "/v1/authorize/production/none", api_key(secret))


class Busy(threading.Thread):
    """Keeps the service within a turn: pipelines of a key that is valid throughout."""

    def __init__(self, address, secret):
        super().__init__()
        self.wire = Wire(address)
        self.pipeline = gate(secret) * 100
        self.answered = 0
        self.failure = None
        self.ends = threading.Event()

    def run(self):
        try:
            while not self.ends.is_set():
                self.wire.send(self.pipeline)
                heads = self.wire.heads(100)
                assert all(head.startswith(b"HTTP/1.1 204 ") for head in heads), heads
                self.answered += len(heads)
        except Exception as failure:
            self.failure = failure
        finally:
            self.wire.close()


class Revoker(threading.Thread):
    """Tries one key after the other."""

    def __init__(self, case, number, tries):
        super().__init__()
        self.case, self.number, self.tries = case, number, tries
        self.done, self.late, self.failure = 0, [], None

    def run(self):
        try:
            self.gate = Wire(self.case.service.address)
            self.writers = [Wire(service.address) for service in (self.case.service, self.case.other)]
            for _ in range(self.tries):
                self.attempt(self.number + self.done)
                self.done += 1
            for wire in (self.gate, *self.writers):
                wire.close()
        except Exception as failure:
            self.failure = failure

    def change(self, writer, path, body=None):
        writer.send(request("POST", path, self.case.owner, body))
        status, content = writer.answer()
        assert status in (200, 201), content
        return json.loads(content)

    def attempt(self, number):
        """In turns: on a kept connection, within a pipeline, and with half of its head sent before."""
        writer = self.writers[number % 2]
        made = self.change(
            writer, "/v1/environments/production/keys", {"name": f"Short-lived {number}", "scope": ["customers:read"]})
        ask, other = gate(made["secret"]), gate(self.case.keys["reader"]["secret"])
        self.gate.send(ask)
        assert self.gate.answer()[0] == 204, "a new key is known"
        shape = number % 3
        half = len(ask) // 2 if shape == 2 else 0
        self.gate.send(ask[:half])
        if number % COMMANDS == 0:
            self.case.run_keyledger("key", "revoke", made["id"], "--yes")
        else:
            self.change(writer, f"/v1/keys/{made['id']}/revoke")
        if shape == 1:
            self.gate.send(other + ask + other)
            heard, expected = [self.gate.answer()[0] for _ in range(3)], [204, 401, 204]
        else:
            self.gate.send(ask[half:])
            heard, expected = [self.gate.answer()[0]], [401]
        if heard != expected:
            self.late.append((made["id"], shape, heard))


class Revocations(ServeCase):
    def setUp(self):
        super().setUp()
        self.service = Service(self, "--threads", "2")

    def test_no_revocation_that_returned_is_overlooked(self):
        self.other = Service(self)
        crowd = [Busy(self.service.address, self.keys["writer"]["secret"]) for _ in range(2)]
        shares = [TRIES // CALLERS + (number < TRIES % CALLERS) for number in range(CALLERS)]
        revokers = [Revoker(self, sum(shares[:number]), share) for number, share in enumerate(shares)]
        began = time.monotonic()
        for thread in (*crowd, *revokers):
            thread.start()
        for thread in revokers:
            thread.join()
        for thread in crowd:
            thread.ends.set()
            thread.join()
        for thread in (*crowd, *revokers):
            self.assertIsNone(thread.failure)
        self.assertEqual([late for revoker in revokers for late in revoker.late], [])
        self.assertEqual(sum(revoker.done for revoker in revokers), TRIES)
        print(f"{TRIES} revocations, none late, beside {sum(busy.answered for busy in crowd)} requests of others; "
              f"{time.monotonic() - began:.1f} s", file=sys.stderr)

    def test_a_look_that_fails_lets_nobody_in(self):
        ask = "/v1/authorize/production/none"
        self.assertEqual(self.service.request("GET", ask, self.key("writer")).status, 204)
        with ledger_file(self.data) as ledger:
            with ledger:
                ledger.execute("""INSERT INTO events SELECT sequence + 1, stream, version + 1, type, time, x'7b'
                    FROM events ORDER BY sequence DESC LIMIT 1""")
                ledger.execute("UPDATE head SET size = size + 1")
        for path, caller in ((ask, self.key("writer")), (ask, self.key("other")), ("/readyz", None)):
            self.assertEqual(self.service.request("GET", path, caller).status, 503, path)
        self.assertEqual(self.service.request("GET", "/healthz").status, 200)
        self.assertEqual(self.service.stop(), 0)
        self.assertIn("Verification refuses: ", self.service.text())


if __name__ == "__main__":
    unittest.main()
