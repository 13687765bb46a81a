"""A move notice from the record, with the guard under its text."""

import pytest

from tests.browser.hand import open_record

pytestmark = pytest.mark.browser


def test_the_guard_marks_personal_data_while_it_is_typed(page, sign_in, axe_of):
    sign_in("MSIX Primary")
    open_record(page)

    page.keyboard.press("m")
    page.get_by_role("heading", level=1, name="Move notice").wait_for()
    page.get_by_text("They left").click()
    page.get_by_text("Likely").click()
    with page.expect_response("**/recipients"):
        page.get_by_label("State", exact=True).select_option("VT")
    page.get_by_label("Who told us").select_option("the family")
    assert "This goes to" in page.locator(".who-gets-it").inner_text()

    page.get_by_text("Reason, services, note, words for the e-mail").click()
    words = page.get_by_label("Words for the e-mail")
    words.press_sequentially("Born 3/14/2012")
    page.locator("#text-check mark").wait_for()
    assert page.locator("#text-check mark").inner_text() == "3/14/2012"
    assert axe_of(page)() == []
    words.fill("")
    page.get_by_text("No personal data found").wait_for()

    page.get_by_role("button", name="Send the notice").click()
    page.get_by_role("heading", level=1, name="MN-").wait_for()
    assert "was sent to" in page.locator("main").inner_text()
    assert axe_of(page)() == []
