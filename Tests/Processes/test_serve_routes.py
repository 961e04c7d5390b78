"""What the routes answer beside who may ask them: shapes, errors, paging, repeats, streams."""

import json
import unittest

from serving import Service, ServeCase


class Routes(ServeCase):
    def setUp(self):
        super().setUp()
        self.service = Service(self)

    def get(self, path, caller=None, headers=None):
        return self.service.request("GET", path, caller or self.owner, headers=headers)

    def test_a_route_answers_what_its_command_prints(self):
        key = self.keys["other"]["id"]
        pairs = [
            ("/v1/environments", ("env", "list")), ("/v1/environments/production", ("env", "show", "production")),
            (f"/v1/keys/{key}", ("key", "show", key)), ("/v1/users", ("user", "list")), ("/v1/plan", ("plan",)),
            ("/v1/resources", ("resource", "list")),
            ("/v1/environments/production/integrations", ("integration", "list", "--env", "production")),
            ("/v1/environments/production/client-security", ("client-security", "show", "--env", "production")),
        ]
        for path, command in pairs:
            with self.subTest(path=path):
                self.assertEqual(self.timeless(self.get(path).json), self.timeless(self.json(*command)))
                past = self.get(path + "?at=9")
                told = self.run_keyledger(*command, "--at", "9", "-o", "json", check=False)
                if past.status == 200:
                    self.assertEqual(past.json, json.loads(told.stdout))
                else:
                    self.assertEqual(past.code, json.loads(told.stdout)["error"]["code"])

    @staticmethod
    def timeless(answer):
        """Without the moment of now, which is another one for each."""
        answer.get("as_of", {}).pop("time", None)
        (answer.get("last_used") or {}).pop("since", None)
        return answer

    def test_errors_are_problem_documents(self):
        cases = [
            ("GET", "/v1/nothing", None, 404, "not_found", None), ("GET", "/v1/keys/key_none", None, 404, "not_found", None),
            ("GET", "/v1/plan?at=nonsense", None, 400, "bad_usage", None),
            ("GET", "/v1/plan?color=red", None, 400, "bad_usage", None),
            ("GET", "/v1/plan?at=1&at=2", None, 400, "bad_usage", None),
            ("GET", "/v1/plan?at=%ZZ", None, 400, "bad_usage", None),
            ("GET", "/v1/environments/production/keys?limit=0", None, 400, "bad_usage", None),
            ("GET", "/v1/environments/production/keys?limit=1001", None, 400, "bad_usage", None),
            ("GET", "/v1/environments/production/keys?cursor=00", None, 400, "bad_usage", None),
            ("GET", "/v1/environments/production/keys?sort=colour", None, 400, "bad_usage", None),
            ("POST", "/v1/environments", {"id": "Upper"}, 422, "bad_slug", None),
            ("POST", "/v1/environments", {}, 400, "bad_usage", "#/id"),
            ("POST", "/v1/environments", {"id": 7}, 400, "bad_usage", "#/id"),
            ("POST", "/v1/environments", {"id": "x", "more": 1}, 400, "bad_usage", None),
            ("POST", "/v1/environments", [], 400, "bad_usage", None),
            ("POST", "/v1/environments", b'{"id":"x","id":"y"}', 415, "unsupported_media_type", None),
            ("POST", "/v1/environments", {"id": "production"}, 409, "already_exists", None),
            ("POST", "/v1/environments/production/keys", {"name": "", "scope": ["read_only"]}, 422, "bad_name", "#/name"),
            ("POST", "/v1/environments/production/keys", {"name": "n", "scope": ["x:read"]}, 422, "unknown_resource", "#/scope"),
            ("POST", "/v1/environments/production/keys", {"name": "n", "scope": ["full_access"]}, 422, "full_access_reserved", "#/scope"),
            ("PUT", "/v1/users/usr_none/role", {"role": "king"}, 400, "bad_usage", "#/role"),
            ("POST", "/v1/whose", {}, 400, "bad_usage", "#/key"),
            ("DELETE", "/v1/plan", None, 405, "method_not_allowed", None),
        ]
        for method, path, body, status, code, pointer in cases:
            with self.subTest(request=f"{method} {path} {body}"):
                answer = self.service.request(method, path, self.owner, body)
                self.assertEqual((answer.status, answer.code), (status, code), answer)
                problem = answer.json
                self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
                self.assertEqual(problem["instance"], answer.headers["X-Request-Id"])
                self.assertEqual(problem["status"], status)
                self.assertTrue(problem["detail"] and problem["title"] and problem["type"])
                if pointer:
                    self.assertEqual(problem["errors"][0]["pointer"], pointer)
        self.assertEqual(self.service.request("DELETE", "/v1/plan", self.owner).headers["Allow"], "GET, HEAD, PUT")
        twice = self.service.request("POST", "/v1/environments", self.owner, b'{"id":"x","id":"y"}', {"Content-Type": "application/json"})
        self.assertEqual((twice.status, twice.code), (400, "bad_usage"))
        large = self.service.request("POST", "/v1/environments", self.owner, {"id": "x" * 20_000})
        self.assertEqual((large.status, large.code), (413, "body_too_large"))

    def test_the_keys_of_an_environment_are_filtered_sorted_counted_and_paged_as_of_one_moment(self):
        for number in range(5):
            self.create(f"worker {number}")
        place = "/v1/environments/production/keys"
        first = self.get(place + "?limit=3&sort=name").json
        self.create("aaa, later")
        names = [key["name"] for key in first["keys"]]
        page, cursor = first, first["next_cursor"]
        while cursor:
            page = self.get(f"{place}?limit=3&sort=name&cursor={cursor}").json
            self.assertEqual(page["as_of"], first["as_of"])
            names += [key["name"] for key in page["keys"]]
            cursor = page["next_cursor"]
        self.assertEqual(names, sorted(names, key=str.lower))
        self.assertEqual(len(names), 10)
        self.assertNotIn("aaa, later", names)
        self.assertEqual(first["counts"], {"active": 10, "expiring": 0, "expired": 0, "never_used": None})
        self.run_keyledger("key", "rotate", self.keys["other"]["id"], "--grace", "1h")
        self.assertEqual([k["name"] for k in self.get(place + "?status=expiring").json["keys"]], ["other"])
        self.assertEqual(len(self.get(place + "?q=WORKER").json["keys"]), 5)
        self.assertEqual(len(self.get(place + "?type=default").json["keys"]), 2)
        fingerprint = self.keys["reader"]["fingerprint"]
        self.assertEqual([k["name"] for k in self.get(f"{place}?fingerprint={fingerprint}").json["keys"]], ["reader"])
        foreign = self.get(f"{place}?sort=name&cursor={first['next_cursor']}", self.member)
        self.assertEqual((foreign.status, foreign.code), (400, "bad_usage"), "a cursor is its caller's")

    def test_activity_and_journal_are_paged(self):
        key = self.keys["other"]["id"]
        for number in range(4):
            self.run_keyledger("key", "rename", key, "--name", f"name {number}")
        seen, cursor = [], ""
        while cursor is not None:
            page = self.get(f"/v1/keys/{key}/activity?limit=2" + (f"&cursor={cursor}" if cursor else "")).json
            seen += [entry["sequence"] for entry in page["activity"]]
            cursor = page["next_cursor"]
        self.assertEqual(seen, [entry["sequence"] for entry in self.json("key", "activity", key)["activity"]])

    def test_a_repeat_with_an_idempotency_key_changes_nothing_and_shows_no_secret(self):
        body = {"name": "Once", "scope": ["customers:read"]}
        place, mark = "/v1/environments/production/keys", {"Idempotency-Key": "k-1"}
        first = self.service.request("POST", place, self.owner, body, mark)
        again = self.service.request("POST", place, self.owner, body, mark)
        self.assertEqual((first.status, again.status), (201, 201))
        self.assertEqual(first.json["id"], again.json["id"])
        self.assertIn("secret", first.json)
        self.assertNotIn("secret", again.json)
        self.assertTrue(again.json["repeated"])
        other = self.service.request("POST", place, self.owner, {**body, "name": "Twice"}, mark)
        self.assertEqual((other.status, other.code), (422, "idempotency_mismatch"))

    def test_a_change_of_a_key_that_has_moved_on_is_refused(self):
        key = "/v1/keys/" + self.keys["other"]["id"]
        tag = self.get(key).headers["ETag"]
        done = self.service.request("PATCH", key, self.owner, {"name": "One"}, {"If-Match": tag})
        self.assertEqual(done.status, 200, done)
        late = self.service.request("PATCH", key, self.owner, {"name": "Two"}, {"If-Match": tag})
        self.assertEqual((late.status, late.code), (412, "revision_changed"))
        wrong = self.service.request("PATCH", key, self.owner, {"name": "Two"}, {"If-Match": "7"})
        self.assertEqual(wrong.status, 400)

    def test_verify_and_whose(self):
        secret = self.keys["other"]["secret"]
        ask = lambda body: self.service.request("POST", "/v1/verify", self.owner, body).json
        self.assertTrue(ask({"key": secret})["valid"])
        self.assertEqual(ask({"key": secret, "permission": "customers:write"})["outcome"], "insufficient_scope")
        self.assertEqual(ask({"key": secret, "environment": "staging"})["outcome"], "wrong_environment")
        self.assertEqual(ask({"key": "server-nobody"})["outcome"], "unknown")
        self.assertEqual(ask({"key": secret, "permission": "x:read"})["code"], "unknown_resource")
        self.assertFalse(ask({"key": secret, "at": "1"})["was_valid"])
        found = self.service.request("POST", "/v1/whose", self.owner, {"fingerprint": self.keys["other"]["fingerprint"]})
        self.assertEqual(found.json["key"]["id"], self.keys["other"]["id"])

    def test_changes_by_a_key_are_limited_and_revoking_never_is(self):
        writer, key = self.key("writer"), self.keys["other"]["id"]
        connection = self.service.connection()
        statuses = set()
        # 200 at once and 20 a second: a slow machine needs many more than 200 to find the limit.
        for _ in range(10_000):
            answer = self.service.request("PATCH", f"/v1/keys/{key}", writer, {"name": "same"}, connection=connection)
            statuses.add(answer.status)
            if answer.status == 429:
                break
        self.assertEqual(statuses, {200, 429})
        self.assertEqual((answer.code, answer.headers["Retry-After"]), ("too_many_changes", "1"))
        revoked = self.service.request("POST", f"/v1/keys/{key}/revoke", writer, connection=connection)
        self.assertEqual(revoked.status, 200, revoked)
        connection.close()

    def test_the_log_as_json_as_ndjson_and_live(self):
        records = [json.loads(line) for line in self.run_keyledger("events", "-o", "ndjson").stdout.splitlines()]
        page = self.get("/v1/events?after=2&limit=3").json
        self.assertEqual(page["events"], records[2:5])
        lines = self.get("/v1/events", headers={"Accept": "application/x-ndjson"})
        self.assertEqual(lines.headers["Content-Type"], "application/x-ndjson")
        self.assertEqual([json.loads(line) for line in lines.content.splitlines()], records)
        for accept in ("text/event-stream;q=0, application/json", "text/event-stream; q=0.000", "text/html"):
            answer = self.get("/v1/events", headers={"Accept": accept})
            self.assertEqual(answer.headers["Content-Type"], "application/json", accept)
        created = self.get("/v1/events?type=key.created", headers={"Accept": "application/x-ndjson"}).content
        self.assertEqual([json.loads(line)["type"] for line in created.splitlines()], ["key.created"] * 7)
        connection = self.service.connection()
        connection.request("GET", "/v1/events", headers={
            **self.owner, "Accept": "text/event-stream", "Last-Event-ID": str(len(records) - 1)})
        stream = connection.getresponse()
        self.assertEqual((stream.status, stream.headers["Content-Type"]), (200, "text/event-stream"))
        self.assertEqual(self.event(stream), (str(len(records)), records[-1]))
        appended = self.json("plan", "starter")["events"][0]
        number, record = self.event(stream)
        self.assertEqual((number, record["type"]), (str(appended["sequence"]), "plan.changed"))
        self.run_keyledger("user", "end-token", "ada@example.com")
        # Judged at the head, where the caller has ended: not even that event is told any more.
        self.assertEqual(stream.read().replace(b": still here\n\n", b""), b"")
        connection.close()

    def test_a_live_stream_ends_with_the_session_that_began_it(self):
        token = self.owner["Authorization"].removeprefix("Bearer ")
        begun = self.service.request("POST", "/v1/session", body={"token": token})
        cookie = {"Cookie": begun.headers["Set-Cookie"].split(";")[0]}
        connection = self.service.connection()
        connection.request("GET", "/v1/events", headers={**cookie, "Accept": "text/event-stream"})
        stream = connection.getresponse()
        self.assertEqual(self.event(stream)[0], "1")
        ended = self.service.request("DELETE", "/v1/session", {
            **cookie, "X-KeyLedger": "1", "Origin": f"http://{self.service.address}", "Content-Type": "application/json"})
        self.assertEqual(ended.status, 204, ended)
        stream.read()
        connection.close()

    def test_an_environment_that_was_migrated_so_already_is_unchanged(self):
        body = {"server_token": "legacy-Gk3vQ9zX7mB2tR5wY8pL"}
        made = self.service.request("POST", "/v1/environments/old/migrate", self.owner, body)
        again = self.service.request("POST", "/v1/environments/old/migrate", self.owner, body)
        self.assertEqual((made.status, again.status), (201, 200), again)
        self.assertEqual((len(made.json["events"]) > 0, again.json["events"]), (True, []))

    def test_a_head_of_the_live_log_takes_no_stream(self):
        for _ in range(65):
            answer = self.service.request("HEAD", "/v1/events", self.owner, headers={"Accept": "text/event-stream"})
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/event-stream"), answer)

    def event(self, stream):
        fields = {}
        while (line := stream.readline()) not in (b"\n", b""):
            name, _, value = line.decode().rstrip("\n").partition(": ")
            fields[name] = value
        return fields["id"], json.loads(fields["data"])

    def test_open_routes_and_the_description(self):
        self.assertEqual(self.service.request("GET", "/healthz").content, b"ok\n")
        self.assertEqual(self.service.request("GET", "/readyz").content, b"ok\n")
        document = self.service.request("GET", "/openapi.json").json
        self.assertEqual(document["openapi"], "3.1.0")
        self.assertIn("/v1/keys/{key}/rotate", document["paths"])
        health = self.get("/v1/health").json
        self.assertEqual(health["head"], len(self.assert_whole()))


if __name__ == "__main__":
    unittest.main()
