"""An fsync that fails, and a crash at any later call: every caller heard the truth or `outcome_unknown`."""

import json
import os
import re
import shutil
import subprocess
import unittest

from support import LedgerCase, idempotency_hash

# Each run is a process under strace; all pairs of a failure and a later crash are thousands, so they are sampled
# evenly. KEYLEDGER_EXHAUSTIVE=1 runs them all.
PAIRS = None if os.environ.get("KEYLEDGER_EXHAUSTIVE") else 120

WRITES = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink")
ACTOR = "disk"


def script():
    lines = [
        {"command": "key.create", "environment": "production", "name": "one", "scope": ["read_only"], "ref": "one"},
        {"command": "key.create", "environment": "production", "name": "two", "scope": ["read_only"], "ref": "two"},
        {"command": "key.rotate", "key": "one", "grace": "7d", "ref": "three"},
        {"command": "key.revoke", "key": "two"},
        {"command": "client_security.enforce", "environment": "production"},
        {"command": "user.add", "handle": "ada@example.com", "role": "member"},
    ]
    return [line | {"idempotency_key": f"line-{number}"} for number, line in enumerate(lines)]


class FailingDisk(LedgerCase):
    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("strace"), "strace is missing: Scripts/dependencies installs it")
        self.run_keyledger("init")
        self.run_keyledger("env", "create", "production")
        self.kept = self.snapshot()
        self.path = self.write_lines("apply.ndjson", script())

    def traced(self, *injections):
        """One run under strace. Returns what it printed and how often each call was made."""
        self.restore(self.kept)
        trace = os.path.join(self.scratch, "trace")
        options = ["strace", "-f", "-qq", "-o", trace, "-e", "trace=" + ",".join(WRITES)]
        for injection in injections:
            options += ["-e", "inject=" + injection]
        done = subprocess.run(
            options + self.command("--actor", ACTOR, "apply", "--keep-going", self.path),
            capture_output=True, text=True, timeout=120)
        with open(trace, encoding="utf-8", errors="replace") as file:
            calls = re.findall(r"^\d+ +(\w+)\(", file.read(), re.MULTILINE)
        return done, {name: calls.count(name) for name in WRITES}

    def check(self, done, what):
        """Reopens what the run left, by the same code as every day, and compares it with what callers heard."""
        heard = [json.loads(line) for line in done.stdout.splitlines() if line.endswith("}")]
        # The first open after the crash recovers the WAL.
        self.run_keyledger("events", "--limit", "1")
        events = self.assert_whole()
        marks = {event.get("idempotencykey") for event in events}
        for number, line in enumerate(heard):
            mark = idempotency_hash(f"operator:{ACTOR}", f"line-{number}")
            if line["ok"]:
                self.assertIn(mark, marks, f"{what}: line {number} was acknowledged and is gone")
            elif line["error"]["code"] != "outcome_unknown":
                self.assertNotIn(mark, marks, f"{what}: line {number} was refused ({line['error']}) and is in the log")
        self.assert_vault_follows(events)
        # Whatever happened, running it again finishes it: every command is there once.
        again = self.run_keyledger("--actor", ACTOR, "apply", "--keep-going", self.path, check=False)
        self.assertEqual(again.returncode, 0, f"{what}: {again.stdout[-300:]} {again.stderr}")
        events = self.assert_whole()
        for number in range(len(script())):
            mark = idempotency_hash(f"operator:{ACTOR}", f"line-{number}")
            first = [event for event in events if event.get("idempotencykey") == mark]
            self.assertIn(len(first), (1, 2), f"{what}: line {number} is there {len(first)} times")
        self.run_keyledger("vault", "sweep")
        self.assertEqual(self.assert_vault_follows(events), set(), f"{what}: orphans after the sweep")

    def test_a_failing_fdatasync_is_told_and_nothing_refused_is_in_the_log(self):
        _, counts = self.traced()
        self.assertGreater(counts["fdatasync"], 10)
        unknown = 0
        for number in range(1, counts["fdatasync"] + 1):
            with self.subTest(failing=number):
                done, _ = self.traced(f"fdatasync:error=EIO:when={number}")
                unknown += done.stdout.count("outcome_unknown")
                self.check(done, f"EIO on fdatasync {number}")
        self.assertGreater(unknown, 0, "no commit's own fsync was hit")

    def test_a_crash_at_any_call_after_a_failing_fdatasync_loses_nothing_acknowledged(self):
        _, counts = self.traced()
        pairs = []
        for failing in range(1, counts["fdatasync"] + 1):
            for call in WRITES:
                pairs += [(failing, call, number) for number in range(1, counts[call] + 4)]
        step = 1 if PAIRS is None else max(1, len(pairs) // PAIRS)
        killed = 0
        for failing, call, number in pairs[::step]:
            with self.subTest(failing=failing, call=call, number=number):
                kill = f"{call}:signal=KILL:when={number}"
                if call == "fdatasync":
                    if number <= failing:
                        continue
                    # strace keeps one rule a call, so the failure stays from there and the crash ends it.
                    kill = f"fdatasync:error=EIO:signal=KILL:when={number}"
                    done, _ = self.traced(kill)
                else:
                    done, _ = self.traced(f"fdatasync:error=EIO:when={failing}", kill)
                killed += done.returncode != 0 and not done.stdout.count('"line":6')
                self.check(done, f"EIO on fdatasync {failing}, then a crash at {call} {number}")
        self.assertGreater(killed, 10)

    def test_a_crash_at_any_write_leaves_every_batch_whole_or_absent(self):
        _, counts = self.traced()
        for call in WRITES:
            for number in range(1, counts[call] + 1, 1 if PAIRS is None else 3):
                with self.subTest(call=call, number=number):
                    done, _ = self.traced(f"{call}:signal=KILL:when={number}")
                    self.check(done, f"a crash at {call} {number}")


class Limits(LedgerCase):
    def test_a_file_that_may_not_grow_refuses_cleanly_and_goes_on_when_it_may(self):
        self.run_keyledger("init")
        self.run_keyledger("env", "create", "production")
        before = self.assert_whole()
        limited = subprocess.run(
            ["bash", "-c", 'ulimit -f 8; exec "$0" "$@"',
             *self.command("key", "create", "--env", "production", "--name", "n", "--scope", "read_only", "-o", "json")],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(limited.returncode, 7, limited.stderr)
        self.assertEqual(json.loads(limited.stdout)["error"]["code"], "no_space", limited.stderr)
        self.assertEqual(self.assert_whole(), before)
        self.json("key", "create", "--env", "production", "--name", "n", "--scope", "read_only")
        self.assertEqual(len(self.assert_whole()), len(before) + 1)


if __name__ == "__main__":
    unittest.main()
