"""`events --follow` shows what another process appends, and ends when it is told to."""

import json
import os
import signal
import subprocess
import time
import unittest

from support import LedgerCase

ROUNDS = 20


class Follow(LedgerCase):
    def test_an_event_of_another_process_is_shown_as_it_stands_in_the_log(self):
        self.run_keyledger("init")
        head = len(self.assert_whole())
        follower = subprocess.Popen(
            self.command("events", "--follow", "--after", str(head)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        self.addCleanup(follower.kill)
        delays = []
        for number in range(ROUNDS):
            appended = self.json("plan", "starter" if number % 2 == 0 else "scale")["events"][0]
            returned = time.monotonic()
            event = json.loads(follower.stdout.readline())
            delays.append(max(0.0, time.monotonic() - returned))
            self.assertEqual(event["id"], str(appended["sequence"]))
        follower.send_signal(signal.SIGINT)
        follower.communicate(timeout=30)
        self.assertEqual(follower.returncode, 130)
        # Told, not judged: the machine may be busy. See `Scripts/bench` for what is measured.
        if os.environ.get("KEYLEDGER_TELL_DELAYS"):
            print(f"from the command's return to the line: at most {max(delays) * 1000:.0f} ms of {ROUNDS}")

    def test_of_a_restored_ledger_it_warns_once(self):
        self.run_keyledger("init")
        os.remove(os.path.join(self.data, "shown"))
        done = self.run_keyledger("events", "--follow", "--limit", "1")
        self.assertEqual(done.stderr.count("Warning"), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
