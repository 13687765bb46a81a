"""Finding a child in a real browser: every state of the pages, and the keys."""

import pytest

from tests.browser.test_every_page import check

pytestmark = pytest.mark.browser
LONG = "Wolfeschlegelsteinhausenbergerdorff-Maximilianopolitanus de la Santísima Trinidad y Todos los Santos"


def enter(page, text):
    page.locator("#q").fill(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def many(page):
    """A list of several pages."""
    page.goto("/students/fields")
    page.get_by_label("Last name", exact=True).fill("*ez")
    page.get_by_label("First name").fill("*a*")
    page.get_by_text("With * for any letters").click()
    page.get_by_role("button", name="Search", exact=True).last.click()
    page.locator("a.hit").first.wait_for()


def test_every_state_of_the_results(page, sign_in, axe_of):
    sign_in("State Data Administrator")
    axe = axe_of(page)
    check(page, axe, "/students/")
    for text in ("garcia", "garcia maria", "garcia lopez maria 3/14/2012", "zzyzx quuxly 1/1/2001", LONG):
        enter(page, text)
        check(page, axe, page.url)
    enter(page, "garcia maria")
    page.get_by_text("Save this search").click()
    page.get_by_label("Name of the search").fill("Ñandú " * 9)
    page.get_by_role("button", name="Save").click()
    for path in ("/saved-searches/", "/students/"):
        check(page, axe, path)


def test_more_fields_with_errors_and_with_results(page, sign_in, axe_of):
    sign_in("State Data Administrator")
    axe = axe_of(page)
    check(page, axe, "/students/fields")
    page.get_by_role("textbox", name="MSIX ID").fill("12")
    page.get_by_label("School district").fill("nowhere")
    page.get_by_role("button", name="Search", exact=True).last.click()
    page.get_by_text("Please mend").wait_for()
    assert axe() == []
    page.get_by_role("textbox", name="MSIX ID").fill("")
    page.get_by_label("School district").fill("")
    many(page)
    check(page, axe, page.url)
    page.get_by_role("link", name="Not right?").click()
    assert page.get_by_label("Last name", exact=True).input_value() == "*ez"


def test_the_list_is_narrowed_in_place_and_focus_stays(page, sign_in, axe_of):
    sign_in("State Data Administrator")
    many(page)
    page.get_by_label("Order").focus()
    page.get_by_label("Order").select_option("By name")
    page.wait_for_url("**sort=name**")
    assert page.evaluate("document.activeElement.id") == "f-sort"
    assert "student" in page.locator("#status").inner_text().lower()
    assert axe_of(page)() == []
    page.locator("#page-next").click()
    page.wait_for_url("**page=2**")
    assert page.evaluate("document.activeElement.id") in ("page-next", "count")


def test_the_keys(page, sign_in):
    sign_in("State Data Administrator")
    page.keyboard.press("/")
    page.keyboard.type("m hernandez")
    page.locator("a.hit").nth(1).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    assert page.locator("input.pick:checked").count() == 2
    assert page.locator("#status").inner_text() == "2 picked"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("m")
    page.wait_for_url("**/merges/new**")


def test_a_text_that_rests_is_logged_by_the_page(page, sign_in):
    sign_in("State Data Administrator")
    with page.expect_request("**/students/rested", timeout=6_000) as asked:
        page.locator("#q").fill("garcia maria")
    assert asked.value.method == "POST"
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/students/" in page.url
