"""The worklist by keyboard, in a real browser."""

import re

import pytest

pytestmark = pytest.mark.browser
VERMONT, OHIO = 1, 2


@pytest.fixture
def item(page, sign_in):
    sign_in("State Data Administrator", VERMONT)
    open_first(page)


def open_first(page):
    """The first item due: near matches come before the data quality items of the same file."""
    page.goto("/worklist/")
    page.locator("a.hit").first.click()
    page.wait_for_url(re.compile(r"/worklist/\d+"))


def test_keys_of_the_list(page, item):
    page.goto("/worklist/?kind=data_quality")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.locator("input.pick:checked").count() == 1
    page.keyboard.press("a")
    assert page.locator("#to").evaluate("box => box === document.activeElement")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    with page.expect_navigation():
        page.keyboard.press("c")
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


def test_pages_have_nothing_for_axe_to_find(page, item, axe_of):
    axe = axe_of(page)
    fields = page.url.split("?")[0] + "?fields=all"
    paths = ["/worklist/?view=done", "/merges/", "/merges/new", "/splits/", "/settings/", "/delegations/", fields]
    for path in paths:
        page.goto(path)
        assert axe() == [], path
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.set_viewport_size({"width": 1280, "height": 800})
