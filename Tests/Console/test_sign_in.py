"""Signing in and out, and what others can do with a session: nothing."""

from playwright.sync_api import expect

from console import ConsoleCase


class SignInTests(ConsoleCase):
    def sign_in(self, page, token):
        page.get_by_label("Your token").fill(token)
        page.get_by_role("button", name="Sign in").click()

    def arrive(self):
        """A page that came by a link with the owner's token, with a session of its own."""
        page = self.visit("/#token=" + self.tokens["owner"], role=None)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("grid", name="Keys")).to_be_visible()
        return page

    def test_a_token_opens_the_table_of_keys(self):
        page = self.visit(role=None)
        self.sign_in(page, self.tokens["owner"])
        expect(page.get_by_role("grid", name="Keys")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="Full access key")).to_have_count(1)
        expect(page.get_by_role("row").filter(has_text="Publishable key")).to_have_count(1)

    def test_a_token_that_nobody_has_is_refused_where_it_was_typed(self):
        page = self.visit(role=None)
        self.sign_in(page, "user-" + "0" * 36)
        expect(page.get_by_role("alert")).to_have_text("No user of this ledger has that token.")
        self.sign_in(page, self.tokens["owner"])
        expect(page.get_by_role("grid", name="Keys")).to_be_visible()

    def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(self):
        page = self.arrive()
        (cookie,) = page.context.cookies()
        self.assertEqual((cookie["name"], cookie["httpOnly"], cookie["sameSite"]), ("keyledger_session", True, "Strict"))
        self.assertEqual(page.evaluate("document.cookie"), "")

    def test_a_link_signs_nobody_in_by_itself(self):
        page = self.visit("/#token=" + self.tokens["owner"], role=None)
        expect(page.get_by_label("Your token")).to_have_value(self.tokens["owner"])
        self.assertEqual(page.context.cookies(), [])
        page.get_by_label("Your token").fill("")
        page.goto(self.origin + "/#token=" + self.tokens["owner"])
        expect(page.get_by_label("Your token")).to_have_value(self.tokens["owner"])
        expect(page).to_have_url(self.origin + "/")

    def test_whoever_is_signed_in_stays_so_whatever_a_link_holds(self):
        page = self.visit("/#token=" + self.tokens["owner"], role="read_only")
        expect(page).to_have_url(self.origin + "/?env=production")
        page.goto(self.origin + "/?env=production#token=" + self.tokens["owner"])
        expect(page).to_have_url(self.origin + "/?env=production")
        (cookie,) = page.context.cookies()
        self.assertEqual(cookie["value"], self.session("read_only"))

    def test_a_link_with_a_token_leaves_it_nowhere(self):
        page = self.arrive()
        expect(page).to_have_url(self.origin + "/?env=production")
        kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, history.state, document.body.innerHTML])")
        self.assertNotIn(self.tokens["owner"], kept)

    def test_signing_out_ends_the_session_everywhere(self):
        page = self.arrive()
        (cookie,) = page.context.cookies()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Your token")).to_be_visible()
        answer = self.service.request("GET", "/v1/users/me", {"Cookie": f"{cookie['name']}={cookie['value']}"})
        self.assertEqual(answer.status, 401)

    def test_a_page_that_follows_the_log_asks_for_a_token_when_its_session_ended_elsewhere(self):
        page = self.arrive()
        (cookie,) = page.context.cookies()
        with page.expect_response(lambda answer: answer.headers.get("content-type", "") == "text/event-stream"):
            page.goto(self.origin + "/?page=log")
        ended = self.service.request("DELETE", "/v1/session", {
            "Cookie": f"{cookie['name']}={cookie['value']}", "X-KeyLedger": "1", "Origin": self.origin,
            "Content-Type": "application/json"})
        self.assertEqual(ended.status, 204, ended)
        expect(page.get_by_label("Your token")).to_be_visible()

    def test_another_page_can_do_nothing_with_the_cookie(self):
        page = self.arrive()
        (cookie,) = page.context.cookies()
        held = {"Cookie": f"{cookie['name']}={cookie['value']}"}
        own = {**held, "X-KeyLedger": "1", "Origin": self.origin}
        for missing in ("X-KeyLedger", "Origin"):
            headers = {name: value for name, value in own.items() if name != missing}
            answer = self.service.request("POST", "/v1/environments", headers, {"id": "stolen"})
            self.assertEqual(answer.status, 403, missing)
        answer = self.service.request("POST", "/v1/environments", {**own, "Origin": "http://other.example"}, {"id": "stolen"})
        self.assertEqual(answer.status, 403)
        answer = self.service.request("POST", "/v1/environments", {**own, "Content-Type": "text/plain"}, {"id": "stolen"})
        self.assertEqual(answer.status, 403)
