"""What the process tests share: the real binary, ledgers of their own, and a second opinion on what is in a ledger.

Nothing here calls our code but through the command line: the tree, the folds and the vault's rows are worked out again.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def binary():
    named = os.environ.get("KEYLEDGER_BINARY")
    if named:
        return named
    for build in ("debug", "release"):
        path = os.path.join(ROOT, ".build", build, "keyledger")
        if os.path.exists(path):
            return path
    raise SystemExit("no keyledger binary: run `swift build --product keyledger`, or name one in KEYLEDGER_BINARY")


KEYLEDGER = binary()


class LedgerCase(unittest.TestCase):
    """A test with a directory of its own."""

    def setUp(self):
        self.scratch = tempfile.mkdtemp(prefix="keyledger-processes-")
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        self.data = os.path.join(self.scratch, "data")

    def command(self, *arguments, data=None):
        return [KEYLEDGER, "--data", data or self.data, *arguments]

    def run_keyledger(self, *arguments, data=None, stdin="", check=True, env=None):
        done = subprocess.run(
            self.command(*arguments, data=data), input=stdin, capture_output=True, text=True,
            env={**os.environ, **(env or {})}, timeout=120)
        if check:
            self.assertEqual(done.returncode, 0, f"{arguments}: {done.stderr}")
        return done

    def json(self, *arguments, **options):
        return json.loads(self.run_keyledger(*arguments, "-o", "json", **options).stdout)

    def write_lines(self, name, commands):
        path = os.path.join(self.scratch, name)
        with open(path, "w", encoding="utf-8") as file:
            for command in commands:
                file.write(json.dumps(command) + "\n")
        return path

    def snapshot(self):
        """A copy of the ledger as it is, to go back to."""
        kept = os.path.join(self.scratch, "kept")
        shutil.copytree(self.data, kept)
        return kept

    def restore(self, kept):
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.copytree(kept, self.data)

    def assert_whole(self, data=None):
        """The ledger agrees with itself, by a second opinion. Returns its records."""
        data = data or self.data
        records = records_of(data)
        versions = {}
        last = ""
        for number, (sequence, stream, version, record) in enumerate(records, start=1):
            event = json.loads(record)
            self.assertEqual(sequence, number, "a gap in the sequence")
            self.assertEqual(event["id"], str(number))
            self.assertEqual(event["subject"], stream)
            self.assertEqual(version, versions.get(stream, 0) + 1, f"a gap in the versions of {stream}")
            self.assertGreaterEqual(event["time"], last, "time runs backwards")
            versions[stream] = version
            last = event["time"]
        with ledger_file(data) as ledger:
            size, root = ledger.execute("SELECT size, root FROM head").fetchone()
        self.assertEqual(size, len(records))
        self.assertEqual(root, tree_root([leaf(record) for _, _, _, record in records]))
        return [json.loads(record) for _, _, _, record in records]

    def assert_vault_follows(self, events, data=None):
        """Every key that is valid has a row that opens to its secret; a row that no event names is an orphan."""
        data = data or self.data
        rows = live_rows(data)
        fold = Fold(events)
        for key, state in fold.keys.items():
            if state["ended"] or not state["revealable"]:
                continue
            self.assertIn((key, "key"), rows, f"{key} is valid and has no row")
            secret = open_row(data, key, "key")
            self.assertEqual(hashlib.sha256(secret).hexdigest(), state["fingerprint"])
        return {row for row in rows if row[1] == "key" and row[0] not in fold.keys}


class ledger_file:
    """A connection that reads `ledger.sqlite` and is closed at the end."""

    def __init__(self, data, name="ledger.sqlite"):
        self.path = os.path.join(data, name)

    def __enter__(self):
        self.connection = sqlite3.connect(self.path)
        return self.connection

    def __exit__(self, *_):
        self.connection.close()


def records_of(data):
    with ledger_file(data) as ledger:
        return ledger.execute("SELECT sequence, stream, version, record FROM events ORDER BY sequence").fetchall()


def leaf(record):
    return hashlib.sha256(b"\x00" + record).digest()


def tree_root(leaves):
    """RFC 6962 §2.1, written as it stands there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + tree_root(leaves[:split]) + tree_root(leaves[split:])).digest()


class Fold:
    """The keys as the events leave them; grace periods other than `now` have not ended within a test."""

    def __init__(self, events):
        self.keys = {}
        for event in events:
            kind, data = event["type"], event["data"]
            key = event["subject"].rsplit("/", 1)[-1]
            if kind in ("key.created", "key.migrated"):
                self.keys[key] = {
                    "fingerprint": data["fingerprint"], "revealable": data["revealable"], "name": data["name"],
                    "ended": None, "scope": data["scope"], "successor": None}
            elif kind == "key.rotated":
                self.keys[key]["successor"] = data["successor"]
                if data["grace"] == "now":
                    self.keys[key]["ended"] = "grace_ended"
            elif kind in ("key.revoked", "key.removed"):
                self.keys[key]["ended"] = kind.rsplit(".", 1)[-1]
            elif kind == "scope.updated":
                self.keys[key]["scope"] = data["after"]


def live_rows(data):
    with ledger_file(data, "vault.sqlite") as vault:
        rows = vault.execute("SELECT owner, kind, salt FROM secrets").fetchall()
    return {(owner, kind) for owner, kind, salt in rows if any(salt)}


def open_row(data, owner, kind):
    """What a sealed row holds, by design.md §4 and the `cryptography` package."""
    with open(os.path.join(data, "root.key"), encoding="ascii") as file:
        root = bytes.fromhex(file.read())
    with ledger_file(data) as ledger:
        first = json.loads(ledger.execute("SELECT record FROM events WHERE sequence = 1").fetchone()[0])
    with ledger_file(data, "vault.sqlite") as vault:
        root_id, salt, sealed = vault.execute(
            "SELECT root_id, salt, sealed FROM secrets WHERE owner = ? AND kind = ?", (owner, kind)).fetchone()
    parts = ["keyledger/seal/v1", root_id, first["source"][len("/ledgers/"):], owner, kind]
    aad = b"".join(len(part).to_bytes(2, "big") + part.encode() for part in parts)
    key = HKDF(hashes.SHA256(), 44, salt, aad).derive(root)
    text = ChaCha20Poly1305(key[:32]).decrypt(key[32:], sealed, aad)
    return text[2:2 + int.from_bytes(text[:2], "big")]


def idempotency_hash(actor, key):
    return hashlib.sha256(actor.encode() + b"\x00" + key.encode()).hexdigest()
