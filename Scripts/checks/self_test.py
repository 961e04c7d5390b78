"""Proves each rule: plants a breach in a copy of the tree and expects exactly that finding, then takes it out again.

Beside them stand look-alikes, in which nothing may be found.
"""
import pathlib
import shutil
import subprocess
import tempfile
from typing import NamedTuple

from . import format_rule
from .tree import Tree
from .tree_rules import checksum

ROOM = "Sources/EventLog/Planted.swift"
TEST = "Tests/EventLogTests/Planted.swift"


# As if it were committed, ignored or not; or as if its removal were.
INDEX = ("update-index", "--add", "--remove", "--")


class Plant(NamedTuple):
    what: str
    path: str
    content: object  # text or bytes of a new file, or a function from the old bytes to the new ones, or None to remove it
    line: int
    message: str  # part of the finding; empty for a look-alike, in which nothing may be found
    mode: int = 0o644


def function(lines, head="func long()"):
    """A function of so many lines, in a file that is right otherwise."""
    return f"{head} {{\n" + "  work()\n" * (lines - 2) + "}\n"


def secret(prefix, right=True):
    body = prefix + "-" + "Planted0" * 3 + "123456"
    last = checksum(body)
    return body + (last if right else last[:-1] + ("0" if last[-1] != "0" else "1"))


def replacing(old, new):
    def change(data):
        assert old in data, f"the tree has no {old!r} to change"
        return data.replace(old, new, 1)

    return change


# Written in pieces, so that this file holds no breach itself.
HEX = "5f" + "c0ffee" * 10 + "17"
OPEN = "TO" + "DO"
HOME = "/" + "home" + "/ada/keys"
NAMES = "let a = \"try! as! {{{ \\(name(\"}\")) \\\\\"\nlet b = #\"a \"quoted\" {\"#\nlet c = \"\"\"\n  func f() {{{ \" try!\n  \"\"\"\n"
PROTOCOL = "protocol P {\n" + "  func need(_ body: () -> Void)\n  init(a: Int)\n  var x: Int { get }\n" * 30 + "}\n"

PLANTS = [
    Plant("a file of 401 lines", ROOM, "// a line\n" * 401, 401, "401 lines"),
    Plant("a file of 400 lines", ROOM, "// a line\n" * 400, 0, ""),
    Plant("a file of 401 lines, the last without its end", ROOM, "// a line\n" * 400 + "// end", 401, "401 lines"),
    Plant("a test file of 401 lines", TEST, "// a line\n" * 401, 401, "401 lines"),
    Plant("a module of 401 lines", "Tests/Processes/planted.py", "# a line\n" * 401, 401, "401 lines"),
    Plant("a function of 61 lines", ROOM, function(61), 1, "long has 61 lines"),
    Plant("a function of 60 lines", ROOM, function(60), 0, ""),
    Plant("a long function after braces in strings and comments", ROOM, "/* { /* { */ { */ // {\n" + NAMES + function(61), 7, "long has 61"),
    Plant("a long initialiser", ROOM, "struct S {\n" + function(61, "init?<T>(_ a: T = { 1 }()) where T: P") + "}\n", 2, "init has 61"),
    Plant("a long deinit", ROOM, "class S {\n" + function(61, "deinit") + "}\n", 2, "deinit has 61"),
    Plant("a long computed property", ROOM, "struct S {\n" + function(61, "var body: [Int]") + "}\n", 2, "body has 61"),
    Plant("a long subscript", ROOM, "struct S {\n" + function(61, "subscript(i: Int) -> Int") + "}\n", 2, "subscript has 61"),
    Plant("a function whose signature takes many lines", ROOM, function(58, "func long(\n  a: Int,\n  b: () -> Void = {}\n)"), 1, "long has 61"),
    Plant("a protocol's requirements and short functions", ROOM, PROTOCOL + function(20, "func short()") * 4, 0, ""),
    Plant("a long type of short functions", ROOM, "struct S {\n" + function(20, "func short()") * 4 + "}\n", 0, ""),
    Plant("a long test", TEST, function(61, "@Test func `a sentence with { in it`()"), 1, "has 61 lines"),
    Plant("an import upwards", ROOM, "/* why */\n@preconcurrency package import Projections\n", 2, "EventLog may not import Projections"),
    Plant("an import of one thing from above", ROOM, "import struct LedgerService.LedgerDirectory\n", 1, "may not import LedgerService"),
    Plant("an import past a room", "Sources/LedgerService/Planted.swift", "import CEpoll\n", 1, "may not import CEpoll"),
    Plant("an import that the table allows", ROOM, "import Glibc\ninternal import SQLite\npackage import Transparency\n", 0, ""),
    Plant("an import into the pure domain", "Sources/KeyLedger/Planted.swift", "import Formats\n", 1, "KeyLedger may not import Formats"),
    Plant("the system in the pure domain", "Sources/KeyLedger/Planted.swift", "import Glibc\n", 1, "KeyLedger may not import Glibc"),
    Plant("a library of somebody else", ROOM, "import Crypto\n", 1, "may not import Crypto"),
    Plant("Foundation", "Sources/keyledger/Planted.swift", "import Foundation\n", 1, "no Foundation"),
    Plant("a part of Foundation", ROOM, "import FoundationEssentials\n", 1, "no Foundation"),
    Plant("Foundation in a comment", ROOM, "// import Foundation\n/*\nimport Foundation\n*/\n", 0, ""),
    Plant("a room that nobody drew", "Sources/Attic/Planted.swift", "", 1, "not a room"),
    Plant("an exported import", ROOM, "@_exported import Formats\n", 1, "@_exported"),
    Plant("a testable import in a room", ROOM, "@testable import Formats\n", 1, "@testable"),
    Plant("try!", ROOM, "// try! here is none\nlet x = try! f()\n", 2, "try!"),
    Plant("as!", ROOM, "let x = y as! Int\n", 1, "as!"),
    Plant("@unchecked Sendable", ROOM, "final class C: @unchecked Sendable {}\n", 1, "race check"),
    Plant("nonisolated(unsafe)", ROOM, "nonisolated(unsafe) var x = 1\n", 1, "race check"),
    Plant("these words in strings and comments", ROOM, NAMES + "// as! @unchecked Sendable\nlet `as` = 1\n", 0, ""),
    Plant("these words in a test", TEST, "let x = try! f()\n", 0, ""),
    Plant("open work in a room", ROOM, f"\n// {OPEN}: later\n", 2, OPEN),
    Plant("open work in a script", "Scripts/tests/planted", f"#!/bin/sh\n# {OPEN}\n", 2, OPEN, 0o755),
    Plant("an allowance that nothing needs", "Sources/Cryptography/SecretBytes.swift", replacing(b"nonisolated(unsafe)", b""), 1, "remove the allowance"),
    Plant("a test that does not run", TEST, '@Test(.disabled("later")) func f() {}\n', 1, "every test runs"),
    Plant("a known issue", TEST, "withKnownIssue { }\n", 1, "every test runs"),
    Plant("a package dependency", "Package.swift", replacing(b"dependencies: [],", b'dependencies: [.package(path: "../x")],'), 1, "dependencies: []"),
    Plant("a package dependency given later", "Package.swift", lambda data: data + b'// .package(\nlet y = Package.Dependency\n.package(path: "x")\n', -1, "no package dependency"),
    Plant("a foreign library", "Package.swift", lambda data: data + b'let y = LinkerSetting\n.linkedLibrary("z")\n', -1, "nothing foreign"),
    Plant("another system library", "Package.swift", lambda data: data + b'let y = Target\n.systemLibrary(name: "CZlib")\n', -1, "no other system library"),
    Plant("warnings that pass", "Package.swift", replacing(b".treatAllWarnings(as: .error),", b""), 1, "treatAllWarnings"),
    Plant("a target with settings of its own", "Package.swift", replacing(b"swiftSettings: settings)", b"swiftSettings: [])"), 1, "swiftSettings: settings"),
    Plant("a module map that links", "Sources/CCPU/planted.modulemap", 'module C [system] {\n  link "crypto"\n}\n', 2, "links crypto"),
    Plant("no manifest", "Package.swift", None, 1, "no Package.swift"),
    *(
        Plant(f"a {kind} secret", path, f"\nthe {secret(kind)}.\n", 2, "right checksum")
        for kind, path in (("server", TEST), ("client", "README.md"), ("user", "Fixtures/legacy/planted.csv"))
    ),
    Plant("secrets with wrong checksums", TEST, "// " + " ".join(secret(kind, False) for kind in ("server", "client", "user")), 0, ""),
    Plant("a secret inside a word", "Fixtures/legacy/planted.txt", f"my_{secret('server')}more\n", 1, "right checksum"),
    Plant("a secret in a file of no text", "Fixtures/planted.bin", b"\0\1", 0, ""),
    Plant("a root key", TEST, f'let key = "{HEX}"\n', 1, "64 hex digits"),
    Plant("a root key in capitals", "Scripts/tests/planted", f"#!/bin/sh\nkey={HEX.upper()}\n", 2, "64 hex digits", 0o755),
    Plant("a filler of even steps, and longer digits", TEST, f'let a = "{bytes(range(32)).hex()}", b = "{"0" * 64}", c = "{HEX}{HEX}"\n', 0, ""),
    Plant("a digest where digests may stand", "Fixtures/legacy/planted.ndjson", f'{{"fingerprint":"{HEX}"}}\n', 0, ""),
    Plant("a private key", TEST, "// -----BEGIN EC PRIVATE" + " KEY-----\n", 1, "private key"),
    Plant("a path of one machine", "Fixtures/legacy/planted.txt", f"\n\nin '{HOME}' it was\n", 3, "one machine"),
    Plant("a path in an argument", TEST, f'let d = "--data={HOME}"\n', 1, "one machine"),
    Plant("paths that every machine has", "Fixtures/planted.txt", "#!/usr/bin/env bash /dev/null /proc/self $HOME/work/x a/tmp/b https://example.com/root/x\n", 0, ""),
    Plant("resolved packages", "Package.resolved", "{}\n", 1, "made by running"),
    Plant("something built", "Scripts/.build/planted", "x\n", 1, "made by running"),
    Plant("a ledger", "Fixtures/planted/ledger.sqlite", b"\0", 1, "made by running"),
    Plant("a new name at the top", "docs/planted.md", "x\n", 1, "fixed names"),
    Plant("a script without its run bit", "Scripts/planted", "#!/bin/sh\n", 1, "no run bit"),
    Plant("a test script without its run bit", "Scripts/tests/planted", "#!/bin/sh\n", 1, "no run bit"),
    Plant("a script without #!", "Scripts/planted", "true\n", 1, "begins with #!", 0o755),
    Plant("a helper with a run bit and no #!", "Scripts/checks/planted.py", "pass\n", 1, "has a run bit", 0o755),
    Plant("a script that is gone", "Scripts/start", None, 1, "is missing"),
    Plant("a fixture that was changed", "Fixtures/histories/debian-keyring.ndjson", replacing(b"maintainer-1", b"maintainer-9"), 1, "differs from"),
    Plant("a vector that is gone", "Fixtures/vectors/SHA256ShortMsg.rsp", None, -1, "is missing"),
    Plant("a vector that nobody pinned", "Fixtures/vectors/planted.json", "{}\n", 1, "is not in"),
]

BADLY_FORMATTED = "struct  Planted {\n    let a:Int\n}\n"


def run(root, rules):
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "tree")
        for path in Tree(root).paths:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / path, copy / path)
        git(copy, "init", "--quiet")
        git(copy, "add", "--force", "--all")
        before = found(copy, rules)
        for plant in PLANTS:
            old = sow(copy, plant)
            new = found(copy, rules) - before
            weed(copy, plant, old)
            if not expected(plant, new):
                wrong.append(f"{plant.what}: expected {plant.path}:{plant.line}: …{plant.message}…, found {sorted(map(str, new)) or 'nothing'}")
        if found(copy, rules) != before:
            wrong.append("the copy is not as it was before: the self-test itself is wrong")
        wrong += formatting(copy)
    for line in wrong:
        print(f"check --self-test: {line}")
    print(f"check --self-test: {len(PLANTS) + 1 - len(wrong)} of {len(PLANTS) + 1} plants judged rightly")
    return 1 if wrong else 0


def git(copy, *arguments):
    subprocess.run(["git", "-C", copy, *arguments], check=True, capture_output=True)


def found(copy, rules):
    tree = Tree(copy)
    return {finding for rule in rules for finding in rule(tree)}


def expected(plant, new):
    """One finding, at its place (the line -1 stands for whichever it is), or none for a look-alike."""
    if not plant.message:
        return not new
    # What is planted in Package.swift breaks it in more than one way at times; what is planted elsewhere, in one.
    hits = [finding for finding in new if plant.message in finding.message and plant.line in (-1, finding.line)]
    return len(hits) == 1 and (len(new) == 1 or plant.path == "Package.swift")


def sow(copy, plant):
    path = copy / plant.path
    old = (path.read_bytes(), path.stat().st_mode) if path.exists() else None
    content = plant.content
    if content is None:
        path.unlink()
        git(copy, *INDEX, plant.path)
        return old
    if callable(content):
        content = content(old[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(old[1] if old else plant.mode)
    git(copy, *INDEX, plant.path)
    return old


def weed(copy, plant, old):
    path = copy / plant.path
    if old:
        path.write_bytes(old[0])
        path.chmod(old[1])
        git(copy, *INDEX, plant.path)
        return
    path.unlink()
    git(copy, *INDEX, plant.path)
    for folder in path.relative_to(copy).parents:
        if folder.name and not any((copy / folder).iterdir()):
            (copy / folder).rmdir()


def formatting(copy):
    path = copy / "Planted.swift"
    path.write_text(BADLY_FORMATTED)
    findings = format_rule.finish(format_rule.start(copy, ["Planted.swift"]))
    places = {(finding.path, finding.line) for finding in findings}
    right = {("Planted.swift", 1), ("Planted.swift", 2)} <= places
    return [] if right else [f"swift format: expected lines 1 and 2 of Planted.swift, found {findings}"]
