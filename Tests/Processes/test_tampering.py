"""Bytes changed in a ledger's file, found by the real binary: a sample over every page of a ledger with tiles."""

import json
import os
import random
import subprocess

from support import KEYLEDGER, LedgerCase


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
