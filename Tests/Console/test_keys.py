"""What is done to keys, day to day: each journey by the console, each outcome looked at from outside of it."""

import json
import os

from playwright.sync_api import expect

from console import ConsoleCase, row, until


class KeyTests(ConsoleCase):
    def open(self, page, key, tab="Overview"):
        page.goto(f"{self.origin}/?env={self.ENVIRONMENT}&key={key['id']}&tab={tab.lower()}")
        expect(page.get_by_role("tab", name=tab, selected=True)).to_be_visible()
        return page.get_by_role("complementary")

    def told(self, page, words):
        """The line at the bottom says what was done, and by which event."""
        line = page.locator(".notice")
        expect(line).to_contain_text(words)
        expect(line.get_by_role("link")).to_contain_text("event ")

    def test_a_scoped_key_is_created_copied_and_used(self):
        page = self.visit()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=self.origin)
        page.get_by_role("button", name="+ Scoped key").click()
        dialog = page.get_by_role("dialog", name="Add a scoped key")
        create = dialog.get_by_role("button", name="Create key")
        expect(create).to_be_disabled()
        dialog.get_by_label("Name").fill("Invoice exporter")
        dialog.get_by_label("customers: write").check()
        dialog.get_by_role("button", name="Event queue read").click()
        expect(dialog).to_contain_text("It can read and change customers, and read event queue. Nothing else")
        create.click()
        shown = page.get_by_role("dialog", name="“Invoice exporter” is created")
        shown.get_by_role("button", name="Copy", exact=True).click()
        expect(shown.get_by_role("button", name="Copied")).to_be_visible()
        secret = page.evaluate("navigator.clipboard.readText()")
        expect(shown).to_contain_text(f"INVOICE_EXPORTER={secret}")
        expect(shown).to_contain_text(f"X-API-Key: {secret}")
        page.keyboard.press("Escape")
        expect(shown).to_be_visible()
        shown.get_by_role("button", name="Done").click()
        expect(row(page, "Invoice exporter")).to_have_count(1)
        self.told(page, "Invoice exporter is created,")
        self.assertNotIn(secret, page.content())
        self.assertEqual(self.authorize(secret, "customers:write"), 204)
        self.assertEqual(self.authorize(secret, "coupons:read"), 403)

    def test_a_rotation_with_grace_leaves_both_rows_and_the_old_one_counts_down(self):
        old = self.create("Mail campaigns")
        page = self.visit()
        self.open(page, old).get_by_role("button", name="Rotate Mail campaigns").click()
        dialog = page.get_by_role("dialog", name="Rotate Mail campaigns")
        expect(dialog.get_by_label("In 24 hours")).to_be_checked()
        expect(dialog).to_contain_text("The old secret is accepted until ")
        dialog.get_by_label("In 7 days").check()
        dialog.get_by_role("button", name="Rotate Mail campaigns").click()
        shown = page.get_by_role("dialog", name="“Mail campaigns” has a new secret")
        secret = shown.locator(".secret code").inner_text()
        shown.get_by_role("button", name="Done").click()
        expect(row(page, "Mail campaigns")).to_have_count(2)
        expect(row(page, old["id"])).to_contain_text("Expires in 6 d 23 h")
        self.assertEqual((self.authorize(old["secret"]), self.authorize(secret)), (204, 204))
        page.get_by_role("complementary").get_by_role("link", name="key_").click()
        expect(page.get_by_role("complementary")).to_contain_text("Replaces")

    def test_the_grace_of_a_rotated_key_is_cut_short(self):
        old = self.create("Data warehouse")
        self.api("POST", f"/v1/keys/{old['id']}/rotate", {"grace": "7d"})
        page = self.visit()
        self.open(page, old).get_by_role("button", name="Change grace period").click()
        dialog = page.get_by_role("dialog", name="Change the grace period of Data warehouse")
        dialog.get_by_label("In 1 hour").check()
        dialog.get_by_role("button", name="Change grace period").click()
        self.told(page, "The grace period of Data warehouse is changed,")
        expect(row(page, old["id"])).to_contain_text("Expires in 59 min")
        self.assertEqual(self.authorize(old["secret"]), 204)

    def test_a_revoked_key_gets_401_at_once_and_its_row_says_so(self):
        key = self.create("Partner feed")
        page = self.visit()
        self.open(page, key).get_by_role("button", name="Revoke Partner feed").click()
        dialog = page.get_by_role("dialog", name="Revoke Partner feed")
        expect(dialog).to_contain_text("This cannot be undone.")
        expect(dialog).to_contain_text(self.ENVIRONMENT)
        expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
        dialog.get_by_role("button", name="Revoke Partner feed").click()
        self.told(page, "Partner feed is revoked,")
        expect(row(page, key["id"])).to_contain_text("Revoked")
        self.assertEqual(self.authorize(key["secret"]), 401)
        # Nothing can be done to it any more, and nothing offers to.
        panel = page.get_by_role("complementary")
        expect(panel.get_by_role("button", name="Revoke")).to_have_count(0)
        expect(panel.get_by_role("button", name="Show")).to_have_count(0)

    def test_a_key_that_was_just_used_is_revoked_only_by_its_name(self):
        key = self.create("Fraud checks")
        self.assertEqual(self.authorize(key["secret"]), 204)
        # The journal is written within half a second of the use.
        until(lambda: self.api("GET", f"/v1/keys/{key['id']}")["last_used"]["at"])
        page = self.visit()
        panel = self.open(page, key)
        panel.get_by_role("button", name="Revoke Fraud checks").click()
        dialog = page.get_by_role("dialog", name="Revoke Fraud checks")
        expect(dialog).to_contain_text("ago, 1 time since")
        revoke = dialog.get_by_role("button", name="Revoke Fraud checks")
        expect(revoke).to_be_disabled()
        dialog.get_by_label("Type its name, Fraud checks, to go on").fill("Fraud checks")
        revoke.click()
        self.told(page, "Fraud checks is revoked,")

    def test_a_scope_is_edited_and_obeyed(self):
        key = self.create("Support desk")
        page = self.visit()
        panel = self.open(page, key, "Scope")
        save = panel.get_by_role("button", name="Save scope")
        expect(save).to_be_disabled()
        panel.get_by_label("coupons: read").check()
        panel.get_by_label("customers: none").check()
        save.click()
        self.told(page, "The scope of Support desk is updated,")
        self.assertEqual(self.authorize(key["secret"], "coupons:read"), 204)
        self.assertEqual(self.authorize(key["secret"], "customers:read"), 403)

    def test_a_key_that_somebody_else_changed_meanwhile_is_not_overwritten(self):
        key = self.create("Churn report")
        page = self.visit()
        panel = self.open(page, key, "Scope")
        self.api("PUT", f"/v1/keys/{key['id']}/scope", {"scope": ["coupons:read"]})
        panel.get_by_label("subscriptions: read").check()
        panel.get_by_role("button", name="Save scope").click()
        expect(panel.get_by_role("alert")).to_contain_text("revision")
        self.assertEqual(self.authorize(key["secret"], "coupons:read"), 204)

    def test_the_scope_of_a_default_key_is_shown_and_cannot_be_changed(self):
        page = self.visit()
        for key in self.default_keys:
            panel = self.open(page, key, "Scope")
            expect(panel).to_contain_text("its scope can’t be changed")
            expect(panel.get_by_role("button", name="Save scope")).to_have_count(0)
            expect(panel.get_by_role("radio").first).to_be_disabled()

    def test_a_key_is_renamed(self):
        key = self.create("Ledger miror")
        page = self.visit()
        panel = self.open(page, key)
        panel.get_by_label("Name").fill("Ledger mirror")
        panel.get_by_label("Description").fill("Copies the log to the archive.")
        panel.get_by_role("button", name="Save name and description").click()
        self.told(page, "Ledger mirror is saved,")
        expect(row(page, "Ledger mirror")).to_have_count(1)
        self.assertEqual(self.api("GET", f"/v1/keys/{key['id']}")["description"], "Copies the log to the archive.")

    def test_a_secret_is_shown_after_the_log_says_so(self):
        key = self.create("Status page")
        page = self.visit()
        panel = self.open(page, key)
        panel.get_by_role("button", name="Show").click()
        expect(panel.get_by_text(key["secret"])).to_be_visible()
        self.told(page, "The secret of Status page was shown")
        panel.get_by_role("button", name="Hide").click()
        expect(panel.get_by_text(key["secret"])).to_have_count(0)
        activity = self.api("GET", f"/v1/keys/{key['id']}/activity")["activity"]
        self.assertEqual(activity[0]["type"], "key.revealed")

    def test_keys_are_found_by_name_by_id_and_by_a_secret_that_is_never_sent(self):
        key = self.create("Tax engine")
        page = self.visit()
        asked = []
        page.on("request", lambda request: asked.append(request.url + str(request.post_data)))
        expect(page.get_by_role("grid")).to_be_visible()
        for words in ("tax ENG", key["id"], key["secret"]):
            page.keyboard.press("/")
            expect(page.get_by_role("searchbox")).to_be_focused()
            page.get_by_role("searchbox").fill(words)
            page.keyboard.press("Enter")
            expect(page.get_by_role("grid").get_by_role("row")).to_have_count(2)
            expect(row(page, "Tax engine")).to_have_count(1)
        self.assertEqual([each for each in asked if key["secret"] in each], [])
        self.assertNotIn(key["secret"], page.url)

    def test_the_table_is_worked_with_the_keyboard_alone(self):
        page = self.visit()
        page.get_by_role("grid").focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        panel = page.get_by_role("complementary")
        expect(panel.get_by_role("heading", level=2)).to_be_focused()
        page.keyboard.press("Escape")
        expect(panel).to_have_count(0)
        expect(page.get_by_role("grid")).to_be_focused()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)

    def test_counters_and_filters_choose_rows_and_stand_in_the_address(self):
        ended = self.create("Onboarding")
        self.api("POST", f"/v1/keys/{ended['id']}/revoke")
        page = self.visit()
        page.get_by_role("button", name="expired").click()
        expect(row(page, "Onboarding")).to_have_count(1)
        expect(row(page, "Full access key")).to_have_count(0)
        page.get_by_role("combobox", name="Status").select_option("Active")
        expect(row(page, "Full access key")).to_have_count(1)
        page.get_by_role("combobox", name="Type").select_option("Scoped")
        expect(row(page, "Full access key")).to_have_count(0)
        page.go_back()
        expect(row(page, "Full access key")).to_have_count(1)
        page.reload()
        expect(page.get_by_role("button", name="active", exact=False).first).to_have_attribute("aria-pressed", "true")
        expect(row(page, "Onboarding")).to_have_count(0)

    def test_a_key_that_was_never_used_is_counted_until_it_is_used(self):
        # The record begins with the first use; of what is older nothing is known.
        self.authorize(self.default_keys[0]["secret"])
        until(lambda: self.api("GET", f"/v1/environments/{self.ENVIRONMENT}/keys")["counts"]["never_used"] is not None)
        key = self.create("Idle importer")
        page = self.visit()
        expect(row(page, key["id"])).to_contain_text("Never")
        expect(row(page, "Publishable key")).to_contain_text("Not since")
        page.get_by_role("button", name="never used").click()
        expect(row(page, "Idle importer")).to_have_count(1)
        expect(row(page, "Full access key")).to_have_count(0)
        page.reload()
        expect(page.get_by_role("button", name="never used")).to_have_attribute("aria-pressed", "true")
        self.assertEqual(self.authorize(key["secret"]), 204)
        until(lambda: self.api("GET", f"/v1/keys/{key['id']}")["last_used"]["at"])
        page.reload()
        expect(page.get_by_role("button", name="never used")).to_have_attribute("aria-pressed", "true")
        expect(row(page, "Idle importer")).to_have_count(0)
        page.get_by_role("button", name="active").click()
        expect(row(page, "Idle importer")).to_contain_text("just now")


class LongListTests(ConsoleCase):
    """More keys than five pages hold."""

    KEYS = 1_000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = [json.dumps({"command": "key.create", "environment": cls.ENVIRONMENT, "name": f"Worker {number:04}",
                             "description": "", "scope": ["customers:read"]}) for number in range(cls.KEYS)]
        file = os.path.join(cls.scratch, "keys.ndjson")
        with open(file, "w", encoding="utf-8") as commands:
            commands.write("\n".join(lines) + "\n")
        cls.run_keyledger("apply", file)

    def test_the_scroll_bar_goes_anywhere_and_only_what_is_seen_is_fetched(self):
        page = self.visit("/?env=production&sort=name")
        asked = []
        page.on("request", lambda request: "/keys?" in request.url and asked.append(request.url))
        grid = page.get_by_role("grid")
        expect(grid).to_have_attribute("aria-rowcount", str(self.KEYS + 3))
        for place, name in ((0.5, "Worker 0498"), (1, f"Worker {self.KEYS - 1:04}"), (0, "Full access key")):
            grid.evaluate("(table, place) => { table.scrollTop = place * (table.scrollHeight - table.clientHeight); }", place)
            expect(row(page, name)).to_be_visible()
        expect(page.locator(".row.waiting")).to_have_count(0)
        self.assertLessEqual(len(asked), 4, asked)
        # Back at what has been fetched, nothing is asked again; and the rows stand where they belong.
        grid.evaluate("(table) => { table.scrollTop = table.scrollHeight / 2; }")
        expect(row(page, "Worker 0500")).to_be_visible()
        self.assertLessEqual(len(asked), 4, asked)
        page.keyboard.press("/")
        grid.focus()
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        expect(page.get_by_role("complementary")).to_contain_text(f"Worker {self.KEYS - 1:04}")
