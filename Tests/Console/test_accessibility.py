"""axe-core on every page and every dialog: no violation of any of its rules, WCAG 2.2 AA among them."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from console import ConsoleCase, row

NARROW = {"width": 375, "height": 720}


class LookedAtCase(ConsoleCase):
    """A case whose pages axe looks at."""

    def look(self, page, what):
        """Animations are over, and axe finds nothing."""
        page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")
        results = Axe().run(page)
        self.assertEqual(results.violations_count, 0, f"{what}: {results.generate_report()}")


class AccessibilityTests(LookedAtCase):
    @classmethod
    def found(cls):
        token = super().found()
        cls.old = cls.run_json("key", "create", "--env", "production", "--name", "Billing worker", "--scope", "customers_write")
        cls.run_json("key", "rotate", cls.old["id"], "--grace", "3d")
        cls.run_json("integration", "connect", "salesforce", "--env", "production", "--scope", "customers:read")
        gone = cls.run_json("user", "add", "dora@example.com", "--role", "member")["user"]["id"]
        cls.run_json("user", "remove", gone, "--yes")
        return token

    def opened(self, page, button, then):
        """The dialog behind a button, looked at and closed again; `then` names the button that closes it."""
        button.click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        self.look(page, dialog.get_by_role("heading").first.inner_text())
        dialog.get_by_role("button", name=then, exact=True).click()
        expect(dialog).to_have_count(0)

    def every_page(self, page):
        """Name and page of each, one after the other, once its content is there."""
        places = [
            ("keys", "?", "[role=grid] .row"), ("keys in the past", "?at=%235", "[role=grid] .row"),
            ("no such key", "?q=nothing", ".empty"), ("a moment that is none", "?at=nonsense", ".empty .error"),
            ("log", "?page=log", "summary"), ("one event", "?page=log&log=3", "details[open] button"),
            ("access journal", "?page=log&view=access", "section p"), ("checkpoint", "?page=log&view=checkpoint", "textarea"),
            ("health", "?page=log&view=health", ".facts"),
            ("who could", "?page=could&who=permission=customers:read&from=2020-01-01&to=2099-01-01", "td"),
            ("changes", "?page=changes&from=%231", "td"), ("users", "?page=users", "td"), ("settings", "?page=settings", "td"),
        ]
        places += [(f"panel, {tab}", f"?key={self.old['id']}&tab={tab}", "[role=tabpanel] > *") for tab in ("overview", "scope", "activity")]
        for name, address, content in places:
            page.goto(f"{self.origin}/{address}")
            expect(page.locator(content).first).to_be_visible()
            yield name

    def test_no_page_is_wider_than_a_narrow_window(self):
        """What is wide scrolls in its own place: tables, tabs, the names of the pages."""
        page = self.visit(viewport=NARROW)
        for name in self.every_page(page):
            beyond = page.evaluate(
                """() => [...document.querySelectorAll('button, input, select, textarea, .row > *, p, h1, h2, summary > *')]
                     .filter((each) => !each.closest('.wide-table, .tabs, nav, .skip, .visually-hidden') && each.checkVisibility())
                     .filter((each) => each.getBoundingClientRect().right > innerWidth).map((each) => each.outerHTML.slice(0, 120))""")
            self.assertEqual(beyond, [], name)

    def test_every_page_in_light_and_dark_and_narrow(self):
        for options in ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"color_scheme": "light", "viewport": NARROW}):
            page = self.visit(**options)
            for name in self.every_page(page):
                self.look(page, f"{name}, {options}")
                # What is wider than the window scrolls within itself.
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0, f"{name}, {options}")
            page.close()

    def test_the_way_in(self):
        for scheme in ("light", "dark"):
            page = self.visit(role=None, color_scheme=scheme)
            expect(page.get_by_label("Your token")).to_be_visible()
            self.look(page, "sign-in")
            page.get_by_label("Your token").fill("user-nobody")
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("alert")).to_be_visible()
            self.look(page, "sign-in refused")

    def test_dialogs_on_keys(self):
        for scheme in ("light", "dark"):
            page = self.visit(color_scheme=scheme)
            self.opened(page, page.get_by_role("button", name="+ Scoped key"), "Cancel")
            self.opened(page, page.get_by_role("button", name="ada@example.com"), "Close")
            active = page.get_by_role("row").filter(has_text="Billing worker").filter(has_text="Active")
            active.get_by_role("button").click()
            self.look(page, "menu")
            page.keyboard.press("Escape")
            active.click()
            panel = page.get_by_role("complementary")
            self.opened(page, panel.get_by_role("button", name="Rotate Billing worker"), "Cancel")
            self.opened(page, panel.get_by_role("button", name="Revoke Billing worker"), "Cancel")
            panel.get_by_role("button", name="Show").click()
            expect(panel.get_by_role("button", name="Hide")).to_be_visible()
            self.look(page, "a secret and a notice")
            page.goto(f"{self.origin}/?key={self.old['id']}")
            self.opened(page, panel.get_by_role("button", name="Change grace period"), "Cancel")
            page.keyboard.press("?")
            expect(page.get_by_role("dialog")).to_be_visible()
            self.look(page, "help")
            page.close()

    def test_new_secrets_and_verdicts(self):
        page = self.visit()
        page.get_by_role("button", name="+ Scoped key").click()
        page.get_by_role("dialog").get_by_label("Name").fill("Looked at")
        page.get_by_role("dialog").get_by_label("customers: read").check()
        self.opened(page, page.get_by_role("button", name="Create key"), "Done")
        page.goto(f"{self.origin}/?key={self.old['id']}&tab=activity")
        page.get_by_text("Key created").click()
        page.get_by_role("button", name="Verify event").click()
        expect(page.locator(".verdict.right")).to_be_visible()
        self.look(page, "a proof")
        page.goto(f"{self.origin}/?page=log&view=checkpoint")
        page.get_by_role("button", name="Show the checkpoint").click()
        page.get_by_role("button", name="Check that history").click()
        expect(page.locator(".verdict.wrong")).to_be_visible()
        self.look(page, "a verdict")

    def test_dialogs_of_settings_and_users(self):
        page = self.visit("/?page=settings")
        for name in ("+ Environment", "Connect an integration", "+ Resource", "Change plan", "Disconnect salesforce"):
            self.opened(page, page.get_by_role("button", name=name), "Cancel")
        page.get_by_role("link", name="Users").click()
        line = page.get_by_role("row").filter(has_text="ben@example.com")
        for name in ("Change role", "End token", "Remove"):
            self.opened(page, line.get_by_role("button", name=name), "Cancel")
        self.opened(page, page.get_by_role("button", name="Forget dora@example.com"), "Cancel")
        page.get_by_role("button", name="+ User").click()
        page.get_by_role("dialog").get_by_label("E-mail").fill("ed@example.com")
        page.get_by_role("dialog").get_by_role("button", name="Add user").click()
        expect(page.get_by_role("dialog", name="The token of ed@example.com")).to_be_visible()
        self.look(page, "a new user's token")
        self.look_at_a_newcomer(page.get_by_role("dialog").locator(".secret code").inner_text())
        page.get_by_role("button", name="Done").click()
        page.goto(f"{self.origin}/?key={self.default_keys[1]['id']}")
        for name in ("Enforce", "Rotate signing secret"):
            self.opened(page, page.get_by_role("button", name=name), "Cancel")
        self.opened(page, page.get_by_role("button", name="Show signing secret"), "Done")

    def look_at_a_newcomer(self, token):
        """Whoever signs in with a token that somebody else issued renews it, and then once more."""
        page = self.visit(role=None)
        page.get_by_label("Your token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Renew it and sign in")).to_be_visible()
        self.look(page, "a token to be renewed")
        page.get_by_role("button", name="Renew it and sign in").click()
        expect(page.get_by_role("dialog", name="Your own token")).to_be_visible()
        self.look(page, "one's own token")
        page.get_by_role("button", name="Done").click()
        page.get_by_role("button", name="ed@example.com").click()
        page.get_by_role("button", name="Renew my token").click()
        expect(page.get_by_role("dialog").locator(".secret code")).to_be_visible()
        self.look(page, "a token renewed")
        page.close()

    def test_motion_is_spared_whoever_asks_for_it(self):
        page = self.visit(reduced_motion="reduce")
        row(page, "Full access key").click()
        expect(page.get_by_role("complementary")).to_be_visible()
        self.assertEqual(page.evaluate("getComputedStyle(document.querySelector('.panel')).animationName"), "none")


class EmptyLedgerTests(LookedAtCase):
    @classmethod
    def found(cls):
        return cls.run_json("init", "--owner", "ada@example.com")["owner"]["token"]

    def test_an_empty_ledger_says_what_to_do_and_the_command_that_does_it(self):
        page = self.visit()
        expect(page.get_by_role("heading", name="No environment yet")).to_be_visible()
        expect(page.get_by_text("keyledger env create production")).to_be_visible()
        self.look(page, "an empty ledger")
        page.get_by_role("button", name="Provision an environment").click()
        page.get_by_role("button", name="+ Environment").click()
        page.get_by_role("dialog").get_by_label("Id").fill("production")
        page.get_by_role("dialog").get_by_role("button", name="Provision").click()
        for secret in ("first", "second"):
            expect(page.get_by_role("dialog").get_by_role("button", name="Done")).to_be_visible()
            self.look(page, f"the {secret} secret")
            page.get_by_role("dialog").get_by_role("button", name="Done").click()
        page.get_by_role("link", name="Keys").click()
        expect(row(page, "Full access key")).to_have_count(1)
