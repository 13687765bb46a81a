"""The worklist by keyboard, in a real browser: how many keys, clicks and typed texts each job takes."""

import re

import pytest

pytestmark = pytest.mark.browser
VERMONT, OHIO = 1, 2


class Hand:
    """Counts what a person does: one key or one click each."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def key(self, name):
        self.count += 1
        with self.page.expect_navigation():
            self.page.keyboard.press(name)

    def close_by_hand(self, sentence):
        """A click into the field, a typed text, a click on the button."""
        self.count += 3
        self.page.get_by_label("What was done").fill(sentence)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Close by hand").click()


@pytest.fixture
def hand(page, sign_in):
    sign_in("State Data Administrator", VERMONT)
    open_first(page)
    return Hand(page)


def open_first(page):
    """The first item due: near matches come before the data quality items of the same file."""
    page.goto("/worklist/")
    page.locator("a.hit").first.click()
    page.wait_for_url(re.compile(r"/worklist/\d+"))


def heading(page):
    return page.get_by_role("heading", level=1).inner_text()


def test_a_clear_near_match_is_decided_and_taken_back(page, hand):
    """Goals: a decision in at most 2 interactions, taking it back in 1."""
    first = heading(page)
    hand.key("n")
    assert hand.count <= 2
    assert heading(page) != first
    assert f"{first}: different children" in page.locator(".undo-bar").inner_text()
    hand.key("u")
    assert hand.count == 2
    assert heading(page) == first
    assert "Different children" in page.locator("main").inner_text()


def test_keys_of_the_list(page, hand):
    page.goto("/worklist/?kind=data_quality")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("input.pick:checked").count() == 1
    page.keyboard.press("a")
    assert page.locator("#to").evaluate("box => box === document.activeElement")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    hand.key("c")
    assert "1 item claimed" in page.locator("main").inner_text()


def test_keys_can_be_switched_off(page, sign_in):
    sign_in("State Data Administrator", OHIO)
    page.goto("/me/")
    page.locator("label[for=keyboard_shortcuts]").click()
    page.get_by_role("button", name="Keep settings").click()
    open_first(page)
    before = page.url
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert page.url == before


def test_pages_have_nothing_for_axe_to_find(page, hand, axe_of):
    axe = axe_of(page)
    fields = page.url.split("?")[0] + "?fields=all"
    paths = ["/worklist/?view=done", "/merges/", "/merges/new", "/splits/", "/settings/", "/delegations/", fields]
    for path in paths:
        page.goto(path)
        assert axe() == [], path
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.set_viewport_size({"width": 1280, "height": 800})


def test_ten_items_are_cleared(page, hand):
    """Goal: 10 items in at most 25 interactions; data quality items are closed by hand with a typed sentence."""
    for _ in range(10):
        if page.locator("[data-key=n]").count():
            hand.key("n")
        else:
            hand.close_by_hand("the family's papers were checked")
    assert hand.count <= 25
    page.goto("/worklist/?view=done")
    assert page.locator("tbody tr").count() >= 10
