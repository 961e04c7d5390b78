"""Proofs, which the browser works out by itself: green over the truth, red over whatever somebody in between has changed."""

import json

from playwright.sync_api import expect

from console import ConsoleCase
from proxy import Proxy


class ProofTests(ConsoleCase):
    def setUp(self):
        super().setUp()
        self.proxy = Proxy(self.service.address)
        self.doCleanup(self.proxy.close)
        self.key = self.create("Audit reader")
        self.event = self.key["events"][0]

    def text(self, path):
        return self.service.request("GET", path, {"Authorization": "Bearer " + self.tokens["owner"]}).content.decode()

    def verify(self, role="owner"):
        """The panel of the key, with its one event opened and verified."""
        page = self.visit(f"/?env={self.ENVIRONMENT}&key={self.key['id']}&tab=activity", role, origin=self.proxy.origin)
        panel = page.get_by_role("complementary")
        panel.get_by_text("Key created").click()
        panel.get_by_role("button", name=f"Verify event {self.event['sequence']}").click()
        return panel

    def test_an_event_is_proved_up_to_the_root(self):
        panel = self.verify("read_only")
        expect(panel.locator(".verdict.right")).to_contain_text(f"Event {self.event['sequence']} is in the log of ")
        expect(panel).to_contain_text(self.event["leaf_hash"])
        expect(panel).to_contain_text(self.text("/v1/checkpoint").splitlines()[2])

    def test_a_changed_record_shows_red(self):
        self.assert_red("/v1/events", lambda content: content.replace(b"Audit reader", b"Audit writer"))

    def test_another_event_in_its_place_shows_red(self):
        other = self.text("/v1/events?after=0&limit=1")
        record = json.dumps(json.loads(other)["events"][0], separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        self.assert_red("/v1/events", lambda _: record)

    def test_a_changed_hash_of_the_proof_shows_red(self):
        def turn(content):
            proof = json.loads(content)
            first = proof["hashes"][0]
            proof["hashes"][0] = ("B" if first[0] == "A" else "A") + first[1:]
            return json.dumps(proof).encode()
        self.assert_red("/v1/proofs/inclusion", turn)

    def test_a_proof_that_is_cut_short_shows_red(self):
        def cut(content):
            proof = json.loads(content)
            return json.dumps({**proof, "hashes": proof["hashes"][:-1]}).encode()
        self.assert_red("/v1/proofs/inclusion", cut)

    def test_a_checkpoint_with_another_root_shows_red(self):
        def turn(content):
            lines = content.decode().split("\n")
            lines[2] = ("B" if lines[2][0] == "A" else "A") + lines[2][1:]
            return "\n".join(lines).encode()
        self.assert_red("/v1/checkpoint", turn)

    def test_a_checkpoint_that_is_none_shows_red(self):
        self.assert_red("/v1/checkpoint", lambda _: b"nothing\n")

    def assert_red(self, path, change):
        self.proxy.tamper = lambda asked, content: change(content) if asked.startswith(path) else content
        panel = self.verify()
        expect(panel.locator(".verdict.wrong")).to_have_count(1)
        expect(panel.locator(".verdict.right")).to_have_count(0)

    def check(self, checkpoint):
        page = self.visit("/?page=log&view=checkpoint", origin=self.proxy.origin)
        page.get_by_label("The checkpoint that you kept").fill(checkpoint)
        page.get_by_role("button", name="Check that history still extends it").click()
        return page

    def test_history_extends_a_checkpoint_that_was_kept(self):
        for size in (1, 4, self.event["sequence"]):
            page = self.check(self.text(f"/v1/checkpoint?at={size}"))
            expect(page.locator(".verdict.right")).to_contain_text("are the ones that you saw.")

    def test_history_does_not_extend_a_checkpoint_with_another_root(self):
        lines = self.text("/v1/checkpoint?at=3").split("\n")
        other = self.text("/v1/checkpoint?at=4").split("\n")
        page = self.check("\n".join([lines[0], lines[1], other[2], ""]))
        expect(page.locator(".verdict.wrong")).to_contain_text("History is not the one that you saw")

    def test_a_checkpoint_of_a_longer_log_or_of_another_ledger_shows_red(self):
        origin, size, root, _ = self.text("/v1/checkpoint").split("\n")
        for kept, words in (((origin, str(int(size) + 1000), root), "fewer than the"), ((origin + "x", size, root), "of another ledger"),
                            (("a letter", "to", "nobody"), "That is no checkpoint")):
            page = self.check("\n".join(kept) + "\n")
            expect(page.locator(".verdict.wrong")).to_contain_text(words)

    def test_without_the_server_the_page_says_so_once_and_recovers_by_itself(self):
        page = self.visit(f"/?env={self.ENVIRONMENT}", origin=self.proxy.origin)
        expect(page.get_by_role("grid")).to_be_visible()
        self.proxy.is_cut = True
        page.get_by_role("button", name="active").first.click()
        expect(page.locator(".strip")).to_contain_text("The server does not answer.")
        self.proxy.is_cut = False
        expect(page.locator(".strip")).to_be_empty()
        expect(page.get_by_role("grid")).to_be_visible()
