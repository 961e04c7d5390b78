"""What `serve` is told at its start."""

import http.client
import json
import os
import resource
import subprocess
import unittest

from serving import Service, ServeCase


class Options(ServeCase):
    def test_the_limits_of_changes_by_a_key_are_those_that_were_set(self):
        service = Service(self, "--change-rate", "1", "--change-burst", "2")
        writer = self.key("writer")
        made = [self.make(service, writer, number) for number in range(2)]
        self.assertEqual([answer.status for answer in made], [201, 201], made)
        # At one a second the next that comes at once is refused.
        refused = next(answer for number in range(2, 200) if (answer := self.make(service, writer, number)).status != 201)
        self.assertEqual((refused.status, refused.code), (429, "too_many_changes"), refused)
        self.assertEqual(refused.headers["Retry-After"], "1")
        for number in range(3):
            self.assertEqual(self.make(service, self.owner, 1_000 + number).status, 201, "users are not limited")
        for answer in made:
            revoked = service.request("POST", f"/v1/keys/{answer.json['id']}/revoke", writer)
            self.assertEqual(revoked.status, 200, "revoking is never limited")
        for option in ("--change-rate", "--change-burst"):
            self.assertEqual(self.run_keyledger("serve", option, "0", check=False).returncode, 2, option)

    def make(self, service, caller, number):
        body = {"name": f"Made {number}", "scope": ["customers:read"]}
        return service.request("POST", "/v1/environments/production/keys", caller, body)

    def test_a_host_that_no_request_could_name_is_refused(self):
        for name in ("", "keys.example.com:443", "https://keys.example.com", "*.example.com", "keys example"):
            done = self.run_keyledger("serve", "--listen", "127.0.0.1:0", "--host", name, check=False)
            self.assertEqual(done.returncode, 2, name)
            self.assertIn("--host is a name alone", done.stderr)
        service = Service(self, "--host", "Keys.Example.com", "--host", "[2001:db8::1]")
        for host, status in (("keys.example.com:443", 200), ("[2001:db8::1]:80", 200), ("other.example.com", 421)):
            answer = service.request("GET", "/healthz", headers={"Host": host})
            self.assertEqual(answer.status, status, host)

    def test_it_takes_as_many_descriptors_as_it_may_have(self):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[1]), before[1]))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        service = Service(self)
        with open(f"/proc/{service.process.pid}/limits", encoding="ascii") as limits:
            files = next(line.split() for line in limits if line.startswith("Max open files"))
        self.assertEqual(files[3], files[4], files)

    def test_metrics_and_health_say_how_the_views_fare(self):
        service = Service(self, "--metrics", "127.0.0.1:0")
        health = service.request("GET", "/v1/health", self.owner).json
        self.assertEqual((health["views"], health["rebuild"], health["guard"]), (health["head"], None, None))
        metrics = http.client.HTTPConnection(service.metrics_address(), timeout=60)
        metrics.request("GET", "/metrics")
        lines = metrics.getresponse().read().decode().splitlines()
        metrics.close()
        for histogram in ("authorization", "change", "views"):
            counts = [line.split()[1] for line in lines if line.startswith(f"keyledger_{histogram}_seconds_count")]
            self.assertEqual(len(counts), 1, histogram)
        self.assertGreaterEqual(int(counts[0]), 1, "the views were built")

    def test_on_a_terminal_it_says_where_the_console_is_and_how_to_get_a_token(self):
        screen, terminal = os.openpty()
        self.addCleanup(os.close, screen)
        process = subprocess.Popen(
            self.command("serve", "--listen", "127.0.0.1:0"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        os.close(terminal)
        lines = []
        with open(os.dup(screen), "r", encoding="utf-8") as told:
            while not lines or not lines[-1].startswith("The console: "):
                lines.append(told.readline().rstrip())
        self.assertRegex(lines[0], r"^Serving on http://127\.0\.0\.1:\d+$")
        origin = lines[0].removeprefix("Serving on ")
        self.assertEqual(lines[1], f"The console: {origin}/ takes a user's token; `keyledger user token HANDLE` issues one.")
        # Both are true.
        token = self.json("user", "token", "ada@example.com")["token"]
        connection = http.client.HTTPConnection(origin.removeprefix("http://"), timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", "/")
        self.assertIn(b"KeyLedger", connection.getresponse().read())
        connection.request("POST", "/v1/session", json.dumps({"token": token}), {"Content-Type": "application/json"})
        self.assertEqual(connection.getresponse().status, 201)
        self.assertNotIn(b"The console", Service(self).text().encode(), "who starts it for a machine reads one line")


if __name__ == "__main__":
    unittest.main()
