"""The cache of the verification index: what a start saves by it, and what it can't hide."""

import os
import stat
import time
import unittest

from serving import Service, ServeCase

# Enough for a cache to be worthwhile.
KEYS = 1100


class IndexCache(ServeCase):
    def setUp(self):
        super().setUp()
        self.run_keyledger("apply", self.write_lines("keys.ndjson", [
            {"command": "key.create", "environment": "production", "name": f"Key {number}", "description": "",
             "scope": ["read_only"]} for number in range(KEYS)]))
        self.cache = os.path.join(self.data, "index.cache")
        self.service = Service(self)

    def ask(self, name):
        return self.service.request("GET", "/v1/authorize/production/none", self.key(name)).status

    def restart(self):
        self.assertEqual(self.service.stop(), 0)
        self.service = Service(self)

    def health(self):
        return self.service.request("GET", "/v1/health", self.owner).json

    def test_a_stop_leaves_one_and_a_start_by_it_obeys_what_came_since(self):
        self.assertEqual(self.service.stop(), 0)
        self.assertEqual(stat.S_IMODE(os.stat(self.cache).st_mode), 0o600)
        self.run_keyledger("key", "revoke", self.keys["writer"]["id"], "--yes")
        self.create("later")
        self.service = Service(self)
        self.assertEqual([self.ask(name) for name in ("writer", "other", "later")], [401, 204, 204])
        self.wait_for_the_rehash()
        self.assertEqual([self.ask(name) for name in ("writer", "other", "later")], [401, 204, 204])
        self.assertIsNone(self.health()["closed"])

    def wait_for_the_rehash(self):
        deadline = time.monotonic() + 60
        while self.health()["rehash"]:
            self.assertLess(time.monotonic(), deadline, "the log is still read")
            time.sleep(0.01)

    def test_a_backup_takes_none_along(self):
        self.assertEqual(self.service.stop(), 0)
        self.assertTrue(os.path.exists(self.cache))
        copy = os.path.join(self.scratch, "copy")
        self.run_keyledger("backup", copy)
        self.assertEqual(sorted(name for name in os.listdir(copy) if "cache" in name), [])

    def test_an_old_record_that_was_changed_closes_verification_and_health_says_why(self):
        self.assertEqual(self.service.stop(), 0)
        self.change_a_record()
        self.service = Service(self)
        deadline = time.monotonic() + 60
        while self.ask("other") == 204:
            self.assertLess(time.monotonic(), deadline, "the change was not found")
            time.sleep(0.01)
        self.assertEqual(self.ask("other"), 503)
        self.assertEqual(self.service.request("GET", "/readyz").status, 503)
        verify = self.service.request("POST", "/v1/verify", self.owner, {"key": self.keys["other"]["secret"]})
        self.assertEqual((verify.status, verify.code), (503, "damaged"))
        self.assertIn("keyledger verify", self.health()["closed"])
        self.assertIn("Verification refuses: ", self.service.text())
        self.assertEqual(self.service.stop(), 0)
        self.assertFalse(os.path.exists(self.cache))
        self.assertIn(self.run_keyledger("verify", "--log-only", check=False).returncode, (6, 7))

    def change_a_record(self):
        """One letter, where the file has it."""
        path = os.path.join(self.data, "ledger.sqlite")
        self.assertFalse(os.path.exists(path + "-wal") and os.path.getsize(path + "-wal"))
        with open(path, "rb") as file:
            content = file.read()
        place = content.index(b'"Key 7"')
        with open(path, "r+b") as file:
            file.seek(place + 1)
            file.write(b"H")


if __name__ == "__main__":
    unittest.main()
