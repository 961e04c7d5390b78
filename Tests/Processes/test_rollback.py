"""A rollback zoo: an old ledger put in place, with and without its guard, by every way that an operator could think of.

Two keys are made. One is revoked *after* the copy that will be put back: if that ledger were trusted, the revoked secret
would be good again.
"""

import base64
import concurrent.futures
import json
import os
import re
import shutil
import sqlite3
import subprocess
import unittest

from support import LedgerCase, leaf, ledger_file, records_of, tree_root

LEDGER_FILES = ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm")
READS = (("key", "list"), ("events",), ("env", "list"), ("user", "list"), ("plan",))


class RollbackCase(LedgerCase):
    def setUp(self):
        super().setUp()
        self.env = {}

    def keyledger(self, *arguments, **options):
        return self.run_keyledger(*arguments, env=self.env, **options)

    def make(self, name):
        made = json.loads(self.keyledger(
            "key", "create", "--env", "production", "--name", name, "--scope", "read_only", "-o", "json").stdout)
        return made["id"], made["secret"]

    def found(self):
        self.keyledger("init")
        self.keyledger("env", "create", "production")
        self.kept_key, self.kept_secret = self.make("kept")
        self.revoked_key, self.revoked_secret = self.make("revoked later")

    def copy_ledger(self, name="yesterday"):
        """The ledger's files alone, as they are."""
        place = os.path.join(self.scratch, name)
        os.makedirs(place)
        for file in LEDGER_FILES:
            if os.path.exists(os.path.join(self.data, file)):
                shutil.copy(os.path.join(self.data, file), place)
        return place

    def put_ledger(self, place):
        for file in LEDGER_FILES:
            path = os.path.join(self.data, file)
            if os.path.exists(path):
                os.remove(path)
            if os.path.exists(os.path.join(place, file)):
                shutil.copy(os.path.join(place, file), path)

    @property
    def shown(self):
        return self.env.get("KEYLEDGER_SHOWN", os.path.join(self.data, "shown"))

    def read_shown(self):
        with open(self.shown, encoding="ascii") as file:
            return file.read()

    def write_shown(self, text):
        with open(self.shown, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.shown, 0o600)

    def check(self, secret):
        return self.keyledger("check", "-o", "json", stdin=secret + "\n", check=False)

    def outcome(self, secret):
        return json.loads(self.check(secret).stdout).get("outcome")

    def assert_restored(self, what):
        """Nothing is verified, nothing changed, and reads work with a warning."""
        before = records_of(self.data)
        for secret in (self.kept_secret, self.revoked_secret):
            done = self.check(secret)
            self.assertEqual(done.returncode, 7, f"{what}: {done.stdout}")
            self.assertEqual(json.loads(done.stdout)["error"]["code"], "restored", what)
            past = self.keyledger("check", "--at", "#4", "-o", "json", stdin=secret + "\n", check=False)
            self.assertEqual(past.returncode, 7, what)
        for change in (
                ("key", "revoke", self.kept_key, "--yes"), ("key", "rotate", self.kept_key, "--grace", "1h"),
                ("env", "create", "other"), ("plan", "starter"), ("user", "add", "a@example.com", "--role", "owner"),
                ("vault", "sweep"), ("key", "reveal", self.kept_key), ("key", "revoke", self.kept_key, "--yes", "--dry-run")):
            done = self.keyledger(*change, "-o", "json", check=False)
            self.assertEqual(done.returncode, 7, f"{what}: {change}: {done.stdout} {done.stderr}")
            self.assertEqual(json.loads(done.stdout)["error"]["code"], "restored", f"{what}: {change}")
        for read in READS:
            done = self.keyledger(*read)
            self.assertIn("restored", done.stderr, f"{what}: {read}")
        whose = self.keyledger("whose", stdin=self.kept_secret + "\n")
        self.assertIn(self.kept_key, whose.stdout)
        self.assertEqual(records_of(self.data), before, what)

    def assert_whole_guard(self, what):
        done = self.keyledger("key", "list")
        self.assertNotIn("restored", done.stderr, what)
        self.assertEqual(self.outcome(self.kept_secret), "valid", what)

    def accept(self):
        return json.loads(self.keyledger(
            "accept-restore", "--reason", "the disk died", "--yes", "-o", "json").stdout)


class Rollback(RollbackCase):
    def test_yesterdays_ledger_over_todays_verifies_nothing_until_it_is_accepted(self):
        self.found()
        yesterday = self.copy_ledger()
        self.keyledger("key", "revoke", self.revoked_key, "--yes")
        self.assertEqual(self.outcome(self.revoked_secret), "revoked")
        guarded = self.read_shown()

        self.put_ledger(yesterday)
        self.assert_restored("an older ledger")
        self.assertEqual(self.read_shown(), guarded, "the guard stays as it was")
        rows = len(records_of(self.data))

        refused = self.keyledger("accept-restore", "--reason", "the disk died", check=False)
        self.assertEqual(refused.returncode, 2, "without a terminal it needs --yes")
        accepted = self.accept()
        self.assertTrue(accepted["accepted"])
        # The revocation is lost, so the key is good again: it is named, to be rotated or revoked.
        self.assertIn(self.revoked_key, [key["id"] for key in accepted["active_keys"]])
        self.assertIn(self.kept_key, [key["id"] for key in accepted["active_keys"]])
        event = self.assert_whole()[-1]
        self.assertEqual(event["type"], "ledger.restored")
        self.assertEqual(event["data"]["size"], rows)
        lines = guarded.splitlines()
        self.assertEqual(event["data"]["shown_size"], int(lines[1]))
        self.assertEqual(event["data"]["shown_root"], base64.b64decode(lines[2]).hex())
        self.assertEqual(event["data"]["reason"], "the disk died")
        self.assert_whole_guard("accepted")
        self.keyledger("key", "revoke", self.revoked_key, "--yes")
        self.assertEqual(self.outcome(self.revoked_secret), "revoked")
        again = self.keyledger("accept-restore", "--reason", "again", "--yes", "-o", "json", check=False)
        self.assertEqual((again.returncode, json.loads(again.stdout)["error"]["code"]), (1, "not_restored"))

    def test_yesterdays_ledger_with_its_write_ahead_log_is_found_too(self):
        self.found()
        # Somebody reads, so that the last events stay in the WAL.
        reader = sqlite3.connect(os.path.join(self.data, "ledger.sqlite"))
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        self.make("in the WAL")
        yesterday = self.copy_ledger()
        self.assertIn("ledger.sqlite-wal", os.listdir(yesterday))
        reader.close()
        self.keyledger("key", "revoke", self.revoked_key, "--yes")
        self.put_ledger(yesterday)
        self.assert_restored("an older ledger with a WAL")
        self.accept()
        self.assert_whole_guard("accepted")

    def test_an_older_ledger_that_went_on_elsewhere_is_another_at_the_size_that_was_shown(self):
        self.found()
        yesterday = self.copy_ledger()
        self.keyledger("key", "revoke", self.revoked_key, "--yes")
        # Somebody runs the copy on its own, with the guard of that day, until it is longer than ours.
        elsewhere = os.path.join(self.scratch, "elsewhere")
        shutil.copytree(self.data, elsewhere)
        today, self.data = self.data, elsewhere
        self.put_ledger(yesterday)
        self.accept()
        for number in range(5):
            self.make(f"elsewhere {number}")
        self.data = today
        self.put_ledger(elsewhere)
        self.assert_restored("a longer one that is another")
        self.accept()
        self.assert_whole_guard("accepted")

    def test_a_directory_copied_whole_is_found_only_with_the_guard_elsewhere(self):
        for guard in (None, os.path.join(self.scratch, "volume", "shown")):
            with self.subTest(guard=guard):
                self.data = os.path.join(self.scratch, "apart" if guard else "beside")
                if guard:
                    os.makedirs(os.path.dirname(guard))
                    self.env = {"KEYLEDGER_SHOWN": guard}
                self.found()
                self.assertEqual(os.path.exists(os.path.join(self.data, "shown")), guard is None)
                kept = self.data + ".kept"
                shutil.copytree(self.data, kept)
                self.keyledger("key", "revoke", self.revoked_key, "--yes")
                self.restore(kept)
                if guard:
                    self.assert_restored("the whole directory")
                    self.accept()
                    self.assert_whole_guard("accepted")
                else:
                    # What the README and `doctor` say of a guard that lies beside its ledger.
                    self.assertEqual(self.outcome(self.revoked_secret), "valid")

    def test_a_backup_put_in_place_verifies_nothing_until_it_is_accepted(self):
        self.found()
        backup = os.path.join(self.scratch, "backup")
        made = json.loads(self.keyledger("backup", backup, "-o", "json").stdout)
        records = records_of(self.data)
        self.assertEqual(made["size"], len(records))
        self.assertEqual(base64.b64decode(made["root"]), tree_root([leaf(record) for _, _, _, record in records]))
        self.assertTrue(made["verified"])
        # The two scoped keys, the environment's two and its signing secret.
        self.assertEqual(made["secrets"], 5)
        self.assertEqual(sorted(os.listdir(backup)), ["ledger.sqlite", "vault.sqlite"])
        self.assertEqual(records_of(backup), records)
        self.keyledger("key", "revoke", self.revoked_key, "--yes")

        shutil.copy(os.path.join(self.data, "root.key"), backup)
        shutil.rmtree(self.data)
        shutil.copytree(backup, self.data)
        self.assert_restored("a backup")
        doctor = self.keyledger("doctor", "-o", "json", check=False)
        self.assertEqual(doctor.returncode, 7)
        accepted = self.accept()
        self.assertIn(self.revoked_key, [key["id"] for key in accepted["active_keys"]])
        self.assert_whole_guard("accepted")
        self.assertEqual(self.keyledger("key", "reveal", self.kept_key, "-q").stdout.strip(), self.kept_secret)
        self.keyledger("key", "revoke", self.revoked_key, "--yes")
        self.assertEqual(self.outcome(self.revoked_secret), "revoked")

    def test_yesterdays_backup_over_todays_directory_verifies_nothing_whatever_else_was_put_back_or_taken(self):
        self.found()
        backup = os.path.join(self.scratch, "backup")
        self.keyledger("backup", backup)
        self.keyledger("key", "list")
        whole = self.copy_whole("whole of yesterday")
        self.keyledger("key", "revoke", self.revoked_key, "--yes")
        self.assertEqual(self.outcome(self.revoked_secret), "revoked")
        self.keyledger("key", "list")
        today = self.copy_whole("whole of today")
        mine = self.read_shown()
        lines = mine.splitlines()
        old_root = self.size_and_root(backup)[1]

        def only(*names):
            def put():
                for name in names:
                    shutil.copy(os.path.join(whole, name), self.data)
            return put

        def guard(text):
            return lambda: os.remove(self.shown) if text is None else self.write_shown(text)

        variants = {
            "over everything": lambda: None,
            "with the views of yesterday": only("views.sqlite"),
            "without views": lambda: os.remove(self.data + "/views.sqlite"),
            "with the vault of today": lambda: shutil.copy(os.path.join(today, "vault.sqlite"), self.data),
            "without a guard": guard(None), "with no guard but bytes": guard("nothing of the kind\n"),
            "with a guard of today's root at yesterday's size": guard(
                f"{lines[0]}\n{int(lines[1]) - 1}\n{lines[2]}\n"),
            "with a guard of yesterday's root at today's size": guard(f"{lines[0]}\n{lines[1]}\n{old_root}\n"),
        }
        for name, more in variants.items():
            with self.subTest(variant=name):
                self.restore(today)
                self.clear_logs()
                shutil.copytree(backup, self.data, dirs_exist_ok=True)
                more()
                self.assert_restored(name)
        accepted = self.accept()
        self.assertIn(self.revoked_key, [key["id"] for key in accepted["active_keys"]])
        self.keyledger("key", "revoke", self.revoked_key, "--yes")
        self.assertEqual(self.outcome(self.revoked_secret), "revoked")

    def copy_whole(self, name):
        place = os.path.join(self.scratch, name)
        shutil.copytree(self.data, place)
        return place

    @staticmethod
    def size_and_root(directory):
        with ledger_file(directory) as ledger:
            size, root = ledger.execute("SELECT size, root FROM head").fetchone()
        return size, base64.b64encode(root).decode()

    def clear_logs(self):
        """What a careful operator takes away with the files that it belongs to."""
        for name in os.listdir(self.data):
            if name.endswith(("-wal", "-shm")):
                os.remove(os.path.join(self.data, name))

    def test_yesterdays_ledger_beside_todays_write_ahead_log_lets_nobody_in_who_was_revoked(self):
        self.found()
        yesterday = self.copy_ledger()
        # Somebody reads, so that today's events stay in the WAL, which the careless leave where it is.
        reader = sqlite3.connect(os.path.join(self.data, "ledger.sqlite"))
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        self.keyledger("key", "revoke", self.revoked_key, "--yes")
        self.make("in the WAL")
        for part in ("all of it", "its first half"):
            with self.subTest(part=part):
                self.assertGreater(os.path.getsize(os.path.join(self.data, "ledger.sqlite-wal")), 0)
                place = os.path.join(self.scratch, part)
                shutil.copytree(self.data, place)
                shutil.copy(os.path.join(yesterday, "ledger.sqlite"), place)
                os.remove(os.path.join(place, "ledger.sqlite-shm"))
                if part != "all of it":
                    wal = os.path.join(place, "ledger.sqlite-wal")
                    os.truncate(wal, os.path.getsize(wal) // 2)
                done = self.run_keyledger(
                    "check", "-o", "json", data=place, stdin=self.revoked_secret + "\n", check=False)
                # With the whole of its log it is today's ledger; with less it is restored or damaged.
                self.assertIn(done.returncode, (6, 7), done.stdout)
                if done.returncode == 6:
                    self.assertEqual(json.loads(done.stdout)["outcome"], "revoked")
        reader.close()

    def test_the_doctor_says_it_all_by_its_exit_code(self):
        self.found()
        kept = self.read_shown()
        lines = kept.splitlines()
        other = f"{lines[0]}\n{lines[1]}\n{base64.b64encode(bytes(32)).decode()}\n"
        for text, code, verdict in ((kept, 0, "warning"), ("garbage\n", 7, "failure"), (other, 6, "tampering")):
            self.write_shown(text)
            done = self.keyledger("doctor", "-o", "json", check=False)
            self.assertEqual(done.returncode, code, done.stdout)
            report = json.loads(done.stdout)
            self.assertEqual(report["ok"], code == 0)
            guard = next(check for check in report["checks"] if check["check"] == "guard")
            self.assertEqual(guard["verdict"], verdict)
            self.assertTrue(guard["remedy"] and guard["meaning"])
        self.env = {"KEYLEDGER_DATA": self.data}
        nowhere = self.run_keyledger("doctor", data=os.path.join(self.scratch, "nowhere"), check=False)
        self.assertEqual(nowhere.returncode, 7)

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
