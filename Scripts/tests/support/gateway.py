"""The gateways of Scripts/gateways as they stand there, but for their addresses, run in a scratch folder."""
import http.client
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from support.program import PROGRAM, ROOT

PATH = os.environ["PATH"] + ":/usr/sbin"
PATIENCE = 60  # seconds, for what takes a fraction of one on an idle machine


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KEYLEDGER")}
    # Debian puts servers where only root's PATH looks.
    return {**kept, "PATH": PATH, **more}


def free_address():
    """A port on a loopback address of this run's own, so that nobody else takes it in between."""
    host = "127.%d.%d.%d" % (random.randint(64, 254), random.randint(1, 254), random.randint(1, 254))
    with socket.socket() as probe:
        probe.bind((host, 0))
        return "%s:%d" % (host, probe.getsockname()[1])


class Process:
    """A server in the foreground with a process group of its own; its output is kept for when it fails."""

    def __init__(self, command, folder, name, **options):
        self.log, self.is_stopped = pathlib.Path(folder, name + ".log"), False
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, **options)

    def until(self, ready):
        """What `ready` gives when it is neither None nor False; None when the server ended first."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if (found := ready()) not in (None, False):
                return found
            if self.process.poll() is not None:
                return None
            time.sleep(0.02)
        raise SystemExit(f"{self.log.name}: not ready after {PATIENCE} s\n{self.text()}")

    def text(self):
        return self.log.read_text(errors="replace")

    def stop(self):
        if self.is_stopped:
            return
        self.is_stopped = True
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            pass
        # Whatever it started goes with it.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


class Service(Process):
    """`keyledger serve`."""

    def __init__(self, ledger, *options):
        command = [PROGRAM, "--data", ledger.path, "serve", "--listen", "127.0.0.1:0", *options]
        super().__init__(command, ledger.folder.name, "serve", env=environment())
        self.address = self.until(self.told)
        if self.address is None:
            raise SystemExit("serve ended: " + self.text())

    def told(self):
        words = "Serving on http://"
        return next((line[len(words):] for line in self.text().splitlines() if line.startswith(words)), None)


class Gateway:
    """One kind of gateway; `with` runs it in front of an API."""

    name, files, program = "", (), ""
    # For the service behind it.
    options = ()
    # It makes one field of two, with a comma between the values.
    joins_doubles = False
    # It passes a path on in its plain form, having asked about that.
    makes_paths_plain = False

    def command(self, folder):
        raise NotImplementedError

    def wrapped(self, text):
        return text

    def __init__(self, service, api):
        self.service, self.api = service, api

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        for _ in range(5):
            self.address = free_address()
            self.write()
            self.process = Process(self.command(self.folder.name), self.folder.name, self.name, env=environment(
                HOME=self.folder.name, XDG_DATA_HOME=self.folder.name, XDG_CONFIG_HOME=self.folder.name), cwd=self.folder.name)
            if self.process.until(self.listens):
                return self
            self.process.stop()
        raise SystemExit(f"{self.name} does not start\n{self.process.text()}")

    def __exit__(self, *_):
        self.process.stop()
        self.folder.cleanup()

    def write(self):
        addresses = {"127.0.0.1:8080": self.service, "127.0.0.1:9000": self.api, "127.0.0.1:8000": self.address}
        here = ROOT / "Scripts" / "gateways"
        for file in self.files:
            text = (here / file).read_text()
            for written, real in addresses.items():
                text = text.replace(written, real)
            pathlib.Path(self.folder.name, file).write_text(self.wrapped(text) if file == self.files[0] else text)

    def listens(self):
        host, port = self.address.split(":")
        with socket.socket() as probe:
            probe.settimeout(PATIENCE)
            return probe.connect_ex((host, int(port))) == 0

    def connection(self):
        return http.client.HTTPConnection(self.address, timeout=PATIENCE)

    def ask(self, method, path, fields=(), body=None, host="api.example.com", connection=None):
        """The status. Fields go out as they are given, a name as often as it is there."""
        own = connection is None
        connection = connection or self.connection()
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in [("Host", host), *fields]:
                connection.putheader(name, value)
            if isinstance(body, list):
                connection.putheader("Transfer-Encoding", "chunked")
                connection.endheaders(body, encode_chunked=True)
            else:
                if body is not None:
                    connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            if own:
                connection.close()


class Nginx(Gateway):
    name, files, program = "nginx", ("nginx.conf",), "nginx"

    def wrapped(self, text):
        user = "user root;" if os.geteuid() == 0 else ""
        paths = "".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return f"{user} daemon off; pid nginx.pid; error_log stderr;\nevents {{}}\nhttp {{ access_log off; {paths}\n{text}\n}}\n"

    def command(self, folder):
        return ["nginx", "-e", "stderr", "-p", folder, "-c", os.path.join(folder, "nginx.conf")]


class Caddy(Gateway):
    name, files, program = "caddy", ("Caddyfile",), "caddy"

    def write(self):
        super().write()
        # Its address stands in two parts.
        host, port = self.address.split(":")
        file = pathlib.Path(self.folder.name, "Caddyfile")
        text = file.read_text().replace("example.com:8000 {", f"example.com:{port} {{").replace("bind 127.0.0.1\n", f"bind {host}\n")
        file.write_text(text)

    def command(self, folder):
        return ["caddy", "run", "--adapter", "caddyfile", "--config", os.path.join(folder, "Caddyfile")]


class HAProxy(Gateway):
    name, files, program = "haproxy", ("haproxy.cfg", "keyledger.lua"), "haproxy"

    def write(self):
        super().write()
        # A busy machine takes its time.
        for file, written in (("haproxy.cfg", r"\d+s$"), ("keyledger.lua", r"(?<=patience = )\d+$")):
            path = pathlib.Path(self.folder.name, file)
            patience = f"{PATIENCE}s" if file == "haproxy.cfg" else str(PATIENCE * 1000)
            path.write_text(re.sub(written, patience, path.read_text(), flags=re.MULTILINE))

    def wrapped(self, text):
        return text.replace("/etc/haproxy/", "")

    def command(self, folder):
        return ["haproxy", "-db", "-f", os.path.join(folder, "haproxy.cfg")]


class Envoy(Gateway):
    """Not in Debian: where $ENVOY names one."""

    name, files, program = "envoy", ("envoy.yaml",), os.environ.get("ENVOY", "")
    options = ("--host", "api.example.com")
    joins_doubles = True
    makes_paths_plain = True

    def write(self):
        super().write()
        # Its addresses stand in two parts.
        file = pathlib.Path(self.folder.name, "envoy.yaml")
        text = file.read_text()
        for port, real in (("8080", self.service), ("9000", self.api), ("8000", self.address)):
            host, number = real.split(":")
            text = text.replace(f"address: 127.0.0.1, port_value: {port}", f"address: {host}, port_value: {number}")
        file.write_text(text)

    def command(self, folder):
        return [self.program, "--use-dynamic-base-id", "--concurrency", "1", "-l", "warning", "-c", os.path.join(folder, "envoy.yaml")]


def installed(kind):
    return bool(kind.program) and shutil.which(kind.program, path=PATH) is not None
