"""The guard against rollbacks: what is taken for one, crashes while it is written, and many who write it at once."""

import base64
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import unittest

from rollback import RollbackCase
from support import leaf, records_of, tree_root


class Forged(RollbackCase):
    def test_no_guard_and_no_forged_one_is_taken_for_a_guard(self):
        self.found()
        self.keyledger("key", "revoke", self.revoked_key, "--yes")
        mine = self.read_shown()
        lines = mine.splitlines()
        other = os.path.join(self.scratch, "other")
        self.run_keyledger("init", data=other)
        with open(os.path.join(other, "shown"), encoding="ascii") as file:
            foreign = file.read()
        zoo = {
            "deleted": None, "empty": "", "garbage": "nothing of the kind\n", "another ledger's": foreign,
            "a longer one": f"{lines[0]}\n{int(lines[1]) + 100}\n{lines[2]}\n",
            "another root": f"{lines[0]}\n{lines[1]}\n{base64.b64encode(bytes(32)).decode()}\n",
            "more than a checkpoint": mine + "more\n", "cut off": mine[:-5], "huge": "x" * (1 << 20),
        }
        for name, text in zoo.items():
            with self.subTest(guard=name):
                if text is None:
                    os.remove(self.shown)
                else:
                    self.write_shown(text)
                self.assert_restored(name)
                self.write_shown(mine)
                self.assert_whole_guard(name)
        os.remove(self.shown)
        event = self.accept()
        self.assertIsNone(self.assert_whole()[-1]["data"]["shown_size"])
        self.assertIsNone(self.assert_whole()[-1]["data"]["shown_root"])
        self.assert_whole_guard("accepted")
        # The log itself is today's, so what was revoked stays revoked, and is not among the keys to look at.
        self.assertEqual(self.outcome(self.revoked_secret), "revoked")
        self.assertNotIn(self.revoked_key, [key["id"] for key in event["active_keys"]])

    def test_a_looser_mode_of_the_guard_is_refused_by_what_changes(self):
        self.found()
        os.chmod(self.shown, 0o644)
        done = self.keyledger("env", "create", "other", check=False)
        self.assertEqual(done.returncode, 7)
        self.assertIn("shown", done.stderr)


class Crashes(RollbackCase):
    CALLS = ("openat", "write", "fdatasync", "fsync", "rename", "unlink", "link", "flock", "fchmod")

    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("strace"), "strace is missing: Scripts/dependencies installs it")

    def traced(self, arguments, *injections, path=None):
        """One run under strace, of the calls that touch `path` alone where one is given."""
        trace = os.path.join(self.scratch, "trace")
        options = ["strace", "-f", "-qq", "-o", trace, "-e", "trace=" + ",".join(self.CALLS)]
        for each in path or ():
            options += ["-P", each]
        for injection in injections:
            options += ["-e", "inject=" + injection]
        done = subprocess.run(
            options + self.command(*arguments), capture_output=True, text=True, timeout=120)
        with open(trace, encoding="utf-8", errors="replace") as file:
            calls = re.findall(r"^\d+ +(\w+)\(", file.read(), re.MULTILINE)
        return done, {name: calls.count(name) for name in self.CALLS}

    def guard_paths(self):
        return [self.shown, self.shown + ".new", self.data]

    def test_a_crash_while_the_guard_is_written_never_leaves_the_ledger_restored(self):
        self.found()
        size = int(self.read_shown().splitlines()[1])
        for arguments in (
                ("env", "create", "e"), ("checkpoint",)):
            # Behind the ledger by one, so that there is something to keep in any case.
            behind = self.snapshot()
            _, counts = self.traced(arguments, path=self.guard_paths())
            self.assertGreater(counts["rename"], 0 if arguments[0] == "env" else -1)
            killed = 0
            for call in self.CALLS:
                for number in range(1, counts[call] + 1):
                    with self.subTest(command=arguments[0], call=call, number=number):
                        self.restore(behind)
                        done, _ = self.traced(arguments, f"{call}:signal=KILL:when={number}", path=self.guard_paths())
                        killed += done.returncode != 0
                        self.assert_whole_guard(f"killed at {call} {number}")
                        now = int(self.read_shown().splitlines()[1])
                        self.assertGreaterEqual(now, size)
                        # The next one that is kept clears away what was left.
                        self.keyledger("env", "create", "after")
                        self.assertEqual(int(self.read_shown().splitlines()[1]), len(records_of(self.data)))
                        self.assertNotIn("shown.new", os.listdir(self.data))
            self.assertGreater(killed, 3)
            self.restore(behind)
            shutil.rmtree(behind)

    def test_a_crash_while_a_ledger_is_founded_leaves_none_or_a_whole_one(self):
        for guard in (None, os.path.join(self.scratch, "shown")):
            arguments = ("init",)
            self.env = {"KEYLEDGER_SHOWN": guard} if guard else {}
            os.environ.update(self.env)
            self.addCleanup(os.environ.pop, "KEYLEDGER_SHOWN", None)
            _, counts = self.traced(arguments)
            for call in self.CALLS:
                # Reading at the start is all openat; the last ones are those of the founding.
                first = max(1, counts[call] - 25)
                for number in range(first, counts[call] + 1):
                    with self.subTest(call=call, number=number, guard=guard):
                        for name in os.listdir(self.scratch):
                            path = os.path.join(self.scratch, name)
                            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
                        self.traced(arguments, f"{call}:signal=KILL:when={number}")
                        if os.path.exists(os.path.join(self.data, "ledger.sqlite")):
                            done = self.keyledger("env", "create", "production")
                            self.assertNotIn("restored", done.stderr)

    def test_a_checkpoint_whose_guard_cannot_be_kept_does_not_leave(self):
        self.found()
        kept = self.read_shown()
        behind = self.snapshot()
        for failure in ("write:error=ENOSPC", "fdatasync:error=EIO", "rename:error=EIO", "openat:error=ENOSPC:when=3+"):
            with self.subTest(failure=failure):
                self.restore(behind)
                # One more event, with the guard of before.
                self.keyledger("env", "create", "more")
                self.write_shown(kept)
                done, _ = self.traced(("checkpoint",), failure, path=[self.shown, self.shown + ".new"])
                self.assertEqual(done.returncode, 7, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertIn("guard", done.stderr)
                self.assertEqual(self.read_shown(), kept)
                self.assertIn(str(len(records_of(self.data))), self.keyledger("checkpoint").stdout)
                self.assertNotEqual(self.read_shown(), kept)

    def test_an_append_that_has_committed_answers_done_when_the_guard_cannot_be_written(self):
        self.found()
        for number, failure in enumerate(("write:error=ENOSPC", "fdatasync:error=EIO", "rename:error=EIO")):
            with self.subTest(failure=failure):
                kept = self.read_shown()
                size = len(records_of(self.data))
                done, _ = self.traced(
                    ("env", "create", f"e{number}", "-o", "json"), failure, path=[self.shown, self.shown + ".new"])
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(done.stdout)["environment"]["id"], f"e{number}")
                self.assertIn("guard", done.stderr)
                self.assertEqual(len(records_of(self.data)), size + 3)
                self.assertEqual(self.read_shown(), kept)
                self.assert_whole_guard(failure)


class ManyAtOnce(RollbackCase):
    PROCESSES = 8
    ROUNDS = 6

    def test_of_many_that_append_and_print_checkpoints_none_puts_back_an_older_guard(self):
        self.found()

        def one(number):
            printed = []
            for turn in range(self.ROUNDS):
                self.keyledger("env", "create", f"e{number}-{turn}")
                printed.append(self.keyledger("checkpoint").stdout)
                printed.append(self.read_shown())
            return printed

        with concurrent.futures.ThreadPoolExecutor(self.PROCESSES) as pool:
            runs = list(pool.map(one, range(self.PROCESSES)))
        leaves = [leaf(record) for _, _, _, record in records_of(self.data)]
        largest = 0
        for run in runs:
            sizes = []
            for text in run:
                _, size, root = text.splitlines()
                self.assertEqual(base64.b64decode(root), tree_root(leaves[:int(size)]), "no checkpoint of this log")
                sizes.append(int(size))
            # What is kept right after a checkpoint was printed is at least as new.
            for printed, kept in zip(sizes[::2], sizes[1::2]):
                self.assertGreaterEqual(kept, printed)
            self.assertEqual(sizes[1::2], sorted(sizes[1::2]), "the guard went back")
            largest = max(largest, *sizes)
        self.assertGreaterEqual(int(self.read_shown().splitlines()[1]), largest)
        self.assert_whole()
        self.assert_whole_guard("at the end")


if __name__ == "__main__":
    unittest.main()
