"""Rules for the whole tree: the package, secrets, paths, run bits, and fixtures that others wrote."""
import hashlib
import os
import re
import zlib

from .swift_text import code
from .tree import Finding, matches

# --- the package

SYSTEM_LIBRARIES = {"CSQLite", "CEpoll", "CCPU"}
PACKAGE_WORDS = [
    (re.compile(r"\.package\s*\("), "no package dependency"),
    (re.compile(r"\.(binaryTarget|plugin|macro|linkedLibrary|linkedFramework|unsafeFlags)\s*\("), "nothing foreign is linked"),
]
SETTINGS = (
    ".swiftLanguageMode(.v6)", ".treatAllWarnings(as: .error)", ".strictMemorySafety()", '"ExistentialAny"',
    '"InternalImportsByDefault"', '"MemberImportVisibility"', '"Lifetimes"',
)
TARGET = re.compile(r"\.(?:target|testTarget|executableTarget)\s*\(")
SETTINGS_GIVEN = re.compile(r"\bswiftSettings:\s*settings\b")
NO_DEPENDENCIES = re.compile(r"\bpackage\s*=\s*Package\s*\([^{}]*?\bdependencies:\s*\[\s*\]\s*,\s*targets:")
SYSTEM_LIBRARY = re.compile(r"\.systemLibrary\s*\(\s*name:\s*\"(\w+)\"")
LINKED = re.compile(r"^\s*link\s+(?:framework\s+)?\"([^\"]+)\"", re.MULTILINE)


def package(tree):
    manifest = "Package.swift"
    if manifest not in tree.paths:
        yield Finding(manifest, 1, "there is no Package.swift")
        return
    text = tree.text(manifest) or ""
    for pattern, why in PACKAGE_WORDS:
        for line, _ in matches(pattern, code(text)):
            yield Finding(manifest, line, why)
    if not NO_DEPENDENCIES.search(code(text)):
        yield Finding(manifest, 1, "the package must say `dependencies: []`")
    for setting in SETTINGS:
        if setting not in text:
            yield Finding(manifest, 1, f"every target is built with {setting}")
    if len(matches(TARGET, code(text))) != len(matches(SETTINGS_GIVEN, code(text))):
        yield Finding(manifest, 1, "every Swift target says `swiftSettings: settings`")
    for line, match in matches(SYSTEM_LIBRARY, text):
        if match[1] not in SYSTEM_LIBRARIES:
            yield Finding(manifest, line, f"{match[1]}: no other system library")
    for path in tree.paths:
        if path.endswith(".modulemap"):
            for line, match in matches(LINKED, tree.text(path) or ""):
                if match[1] != "sqlite3":
                    yield Finding(path, line, f"links {match[1]}: only sqlite3 is linked")


# --- secrets

# Vectors are by definition public, and every digest of a log is 64 hex digits. Elsewhere, where 64 hex digits are
# known answers (digests, MACs, roots) and open nothing, the file is listed here.
HEX_MAY_STAND = {
    "Fixtures/vectors/": "written by others",
    "Fixtures/events/": "golden records: fingerprints and commitments of made-up values",
    "Fixtures/legacy/": "SHA-256 of the made-up tokens that its README names",
    "Fixtures/SHA256SUMS": "digests of the fixtures that must not change",
    "Tests/CryptographyTests/SHA256Tests.swift": "known digests",
    "Tests/TransparencyTests/CheckpointTests.swift": "a known root",
    "Tests/VaultTests/SealingTests.swift": "known keys of a fixed made-up row",
    "Tests/LedgerServiceTests/Reading/CustomerTokenTests.swift": "a known MAC of a made-up secret",
    "Tests/EventLogTests/Codec/GoldenTests.swift": "the root of the golden log",
}
SECRET_CRC = re.compile(r"(?=((?:server|client|user)-[0-9A-Za-z]{30})([0-9A-Za-z]{6}))")
HEX = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{64}(?![0-9A-Za-z])")
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE" + r" KEY-----")
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(body):
    """The last six characters of a secret of ours (contract.md §1): CRC-32 in base62, padded with 0."""
    rest, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = DIGITS[digit] + digits
    return digits


def is_sequence(hexadecimal):
    """Bytes that step evenly (all zero, or 00 01 02 …): a test's filler, no key."""
    data = bytes.fromhex(hexadecimal)
    return len({(after - before) % 256 for before, after in zip(data, data[1:])}) == 1


def secrets(tree):
    for path in tree.paths:
        if (text := tree.text(path)) is None:
            continue
        for line, match in matches(SECRET_CRC, text):
            if checksum(match[1]) == match[2]:
                yield Finding(path, line, "a secret of ours with a right checksum: revoke it if it was ever real; tests make theirs as they run")
        for line, _ in matches(PRIVATE_KEY, text):
            yield Finding(path, line, "a private key")
        if not path.startswith(tuple(HEX_MAY_STAND)):
            for line, match in matches(HEX, text):
                if not is_sequence(match[0]):
                    yield Finding(path, line, "64 hex digits, like a root key: compute it, or list the file with its reason in Scripts/checks")


# --- lengths

FILE_LINES = 400
SOURCE = re.compile(r"\.(swift|py|js|css|html|h|sh)$|^Scripts/[^.]*$")


def lengths(tree):
    for path in tree.paths:
        text = tree.text(path) if SOURCE.search(path) else None
        if text is None:
            continue
        lines = text.count("\n") + (not text.endswith("\n"))
        if lines > FILE_LINES:
            yield Finding(path, FILE_LINES + 1, f"{lines} lines; a file has at most {FILE_LINES}")


# --- paths, leftovers, run bits

HOMES = "|".join(("tmp", "work", "farm", "root", "home", "Users", "private", "mnt", "opt"))
MACHINE_PATH = re.compile(r"(?<![\w.)}\]*$-])/(?:%s)/[A-Za-z0-9_.]" % HOMES)
LEFTOVER = re.compile(r"(^|/)(\.build|\.swiftpm|__pycache__|keyledger-data)/|(^|/)Package\.resolved$|\.(pyc|sqlite|sqlite-wal|sqlite-shm)$")
MUST_RUN = re.compile(r"^(Scripts|Scripts/tests|\.ci)/[^/]+$")
TOP = {"Package.swift", "Sources", "Tests", "Fixtures", "Scripts", "README.md"}


def places(tree):
    for path in tree.paths:
        if LEFTOVER.search(path):
            yield Finding(path, 1, "is made by running, and not committed")
            continue
        top = path.split("/")[0]
        if top not in TOP and not top.startswith("."):
            yield Finding(path, 1, f"{top} is not one of the fixed names at the top (design.md §1)")
        if path.startswith("Fixtures/vectors/") or (text := tree.text(path)) is None:
            continue
        for line, match in matches(MACHINE_PATH, text):
            yield Finding(path, line, f"{match[0]}…: a path of one machine")


def run_bits(tree):
    for path in tree.paths:
        if not path.startswith(("Scripts/", ".ci/")):
            continue
        runs = os.access(tree.root / path, os.X_OK)
        begins = tree.data(path).startswith(b"#!")
        if MUST_RUN.match(path) and not begins and not path.endswith((".md", ".txt")):
            yield Finding(path, 1, "a script begins with #!")
        elif begins and not runs:
            yield Finding(path, 1, "has no run bit: chmod +x")
        elif runs and not begins:
            yield Finding(path, 1, "has a run bit but no #!")
    for path in ("Scripts/start", "Scripts/test", "Scripts/check", "Scripts/dependencies", ".ci/run", "README.md"):
        if path not in tree.paths:
            yield Finding(path, 1, "is missing")


# --- fixtures that must equal what others wrote

SUMS = "Fixtures/SHA256SUMS"
PINNED = ("Fixtures/vectors/", "Fixtures/histories/", "Fixtures/events/")


def fixtures(tree):
    sums = {}
    for number, line in enumerate((tree.text(SUMS) or "").splitlines() if SUMS in tree.paths else [], 1):
        digest, _, name = line.partition("  ")
        sums["Fixtures/" + name] = (number, digest)
    for path, (number, digest) in sums.items():
        if path not in tree.paths:
            yield Finding(SUMS, number, f"{path} is missing")
        elif hashlib.sha256(tree.data(path)).hexdigest() != digest:
            yield Finding(path, 1, f"differs from what {SUMS} says: it was written by others and stays as it came")
    for path in tree.paths:
        if path.startswith(PINNED) and not path.endswith(".md") and path not in sums:
            yield Finding(path, 1, f"is not in {SUMS}")


RULES = [package, secrets, lengths, places, run_bits, fixtures]
