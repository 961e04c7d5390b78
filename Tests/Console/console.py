"""What the journeys through the console share: a ledger that is served, a browser, and pages that watch themselves."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from playwright.sync_api import expect, sync_playwright

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "Processes"))

from serving import Service, bearer  # noqa: E402
from support import KEYLEDGER  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 60_000  # milliseconds that a slow machine is given for what takes one
expect.set_options(timeout=PATIENCE)


class Browser:
    """One chromium for the whole run."""

    _started = None

    @classmethod
    def shared(cls):
        if cls._started is None:
            playwright = sync_playwright().start()
            # As root, and in containers with little shared memory, chromium runs only with these.
            cls._started = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
            atexit.register(playwright.stop)
            atexit.register(cls._started.close)
        return cls._started


class ConsoleCase(unittest.TestCase):
    """A ledger with an environment, an owner and users of the other roles, served; shared by the tests of a class."""

    ENVIRONMENT = "production"
    WINDOW = {"width": 1280, "height": 800}

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.mkdtemp(prefix="keyledger-console-")
        cls.addClassCleanup(shutil.rmtree, cls.scratch, ignore_errors=True)
        cls.data = os.path.join(cls.scratch, "data")
        cls.tokens = {"owner": cls.found()}
        for handle, role in (("ben@example.com", "member"), ("cleo@example.com", "read_only")):
            cls.tokens[role] = cls.run_json("user", "add", handle, "--role", role)["token"]
        cls.sessions = {}
        cls.service = Service(cls)
        cls.origin = "http://" + cls.service.address

    @classmethod
    def found(cls):
        """Makes the ledger, with its environment, and gives its owner's token."""
        token = cls.run_json("init", "--owner", "ada@example.com")["owner"]["token"]
        cls.default_keys = cls.run_json("env", "create", cls.ENVIRONMENT)["keys"]
        return token

    # What `Service` asks of a case.
    @classmethod
    def addCleanup(cls, *arguments):  # noqa: N802
        cls.addClassCleanup(*arguments)

    @classmethod
    def command(cls, *arguments):
        return [KEYLEDGER, "--data", cls.data, *arguments]

    @classmethod
    def run_keyledger(cls, *arguments):
        done = subprocess.run(cls.command(*arguments), capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: exit {done.returncode}, {done.stderr}")
        return done.stdout

    @classmethod
    def run_json(cls, *arguments):
        return json.loads(cls.run_keyledger(*arguments, "-o", "json"))

    def api(self, method, path, body=None):
        """What the owner gets by the public API, beside the console."""
        answer = self.service.request(method, path, bearer(self.tokens["owner"]), body)
        self.assertLess(answer.status, 400, f"{method} {path}: {answer}")
        return answer.json

    def create(self, name, *scope):
        return self.api("POST", f"/v1/environments/{self.ENVIRONMENT}/keys", {"name": name, "scope": scope or ["customers:read"]})

    def authorize(self, secret, permission="none"):
        """The status that a gateway gets for a secret."""
        return self.service.request("GET", f"/v1/authorize/{self.ENVIRONMENT}/{permission}", {"X-API-Key": secret}).status

    def visit(self, address="/", role="owner", origin=None, **options):
        """A page of a browser of its own; with a role it is signed in. What it should not do fails the test."""
        origin = origin or self.origin
        context = self.context(**options)
        self.doCleanup(context.close)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self.listen)
        page.on("request", lambda request: self.watch(request, origin))
        if role:
            context.add_cookies([{"name": "keyledger_session", "value": self.session(role), "url": origin}])
        page.goto(origin + address)
        if role:
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        return page

    @classmethod
    def session(cls, role):
        """What the cookie of a role's session holds, one for each token. Signing in by hand is tried in test_sign_in."""
        token = cls.tokens[role]
        if token not in cls.sessions:
            answer = cls.service.request("POST", "/v1/session", body={"token": token})
            cls.sessions[token] = answer.headers["Set-Cookie"].split(";")[0].partition("=")[2]
        return cls.sessions[token]

    def context(self, **options):
        return Browser.shared().new_context(**{"viewport": self.WINDOW, "color_scheme": "light", **options})

    def doCleanup(self, *arguments):  # noqa: N802
        unittest.TestCase.addCleanup(self, *arguments)

    def listen(self, message):
        # A refused request is told there too; the journeys look at what the page makes of it.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def watch(self, request, origin):
        if not request.url.startswith((origin, "data:", "blob:")):
            self.complaints.append(f"asked another server: {request.url}")

    def setUp(self):
        self.complaints = []

    def tearDown(self):
        self.assertEqual(self.complaints, [], "the page complained")


def until(condition):
    """Waits until something holds that no page tells by itself."""
    end = time.monotonic() + PATIENCE / 1000
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.05)


def row(page, name):
    """The row of the key table that shows a name."""
    return page.get_by_role("row").filter(has=page.get_by_role("gridcell").filter(has_text=name))
