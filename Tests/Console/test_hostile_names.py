"""Names that would be markup, that run the other way or are hard to draw are shown as the text that they are."""

from playwright.sync_api import expect

from console import ConsoleCase, row

NAMES = [
    '<img src=x onerror="document.title=1">', "</title><script>document.title=1</script>", "'\"><svg/onload=alert(1)>",
    "javascript:alert(1)", "{{7*7}} ${7*7} %s", "מפתח חיוב", "مفتاح الفوترة", "🗝" * 100, "e\u0301" * 50, "a" * 100,
]
# A right-to-left mark, a zero-width joiner, an override, a line separator.
REFUSED = ["Billing\u200f worker", "Billing\u200dworker", "\u202eworker", "Billing\u2028worker"]


class HostileNameTests(ConsoleCase):
    def test_they_are_text_wherever_they_are_shown(self):
        keys = [self.create(name) for name in NAMES]
        page = self.visit()
        for name, key in zip(NAMES, keys):
            line = row(page, key["id"])
            expect(line.locator(".name > span")).to_have_text(name, use_inner_text=False)
            line.click()
            panel = page.get_by_role("complementary")
            expect(panel.get_by_role("heading", level=2).first).to_have_text(name)
            expect(panel.get_by_label("Name")).to_have_value(name)
            panel.get_by_role("button", name="Revoke").click()
            dialog = page.get_by_role("dialog")
            expect(dialog.get_by_role("heading")).to_have_text("Revoke " + name)
            dialog.get_by_role("button", name="Cancel").click()
            page.keyboard.press("Escape")
            expect(panel).to_have_count(0)
        self.assert_untouched(page)
        page.get_by_role("link", name="Changes").click()
        for name, key in zip(NAMES, keys):
            expect(page.get_by_role("row").filter(has_text=key["id"]).get_by_role("link").first).to_have_text(name)
        page.get_by_role("link", name="Log").click()
        expect(page.locator("summary").filter(has_text="ledger.created")).to_be_visible()
        for summary in page.locator("summary").all():
            summary.click()
        expect(page.locator("pre").filter(has_text="onerror")).to_have_count(1)
        self.assert_untouched(page)

    def assert_untouched(self, page):
        self.assertEqual(page.locator("img, svg:not(.plot), script:not([src])").count(), 0)
        self.assertIn("KeyLedger", page.title())

    def test_names_with_marks_that_cannot_be_seen_are_refused_in_the_servers_words(self):
        page = self.visit()
        page.get_by_role("button", name="+ Scoped key").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("customers: read").check()
        for name in REFUSED:
            refusal = self.service.request(
                "POST", f"/v1/environments/{self.ENVIRONMENT}/keys", {"Authorization": "Bearer " + self.tokens["owner"]},
                {"name": name, "scope": ["customers:read"]})
            self.assertEqual(refusal.code, "bad_name")
            dialog.get_by_label("Name").fill(name)
            dialog.get_by_role("button", name="Create key").click()
            expect(dialog.get_by_role("alert").filter(has_text=refusal.json["detail"])).to_have_count(1)
        dialog.get_by_label("Name").fill("Billing worker")
        dialog.get_by_role("button", name="Create key").click()
        expect(page.get_by_role("dialog", name="“Billing worker” is created")).to_be_visible()
