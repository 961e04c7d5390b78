"""What the tests of the service share: a ledger with callers of every kind, and the real binary serving it."""

import http.client
import json
import os
import signal
import subprocess
import tempfile

from support import LedgerCase


class Service:
    """A running `keyledger serve` on a port of its own, with its standard error in a file."""

    def __init__(self, case, *options, env=None):
        self.case = case
        descriptor, self.log_path = tempfile.mkstemp(prefix="serve-", suffix=".log", dir=case.scratch)
        self.log = open(descriptor, "wb")
        self.process = subprocess.Popen(
            case.command("serve", "--listen", "127.0.0.1:0", *options), stdout=subprocess.DEVNULL, stderr=self.log,
            env={**os.environ, **(env or {})})
        case.addCleanup(self.kill)
        self.address = self._told("Serving on http://")

    def _told(self, prefix):
        """The address on the line that begins so; waits until it is there."""
        with open(self.log_path, "rb") as log:
            while True:
                line = log.readline()
                if line.endswith(b"\n") and line.startswith(prefix.encode()):
                    return line[len(prefix):].strip().decode()
                if not line and self.process.poll() is not None:
                    raise AssertionError("serve ended: " + self.text())
                if line and not line.endswith(b"\n"):
                    log.seek(-len(line), os.SEEK_CUR)

    def metrics_address(self):
        return self._told("Metrics on http://").split("/")[0]

    def text(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read()

    def connection(self):
        return http.client.HTTPConnection(self.address, timeout=30)

    def request(self, method, path, caller=None, body=None, headers=None, connection=None):
        """Status, headers and content of one request; a body that is no bytes goes as JSON."""
        headers = {**(caller or {}), **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        own = connection is None
        connection = connection or self.connection()
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            if own:
                connection.close()

    def stop(self):
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Answer:
    def __init__(self, status, headers, content):
        self.status, self.headers, self.content = status, headers, content

    @property
    def json(self):
        return json.loads(self.content)

    @property
    def code(self):
        return self.json.get("code") if self.status >= 400 and self.content else None

    def __repr__(self):
        return f"{self.status} {self.content[:300]!r}"


def bearer(token):
    return {"Authorization": "Bearer " + token}


def api_key(secret):
    return {"X-API-Key": secret}


class ServeCase(LedgerCase):
    """A ledger with two environments, users of each role and keys of each kind, not served yet."""

    def setUp(self):
        super().setUp()
        founded = self.json("init", "--owner", "ada@example.com")
        self.owner = bearer(founded["owner"]["token"])
        self.secrets = [founded["owner"]["token"]]
        self.users = {}
        for handle, role in (("ben@example.com", "member"), ("cleo@example.com", "read_only")):
            added = self.json("user", "add", handle, "--role", role)
            self.users[role] = added["user"]["id"]
            setattr(self, role, bearer(added["token"]))
            self.secrets.append(added["token"])
        self.keys = {}
        for name in ("production", "staging"):
            full, publishable = self.json("env", "create", name)["keys"]
            self.remember(f"{name} full", full)
            self.remember(f"{name} client", publishable)
        for name, scope in (("writer", "api_keys:write,customers:read"), ("reader", "api_keys:read"),
                            ("other", "customers:read")):
            self.create(name, scope)

    def remember(self, name, key):
        self.keys[name] = key
        self.secrets.append(key["secret"])
        return key

    def create(self, name, scope="customers:read", environment="production"):
        made = self.json("key", "create", "--env", environment, "--name", name, "--scope", scope)
        return self.remember(name, made)

    def key(self, name):
        return api_key(self.keys[name]["secret"])

    def callers(self):
        """Everybody who may knock, by name."""
        return {
            "nobody": {}, "wrong token": bearer("user-" + "0" * 36), "wrong key": api_key("server-" + "0" * 36),
            "owner": self.owner, "member": self.member, "read_only": self.read_only, "writer": self.key("writer"),
            "reader": self.key("reader"), "other": self.key("other"), "full": self.key("production full"),
            "client": self.key("production client"),
        }
