"""Privacy mode and the button that shows a password, in a real browser, by keyboard."""

import threading

import pytest
from cheroot import wsgi


@pytest.fixture
def desk(app, browser):
    """A window on the application, at 320 pixels; `sign_in(as_)` puts a person's cookie into it."""
    server = wsgi.Server(("127.0.0.1", 0), app, numthreads=4)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    address = f"http://127.0.0.1:{server.bind_addr[1]}"
    context = browser.new_context(base_url=address, viewport={"width": 320, "height": 640})
    yield context
    context.close()
    server.stop()


def sign_in(context, as_, base):
    cookie = as_("msix_primary").get_cookie("msixlite").value
    context.add_cookies([{"name": "msixlite", "value": cookie, "url": base}])


def test_the_key_blurs_names_and_focus_shows_one(desk, as_, visitor, request):
    page = desk.new_page()
    page.goto("/consent")
    sign_in(desk, as_, page.url)
    page.goto("/me/")  # Home's box is ready to type in, and a letter typed there is no key
    page.keyboard.press("Shift+B")
    page.wait_for_selector("body.privacy")
    page.fill("#q", "Castaneda Graciela")
    page.keyboard.press("Enter")
    name = page.locator("a.hit").first
    name.wait_for()
    assert name.evaluate("e => getComputedStyle(e).filter").startswith("blur")
    name.focus()
    assert name.evaluate("e => getComputedStyle(e).filter") == "none"
    born = page.locator("span.private").first
    born.focus()
    assert born.evaluate("e => e === document.activeElement")
    assert born.evaluate("e => getComputedStyle(e).filter") == "none"


def test_after_seconds_of_rest_and_back_at_a_key(desk, as_, app):
    page = desk.new_page()
    page.goto("/consent")
    sign_in(desk, as_, page.url)
    page.goto("/me/")
    page.fill("#blur_after_seconds", "1")
    page.get_by_role("button", name="Keep settings").click()
    page.wait_for_load_state()
    assert page.locator("body.privacy").count() == 0
    page.wait_for_selector("body.privacy", timeout=5_000)
    page.keyboard.press("Tab")
    assert page.locator("body.privacy").count() == 0


def test_a_password_is_shown_by_a_button_and_hidden_when_it_leaves(desk):
    page = desk.new_page()
    page.goto("/consent")
    page.get_by_role("button", name="Continue").click()
    page.fill("#password", "Wrong-Guess-1")
    show = page.get_by_role("button", name="Show what I typed")
    show.focus()
    page.keyboard.press("Enter")
    assert page.locator("#password").get_attribute("type") == "text"
    page.get_by_role("button", name="Hide what I typed").click()
    assert page.locator("#password").get_attribute("type") == "password"
