"""A rollback zoo: an old ledger put in place, with and without its guard, by every way that an operator could think of.

Two keys are made. One is revoked *after* the copy that will be put back: if that ledger were trusted, the revoked secret
would be good again.
"""

import base64
import json
import os
import shutil
import sqlite3
import unittest

from rollback import RollbackCase
from support import leaf, ledger_file, records_of, tree_root


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


if __name__ == "__main__":
    unittest.main()
