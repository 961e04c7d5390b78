"""The views are disposable: deleted, truncated, damaged or forged, the next answer is right all the same."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from support import LedgerCase, ROOT

HISTORY = os.path.join(ROOT, "Fixtures", "histories", "debian-keyring.ndjson")
FLIPS = 40


class Views(LedgerCase):
    def setUp(self):
        super().setUp()
        self.run_keyledger("init", "--time", "2019-07-01")
        self.run_keyledger("apply", "--backfill", HISTORY)
        self.run_keyledger("rebuild")
        self.views = os.path.join(self.data, "views.sqlite")
        self.answer = self.ask()
        self.digest = self.rebuild()

    def ask(self, *options):
        answer = self.json("key", "list", "--env", "debian", "--at", "#300", *options)
        return answer["keys"]

    def rebuild(self):
        return self.json("rebuild")["digest"]

    def test_the_views_answer_as_a_fold_of_the_log_does(self):
        self.assertEqual(self.ask("--replay"), self.answer)

    def test_deleted_views_are_built_again(self):
        os.remove(self.views)
        self.assertEqual(self.ask(), self.answer)
        self.assertEqual(self.rebuild(), self.digest)

    def test_truncated_views_are_built_again(self):
        size = os.path.getsize(self.views)
        for length in (0, 1, 100, 4096, size // 2, size - 1):
            with self.subTest(length=length):
                with open(self.views, "r+b") as file:
                    file.truncate(length)
                self.assertEqual(self.ask(), self.answer)
                self.assertEqual(self.rebuild(), self.digest)

    def test_a_flipped_byte_never_stops_a_rebuild_nor_changes_what_it_builds(self):
        kept = self.views + ".kept"
        shutil.copyfile(self.views, kept)
        dice = random.Random(7)
        for number in range(FLIPS):
            position = dice.randrange(os.path.getsize(kept))
            with self.subTest(position=position):
                shutil.copyfile(kept, self.views)
                with open(self.views, "r+b") as file:
                    file.seek(position)
                    byte = file.read(1)[0]
                    file.seek(position)
                    file.write(bytes([byte ^ 1 << dice.randrange(8)]))
                answer = self.run_keyledger("key", "list", "--env", "debian", "--at", "#300", "-o", "json", check=False)
                self.assertIn(answer.returncode, (0, 7), answer.stderr)
                self.assertEqual(self.rebuild(), self.digest)
                self.assertEqual(self.ask(), self.answer)

    def test_a_rebuild_killed_half_way_goes_on_and_ends_with_the_same_digest(self):
        began = time.monotonic()
        self.rebuild()
        duration = time.monotonic() - began
        dice = random.Random(11)
        for _ in range(20):
            process = subprocess.Popen(self.command("rebuild"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.random() * duration)
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.assertEqual(self.ask(), self.answer)
        self.assertEqual(self.rebuild(), self.digest)

    def test_a_row_forged_behind_a_right_position_opens_no_door(self):
        made = self.json("env", "create", "production")
        key = self.json("key", "create", "--env", "production", "--name", "n", "--scope", "read_only")
        self.run_keyledger("key", "revoke", key["id"], "--yes")
        self.run_keyledger("key", "list", "--env", "production")
        views = sqlite3.connect(self.views)
        columns = [row[1] for row in views.execute("PRAGMA table_info(keys)")]
        views.execute("UPDATE keys SET ended_because = NULL, expires_at = NULL, removed = 0 WHERE key = ?",
                      (key["id"],)) if "key" in columns else self.fail(columns)
        # And the revoked secret's fingerprint on the row of a key that is good.
        views.execute("UPDATE keys SET fingerprint = ? WHERE key = ?",
                      (bytes.fromhex(key["fingerprint"]), made["keys"][0]["id"]))
        views.commit()
        views.close()
        for _ in range(2):
            done = self.run_keyledger("check", "-o", "json", stdin=key["secret"] + "\n", check=False)
            self.assertEqual(done.returncode, 6, done.stdout)
            self.assertIn(json.loads(done.stdout)["outcome"], ("revoked", "unknown"))


if __name__ == "__main__":
    unittest.main()
