"""History: the table as it stood, what changed, who could, the log and what stands beside it."""

import datetime
import json

from playwright.sync_api import expect

from console import ConsoleCase, row, until

DAY = datetime.timedelta(days=1)


class HistoryTests(ConsoleCase):
    """A ledger whose history was recorded afterwards: it begins ten days ago."""

    @classmethod
    def found(cls):
        cls.now = datetime.datetime.now(datetime.timezone.utc)
        owner = cls.run_json("init", "--owner", "ada@example.com", "--time", cls.before(10))["owner"]
        lines = [
            (9, {"command": "environment.create", "environment": "production"}),
            (8, {"command": "key.create", "environment": "production", "name": "Refund bot", "scope": ["customers:read"], "ref": "a"}),
            (7, {"command": "key.create", "environment": "production", "name": "Search indexer", "scope": ["coupons:read"], "ref": "b"}),
            (5, {"command": "key.scope", "key": "b", "scope": ["subscriptions:read"]}),
            (3, {"command": "key.revoke", "key": "a"}),
        ]
        file = cls.scratch + "/history.ndjson"
        with open(file, "w", encoding="utf-8") as history:
            for days, line in lines:
                history.write(json.dumps({"time": cls.before(days), "actor": "operator:archive", **line}) + "\n")
        cls.run_keyledger("apply", file, "--backfill")
        return owner["token"]

    @classmethod
    def before(cls, days):
        return (cls.now - days * DAY).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def test_the_slider_goes_back_to_before_the_revocation_and_returns(self):
        page = self.visit()
        expect(row(page, "Refund bot")).to_contain_text("Revoked")
        slider = page.get_by_role("slider", name="The moment that is shown")
        expect(slider).to_be_enabled()
        slider.press("ArrowLeft")
        for _ in range(4):
            slider.press("PageDown")  # a tenth of the line, a day and some
        strip = page.locator(".strip")
        expect(strip).to_contain_text("Nothing can be changed here.")
        expect(strip).to_contain_text("It rests on history that was recorded afterwards.")
        expect(row(page, "Refund bot")).to_contain_text("Active")
        # All that changes something is gone.
        expect(page.get_by_role("button", name="+ Scoped key")).to_have_count(0)
        row(page, "Search indexer").click()
        expect(page.get_by_role("complementary").get_by_role("button", name="Rotate")).to_have_count(0)
        # The address holds the moment, so a colleague who is sent it sees the same.
        colleague = self.visit(page.url.removeprefix(self.origin), role="read_only")
        expect(row(colleague, "Refund bot")).to_contain_text("Active")
        strip.get_by_role("link", name="Return to now").click()
        expect(row(page, "Refund bot")).to_contain_text("Revoked")
        expect(page.get_by_role("button", name="+ Scoped key")).to_be_visible()

    def test_a_moment_can_be_typed_as_the_number_of_an_event(self):
        page = self.visit()
        page.get_by_label("As of").fill("#3")
        page.keyboard.press("Enter")
        expect(page.locator(".strip")).to_contain_text("after event 3.")
        page.get_by_label("As of").fill("#99999")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("99999")

    def test_what_changed_between_two_handles(self):
        page = self.visit("/?page=changes")
        start = page.get_by_role("slider", name="From this moment")
        expect(start).to_be_enabled()
        for _ in range(5):
            start.press("PageDown")  # a tenth of the line, a day and some
        table = page.get_by_role("table")
        changed = table.get_by_role("row").filter(has_text="Search indexer")
        expect(changed).to_contain_text("Changed")
        expect(changed).to_contain_text("coupons:read")
        expect(changed).to_contain_text("subscriptions:read")
        expect(table.get_by_role("row").filter(has_text="Refund bot")).to_contain_text("Ended")
        changed.get_by_role("link", name="Search indexer").click()
        expect(page.get_by_role("heading", name="Search indexer")).to_be_visible()

    def test_who_could_tells_intervals_with_their_events(self):
        page = self.visit("/?page=could")
        page.get_by_label("What").select_option("permission=coupons:read")
        page.get_by_role("textbox", name="From").fill(self.before(9)[:10])
        page.get_by_role("button", name="Ask").click()
        line = page.get_by_role("row").filter(has_text="Search indexer")
        expect(line.get_by_role("link", name="event ")).to_have_count(2)
        page.get_by_label("What").select_option("role=owner")
        page.get_by_role("button", name="Ask").click()
        expect(page.get_by_role("row").filter(has_text="ada@example.com")).to_contain_text("still")

    def test_the_log_runs_by_and_is_filtered(self):
        page = self.visit("/?page=log")
        expect(page.locator("summary").filter(has_text="ledger.created")).to_be_visible()
        self.api("POST", "/v1/environments", {"id": "staging"})
        expect(page.locator("summary").filter(has_text="environments/staging")).to_have_count(1)
        page.get_by_label("Type of event").select_option("scope.updated")
        expect(page.locator("summary")).to_have_count(1)
        expect(page.locator("summary")).to_contain_text("operator:archive")

    def test_the_access_journal_stands_beside_the_log(self):
        key = self.api("POST", "/v1/environments/production/keys", {"name": "Caller", "scope": ["customers:read"]})
        for permission, status in (("customers:read", 204), ("coupons:read", 403)):
            answer = self.service.request("GET", f"/v1/authorize/production/{permission}/orders/7", {"X-API-Key": key["secret"]})
            self.assertEqual(answer.status, status)
        # Written within half a second.
        until(lambda: len(self.api("GET", f"/v1/environments/production/access?key={key['id']}")["access"]) == 2)
        page = self.visit("/?page=log&view=access")
        operations = page.get_by_role("row").filter(has_text=key["id"])
        expect(operations.filter(has_text="insufficient scope")).to_contain_text("/orders/7")
        page.get_by_label("Outcome", exact=True).select_option("valid")
        expect(operations).to_have_count(1)
        expect(page.get_by_text("It is not part of the log")).to_be_visible()

    def test_health_tells_where_log_and_views_stand(self):
        page = self.visit("/?page=log&view=health")
        expect(page.get_by_text("up to date")).to_be_visible()
