"""A data request asked from the record, and the pages around it."""

import pytest

from tests.browser.hand import Hand, open_record
from tests.browser.test_every_page import check

pytestmark = pytest.mark.browser


def test_asking_takes_two_and_all_is_ticked(page, sign_in):
    sign_in("MSIX Primary")
    open_record(page)
    hand = Hand(page)
    hand.key("d")
    page.get_by_role("heading", level=1, name="Ask for data").wait_for()
    assert page.locator("#elements input:checked").count() >= 1
    hand.click(page.get_by_role("button", name="Send the request"), leads=True)
    page.get_by_role("heading", level=1, name="DR-").wait_for()
    assert hand.count == 2
    hand.click(page.get_by_role("button", name="Withdraw"), leads=True)
    assert "Withdrawn" in page.locator("p.lead").inner_text()


def test_by_keyboard_alone(page, sign_in):
    """To the first request with j and Enter, and a line to the other side with Tab and Enter."""
    sign_in("State Data Administrator", 0)
    page.goto("/requests/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="DR-").wait_for()
    page.get_by_label("A line to the other side").focus()
    page.keyboard.type("We look into it.")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Write"
    page.keyboard.press("Enter")
    page.locator(".thread").get_by_text("We look into it.").wait_for()


def test_every_page_has_nothing_for_axe_and_fits_320_px(page, sign_in, axe_of):
    sign_in("State Data Administrator", 0)
    axe = axe_of(page)
    open_record(page)
    number = page.url.rstrip("/").rpartition("/")[2]
    paths = ["/requests/", f"/requests/new/{number}", f"/provided/new/{number}", f"/follow-ups/{number}"]
    page.goto("/requests/")
    rows = page.locator("a.hit").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    for path in (*paths, "/provided/export", *rows, "/worklist/?kind=data_request", f"/students/{number}"):
        check(page, axe, path)
