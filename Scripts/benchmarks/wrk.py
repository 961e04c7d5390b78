"""wrk, and what it prints, as numbers."""
import pathlib
import re
import subprocess

CONNECTIONS = 64
SCRIPT = pathlib.Path(__file__).resolve().parent / "load.lua"
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


def ask(url, seconds, mode, file=None):
    """64 kept connections for so long. Requests, requests a second, and the 50th and 99th of the latencies in seconds."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", SCRIPT, url, "--", mode]
    done = subprocess.run(command + ([file] if file else []), capture_output=True, text=True, timeout=seconds + 60)
    text = done.stdout
    if done.returncode != 0 or "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"bench: wrk on {url} was not answered well:\n{text}{done.stderr}")
    return (
        int(re.search(r"(\d+) requests in", text)[1]), float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        latency(text, "50%"), latency(text, "99%"))


def latency(text, percentile):
    number, unit = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", text).groups()
    return float(number) * UNITS[unit]
