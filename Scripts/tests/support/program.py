"""The built program, run from outside on ledgers of its own; and a count of what was held to be true."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "Fixtures"


def program():
    """$KEYLEDGER, else the debug build."""
    if "KEYLEDGER" in os.environ:
        return os.environ["KEYLEDGER"]
    path = subprocess.run(["swift", "build", "--show-bin-path"], cwd=ROOT, capture_output=True, text=True, check=True)
    return path.stdout.strip() + "/keyledger"


PROGRAM = program()


class Ledger:
    """A data directory of its own, gone at the end of the `with`."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name, "ledger")
        self.run("init", *self.arguments, expect=0)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def run(self, *arguments, stdin="", expect=None):
        """Exit code, standard output, standard error."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KEYLEDGER")}
        done = subprocess.run(
            [PROGRAM, "--data", self.path, *arguments], input=stdin, capture_output=True, text=True, env=environment
        )
        if expect is not None and done.returncode != expect:
            sys.exit(f"keyledger {' '.join(arguments)}: exit {done.returncode}, not {expect}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def json(self, *arguments, stdin="", expect=0):
        return json.loads(self.run(*arguments, "-o", "json", stdin=stdin, expect=expect).stdout)

    def lines(self, *arguments, expect=0):
        return [json.loads(line) for line in self.run(*arguments, "-o", "ndjson", expect=expect).stdout.splitlines()]

    def events(self):
        return len(self.run("events", "--quiet", expect=0).stdout.split())


class Held:
    def __init__(self):
        self.right = 0
        self.wrong = []

    def equal(self, what, found, expected):
        if found == expected:
            self.right += 1
        else:
            self.wrong.append(f"{what}\n    found    {found}\n    expected {expected}")

    def end(self, name):
        for line in self.wrong:
            print(line)
        if not self.wrong and not self.right:
            self.wrong.append("nothing was compared")
        print(f"{name}: {self.right} of {self.right + len(self.wrong)} held")
        sys.exit(1 if self.wrong else 0)
