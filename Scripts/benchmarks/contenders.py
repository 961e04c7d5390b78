"""The servers that the HTTP benchmark compares: each a process of its own on a port of its own, gone at the end."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")
# How long a server may take to answer for the first time, in seconds.
PATIENCE = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server that runs from `start()` to `stop()`, and what the kernel says of it."""

    def __init__(self, name, path, arguments, log, headers=()):
        """`arguments` are given the port; `path` is what is asked of it, `headers` what it wants to see."""
        self.name, self.path, self.headers = name, path, list(headers)
        self.arguments, self.log = arguments, log
        self.process = None

    def start(self):
        """Seconds from the start of the process to its first answer."""
        self.port = free_port()
        began = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments(self.port), stdout=log, stderr=log)
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() - began > PATIENCE:
                tail = pathlib.Path(self.log).read_text(errors="replace")[-2000:]
                raise SystemExit(f"bench: {self.name} did not start:\n{tail}")
            time.sleep(0.0005)
        return time.monotonic() - began

    def answers(self):
        head = [f"GET {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *self.headers, "Connection: close", "", ""]
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall("\r\n".join(head).encode())
                return connection.recv(64).startswith((b"HTTP/1.1 200", b"HTTP/1.1 204"))
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=PATIENCE)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.path}"

    def processes(self):
        """The process and those that it started (nginx has its worker)."""
        own = self.process.pid
        children = pathlib.Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return [own, *map(int, children)]

    def processor_seconds(self):
        """Of user and system, all threads; proc(5), fields 14 and 15 of stat."""
        total = 0
        for pid in self.processes():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory(self):
        """PSS in bytes: what it has of its own, and its share of what it shares."""
        total = 0
        for pid in self.processes():
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total


def nginx(name, folder, path, location):
    """nginx with one worker and one location, without a log of requests."""
    home = pathlib.Path(folder, name.replace(" ", "-"))
    home.mkdir()
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        return None

    def arguments(port):
        temporary = "".join(
            f"    {kind}_temp_path {home}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        configuration = home / "nginx.conf"
        # A worker that root starts would else be somebody who may not look into the run's directory.
        user = "user root;\n" if os.geteuid() == 0 else ""
        configuration.write_text(
            f"{user}worker_processes 1;\npid {home}/pid;\ndaemon off;\nerror_log {home}/error.log;\n"
            f"events {{ worker_connections 1024; }}\nhttp {{\n    access_log off;\n    keepalive_requests 1000000000;\n"
            f"{temporary}{location(port)}}}\n")
        return [program, "-p", str(home), "-e", str(home / "error.log"), "-c", str(configuration)]

    return Server(name, path, arguments, home / "output")


def nginx_hello(folder):
    def location(port):
        return f'    server {{ listen 127.0.0.1:{port}; location / {{ return 200 "hello"; }} }}\n'

    return nginx("nginx return 200", folder, "/hello", location)


def nginx_content(folder):
    """What stands behind the gateway below, served without asking anybody."""
    document = pathlib.Path(folder, "content")
    document.mkdir(exist_ok=True)
    (document / "hello").write_text("hello")

    def location(port):
        return f"    server {{ listen 127.0.0.1:{port}; root {document}; location / {{ }} }}\n"

    return nginx("nginx alone", folder, "/hello", location)


def nginx_yes(folder):
    """Lets everybody in and looks at nobody: behind it `auth_request` costs what it costs nginx itself."""
    def location(port):
        return f"    server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }}\n"

    return nginx("nginx return 204", folder, "/authorize", location)


def nginx_gateway(folder, served, name="nginx auth_request"):
    """The same content behind `auth_request` to a server over kept connections, which must have been started."""
    document = pathlib.Path(folder, "content")

    def location(port):
        return (
            f"    upstream keyledger {{ server 127.0.0.1:{served.port}; keepalive 64; keepalive_requests 1000000000; }}\n"
            f"    server {{ listen 127.0.0.1:{port}; root {document};\n"
            "        location / { auth_request /authorize; }\n"
            f"        location = /authorize {{ internal; proxy_pass http://keyledger{served.path};\n"
            '            proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass_request_body off;\n'
            '            proxy_set_header Content-Length ""; proxy_set_header Host 127.0.0.1; } }\n')

    return nginx(name, folder, "/hello", location)


def hummingbird(folder):
    """Hummingbird 2 answering "hello", built in `folder`; None, with a word on why, when it can't be built."""
    source = pathlib.Path(__file__).resolve().parent / "hummingbird-hello"
    home = pathlib.Path(folder, "hummingbird-hello")
    shutil.copytree(source, home, dirs_exist_ok=True)
    print("building Hummingbird 2 for comparison, which takes some minutes the first time ...", flush=True)
    built = subprocess.run(
        ["swift", "build", "-c", "release", "--package-path", home], capture_output=True, text=True)
    if built.returncode != 0:
        print("Hummingbird 2 is left out: it could not be built here.\n" + built.stderr[-500:] + built.stdout[-500:])
        return None
    program = home / ".build/release/hummingbird-hello"
    return Server("Hummingbird 2", "/hello", lambda port: [program, str(port)], home / "output")
