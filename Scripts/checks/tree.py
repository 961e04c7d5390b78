"""The files of the project, and what a finding is."""
import functools
import os
import pathlib
import shutil
import subprocess
from typing import NamedTuple


class Finding(NamedTuple):
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Tree:
    """Every file that is or could be committed below `root`; texts are read once."""

    UNLISTED = {".git", ".build", "__pycache__", "keyledger-data"}

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.tracked = self._git("ls-files", "-z", "--cached")
        others = self._git("ls-files", "-z", "--others", "--exclude-standard")
        listed = self._walk() if self.tracked is None else self.tracked + others
        self.paths = sorted(path for path in set(listed) if (self.root / path).is_file())

    def _git(self, *arguments):
        """The names that git lists, or None where there is none: an unpacked archive."""
        if not (self.root / ".git").exists() or not shutil.which("git"):
            return None
        # Whoever owns the clone: a build machine is often another user than its files.
        command = ["git", "-C", self.root, "-c", "safe.directory=*", *arguments]
        listing = subprocess.run(command, capture_output=True, check=True)
        return [os.fsdecode(name) for name in listing.stdout.split(b"\0") if name]

    def _walk(self):
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if name not in self.UNLISTED]
            for name in files:
                yield str(pathlib.Path(folder, name).relative_to(self.root))

    def data(self, path):
        status = (self.root / path).stat()
        return _read(str(self.root / path), status.st_mtime_ns, status.st_size)

    def text(self, path):
        """The file as text, or None if it is binary."""
        return _decode(self.data(path))

    def swift(self, *folders):
        return [path for path in self.paths if path.endswith(".swift") and path.startswith(folders)]


@functools.lru_cache(maxsize=None)
def _read(path, modified, size):
    with open(path, "rb") as file:
        return file.read()


@functools.lru_cache(maxsize=None)
def _decode(data):
    return None if b"\0" in data else data.decode("utf-8", errors="replace")


@functools.lru_cache(maxsize=None)
def matches(pattern, text):
    """Each match with the number of its line. Kept, because the self-test looks at the same text many times."""
    return [(text.count("\n", 0, match.start()) + 1, match) for match in pattern.finditer(text)]
