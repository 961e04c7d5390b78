"""`kill -9` at random moments of an `apply`; the rerun always arrives where an undisturbed run does."""

import json
import os
import random
import signal
import subprocess
import time
import unittest

from support import Fold, LedgerCase

KILLS = int(os.environ.get("KEYLEDGER_KILLS", "200"))
KEYS = 40


def script():
    lines = [{"command": "environment.create", "environment": "production",
              "refs": {"full_access": "full", "publishable": "public"}},
             {"command": "user.add", "handle": "ada@example.com", "role": "owner"}]
    for number in range(KEYS):
        lines.append({"command": "key.create", "environment": "production", "name": f"key {number}",
                      "scope": ["read_only"], "ref": f"k{number}"})
        if number % 3 == 0:
            lines.append({"command": "key.rotate", "key": f"k{number}", "grace": "7d", "ref": f"k{number}.new"})
        if number % 4 == 0:
            lines.append({"command": "key.revoke", "key": f"k{number}"})
        if number % 5 == 0:
            lines.append({"command": "key.scope", "key": f"k{number}" if number % 12 else f"k{number}.new",
                          "scope": ["customers:write"]})
    lines.append({"command": "key.rotate", "key": "full", "grace": "now", "ref": "full.new"})
    return [line | {"idempotency_key": f"line-{number}"} for number, line in enumerate(lines)]


class Kills(LedgerCase):
    def end_state(self, output, lines):
        """What counts as the same end: every ref's key, its status and scope, and the number of events."""
        events = self.assert_whole()
        fold = Fold(events)
        results = [json.loads(line) for line in output.splitlines()]
        self.assertEqual(len(results), len(lines))
        named = {}
        for line, result in zip(lines, results):
            if line["command"] == "key.scope" and not result["ok"]:
                named[line["idempotency_key"]] = result["error"]["code"]
            if "ref" in line:
                state = fold.keys[result["key"]]
                named[line["ref"]] = (state["name"], state["ended"], tuple(state["scope"]))
        return named, len(events), events

    def test_an_apply_killed_at_any_moment_and_run_again_ends_as_if_undisturbed(self):
        lines = script()
        path = self.write_lines("apply.ndjson", lines)
        apply = ("apply", "--keep-going", path)
        self.run_keyledger("init")
        kept = self.snapshot()
        began = time.monotonic()
        undisturbed = self.run_keyledger(*apply, check=False)
        duration = time.monotonic() - began
        named, count, _ = self.end_state(undisturbed.stdout, lines)

        dice = random.Random(20261122)
        killed = 0
        for number in range(KILLS):
            with self.subTest(kill=number):
                self.restore(kept)
                process = subprocess.Popen(self.command(*apply), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                time.sleep(dice.random() * duration)
                process.send_signal(signal.SIGKILL)
                heard = process.communicate()[0]
                killed += process.returncode == -signal.SIGKILL
                acknowledged = [json.loads(line) for line in heard.splitlines() if line.endswith(b"}")]
                before = {int(event["id"]): event for event in self.assert_whole()}
                for result in acknowledged:
                    for receipt in result.get("events", []):
                        self.assertEqual(before[receipt["sequence"]]["type"], receipt["type"], "an acknowledged event")
                again = self.run_keyledger(*apply, check=False)
                self.assertEqual(again.returncode, undisturbed.returncode, again.stderr)
                rerun, size, events = self.end_state(again.stdout, lines)
                self.assertEqual(rerun, named)
                self.assertEqual(size, count)
                self.assertEqual(self.assert_vault_follows(events), set(), "orphans after the rerun")
        # A kill that came after the end proves nothing; most come before.
        self.assertGreater(killed, KILLS // 2)


if __name__ == "__main__":
    unittest.main()
