"""The warning before sign-out in a real browser, by keyboard; the clocks of server and browser are moved by hand."""

import threading

import pytest
from cheroot import wsgi

from msixlite.domain import policy


@pytest.fixture(params=[30, 5])
def limit(request, office):
    """Idle minutes that Texas allows, the most and the least (A13)."""
    with office.deed() as db:
        shorter = policy.defaults("TX")
        shorter.idle_minutes = request.param
        db.add(shorter)
    return request.param


@pytest.fixture
def desk(app, limit, as_, browser):
    """A page of a signed-in person of the small world, and the address of its server."""
    server = wsgi.Server(("127.0.0.1", 0), app, numthreads=4)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    address = f"http://127.0.0.1:{server.bind_addr[1]}"
    context = browser.new_context(base_url=address, viewport={"width": 320, "height": 640})
    cookie = as_("msix_primary").get_cookie("msixlite").value
    context.add_cookies([{"name": "msixlite", "value": cookie, "url": address}])
    page = context.new_page()
    page.clock.install()
    yield page
    context.close()
    server.stop()


def wait(page, clock, minutes):
    clock.forward(minutes=minutes)
    page.clock.run_for(1_000)  # htmx settles what it swapped
    page.clock.fast_forward(minutes * 60_000)


def test_stay_signed_in_by_keyboard_then_leave(desk, clock, limit):
    warned = 26 if limit == 30 else 3
    desk.goto("/me/")
    wait(desk, clock, warned)
    stay = desk.get_by_role("button", name="Stay signed in")
    stay.wait_for()
    assert desk.locator("dialog:modal").count() == 1
    assert stay.evaluate("button => button === document.activeElement")
    assert desk.evaluate("document.documentElement.scrollWidth") <= 320
    desk.keyboard.press("Enter")
    stay.wait_for(state="detached")
    assert desk.locator("h1").inner_text() == "My account"

    wait(desk, clock, warned)
    desk.get_by_role("button", name="Stay signed in").wait_for()
    wait(desk, clock, limit - warned + 2)
    desk.wait_for_url("**/consent")
    assert desk.locator("h1").inner_text() == "Monitoring notice"
