"""Finding a child in a real browser: every state of the pages, and the keys."""

import pytest

from tests.browser.hand import open_record
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
    page.get_by_role("link", name="Next 10").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**page=2**")
    page.wait_for_function("document.activeElement.id === 'count'")
    assert 0 <= page.locator("#count").bounding_box()["y"] < 800
    assert "Picks hold for the page" in page.locator("main").inner_text()


@pytest.mark.parametrize(("width", "zoomed"), [(320, False), (640, True)])
def test_filters_stand_beside_or_under_their_own_labels(page, sign_in, width, zoomed):
    sign_in("State Data Administrator")
    many(page)
    page.set_viewport_size({"width": width, "height": 800})
    for label in page.locator(".list-filters label[for^=f-]:not([for=f-eligible])").all():
        words, box = label.bounding_box(), page.locator(f"#{label.get_attribute('for')}").bounding_box()
        beside = abs(words["y"] + words["height"] / 2 - box["y"] - box["height"] / 2) < 5
        under = 0 <= box["y"] - words["y"] - words["height"] < 10 and abs(box["x"] - words["x"]) < 5
        assert beside or under, label.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keys_of_the_record_beneath_keep_still(page, sign_in):
    sign_in("State Data Administrator")
    open_record(page)
    record = page.url
    page.keyboard.press("/")
    page.keyboard.type("m hernandez")
    page.locator("a.hit").nth(1).wait_for()
    compare = page.get_by_role("button", name="Compare the picked").locator(".key")
    move = page.locator(".record-actions [data-key=m] .key")
    assert (compare.is_visible(), move.is_visible()) == (False, True)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert (compare.is_visible(), move.is_visible()) == (True, False)
    for key in ("p", "h", "d", "f"):
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert page.url == record
    page.evaluate("document.activeElement.blur()")
    with page.expect_navigation():
        page.keyboard.press("m")
    assert "/moves/new" in page.url


def test_back_from_a_result_opened_while_typing_leads_to_its_list(page, sign_in):
    sign_in("State Data Administrator")
    home = page.url
    page.keyboard.press("/")
    page.keyboard.type("m hernandez")
    page.locator("a.hit").nth(1).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Back to the list").wait_for()
    msix_id = page.url.partition("/students/")[2][:12]
    page.go_back()
    page.get_by_role("heading", level=1, name="Find a student").wait_for()
    assert page.locator("#q").input_value() == "m hernandez"
    assert page.locator(f"a.hit[href*='{msix_id}']").count() == 1
    assert "hernandez" not in page.url
    assert page.evaluate("Object.keys(sessionStorage).length + Object.keys(localStorage).length") == 0
    page.go_back()
    page.get_by_role("heading", level=1, name="Home").wait_for()
    assert page.url == home


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
