"""Eight processes create, rotate and revoke on one ledger at once: nothing is lost, doubled or reordered."""

import json
import subprocess
import unittest

from support import Fold, LedgerCase, idempotency_hash

PROCESSES = 8
COMMANDS = 250


class EightProcesses(LedgerCase):
    def commands(self, process):
        """Thirds of creating, rotating and revoking; every tenth line is one that must be refused."""
        lines = []
        for number in range(COMMANDS):
            line = {"idempotency_key": f"process-{process}-{number}"}
            step, group = number % 5, number // 5
            if step in (0, 1):
                line |= {"command": "key.create", "environment": "production", "name": f"key {process}.{number}",
                         "scope": ["read_only"], "ref": f"k{group}.{step}"}
            elif step == 2:
                line |= {"command": "key.rotate", "key": f"k{group}.0", "grace": "7d", "ref": f"k{group}.new"}
            elif step == 3:
                line |= {"command": "key.revoke", "key": f"k{group}.1"}
            else:
                line |= {"command": "key.revoke", "key": f"k{group}.1" if group % 2 else f"k{group}.0"}
            lines.append(line)
        return lines

    def test_2000_commands_at_once_leave_no_gap_and_every_result_is_true(self):
        self.run_keyledger("init")
        self.run_keyledger("env", "create", "production")
        running = []
        for process in range(PROCESSES):
            path = self.write_lines(f"{process}.ndjson", self.commands(process))
            running.append(subprocess.Popen(
                self.command("--actor", f"p{process}", "apply", "--keep-going", path),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        results = [process.communicate(timeout=500)[0] for process in running]

        events = self.assert_whole()
        by_sequence = {int(event["id"]): event for event in events}
        claimed = set()
        for process, output in enumerate(results):
            lines = [json.loads(line) for line in output.splitlines()]
            self.assertEqual([line["line"] for line in lines], list(range(1, COMMANDS + 1)))
            for number, line in enumerate(lines):
                mark = idempotency_hash(f"operator:p{process}", f"process-{process}-{number}")
                refused = number % 5 == 4 and (number // 5) % 2 == 1
                self.assertEqual(line["ok"], not refused, line)
                if refused:
                    self.assertEqual(line["error"]["code"], "key_expired")
                    self.assertFalse(any(event.get("idempotencykey") == mark for event in events))
                    continue
                for receipt in line["events"]:
                    event = by_sequence[receipt["sequence"]]
                    self.assertEqual(event["type"], receipt["type"])
                    self.assertEqual(event["idempotencykey"], mark)
                    claimed.add(receipt["sequence"])
        founding = 1 + 3
        self.assertEqual(claimed, set(range(founding + 1, len(events) + 1)), "an event that nobody was told of")
        self.assertEqual(self.assert_vault_follows(events), set())
        listed = self.json("key", "list", "--env", "production")["keys"]
        fold = Fold(events)
        self.assertEqual({key["id"] for key in listed}, set(fold.keys))
        for key in listed:
            ended = fold.keys[key["id"]]["ended"]
            self.assertEqual(key["expired_because"], ended, key)


if __name__ == "__main__":
    unittest.main()
