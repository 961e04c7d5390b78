"""A damaged ledger is saved by the real program, and what had been revoked behind the damage stays revoked."""

import base64
import json
import os
import subprocess
import unittest

from support import KEYLEDGER, LedgerCase, leaf, records_of, tree_root

PAGE = 4096


class Recover(LedgerCase):
    def setUp(self):
        super().setUp()
        self.into = os.path.join(self.scratch, "saved")
        self.run_keyledger("init", "--owner", "ada@example.com")
        self.run_keyledger("env", "create", "production")

    def create(self, name):
        made = self.json("key", "create", "--env", "production", "--name", name, "--scope", "customers:read")
        return made["id"], made["secret"]

    def damage(self, sequence):
        """Zeroes the page with that event's record, when all of the ledger is in its file."""
        self.assertFalse(os.path.exists(self.data + "/ledger.sqlite-wal"))
        record = records_of(self.data)[sequence - 1][3]
        with open(self.data + "/ledger.sqlite", "r+b") as file:
            data = file.read()
            places = [page for page in range(0, len(data), PAGE) if data[page] == 0x0D and record in data[page:page + PAGE]]
            self.assertEqual(len(places), 1)
            file.seek(places[0])
            file.write(bytes(PAGE))
        return record

    def recover(self, check=True):
        return self.run_keyledger("recover", self.data, "--into", self.into, "-o", "json", check=check)

    def test_what_was_revoked_behind_the_damage_is_handed_on_and_applied(self):
        key, secret = self.create("leaked")
        kept, good = self.create("good")
        lost = [self.create(f"filling {number}")[0] for number in range(20)]
        self.run_keyledger("key", "revoke", key, "--yes")
        records = records_of(self.data)
        numbers = {json.loads(row[3])["subject"].rsplit("/")[-1]: row[0] for row in reversed(records)}
        self.damage(numbers[lost[10]])
        before = self.snapshot()

        report = json.loads(self.recover().stdout)
        size = report["size"]
        self.assertLess(numbers[kept], size + 1)
        self.assertEqual(report["lost"]["from"], size + 1)
        self.assertEqual(report["lost"]["to"], len(records))
        self.assertIn([len(records), len(records)], [[ends[1], ends[1]] for ends in report["lost"]["readable"]])
        self.assertEqual(report["vault"], "copied")
        self.assertIs(report["verified"], True)
        self.assertEqual(records_of(self.into), records[:size])
        self.assert_whole(data=self.into)
        self.assertFalse(os.path.exists(self.into + "/shown"))
        self.assertEqual(subprocess.run(["diff", "-r", before, self.data]).returncode, 0, "the damaged directory changed")

        check = self.run_keyledger("check", data=self.into, stdin=good, check=False)
        self.assertEqual(check.returncode, 7, check.stdout)
        self.run_keyledger("accept-restore", "--reason", "a page was lost", "--yes", data=self.into)
        lines = self.run_keyledger("apply", "--keep-going", report["endings_file"], data=self.into).stdout.splitlines()
        self.assertEqual([json.loads(line)["ok"] for line in lines], [True])
        self.assertEqual(self.run_keyledger("check", data=self.into, stdin=secret, check=False).returncode, 6)
        self.assertEqual(self.run_keyledger("check", data=self.into, stdin=good, check=False).returncode, 0)
        again = self.run_keyledger("apply", "--keep-going", report["endings_file"], data=self.into).stdout.splitlines()
        self.assertEqual([json.loads(line)["repeated"] for line in again], [True])

    def test_a_disk_that_cannot_be_read_somewhere_costs_what_lies_there(self):
        for number in range(40):
            self.create(f"key {number}")
        records = records_of(self.data)
        # The first read of the ledger fails, which is all of it, and of those by 4 KiB then every twelfth.
        command = ["strace", "-f", "-o", "/dev/null", "-P", self.data + "/ledger.sqlite", "-e", "trace=pread64",
                   "-e", "inject=pread64:error=EIO:when=1+12"]
        done = subprocess.run(
            [*command, KEYLEDGER, "recover", self.data, "--into", self.into, "-o", "json"],
            capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        size = json.loads(done.stdout)["size"]
        self.assertEqual(records_of(self.into), records[:size])
        self.assertEqual(
            json.loads(done.stdout)["root"],
            base64.b64encode(tree_root([leaf(row[3]) for row in records[:size]])).decode())

    def test_killed_at_any_moment_it_leaves_no_half_of_a_ledger(self):
        for call in ("rename", "mkdir", "unlink", "fsync", "fdatasync"):
            for when in (1, 2, 4, 7):
                done = subprocess.run(
                    ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}",
                     "-e", f"inject={call}:signal=KILL:when={when}",
                     KEYLEDGER, "recover", self.data, "--into", self.into, "-q"],
                    capture_output=True, text=True, timeout=120)
                if os.path.exists(self.into):
                    self.assert_whole(data=self.into)
                    subprocess.run(["rm", "-r", self.into], check=True)
                    if done.returncode == 0:
                        break

    def test_where_nothing_can_be_saved_nothing_is_made(self):
        self.damage(1)
        done = self.recover(check=False)
        self.assertEqual(done.returncode, 7)
        self.assertEqual(json.loads(done.stdout)["error"]["code"], "damaged")
        self.assertIn("Event 1", done.stderr)
        self.assertEqual(sorted(os.listdir(self.scratch)), ["data"])


if __name__ == "__main__":
    unittest.main()
