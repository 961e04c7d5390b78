"""What owners set up: environments, integrations, resources, plan, users, client-side security; and what others see of it."""

from playwright.sync_api import expect

from console import ConsoleCase, row


class SettingsTests(ConsoleCase):
    def told(self, page, words):
        expect(page.locator(".notice")).to_contain_text(words)

    def test_an_integration_is_connected_and_disconnected(self):
        page = self.visit("/?page=settings")
        page.get_by_role("button", name="Connect an integration").click()
        dialog = page.get_by_role("dialog", name="Connect an integration to production")
        dialog.get_by_label("Name").fill("salesforce")
        dialog.get_by_role("button", name="Customers write").click()
        dialog.get_by_role("button", name="Connect", exact=True).click()
        shown = page.get_by_role("dialog", name="The key of salesforce")
        secret = shown.locator(".secret code").inner_text()
        shown.get_by_role("button", name="Done").click()
        self.told(page, "salesforce is connected,")
        self.assertEqual(self.authorize(secret, "customers:write"), 204)
        page.get_by_role("button", name="Disconnect salesforce").click()
        page.get_by_role("dialog").get_by_role("button", name="Disconnect salesforce").click()
        self.told(page, "salesforce is disconnected,")
        expect(page.get_by_role("button", name="Disconnect salesforce")).to_have_count(0)
        self.assertEqual(self.authorize(secret, "customers:write"), 401)
        page.get_by_role("link", name="Keys").click()
        expect(row(page, "Full access key")).to_have_count(1)
        expect(row(page, "salesforce")).to_have_count(0)
        page.get_by_label("Removed too").check()
        expect(row(page, "salesforce")).to_contain_text("Removed")

    def test_an_environment_comes_with_its_two_keys(self):
        page = self.visit("/?page=settings")
        page.get_by_role("button", name="+ Environment").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Id").fill("staging")
        dialog.get_by_role("button", name="Provision").click()
        for name in ("Full access key of staging", "Publishable key of staging"):
            shown = page.get_by_role("dialog", name=name)
            expect(shown.locator(".secret code")).to_contain_text("-")
            shown.get_by_role("button", name="Done").click()
        self.told(page, "staging is provisioned,")
        page.get_by_role("combobox", name="Environment").select_option("staging")
        page.get_by_role("link", name="Keys").click()
        expect(row(page, "Full access key")).to_have_count(1)

    def test_a_resource_is_added_and_can_be_granted(self):
        page = self.visit("/?page=settings")
        page.get_by_role("button", name="+ Resource").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("invoices")
        dialog.get_by_label("It can only be read").check()
        dialog.get_by_role("button", name="Add resource").click()
        expect(page.get_by_role("row").filter(has_text="invoices")).to_have_count(1)
        page.get_by_role("link", name="Keys").click()
        page.get_by_role("button", name="+ Scoped key").click()
        expect(page.get_by_role("dialog").get_by_label("invoices: read")).to_be_visible()
        expect(page.get_by_role("dialog").get_by_label("invoices: write")).to_have_count(0)

    def test_on_the_starter_plan_a_scoped_key_is_refused_in_the_servers_words(self):
        page = self.visit("/?page=settings")
        for plan in ("starter", "scale"):
            page.get_by_role("button", name="Change plan").click()
            page.get_by_role("dialog").get_by_label("Plan").select_option(plan)
            page.get_by_role("dialog").get_by_role("button", name="Change plan").click()
            self.told(page, f"The plan is {plan},")
            if plan == "starter":
                self.assert_refused(page)

    def assert_refused(self, page):
        page.get_by_role("link", name="Keys").click()
        page.get_by_role("button", name="+ Scoped key").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("Too soon")
        dialog.get_by_label("customers: read").check()
        dialog.get_by_role("button", name="Create key").click()
        expect(dialog.get_by_role("alert").filter(has_text="plan")).to_have_count(1)
        dialog.get_by_role("button", name="Cancel").click()
        page.get_by_role("link", name="Settings").click()

    def test_client_side_security_is_enforced_and_its_secret_shown_and_rotated(self):
        page = self.visit(f"/?env={self.ENVIRONMENT}&key={self.default_keys[1]['id']}")
        panel = page.get_by_role("complementary")
        publishable = self.default_keys[1]["secret"]
        self.assertEqual(self.authorize(publishable), 204)
        panel.get_by_role("button", name="Enforce").click()
        page.get_by_role("dialog").get_by_role("button", name="Enforce").click()
        expect(panel).to_contain_text("accepted only with a customer token")
        self.assertEqual(self.authorize(publishable), 401)
        panel.get_by_role("button", name="Show signing secret").click()
        first = page.get_by_role("dialog").locator(".secret code").inner_text()
        page.get_by_role("button", name="Done").click()
        panel.get_by_role("button", name="Rotate signing secret").click()
        expect(page.get_by_role("dialog")).to_contain_text("ends at this moment, all at once")
        page.get_by_role("dialog").get_by_role("button", name="Rotate signing secret").click()
        self.told(page, "The signing secret is rotated,")
        panel.get_by_role("button", name="Show signing secret").click()
        expect(page.get_by_role("dialog").locator(".secret code")).not_to_have_text(first)
        page.get_by_role("button", name="Done").click()
        panel.get_by_role("button", name="Relax").click()
        page.get_by_role("dialog").get_by_role("button", name="Relax").click()
        expect(panel).to_contain_text("is accepted by itself")
        self.assertEqual(self.authorize(publishable), 204)

    def test_a_user_is_added_renews_the_token_changes_role_leaves_and_is_forgotten(self):
        page = self.visit("/?page=users")
        page.get_by_role("button", name="+ User").click()
        page.get_by_role("dialog").get_by_label("E-mail address or login name").fill("dora@example.com")
        page.get_by_role("dialog").get_by_role("button", name="Add user").click()
        token = page.get_by_role("dialog", name="The token of dora@example.com").locator(".secret code").inner_text()
        page.get_by_role("button", name="Done").click()
        self.renew_as_newcomer(token)
        line = page.get_by_role("row").filter(has_text="dora@example.com")
        line.get_by_role("button", name="Change role").click()
        page.get_by_role("dialog").get_by_label("Role").select_option("read_only")
        page.get_by_role("dialog").get_by_role("button", name="Change role").click()
        expect(line).to_contain_text("read-only")
        line.get_by_role("button", name="Remove dora@example.com").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove dora@example.com").click()
        expect(line).to_contain_text("removed")
        line.get_by_role("button", name="Forget dora@example.com").click()
        page.get_by_role("dialog").get_by_role("button", name="Forget dora@example.com").click()
        expect(page.get_by_role("row").filter(has_text="(forgotten)")).to_have_count(1)
        expect(line).to_have_count(0)

    def renew_as_newcomer(self, token):
        """A token that somebody else issued is good for one thing."""
        page = self.visit(role=None)
        page.get_by_label("Your token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Renew it and sign in").click()
        own = page.get_by_role("dialog", name="Your own token").locator(".secret code").inner_text()
        self.assertNotEqual(own, token)
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_role("button", name="dora@example.com")).to_be_visible()

    def test_ones_own_token_is_renewed_without_losing_the_session(self):
        page = self.visit(role="member")
        page.get_by_role("button", name="ben@example.com").click()
        page.get_by_role("button", name="Renew my token").click()
        token = page.get_by_role("dialog").locator(".secret code").inner_text()
        old, type(self).tokens["member"] = self.tokens["member"], token
        page.get_by_role("button", name="Close").click()
        page.get_by_role("link", name="Users").click()
        expect(page.get_by_role("row").filter(has_text="ben@example.com")).to_have_count(1)
        for each, status in ((old, 401), (token, 200)):
            answer = self.service.request("GET", "/v1/users/me", {"Authorization": "Bearer " + each})
            self.assertEqual(answer.status, status)

    def test_members_and_readers_see_everything_and_no_button_that_they_may_not_press(self):
        key = self.create("Onboarding")
        for role in ("member", "read_only"):
            page = self.visit(role=role)
            expect(row(page, "Onboarding")).to_have_count(1)
            expect(page.get_by_role("button", name="+ Scoped key")).to_have_count(0)
            row(page, "Onboarding").get_by_role("button", name="Actions on Onboarding").click()
            expect(page.get_by_role("menuitem")).to_have_text(["Key details"])
            page.get_by_role("menuitem").click()
            panel = page.get_by_role("complementary")
            for tab in ("Activity", "Scope", "Overview"):
                panel.get_by_role("tab", name=tab).click()
                expect(panel.get_by_role("tabpanel", name=tab)).to_be_visible()
                expect(panel.get_by_role("button", name="Show")).to_have_count(0)
                expect(panel.get_by_role("button", name="Save")).to_have_count(0)
            expect(panel.get_by_text(key["masked"]).first).to_be_visible()
            for name, heading in (("Users", "Users"), ("Settings", "Settings"), ("Log", "Log"), ("Who could", "Who could"),
                                  ("Changes", "What changed")):
                page.get_by_role("link", name=name, exact=True).click()
                expect(page.get_by_role("heading", level=1)).to_have_text(heading)
                for verb in ("+", "Change role", "Remove", "End token", "Connect", "Disconnect", "Change plan"):
                    expect(page.get_by_role("button", name=verb)).to_have_count(0)
            page.close()
