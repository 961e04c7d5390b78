"""Each route with each kind of caller: status and code, at the real binary."""

import unittest

from serving import Service, ServeCase, api_key, bearer

STRANGERS = ("nobody", "wrong token", "wrong key")
USERS = ("owner", "member", "read_only")
KEYS = ("writer", "reader", "other", "full", "client")


class Callers(ServeCase):
    """What the access table of product.md §3 says, over HTTP."""

    def setUp(self):
        super().setUp()
        self.service = Service(self)
        self.targets = {name: key["id"] for name, key in self.keys.items()}
        self.victims = iter([self.create(f"victim {number}")["id"] for number in range(8)])

    def judge(self, method, path, may, body=None, success=200):
        """Strangers hear 401, those who may `success`, all others 403 and `forbidden`."""
        for name, caller in self.callers().items():
            # A change that succeeds may leave nothing to do for the next: each of those is asked once, below.
            if name in may and method != "GET" and success is None:
                continue
            with self.subTest(route=f"{method} {path}", caller=name):
                answer = self.service.request(method, path, caller, body)
                if name in STRANGERS:
                    self.assertEqual((answer.status, answer.code), (401, "unauthenticated"), answer)
                    self.assertIn("WWW-Authenticate", answer.headers)
                elif name in may:
                    self.assertEqual(answer.status, success, answer)
                else:
                    self.assertEqual((answer.status, answer.code), (403, "forbidden"), answer)

    def test_what_users_may_see_and_keys_may_not(self):
        for path in ("/v1/environments", "/v1/environments/production", "/v1/environments/production/integrations",
                     "/v1/environments/production/client-security", "/v1/environments/production/access", "/v1/users",
                     "/v1/users/me", "/v1/resources", "/v1/plan", "/v1/events?limit=3", "/v1/health"):
            self.judge("GET", path, USERS)

    def test_what_keys_that_read_keys_may_see_too(self):
        key = self.targets["other"]
        for path in ("/v1/environments/production/keys", f"/v1/keys/{key}", f"/v1/keys/{key}/activity?chain=true"):
            self.judge("GET", path, USERS + ("writer", "reader", "full"))
        for path, body in (("/v1/verify", {"key": "server-x"}), ("/v1/whose", {"key": "server-x"})):
            self.judge("POST", path, USERS + ("writer", "reader", "full"), body)

    def test_a_key_sees_its_own_environment_alone_and_never_the_past(self):
        elsewhere = self.targets["staging full"]
        for caller in (self.key("reader"), self.key("production full")):
            for path in (f"/v1/keys/{elsewhere}", f"/v1/keys/{elsewhere}/activity", "/v1/environments/staging/keys"):
                answer = self.service.request("GET", path, caller)
                self.assertEqual((answer.status, answer.code), (404, "not_found"), answer)
            secret = {"key": self.keys["staging full"]["secret"]}
            self.assertEqual(self.service.request("POST", "/v1/verify", caller, secret).json["outcome"], "unknown")
            self.assertFalse(self.service.request("POST", "/v1/whose", caller, secret).json["found"])
            past = self.service.request("GET", "/v1/environments/production/keys?at=10", caller)
            self.assertEqual((past.status, past.code), (403, "forbidden"))
            activity = self.service.request("GET", f"/v1/keys/{self.targets['other']}/activity", caller).json
            self.assertTrue(all(entry["actor_name"] is None for entry in activity["activity"]))

    def test_what_changes_keys(self):
        key = self.targets["other"]
        may = ("owner", "writer", "full")
        changes = [
            ("POST", "/v1/environments/production/keys", {"name": "New", "scope": ["customers:read"]}, 201),
            ("PATCH", f"/v1/keys/{key}", {"description": "seen"}, 200),
            ("PUT", f"/v1/keys/{key}/scope", {"scope": ["customers:read"]}, 200),
        ]
        for method, path, body, success in changes:
            self.judge(method, path, may, body, success)
        for name in may:
            victim = next(self.victims)
            rotated = self.service.request("POST", f"/v1/keys/{victim}/rotate", self.callers()[name], {"grace": "1h"})
            self.assertEqual(rotated.status, 201, rotated)
            self.assertIn("secret", rotated.json["key"])
            grace = self.service.request("POST", f"/v1/keys/{victim}/grace", self.callers()[name], {"grace": "3d"})
            self.assertEqual(grace.status, 200, grace)
            revoked = self.service.request("POST", f"/v1/keys/{victim}/revoke", self.callers()[name])
            self.assertEqual((revoked.status, revoked.json["status"]), (200, "expired"), revoked)
        for verb, body in (("rotate", {"grace": "now"}), ("grace", {"grace": "1h"}), ("revoke", None)):
            self.judge("POST", f"/v1/keys/{key}/{verb}", may, body, success=None)

    def test_what_owners_alone_may(self):
        key, user = self.targets["other"], self.users["member"]
        security = "/v1/environments/production/client-security"
        once = [
            ("POST", f"/v1/keys/{key}/reveal", None, 200),
            ("POST", "/v1/environments", {"id": "testing"}, 201),
            ("POST", "/v1/environments/old/migrate", {"server_token": "legacy-Gk3vQ9zX7mB2tR5wY8pL"}, 201),
            ("PUT", "/v1/environments/production/integrations/mailer", {"scope": ["customers:read"]}, 200),
            ("DELETE", "/v1/environments/production/integrations/mailer", None, 200),
            ("PUT", security, {"enforced": True}, 200), ("PUT", security, {"enforced": False}, 200),
            ("POST", security + "/reveal", None, 200), ("POST", security + "/rotate", None, 200),
            ("POST", "/v1/resources", {"name": "invoices", "client_readable": True}, 201),
            ("PUT", "/v1/plan", {"plan": "starter"}, 200), ("PUT", "/v1/plan", {"plan": "scale"}, 200),
            ("POST", "/v1/users", {"handle": "dora@example.com", "role": "member"}, 201),
            ("PUT", f"/v1/users/{user}/role", {"role": "read_only"}, 200),
            ("DELETE", f"/v1/users/{user}/token", None, 200), ("DELETE", f"/v1/users/{user}", None, 200),
            ("POST", f"/v1/users/{user}/forget", None, 200),
        ]
        for method, path, body, _ in once:
            self.judge(method, path, ("owner",), body, success=None)
        for method, path, body, success in once:
            with self.subTest(route=f"{method} {path}", caller="owner"):
                answer = self.service.request(method, path, self.owner, body)
                self.assertEqual(answer.status, success, answer)
                self.assertTrue(answer.json["events"], answer)

    def test_each_user_renews_their_own_token_and_no_key_does(self):
        for name, caller in self.callers().items():
            answer = self.service.request("POST", "/v1/users/me/token", caller)
            expected = 401 if name in STRANGERS else 200 if name in USERS else 403
            self.assertEqual(answer.status, expected, (name, answer))
            if name in USERS:
                self.assertEqual(self.service.request("GET", "/v1/plan", caller).status, 401, "the old token is over")
                self.assertEqual(self.service.request("GET", "/v1/plan", bearer(answer.json["token"])).status, 200)

    def test_a_token_from_another_user_is_good_for_renewing_it_alone(self):
        made = self.service.request("POST", "/v1/users", self.owner, {"handle": "eve@example.com", "role": "owner"})
        eve = bearer(made.json["token"])
        for method, path, body in (("GET", "/v1/plan", None), ("PUT", "/v1/plan", {"plan": "starter"}),
                                   ("POST", "/v1/session", {"token": made.json["token"]})):
            answer = self.service.request(method, path, eve if path != "/v1/session" else None, body)
            self.assertEqual((answer.status, answer.code), (403, "token_must_be_renewed"), answer)
        renewed = self.service.request("POST", "/v1/users/me/token", eve)
        self.assertEqual(self.service.request("GET", "/v1/plan", bearer(renewed.json["token"])).status, 200)

    def test_more_than_one_caller_is_a_bad_request(self):
        both = {**self.owner, **self.key("writer")}
        answer = self.service.request("GET", "/v1/plan", both)
        self.assertEqual((answer.status, answer.code), (400, "bad_usage"), answer)

    def test_an_expiring_key_reads_and_changes_nothing(self):
        writer = self.key("writer")
        self.run_keyledger("key", "rotate", self.targets["writer"], "--grace", "1h")
        self.assertEqual(self.service.request("GET", "/v1/environments/production/keys", writer).status, 200)
        made = self.service.request("POST", "/v1/environments/production/keys", writer, {"name": "N", "scope": ["customers:read"]})
        self.assertEqual((made.status, made.code), (403, "forbidden"), made)
        self.run_keyledger("key", "revoke", self.targets["writer"], "--yes")
        self.assertEqual(self.service.request("GET", "/v1/environments/production/keys", writer).status, 401)

    def test_no_escalation(self):
        writer = self.key("writer")
        for scope in (["customers:write"], ["read_only"]):
            made = self.service.request("POST", "/v1/environments/production/keys", writer, {"name": "N", "scope": scope})
            self.assertEqual((made.status, made.code), (403, "escalation"), made)
        rotated = self.service.request("POST", f"/v1/keys/{self.targets['production full']}/rotate", writer, {"grace": "now"})
        self.assertEqual((rotated.status, rotated.code), (403, "escalation"), rotated)


class Sessions(ServeCase):
    """The console's cookie."""

    def setUp(self):
        super().setUp()
        self.service = Service(self)

    def open(self):
        token = self.owner["Authorization"].removeprefix("Bearer ")
        answer = self.service.request("POST", "/v1/session", None, {"token": token})
        self.assertEqual(answer.status, 201, answer)
        cookie = answer.headers["Set-Cookie"]
        for word in ("HttpOnly", "SameSite=Strict", "Max-Age=43200", "Path=/"):
            self.assertIn(word, cookie)
        return {"Cookie": cookie.split(";")[0]}

    def proper(self):
        return {"Content-Type": "application/json", "X-KeyLedger": "1", "Origin": "http://" + self.service.address}

    def test_a_session_reads_and_with_proper_marks_changes(self):
        cookie = self.open()
        self.assertEqual(self.service.request("GET", "/v1/users/me", cookie).json["handle"], "ada@example.com")
        done = self.service.request("PUT", "/v1/plan", cookie, {"plan": "starter"}, self.proper())
        self.assertEqual(done.status, 200, done)
        for missing in self.proper():
            marks = {name: value for name, value in self.proper().items() if name != missing}
            answer = self.service.request("PUT", "/v1/plan", cookie, b'{"plan":"scale"}', marks)
            self.assertEqual((answer.status, answer.code), (403, "forbidden"), (missing, answer))
        foreign = {**self.proper(), "Origin": "http://evil.example"}
        self.assertEqual(self.service.request("PUT", "/v1/plan", cookie, {"plan": "scale"}, foreign).status, 403)

    def test_a_session_ends_when_it_is_closed_and_with_its_token(self):
        cookie = self.open()
        self.assertEqual(self.service.request("DELETE", "/v1/session", cookie, headers=self.proper()).status, 204)
        self.assertEqual(self.service.request("GET", "/v1/plan", cookie).status, 401)
        cookie = self.open()
        self.run_keyledger("user", "token", "ada@example.com")
        self.assertEqual(self.service.request("GET", "/v1/plan", cookie).status, 401)

    def test_a_cookie_beside_another_credential_is_a_bad_request(self):
        cookie = self.open()
        self.assertEqual(self.service.request("GET", "/v1/plan", {**cookie, **self.owner}).status, 400)
        self.assertEqual(self.service.request("GET", "/v1/plan", {**cookie, **self.key("reader")}).status, 400)

    def test_a_wrong_token_opens_none(self):
        answer = self.service.request("POST", "/v1/session", None, {"token": "user-" + "0" * 36})
        self.assertEqual((answer.status, answer.code), (401, "unauthenticated"))
        self.assertEqual(self.service.request("GET", "/v1/plan", {"Cookie": "keyledger_session=" + "0" * 64}).status, 401)


if __name__ == "__main__":
    unittest.main()
