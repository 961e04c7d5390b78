"""What gateways are told, and that a revocation is obeyed at once."""

import os
import signal
import socket
import time
import unittest

from serving import Service, ServeCase, api_key


class Gate(ServeCase):
    def setUp(self):
        super().setUp()
        self.service = Service(self)

    def ask(self, path, caller, headers=None, method="GET", connection=None):
        return self.service.request(method, "/v1/authorize/" + path, caller, headers=headers, connection=connection)

    def test_a_valid_key_is_let_in_with_what_it_is(self):
        key = self.keys["writer"]
        for method in ("GET", "POST", "DELETE", "HEAD", "OPTIONS", "PROPFIND"):
            answer = self.ask("production/customers:read/v1/customers", self.key("writer"), method=method)
            self.assertEqual((answer.status, answer.content), (204, b""), answer)
            self.assertEqual(answer.headers["X-Key-Id"], key["id"])
            self.assertEqual(answer.headers["X-Key-Kind"], "scoped")
            self.assertEqual(answer.headers["X-Key-Environment"], "production")
            self.assertEqual(answer.headers["X-Key-Scope"], "api_keys:write customers:read")
            self.assertIsNone(answer.headers["X-Key-Expires-At"])
            self.assertIsNone(answer.headers["X-Customer-Id"])
            for name, value in (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
                                ("Referrer-Policy", "no-referrer")):
                self.assertEqual(answer.headers[name], value)
            self.assertTrue(answer.headers["X-Request-Id"])
        self.assertEqual(self.ask("production/none", self.key("production full")).headers["X-Key-Scope"], "*")
        rotated = self.json("key", "rotate", key["id"], "--grace", "1h")
        expiring = self.ask("production/none", self.key("writer"))
        self.assertEqual((expiring.status, expiring.headers["X-Key-Expires-At"]), (204, rotated["rotated"]["expires_at"]))

    def test_everybody_else_is_refused_with_an_empty_answer(self):
        writer, full = self.key("writer"), self.key("production full")
        cases = [
            (401, "production/none", {}), (401, "production/none", api_key("server-" + "0" * 36)),
            (401, "production/none", api_key("x" * 600)), (401, "staging/none", writer), (401, "nowhere/none", writer),
            (401, "No-Slug/none", writer), (403, "production/customers:write", writer),
            (403, "production/invoices:read", writer), (403, "production/invoices:read", full),
            (403, "production/event_queue:write", full), (400, "production/customers", writer),
            (400, "production/customers:delete", writer), (400, "production/", writer), (400, "production", writer),
            (400, "production/Customers:read", writer), (204, "production/customers:read", full),
            (204, "production/coupons:read/x", self.key("production client")),
            (403, "production/api_keys:read", self.key("production client")),
        ]
        for status, path, caller in cases:
            with self.subTest(path=path, caller=caller):
                answer = self.ask(path, caller)
                self.assertEqual((answer.status, answer.content), (status, b""), answer)
                self.assertEqual("WWW-Authenticate" in answer.headers, status == 401)

    def test_a_body_or_a_field_twice_is_refused(self):
        answer = self.service.request("POST", "/v1/authorize/production/none", self.key("writer"), b"{}")
        self.assertEqual((answer.status, answer.content), (400, b""))
        secret = self.keys["writer"]["secret"]
        for twice in ("X-API-Key: " + secret, "X-Customer-Id: 1", "X-Customer-Token: t", "X-Original-URI: /"):
            line = twice + "\r\n"
            head = "GET /v1/authorize/production/none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            if "API-Key" not in twice:
                head += f"X-API-Key: {secret}\r\n"
            self.assertTrue(self.raw(head + line + line + "\r\n").startswith(b"HTTP/1.1 401 "), twice)

    def raw(self, text):
        host, port = self.service.address.split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(text.encode())
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer

    def test_a_host_that_is_not_ours_is_misdirected(self):
        for path in ("/v1/authorize/production/none", "/v1/plan", "/healthz"):
            answer = self.raw(f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 421 "), answer[:80])
        for host in ("localhost", "127.0.0.1:8080", "LOCALHOST:1", "[::1]:80"):
            answer = self.raw(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), host)

    def test_customer_tokens(self):
        import hashlib
        import hmac
        client = self.key("production client")
        secret = self.json("client-security", "reveal", "--env", "production")["secret"]
        digest = hmac.new(secret.encode(), b"cus:1", hashlib.sha256).hexdigest()
        proof = {"X-Customer-Id": "cus:1", "X-Customer-Token": f"HMAC-SHA256 cus:1:{digest}"}
        wrong = {**proof, "X-Customer-Id": "cus:2"}
        relaxed = [self.ask("production/none", client, headers) for headers in ({}, proof, wrong)]
        self.assertEqual([a.status for a in relaxed], [204, 204, 204])
        self.assertEqual([a.headers["X-Customer-Id"] for a in relaxed], [None, "cus:1", None])
        self.run_keyledger("client-security", "enforce", "--env", "production")
        enforced = [self.ask("production/none", client, headers).status for headers in ({}, proof, wrong)]
        self.assertEqual(enforced, [401, 204, 401])
        self.run_keyledger("client-security", "rotate", "--env", "production")
        self.assertEqual(self.ask("production/none", client, proof).status, 401)

    def test_a_revocation_that_returned_is_obeyed_on_the_next_request(self):
        connection = self.service.connection()
        for number in range(5):
            made = self.create(f"short-lived {number}")
            caller = api_key(made["secret"])
            self.assertEqual(self.ask("production/none", caller, connection=connection).status, 204)
            self.run_keyledger("key", "revoke", made["id"], "--yes")
            self.assertEqual(self.ask("production/none", caller, connection=connection).status, 401)
        connection.close()

    def test_a_revocation_is_obeyed_by_requests_that_are_pipelined(self):
        made = self.create("pipelined")
        request = (f"GET /v1/authorize/production/none HTTP/1.1\r\nHost: localhost\r\n"
                   f"X-API-Key: {made['secret']}\r\n\r\n").encode()
        host, port = self.service.address.split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall(request * 50)
            self.assertEqual(self.statuses(connection, 50), [204] * 50)
            self.run_keyledger("key", "revoke", made["id"], "--yes")
            connection.sendall(request * 50)
            self.assertEqual(self.statuses(connection, 50), [401] * 50)

    def statuses(self, connection, count):
        text = b""
        while text.count(b"\r\n\r\n") < count:
            text += connection.recv(65536)
        return [int(part.split(b" ")[1]) for part in text.split(b"\r\n\r\n")[:count]]

    def test_without_its_ledger_it_answers_503_and_with_it_again_as_before(self):
        ledger = os.path.join(self.data, "ledger.sqlite")
        os.rename(ledger, ledger + ".away")
        for path, caller in (("/v1/authorize/production/none", self.key("writer")), ("/v1/plan", self.owner),
                             ("/v1/keys/" + self.keys["writer"]["id"], self.key("writer")), ("/readyz", None)):
            self.assertEqual(self.service.request("GET", path, caller).status, 503, path)
        self.assertEqual(self.service.request("GET", "/healthz").status, 200)
        os.rename(ledger + ".away", ledger)
        self.assertEqual(self.ask("production/none", self.key("writer")).status, 204)
        self.assertEqual(self.service.request("GET", "/readyz").status, 200)

    def test_a_ledger_that_lost_events_verifies_no_key_and_still_shows_itself_to_users(self):
        kept = self.snapshot()
        self.run_keyledger("plan", "starter")
        self.assertEqual(self.service.stop(), 0)
        shown = os.path.join(self.data, "shown")
        with open(shown, "rb") as file:
            newest = file.read()
        self.restore(kept)
        with open(shown, "wb") as file:
            file.write(newest)
        os.chmod(shown, 0o600)
        self.service = Service(self)
        for path, caller in (("/v1/authorize/production/none", self.key("writer")), ("/readyz", None),
                             ("/v1/environments/production/keys", self.key("writer"))):
            self.assertEqual(self.service.request("GET", path, caller).status, 503, path)
        verify = self.service.request("POST", "/v1/verify", self.owner, {"key": self.keys["writer"]["secret"]})
        self.assertEqual((verify.status, verify.code), (503, "restored"))
        change = self.service.request("PUT", "/v1/plan", self.owner, {"plan": "starter"})
        self.assertEqual((change.status, change.code), (503, "restored"))
        self.assertEqual(self.service.request("GET", "/v1/plan", self.owner).json["plan"], "scale")
        self.assertTrue(self.service.request("GET", "/v1/health", self.owner).json["restored"])
        self.run_keyledger("accept-restore", "--reason", "a test", "--yes")
        self.assertEqual(self.ask("production/none", self.key("writer")).status, 204)

    def test_the_journal_tells_operations_and_last_use(self):
        for path in ("production/customers:read/v1/customers/7", "production/customers:write/v1/customers"):
            self.ask(path, self.key("writer"), method="PUT")
        self.ask("production/none", self.key("writer"), {"X-Original-Method": "PATCH", "X-Original-URI": "/b?secret=1"})
        self.ask("production/none/guess", api_key("server-guess"))
        secret = self.keys["other"]["secret"]
        self.ask(f"production/none/leak/{secret}", self.key("other"))
        self.assertEqual(self.service.stop(), 0)
        journal = self.json("access", "--env", "production")
        rows = [(row["method"], row["path"], row["outcome"]) for row in reversed(journal["access"])]
        self.assertEqual(rows, [
            ("PUT", "/v1/customers/7", "valid"), ("PUT", "/v1/customers", "insufficient_scope"), ("PATCH", "/b", "valid"),
            ("GET", "/leak/server-…", "valid")])
        self.assertEqual(journal["unlisted"]["unknown"], 1)
        table = self.run_keyledger("access", "--env", "production", "--outcome", "insufficient_scope", "-o", "table").stdout
        self.assertIn("PUT /v1/customers", table)
        self.assertNotIn("PATCH", table)
        used = self.json("key", "show", self.keys["writer"]["id"])["last_used"]
        self.assertEqual((used["count"], used["at"]), (2, journal["access"][1]["time"]))
        self.assertIsNone(self.json("key", "show", self.keys["reader"]["id"])["last_used"]["at"])

    def test_the_journal_tells_which_calls_of_a_key_were_let_in(self):
        paths = {"/v1/environments/production/keys": (200, "valid"), f"/v1/keys/{self.keys['other']['id']}": (200, "valid"),
                 "/v1/plan": (403, "insufficient_scope")}
        for path, (status, _) in paths.items():
            self.assertEqual(self.service.request("GET", path, self.key("reader")).status, status)
        self.assertEqual(self.service.stop(), 0)
        rows = {row["path"]: row["outcome"] for row in self.json("access", "--env", "production")["access"]}
        self.assertEqual(rows, {path: outcome for path, (_, outcome) in paths.items()})
        self.assertEqual(self.json("key", "show", self.keys["reader"]["id"])["last_used"]["count"], 2)


class Stopping(ServeCase):
    def test_sigterm_ends_it_with_zero_and_every_acknowledged_change_in_the_log(self):
        service = Service(self)
        made = service.request("POST", "/v1/environments", self.owner, {"id": "testing"})
        self.assertEqual(made.status, 201)
        self.assertEqual(service.stop(), 0)
        events = self.assert_whole()
        last = made.json["events"][-1]
        self.assertEqual(events[last["sequence"] - 1]["type"], last["type"])

    def test_it_refuses_to_be_heard_by_others_and_to_share_a_port(self):
        for options, code in ((("--listen", "0.0.0.0:0"), 2), (("--listen", "nowhere"), 2), (("--threads", "0"), 2)):
            self.assertEqual(self.run_keyledger("serve", *options, check=False).returncode, code, options)
        service = Service(self)
        taken = self.run_keyledger("serve", "--listen", service.address, check=False)
        self.assertEqual(taken.returncode, 7, taken.stderr)

    def test_no_secret_is_in_a_log_a_metric_or_an_error(self):
        service = Service(self, "--metrics", "127.0.0.1:0")
        heard = b""
        for secret in self.secrets:
            for method, path, caller, body in (
                    ("GET", "/v1/authorize/production/none/" + secret, api_key(secret), None),
                    ("GET", "/v1/plan?at=" + secret, self.owner, None), ("GET", "/v1/keys/" + secret, self.owner, None),
                    ("POST", "/v1/environments", self.owner, {"id": secret}), ("GET", "/" + secret, None, None),
                    ("POST", "/v1/verify", self.owner, {"key": secret, "permission": secret}),
                    ("PUT", "/v1/plan", self.owner, {"plan": secret}), ("GET", "/v1/plan?" + secret, self.owner, None),
                    ("POST", "/v1/verify", self.owner, {"key": secret})):
                answer = service.request(method, path, caller, body)
                heard += answer.content + str(answer.headers).encode()
            for field in ("Host", "Cookie", "Idempotency-Key", "If-Match", "traceparent", "Last-Event-ID", "Accept", "Origin",
                          "X-Customer-Id", "X-Customer-Token", "X-Original-Method", "X-Original-URI", "X-Request-Id"):
                for method, path, body in (("PUT", "/v1/plan", {"plan": "scale"}), ("GET", "/v1/events?limit=1", None),
                                           ("GET", "/v1/authorize/production/none", None)):
                    caller = self.key("other") if "authorize" in path else self.owner
                    answer = service.request(method, path, caller, body, {field: secret})
                    heard += answer.content + str(answer.headers).encode()
            for broken in (f'{{"plan":"{secret}', f'{{"{secret}":1}}', secret):
                answer = service.request("PUT", "/v1/plan", self.owner, broken.encode(), {"Content-Type": "application/json"})
                self.assertEqual(answer.status, 400, answer)
                heard += answer.content
        import http.client
        metrics = http.client.HTTPConnection(service.metrics_address(), timeout=30)
        metrics.request("GET", "/metrics")
        text = metrics.getresponse().read()
        self.assertIn(b'keyledger_authorizations_total{answer="valid"}', text)
        metrics.close()
        self.assertEqual(service.stop(), 0)
        heard += text + service.text().encode()
        with open(os.path.join(self.data, "journal.sqlite"), "rb") as journal:
            heard += journal.read()
        for secret in self.secrets:
            self.assertNotIn(secret.split("-")[1][:20].encode(), heard)


if __name__ == "__main__":
    unittest.main()
