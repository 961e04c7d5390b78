"""Rules for Swift sources: length of functions, imports, and words that hide a failure."""
import re

from .swift_text import code, functions
from .tree import Finding, matches

FUNCTION_LINES = 60

# design.md §5: which room may look into which; Projections sees Transparency because a position names a Merkle root.
# Beside these a room may use what the toolchain brings, `Glibc` and `Synchronization`, unless it is a pure one.
ROOMS = {
    "CSQLite": set(),
    "CEpoll": set(),
    "CCPU": set(),
    "Formats": set(),
    "KeyLedger": set(),
    "Cryptography": {"CCPU"},
    "SQLite": {"CSQLite"},
    "HTTPServer": {"CEpoll"},
    "Transparency": {"Cryptography", "Formats"},
    "Vault": {"Cryptography", "SQLite", "Formats"},
    "EventLog": {"KeyLedger", "Transparency", "Cryptography", "SQLite", "Formats"},
    "Projections": {"EventLog", "KeyLedger", "Transparency", "Cryptography", "SQLite", "Formats"},
}
ROOMS["LedgerService"] = {
    "Projections", "Vault", "EventLog", "KeyLedger", "Transparency", "Cryptography", "SQLite", "Formats", "CSQLite", "CCPU",
}
ROOMS["HTTPAPI"] = {"HTTPServer", "LedgerService", "KeyLedger", "Formats"}
ROOMS["keyledger"] = set(ROOMS)
TOOLCHAIN = {"Glibc", "Synchronization"}
PURE = {"KeyLedger", "Formats", "Transparency"}  # these compute, and ask the system for nothing

IMPORT = re.compile(
    r"^[ \t]*(?P<attributes>(?:@\w+(?:\([^)\n]*\))?[ \t]+)*)(?:(?:public|package|internal|fileprivate|private)[ \t]+)?"
    r"import[ \t]+(?:(?:struct|class|enum|protocol|typealias|func|var|let)[ \t]+)?(?P<module>\w+)",
    re.MULTILINE,
)

# What may not stand in Sources, and why.
FORBIDDEN = [
    (re.compile(r"\btry!"), "try! turns an error into a crash: throw it or handle it"),
    (re.compile(r"\bas!"), "as! turns a mistake into a crash: match the type"),
    (re.compile(r"@unchecked\s+Sendable\b"), "@unchecked Sendable switches the race check off"),
    (re.compile(r"\bnonisolated\s*\(\s*unsafe\s*\)"), "nonisolated(unsafe) switches the race check off"),
]
# (file, words that the line holds): the reason why it may stand all the same.
ALLOWED = {
    ("Sources/HTTPServer/Sockets/Locked.swift", "@unchecked Sendable"):
        "a lock guards its value; the thread sanitizer sees this one and not the standard library's",
    ("Sources/Cryptography/SecretBytes.swift", "nonisolated(unsafe)"):
        "written by init and then by deinit alone, when nobody else can hold a reference: no two threads meet there",
}
OPEN_WORK = re.compile(r"\b(?:%s)\b" % "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")))
SKIPPED_TEST = re.compile(r"\.disabled\s*\(|\bXCTSkip\w*|\bwithKnownIssue\b|\bimport XCTest\b")


def function_lengths(tree):
    for path in tree.swift(""):
        inside = 0
        for function in functions(tree.text(path) or ""):
            if function.length > FUNCTION_LINES and function.line > inside:
                message = f"{function.name} has {function.length} lines; a function has at most {FUNCTION_LINES}"
                yield Finding(path, function.line, message)
                inside = function.line + function.length - 1


def imports(tree):
    for path in tree.swift("Sources/"):
        room = path.split("/")[1]
        if room not in ROOMS:
            yield Finding(path, 1, f"{room} is not a room of design.md §5: add it to the table in Scripts/checks first")
            continue
        allowed = ROOMS[room] | {room} | (set() if room in PURE else TOOLCHAIN)
        for line, match in matches(IMPORT, code(tree.text(path) or "")):
            module = match["module"]
            if module.startswith("Foundation"):
                yield Finding(path, line, "no Foundation in Sources")
            elif module not in allowed:
                yield Finding(path, line, f"{room} may not import {module}")
            if "@_exported" in match["attributes"]:
                yield Finding(path, line, "@_exported opens a room to whoever imports its neighbour")
            if "@testable" in match["attributes"]:
                yield Finding(path, line, "@testable belongs to Tests")


def words(tree):
    for path in tree.paths:
        if not path.startswith(("Sources/", "Scripts/")) or (text := tree.text(path)) is None:
            continue
        for line, match in matches(OPEN_WORK, text):
            yield Finding(path, line, f"{match[0]}: finish it, or write it into an issue")
    for path in tree.swift("Sources/"):
        text = tree.text(path) or ""
        lines = text.split("\n")
        for pattern, why in FORBIDDEN:
            for line, match in matches(pattern, code(text)):
                if not any(path == file and held in lines[line - 1] for file, held in ALLOWED):
                    yield Finding(path, line, why)
    for path in tree.swift("Tests/"):
        for line, match in matches(SKIPPED_TEST, code(tree.text(path) or "")):
            yield Finding(path, line, f"{match[0].rstrip('(')}: every test runs, in Swift Testing")


def allowances(tree):
    """An allowance that nothing needs any more is a hole left open."""
    for file, held in ALLOWED:
        text = tree.text(file) if file in tree.paths else None
        if text is None or held not in code(text):
            yield Finding(file, 1, f"is allowed {held} in Scripts/checks but does not use it: remove the allowance")


RULES = [function_lengths, imports, words, allowances]
