"""What the tests of rollbacks share: a ledger with two keys, one of which was revoked after a copy was made, and its guard."""

import json
import os
import shutil

from support import LedgerCase, records_of

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
