"""The registrar's main job, in a real browser under the strict Content Security Policy."""

import io

import pypdf
import pytest

from tests.browser.conftest import take_training
from tests.browser.hand import open_record

pytestmark = pytest.mark.browser
MARIA = "Garcia-Lopez, Maria G."


def test_find_a_misspelt_child_by_keyboard_read_and_print(page, sign_in):
    sign_in("MSIX Primary")
    page.keyboard.press("/")
    page.keyboard.type("garsia lopes 3/14/12")
    page.locator("#results a.hit").first.wait_for()
    assert MARIA in page.locator("#results").inner_text()
    assert "student" in page.locator("#status").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/students/?search=*")
    assert "garsia" not in page.url
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name=MARIA).wait_for()
    for question in ("Who", "Enroll and place", "Call", "MEP", "Finish these courses", "Latest tests", "Data as of"):
        box = page.get_by_role("heading", name=question).first.bounding_box()
        assert box["y"] + box["height"] < 800, f"{question} needs scrolling"
    page.keyboard.press("/")
    page.keyboard.type("hernandez cruz ana")
    page.locator("#results a.hit").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("p")
    page.wait_for_url("**/*.pdf")
    drawn = pypdf.PdfReader(io.BytesIO(page.context.request.get(page.url).body()))
    first = drawn.pages[0].extract_text()
    assert MARIA in first
    assert "CONFIDENTIAL" in first
    assert "DEMO DATA" in first


def test_without_javascript_it_is_the_same_job(browser, address, accounts):
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    account = accounts["MSIX Secondary"][1]
    page.goto("/")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("User name").fill(account["user"])
    page.get_by_label("Password").fill(account["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Present password").fill(account["password"])
    page.get_by_label("New password", exact=True).fill("Orchard-Gate-9")
    page.get_by_label("New password, once more").fill("Orchard-Gate-9")
    page.get_by_role("button", name="Change password").click()
    page.locator("label[for=accept]").click()
    page.get_by_role("button", name="Accept").click()
    take_training(page, "MSIX Secondary")
    page.locator("#q").fill("lopez garcia maria 2012")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=MARIA).click()
    assert page.get_by_role("heading", level=1).inner_text() == MARIA
    context.close()


def test_keys_can_be_switched_off(page, sign_in):
    sign_in("MSIX Primary", 1)
    page.goto("/me/")
    page.locator("label[for=keyboard_shortcuts]").click()
    page.get_by_role("button", name="Keep settings").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "q"


def test_the_back_button_shows_nothing_after_sign_out(page, sign_in):
    sign_in("MSIX Secondary")
    open_record(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", level=1, name="Monitoring notice").wait_for()
    page.go_back()
    page.wait_for_load_state()
    assert MARIA not in page.content()
    assert page.evaluate("Object.keys(sessionStorage).length + Object.keys(localStorage).length") == 0
