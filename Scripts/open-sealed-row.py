#!/usr/bin/env python3
"""Opens one row of the vault without a line of our code: open-sealed-row.py [--ledger ID] DATADIR OWNER KIND"""
import argparse, hashlib, hmac, json, os, pathlib, sqlite3
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

arguments = argparse.ArgumentParser()
arguments.add_argument("--ledger")
for name in ("directory", "owner", "kind"): arguments.add_argument(name)
a = arguments.parse_args()

def row(file, sql, *values):  # through SQLite only: closing another descriptor would drop its locks
    uri = pathlib.Path(a.directory, file).resolve().as_uri() + "?mode=ro"
    return sqlite3.connect(uri, uri=True).execute(sql, values).fetchone() or exit("no such row")

root = bytes.fromhex(open(os.environ.get("KEYLEDGER_ROOT_KEY_FILE") or f"{a.directory}/root.key").read())
ledger = a.ledger or json.loads(row("ledger.sqlite", "SELECT record FROM events WHERE sequence=1")[0])["source"][9:]
root_id, salt, sealed = row("vault.sqlite", "SELECT root_id, salt, sealed FROM secrets WHERE owner=? AND kind=?", a.owner, a.kind)
if not any(salt): exit("destroyed")
if root_id != hmac.new(root, b"keyledger/root-id/v1", hashlib.sha256).hexdigest()[:16]: exit("sealed by another root key")
parts = [part.encode() for part in ("keyledger/seal/v1", root_id, ledger, a.owner, a.kind)]
aad = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
key = HKDF(hashes.SHA256(), 44, salt, aad).derive(root)
text = ChaCha20Poly1305(key[:32]).decrypt(key[32:], sealed, aad)
content = text[2:2 + int.from_bytes(text[:2], "big")]
print(content.decode() if a.kind != "handle" else f"{content[:32].hex()} {content[32:].decode()}")
