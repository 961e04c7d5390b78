"""Bytes changed in a ledger's file, found by the real binary: a sample over every page of a ledger with tiles."""

import base64
import json
import os
import random
import subprocess

from support import KEYLEDGER, LedgerCase, ledger_file, leaf, records_of, tree_root


class TestTampering(LedgerCase):
    def verify(self, *more):
        done = subprocess.run(
            [KEYLEDGER, "--data", self.data, "verify", "--log-only", "-o", "json", *more],
            capture_output=True, text=True, timeout=60)
        self.assertIn(done.returncode, (0, 6, 7), f"neither whole, found nor refused: {done}")
        return done.returncode, json.loads(done.stdout)

    def export(self):
        return self.run_keyledger("export").stdout

    def test_a_changed_byte_is_found_or_harmless(self):
        self.run_keyledger("init")
        self.run_keyledger("env", "create", "production")
        lines = [
            {"command": "key.create", "environment": "production", "name": f"Key {n}", "description": "", "scope": ["read_only"]}
            for n in range(300)]
        self.run_keyledger("apply", self.write_lines("keys.ndjson", lines))
        code, whole = self.verify()
        self.assertEqual((code, whole["ok"], whole["size"]), (0, True, 304))
        export = self.export()
        for suffix in ("-wal", "-shm"):
            if os.path.exists(path := os.path.join(self.data, "ledger.sqlite" + suffix)):
                os.remove(path)
        path = os.path.join(self.data, "ledger.sqlite")
        with open(path, "rb") as file:
            original = file.read()
        records = [line.encode() for line in export.splitlines()]
        places = [(original.find(record), len(record)) for record in records]
        seed = random.randrange(1 << 32)
        draw = random.Random(seed)
        # Of each page its header and cell pointers, where a change moves rows, and some byte behind.
        offsets = [page + draw.randrange(64) for page in range(0, len(original), 4096)]
        offsets += [draw.randrange(len(original)) for _ in range(60)]
        tally = {"flips": 0, "found": 0, "harmless": 0}
        for offset in offsets:
            changed = bytearray(original)
            changed[offset] ^= 1 << draw.randrange(8)
            with open(path, "wb") as file:
                file.write(changed)
            with self.subTest(offset=offset, seed=seed):
                code, report = self.verify()
                tally["flips"] += 1
                if code == 0:
                    self.assertEqual((report["size"], report["root"]), (whole["size"], whole["root"]))
                    self.assertEqual(self.export(), export)
                    tally["harmless"] += 1
                else:
                    tally["found"] += 1
                    for number, (start, length) in enumerate(places, start=1):
                        if code == 6 and start >= 0 and start <= offset < start + length:
                            self.assertIsNotNone(report["first_bad"])
                            self.assertLessEqual(report["first_bad"], number)
        print(f"\na ledger of {len(original)} bytes: {tally}", flush=True)
        with open(path, "wb") as file:
            file.write(original)
        self.assertEqual(self.verify()[0], 0)

    def rewrite(self, number, old, new):
        """Writes an old event anew, and everything in the file that follows from it; gives the record that was there."""
        records = [record for _, _, _, record in records_of(self.data)]
        self.assertLess(len(records), 256, "there would be a tile to write too")
        kept = records[number - 1]
        self.assertIn(old, kept)
        records[number - 1] = kept.replace(old, new)
        frontier, leaves = b"", [leaf(record) for record in records]
        for bit in reversed(range(8)):
            if len(records) & 1 << bit:
                frontier += tree_root(leaves[:1 << bit])
                leaves = leaves[1 << bit:]
        root = tree_root([leaf(record) for record in records])
        with ledger_file(self.data) as ledger:
            triggers = ledger.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                ledger.execute(f"DROP TRIGGER {name}")
            ledger.execute("UPDATE events SET record = ? WHERE sequence = ?", (records[number - 1], number))
            ledger.execute("UPDATE head SET root = ?, frontier = ?", (root, frontier))
            for _, sql in triggers:
                ledger.execute(sql)
            ledger.commit()
        return kept

    def test_a_rewritten_log_is_whole_by_itself_and_another_to_whoever_kept_something(self):
        self.run_keyledger("init")
        self.run_keyledger("env", "create", "production")
        for name in ("one", "two", "three"):
            self.run_keyledger("key", "create", "--env", "production", "--name", name, "--scope", "read_only")
        kept = os.path.join(self.scratch, "kept.txt")
        with open(kept, "w", encoding="ascii") as file:
            file.write(self.run_keyledger("checkpoint").stdout)
        proof = self.json("prove", "inclusion", "6")
        record = self.rewrite(5, b'"name":"one"', b'"name":"uno"')
        self.assertEqual(len(records_of(self.data)), proof["size"])

        # The guard beside it has kept something too.
        code, report = self.verify()
        self.assertEqual((code, report["ok"]), (6, False))
        self.assertIn("this is another log", report["findings"][0]["what"])
        # Who can write the ledger's file can take the guard away.
        os.remove(os.path.join(self.data, "shown"))
        alone = self.run_keyledger("verify", "--log-only", "-o", "table")
        self.assertIn(f"Whole to event {proof['size']}, compared with nothing outside.", alone.stdout)
        code, report = self.verify("--checkpoint", kept)
        self.assertEqual((code, report["ok"]), (6, False))
        self.assertEqual(
            [finding["what"] for finding in report["findings"]],
            [f"the first {proof['size']} events are not those of the checkpoint: this is another log"])
        # And whoever kept one event's proof sees that it is not in there any more.
        self.assertNotEqual(self.json("prove", "inclusion", "6")["root"], proof["root"])
        self.assertNotIn(record, [row[3] for row in records_of(self.data)])
