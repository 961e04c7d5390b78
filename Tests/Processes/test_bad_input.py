"""Bad input and bad places: one clear line on standard error, the right exit code, and nothing changed."""

import json
import os
import shutil
import sqlite3
import subprocess
import unittest

from support import KEYLEDGER, LedgerCase, records_of


class BadInput(LedgerCase):
    def setUp(self):
        super().setUp()
        self.run_keyledger("init", "--owner", "ada@example.com")
        self.run_keyledger("env", "create", "production")
        self.key = self.json("key", "create", "--env", "production", "--name", "n", "--scope", "read_only")["id"]
        self.before = records_of(self.data)

    def refused(self, code, *arguments, error=None, stdin=b"", command=None):
        """Runs it, and holds it to its exit code, to one line on standard error, and to having changed nothing."""
        done = subprocess.run(
            command or [KEYLEDGER, "--data", self.data, *arguments], input=stdin, capture_output=True, timeout=120)
        said = done.stderr.decode()
        self.assertEqual(done.returncode, code, f"{arguments!r:.200}: {said}")
        self.assertTrue(said.startswith("keyledger: "), said)
        self.assertEqual(said.count("\n"), 1, said)
        self.assertLess(len(said), 400, said)
        if error:
            self.assertEqual(json.loads(done.stdout)["error"]["code"], error)
        if os.path.isdir(self.data):
            self.assertEqual(records_of(self.data), self.before)
        return said

    def test_arguments_that_mean_nothing_are_bad_usage(self):
        for arguments in (
            ["--nonsense", "key", "list"], ["nonsense"], ["key"], ["key", "nonsense"], ["key", "list", "--nonsense"],
            ["key", "rotate", self.key], ["key", "show"], ["key", "show", "a", "b"], ["key", "list", "--env"],
            ["key", "list", "--at", "yesterday"], ["key", "list", "--at", "2999-01-01"], ["key", "list", "--at", "#999"],
            ["key", "list", "--output", "xml"], ["user", "add", "x", "--role", "king"], ["plan", "gold"],
            ["key", "revoke", self.key, "--yes", "--at", "2020-01-01"], ["key", "list", "--status", "good"],
            ["plan", "scale", "--idempotency-key", ""], ["plan", "scale", "--actor", "nobody else"],
            ["events", "--limit", "-1"], ["events", "--limit", "many"], ["apply", "/nonexistent/file"],
        ):
            with self.subTest(arguments=arguments):
                self.refused(2, *arguments, "-o", "json" if arguments[-1] != "xml" else "json")

    def test_what_is_not_there_is_not_found(self):
        for arguments in (
            ["key", "show", "key_00000000000000000000000000"], ["key", "show", "nonsense"], ["env", "show", "nowhere"],
            ["key", "list", "--env", "nowhere"], ["user", "role", "nobody", "member"],
            ["integration", "connect", "x", "--env", "nowhere", "--scope", "read_only"],
            ["key", "create", "--env", "Not A Slug", "--name", "n", "--scope", "read_only"],
        ):
            with self.subTest(arguments=arguments):
                self.refused(3, *arguments, "-o", "json", error="not_found")

    def test_fields_that_are_wrong_have_their_code(self):
        create = ["key", "create", "--env", "production", "--scope", "read_only", "--name"]
        for code, arguments in (
            ("bad_name", [*create, "a" * 101]), ("bad_name", [*create, "a" * 100_000]), ("bad_name", [*create, ""]),
            ("bad_name", [*create, "bell\a"]), ("bad_name", [*create, "two\nlines"]), ("bad_name", [*create, " padded"]),
            ("bad_name", [*create, "zero\u200bwidth"]), ("bad_text", [*create, "n", "--description", "x" * 501]),
            ("bad_slug", ["env", "create", "Production"]), ("bad_slug", ["resource", "add", "9lives"]),
            ("bad_scope", ["key", "scope", self.key, "--scope", "customers"]),
            ("bad_scope", ["key", "scope", self.key, "--scope", "event_queue:write"]),
            ("unknown_resource", ["key", "scope", self.key, "--scope", "moons:read"]),
            ("full_access_reserved", ["key", "scope", self.key, "--scope", "full_access"]),
            ("bad_grace", ["key", "rotate", self.key, "--grace", "2h"]), ("already_exists", ["env", "create", "production"]),
            ("bad_text", ["user", "add", "usr_me", "--role", "member"]),
            ("handle_in_use", ["user", "add", "ada@example.com", "--role", "member"]),
            ("last_owner", ["user", "role", "ada@example.com", "member"]), ("not_removed", ["user", "forget", "ada@example.com", "--yes"]),
            ("not_expiring", ["key", "grace", self.key, "--grace", "1h"]),
            ("not_connected", ["integration", "disconnect", "x", "--env", "production"]),
        ):
            with self.subTest(code=code, arguments=arguments[:6]):
                self.refused(1, *arguments, "-o", "json", error=code)

    def test_an_argument_that_is_not_utf8_is_bad_usage(self):
        self.refused(2, "key", "create", "--env", "production", "--name", b"\xff\xfe", "--scope", "read_only")

    def test_a_name_of_ten_megabytes_is_bad_usage_of_its_line(self):
        path = os.path.join(self.scratch, "large.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            line = {"command": "key.create", "environment": "production", "name": "x" * 10_000_000, "scope": ["read_only"]}
            file.write(json.dumps(line) + "\n")
            file.write('{"command":"key.create","name":"\\ud800","environment":"production","scope":["read_only"]}\n')
            file.write("{broken\n")
            file.write('{"command":"key.create","unknown":1}\n')
        done = self.run_keyledger("apply", "--keep-going", path, check=False)
        self.assertEqual(done.returncode, 1)
        codes = [json.loads(line)["error"]["code"] for line in done.stdout.splitlines()]
        self.assertEqual(codes, ["bad_usage"] * 4)
        self.assertEqual(records_of(self.data), self.before)

    def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(self):
        path = os.path.join(self.data, "ledger.sqlite")
        for content in (b"", b"not a database at all" * 1000, b"SQLite format 3\x00" + bytes(4080)):
            with self.subTest(content=content[:20]):
                kept = self.snapshot()
                with open(path, "wb") as file:
                    file.write(content)
                for arguments in (["key", "list"], ["env", "create", "other"]):
                    done = self.run_keyledger(*arguments, "-o", "json", check=False)
                    self.assertEqual(done.returncode, 7, done.stderr)
                    self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                with open(path, "rb") as file:
                    self.assertEqual(file.read(), content)
                self.restore(kept)
                shutil.rmtree(kept)

    def test_a_ledger_from_the_future_is_refused_untouched(self):
        for name in ("ledger.sqlite", "vault.sqlite"):
            with self.subTest(name=name):
                path = os.path.join(self.data, name)
                file = sqlite3.connect(path)
                known = file.execute("PRAGMA user_version").fetchone()[0]
                file.execute("PRAGMA user_version = 99")
                file.close()
                with open(path, "rb") as opened:
                    content = opened.read()
                said = self.refused(7, "env", "create", "other", "-o", "json")
                self.assertIn("newer", said)
                with open(path, "rb") as opened:
                    self.assertEqual(opened.read(), content)
                file = sqlite3.connect(path)
                file.execute(f"PRAGMA user_version = {known}")
                file.close()

    def test_no_ledger_says_how_to_make_one(self):
        said = self.refused(7, "key", "list", command=[KEYLEDGER, "--data", self.scratch + "/none", "key", "list"])
        self.assertIn("init", said)

    def test_a_second_init_changes_nothing(self):
        self.refused(1, "init", "-o", "json", error="already_exists")

    def test_files_that_others_may_read_are_refused_by_changing_commands(self):
        for name, mode in (("", 0o755), ("ledger.sqlite", 0o644), ("vault.sqlite", 0o640), ("root.key", 0o604)):
            with self.subTest(name=name):
                path = os.path.join(self.data, name)
                kept = os.stat(path).st_mode & 0o777
                os.chmod(path, mode)
                said = self.refused(7, "env", "create", "other")
                self.assertIn("chmod", said)
                os.chmod(path, kept)

    def test_a_directory_that_cannot_be_written_is_read_and_not_changed(self):
        """As nobody, for whom the modes count: root may write anywhere."""
        self.run_keyledger("key", "list")
        if os.geteuid() == 0:
            shutil.copy(KEYLEDGER, self.scratch + "/keyledger")
            os.chmod(self.scratch, 0o755)
            for folder, _, files in os.walk(self.data):
                for path in [folder, *(os.path.join(folder, name) for name in files)]:
                    os.chown(path, 65534, 65534)
            command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", self.scratch + "/keyledger"]
        else:
            command = [KEYLEDGER]
        os.chmod(self.data, 0o500)
        self.addCleanup(os.chmod, self.data, 0o700)
        command += ["--data", self.data]
        environment = {**os.environ, "HOME": self.scratch}
        for code, arguments in (
                (7, ["env", "create", "other"]), (0, ["events"]), (0, ["key", "list", "--replay"]),
                (0, ["prove", "inclusion", "1"])):
            with self.subTest(arguments=arguments):
                done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60, env=environment)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertLessEqual(done.stderr.count("\n"), 1, done.stderr)
        verified = subprocess.run([*command, "verify"], capture_output=True, text=True, timeout=60, env=environment)
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertIn("The views were not compared", verified.stderr)

    def test_a_full_disk_refuses_the_command_but_no_reader_and_the_next_one_after_room_is_made_succeeds(self):
        place = os.path.join(self.scratch, "small")
        os.mkdir(place)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", place], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.fail(f"needs root to mount a small tmpfs: {mounted.stderr}")
        self.addCleanup(subprocess.run, ["umount", place])
        data = os.path.join(place, "data")
        self.run_keyledger("init", data=data)
        self.run_keyledger("env", "create", "production", data=data)
        self.run_keyledger("key", "list", data=data)
        before = records_of(data)
        ballast = os.path.join(place, "ballast")
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        done = self.run_keyledger("env", "create", "other", "-o", "json", data=data, check=False)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertEqual(json.loads(done.stdout)["error"]["code"], "no_space", done.stderr)
        for command in ("export", "verify", "events", "checkpoint"):
            self.run_keyledger(command, data=data)
        os.remove(ballast)
        self.assertEqual(records_of(data), before)
        self.run_keyledger("env", "create", "other", data=data)
        self.assert_whole(data)


if __name__ == "__main__":
    unittest.main()
