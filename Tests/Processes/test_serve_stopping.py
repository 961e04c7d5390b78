"""SIGTERM under load: who was accepted is answered, or was closed before a byte of the request was processed."""

import json
import random
import subprocess
import sys
import threading
import time
import unittest

from raw_http import Wire, request
from serving import Service, ServeCase

ROUNDS = 4
# Seconds that a stop waits for the disk; what takes longer is cut off, and its outcome is not known.
PATIENCE = 1.4


class Caller(threading.Thread):
    """Asks until the service closes the connection. What it asked last may have been left unanswered."""

    def __init__(self, address, ask):
        super().__init__()
        self.wire, self.ask = Wire(address), ask
        self.answers, self.failure = [], None

    def run(self):
        try:
            while (heard := self.next()) is not None:
                self.answers.append(heard)
        except Exception as failure:
            self.failure = failure
        finally:
            self.wire.close()

    def next(self):
        try:
            self.wire.send(self.ask(len(self.answers)))
        except (BrokenPipeError, ConnectionResetError):
            pass  # It was closed; an answer may be there all the same.
        return self.wire.answer()


class StoppingUnderLoad(ServeCase):
    def test_every_accepted_request_is_answered_or_was_never_begun(self):
        slowest = 0.0
        for number in range(ROUNDS):
            slowest = max(slowest, self.stop_once(number))
        print(f"stopped {ROUNDS} times under load, in at most {slowest:.2f} s", file=sys.stderr)

    def stop_once(self, round_number):
        service = Service(self, "--threads", "2")
        gate = request("GET", "/v1/authorize/production/none", self.key("writer"))
        question = request("GET", "/v1/environments/production/keys?limit=50", self.owner)
        changers = [Caller(service.address, self.creating(f"{round_number} {number}")) for number in range(12)]
        askers = [Caller(service.address, lambda _: gate) for _ in range(12)]
        askers += [Caller(service.address, lambda _: question) for _ in range(4)]
        callers = changers + askers
        for caller in callers:
            caller.start()
        self.wait_for(lambda: all(caller.answers for caller in callers))
        time.sleep(random.uniform(0, 0.1))
        began = time.monotonic()
        self.assertEqual(service.stop(), 0, service.text())
        taken = time.monotonic() - began
        for caller in callers:
            caller.join()
            self.assertIsNone(caller.failure)
        for caller in askers:
            self.assertEqual({status for status, _ in caller.answers} - {200, 204}, set())
        self.compare(changers, round_number, is_whole=taken < PATIENCE)
        return taken

    def creating(self, caller):
        return lambda number: request(
            "POST", "/v1/environments/production/keys", self.owner,
            {"name": f"Round {caller} {number}", "scope": ["customers:read"]})

    def compare(self, changers, round_number, is_whole):
        """What was acknowledged is in the log, and what was closed unanswered is not."""
        acknowledged = set()
        for caller in changers:
            for status, content in caller.answers:
                self.assertEqual(status, 201, content)
                acknowledged.add(json.loads(content)["name"])
        names = {event["data"]["name"] for event in self.assert_whole() if event["type"] == "key.created"}
        made = {name for name in names if name.startswith(f"Round {round_number} ")}
        self.assertLessEqual(acknowledged, made)
        if is_whole:
            self.assertEqual(made, acknowledged)

    def wait_for(self, condition):
        end = time.monotonic() + 120
        while not condition():
            self.assertLess(time.monotonic(), end, "what was waited for did not come")
            time.sleep(0.005)

    def test_a_log_that_nobody_reads_keeps_it_from_nothing(self):
        process = subprocess.Popen(self.command("serve", "--listen", "127.0.0.1:0"), stderr=subprocess.PIPE, bufsize=0)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        address = process.stderr.readline().decode().split("//")[1].strip()
        wire = Wire(address)
        for _ in range(1_000):  # A pipe holds 64 KiB, and each request is a line of more than 100 bytes.
            wire.send(request("GET", "/healthz", {}))
            self.assertEqual(wire.answer()[0], 200)
        wire.close()
        process.terminate()
        self.assertEqual(process.wait(timeout=60), 0)


if __name__ == "__main__":
    unittest.main()
