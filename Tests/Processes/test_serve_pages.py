"""What a list's pages and cursors promise, what may be kept of an answer, and what is counted."""

import datetime
import json
import time
import unittest

from serving import Service, ServeCase, api_key

KEYS = "/v1/environments/production/keys"


class Pages(ServeCase):
    def setUp(self):
        super().setUp()
        self.service = Service(self)

    def get(self, path, caller=None):
        return self.service.request("GET", path, caller or self.owner)

    def test_a_cursor_is_good_for_the_filters_and_the_order_that_it_was_made_for(self):
        cursor = self.get(f"{KEYS}?limit=1&sort=name&type=scoped").json["next_cursor"]
        for query in ("sort=name&type=scoped", "type=scoped&sort=name&limit=2", "type=scoped&sort=%6Eame&skip=0"):
            with self.subTest(taken=query):
                self.assertEqual(self.get(f"{KEYS}?{query}&cursor={cursor}").status, 200)
        for query in ("limit=1", "sort=name", "type=scoped", "sort=name&type=default", "sort=expires_at&type=scoped",
                      "sort=name&type=scoped&q=e", "sort=name&type=scoped&removed=true"):
            with self.subTest(refused=query):
                other = self.get(f"{KEYS}?{query}&cursor={cursor}")
                self.assertEqual((other.status, other.code), (400, "bad_usage"))
                self.assertIn("these filters", other.json["detail"])

    def test_any_page_of_the_keys_can_be_skipped_to_as_of_the_moment_of_the_first(self):
        for number in range(7):
            self.create(f"worker {number}")
        place = KEYS + "?sort=name"
        names = [key["name"] for key in self.get(place).json["keys"]]
        cursor = self.get(f"{place}&limit=2").json["next_cursor"]
        self.create("aaa, later")
        for skip in (0, 1, 5, 9, 10, 2**63 - 1):
            with self.subTest(skip=skip):
                page = self.get(f"{place}&limit=3&cursor={cursor}&skip={skip}").json
                self.assertEqual([key["name"] for key in page["keys"]], names[2 + skip:5 + skip])
                self.assertEqual(page["next_cursor"] is None, 5 + skip >= len(names))
        self.assertEqual(self.get(f"{place}&limit=1&skip=1").json["keys"][0]["name"], names[0], "without a cursor it is now")
        self.assertEqual(self.get(f"{place}&skip=x").code, "bad_usage")

    def test_the_next_page_of_a_past_moment_is_had_with_or_without_the_moment_in_the_address(self):
        past = self.get("/v1/environments").json["as_of"]["sequence"]
        self.create("later")
        first = self.get(f"{KEYS}?limit=2&at={past}").json
        rest = f"{KEYS}?limit=2&cursor={first['next_cursor']}"
        second = self.get(f"{rest}&at={past}")
        self.assertEqual(second.status, 200, second)
        self.assertEqual(second.json["keys"], self.get(rest).json["keys"])
        self.assertEqual(second.json["as_of"], first["as_of"])
        other = self.get(f"{rest}&at={past - 1}")
        self.assertEqual((other.status, other.code), (400, "bad_usage"))
        self.assertIn("leave at out", other.json["detail"])

    def test_only_an_answer_that_never_changes_may_be_kept(self):
        """One about a moment that is over and named, from the log alone, and that leads to no other page."""
        made = self.service.request("POST", KEYS, self.owner, {"name": "By Ada", "scope": ["customers:read"]}).json
        records = [json.loads(line) for line in self.run_keyledger("events", "-o", "ndjson").stdout.splitlines()]
        last, before = records[-1], next(each for each in reversed(records) if each["time"] < records[-1]["time"])
        number, key, late = int(last["id"]), made["id"], self.millisecond_after(last["time"])
        kept = [
            f"/v1/environments?at={number}", f"/v1/plan?at=%23{number}", f"/v1/resources?at={before['time']}",
            f"{KEYS}?at={before['time']}", f"{KEYS}?at={number}&limit=1000", f"/v1/keys/{key}?at={number}",
            f"/v1/events?at={before['time']}&type=key.created", f"/v1/timeline?at={number}",
        ]
        # Now, and what is relative; what the next event may be of; handles; the journal; a cursor, which ends with the process.
        fleeting = [
            "/v1/plan", "/v1/plan?at=-0s", f"{KEYS}?at={last['time']}", f"/v1/environments?at={late}",
            f"/v1/users?at={number}", f"/v1/keys/{key}/activity?at={number}", f"/v1/events?at={number}&actor=ada@example.com",
            f"/v1/could?role=owner&from=2000-01-01&to={last['time']}&at={number}",
            f"/v1/environments/production/access?at={number}", f"{KEYS}?at={number}&limit=1",
        ]
        for paths, words in ((kept, "private, immutable"), (fleeting, "no-store")):
            for path in paths:
                with self.subTest(path=path):
                    answer = self.get(path)
                    self.assertEqual(answer.status, 200, answer)
                    self.assertEqual(answer.headers["Cache-Control"], words)
                    self.assertEqual("Cookie" in answer.headers.get("Vary", ""), paths is kept)

    @staticmethod
    def millisecond_after(time):
        """Over for whoever asks, with no event after it."""
        moment = datetime.datetime.fromisoformat(time) + datetime.timedelta(milliseconds=1)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"

    def test_secrets_of_no_key_that_are_shown_to_the_api_are_counted(self):
        for caller, times in ((api_key("server-nobody"), 3), (api_key("x" * 600), 2)):
            for _ in range(times):
                self.assertEqual(self.get(KEYS, caller).status, 401)
        self.service.request("POST", "/v1/verify", self.owner, {"key": "server-nobody"})
        self.assertEqual(self.service.stop(), 0)
        journal = self.json("access", "--env", "production")
        self.assertEqual(journal["unlisted"], {"unknown": 4, "malformed": 2})
        self.assertEqual(journal["access"], [])

    def test_keys_that_were_never_used_are_told_from_those_of_which_nothing_is_known(self):
        """The ledger's first keys are older than the journal, which begins with the first use."""
        gate = "/v1/authorize/production/none"
        self.assertIsNone(self.get(KEYS).json["counts"]["never_used"])
        self.assertEqual(self.get(gate, self.key("reader")).status, 204)
        self.eventually(lambda: self.get(KEYS).json["counts"]["never_used"] is not None)
        used, unused, ended = (self.create(name) for name in ("used", "unused", "ended"))
        self.run_keyledger("key", "revoke", ended["id"], "--yes")
        self.assertEqual(self.get(KEYS).json["counts"]["never_used"], 2)
        self.assertEqual(self.get(gate, api_key(used["secret"])).status, 204)
        self.eventually(lambda: self.get(KEYS).json["counts"]["never_used"] == 1)
        listed = self.get(KEYS + "?never_used=true").json
        self.assertEqual([key["id"] for key in listed["keys"]], [unused["id"]])
        self.assertEqual(listed["counts"], self.get(KEYS).json["counts"])
        self.assertEqual(self.get(KEYS + "?never_used=true&status=expiring").json["keys"], [])
        self.assertIsNone(self.get(KEYS + "?at=9").json["counts"]["never_used"])
        self.assertEqual(self.get(KEYS + "?never_used=true&at=9").code, "bad_usage")

    def eventually(self, holds):
        """Uses are written in batches, off the answering path."""
        end = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
