"""Other durable logs from Debian, asked to append by 64 clients: Redis Streams and a PostgreSQL function."""
import glob
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import contenders

CLIENTS = 64
# About as long as the record of a new key.
PAYLOAD = "x" * 620
# A table as contract.md §5 has it, and an append that gives a stream's next version, each stream for itself.
SCHEMA = """
CREATE TABLE events(sequence bigserial PRIMARY KEY, stream text NOT NULL, version integer NOT NULL, type text NOT NULL,
  time timestamptz NOT NULL DEFAULT now(), record text NOT NULL, UNIQUE(stream, version));
CREATE FUNCTION append(stream text, type text, record text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE result bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext($1));
  INSERT INTO events(stream, version, type, record)
    SELECT $1, coalesce(max(e.version), 0) + 1, $2, $3 FROM events e WHERE e.stream = $1
    RETURNING sequence INTO result;
  RETURN result;
END $$;
"""
APPEND = (
    "\\set key random(1, 1000000000)\n"
    f"SELECT append('environments/live/keys/' || :key, 'key.created', '{PAYLOAD}');\n")


class Redis:
    def __init__(self, folder):
        home = pathlib.Path(folder, "redis")
        home.mkdir()
        self.server = contenders.Server(
            "Redis", "", lambda port: [
                "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home), "--save", "",
                "--appendonly", "yes", "--appendfsync", "always"], home / "output")
        self.server.answers = self.answers
        self.server.start()

    def answers(self):
        asked = subprocess.run(["redis-cli", "-p", str(self.server.port), "ping"], capture_output=True, text=True)
        return asked.stdout.strip() == "PONG"

    def rate(self, seconds):
        """Appends a second."""
        done = subprocess.run(
            ["redis-benchmark", "-p", str(self.server.port), "-c", str(CLIENTS), "-n", str(10_000 * seconds), "--csv",
             "XADD", "events", "*", "record", PAYLOAD], capture_output=True, text=True, check=True)
        # "XADD …","13600.00","4.7",…: the rate stands second.
        return float(done.stdout.splitlines()[-1].split('","')[1])

    def stop(self):
        self.server.stop()


class PostgreSQL:
    """A cluster of its own, reached by a socket in its folder. It refuses to run as root: then it runs as `postgres`."""

    def __init__(self, programs):
        self.programs = programs
        # Beside the run's directory, into which nobody else may look.
        self.folder = tempfile.mkdtemp(prefix="keyledger-bench-postgres.", dir=os.environ.get("TMPDIR", "/var/tmp"))
        self.prefix = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.prefix = ["runuser", "-u", "postgres", "--"]
        self.run("initdb", "-D", self.path("data"), "-A", "trust", "-U", "bench")
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder}"
        self.run("pg_ctl", "-D", self.path("data"), "-w", "-l", self.path("log"), "-o", options, "start")
        pathlib.Path(self.path("append.sql")).write_text(APPEND)
        os.chmod(self.path("append.sql"), 0o644)
        self.run("psql", "-h", self.folder, "-U", "bench", "-q", "-d", "postgres", "-c", SCHEMA)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, program, *arguments):
        command = [*self.prefix, os.path.join(self.programs, program), *arguments]
        # pg_ctl leaves its pipes to the server, so nothing is read from them.
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE, text=True, cwd=self.folder)
        if done.returncode != 0:
            raise SystemExit(f"bench: {program} failed: {done.stderr}")
        return done.stdout

    def rate(self, seconds):
        """Appends a second."""
        printed = self.run(
            "pgbench", "-h", self.folder, "-U", "bench", "-n", "-c", str(CLIENTS), "-j", "1", "-T", str(seconds), "-f",
            self.path("append.sql"), "postgres")
        rate = re.search(r"tps = ([\d.]+)", printed)
        if not rate:
            raise SystemExit(f"bench: pgbench counted nothing in {seconds} s:\n{printed}")
        return float(rate[1])

    def stop(self):
        self.run("pg_ctl", "-D", self.path("data"), "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def redis(folder):
    if not all(map(shutil.which, ("redis-server", "redis-cli", "redis-benchmark"))):
        print("Redis is left out: it is not installed (apt-get install redis-server redis-tools)")
        return None
    return Redis(folder)


def postgres():
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not programs:
        print("PostgreSQL is left out: it is not installed (apt-get install postgresql)")
        return None
    return PostgreSQL(programs[-1])
