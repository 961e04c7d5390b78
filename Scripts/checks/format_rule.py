"""`swift format lint --strict`, as findings like the others."""
import pathlib
import re
import subprocess

from .tree import Finding

LINE = re.compile(r"^(?P<path>.+?\.swift):(?P<line>\d+):\d+: (?:error|warning): (?P<message>.*)$")


def start(root, paths=("Sources", "Tests", "Package.swift")):
    """Starts the linter, which runs beside the other rules."""
    command = ["swift", "format", "lint", "--strict", "--parallel", "--recursive", *paths]
    process = subprocess.Popen(
        command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    return pathlib.Path(root).resolve(), process


def finish(started):
    root, process = started
    output = process.communicate()[1]
    findings = []
    for line in output.splitlines():
        if match := LINE.match(line):
            path = pathlib.Path(match["path"])
            path = path.relative_to(root) if path.is_absolute() else path
            findings.append(Finding(str(path), int(match["line"]), f"swift format: {match['message']}"))
    if process.returncode and not findings:
        findings.append(Finding("Package.swift", 1, f"swift format failed: {output.strip()[-500:] or process.returncode}"))
    return findings
