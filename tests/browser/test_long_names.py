"""Names of sixty letters without a blank: no page is wider than the window, in a real browser at 320 pixels."""

import threading

import pytest
from cheroot import wsgi

from tests import world
from tests.files import child

LONG = {
    key: (letter * 60).capitalize()
    for key, letter in (
        ("First_Name", "a"),
        ("Middle_Name", "b"),
        ("Last_Name_1", "c"),
        ("Last_Name_2", "d"),
        ("Female_Parent_First_Name", "e"),
        ("Female_Parent_Last_Name", "f"),
        ("Male_Parent_First_Name", "g"),
        ("Male_Parent_Last_Name", "h"),
    )
}
PAGES = (
    "/students/{}",
    "/students/{}/credits",
    "/students/{}/history",
    "/students/{}/family",
    "/students/{}/packet",
    "/moves/new/{}?family=1",
    "/requests/new/{}",
    "/follow-ups/{}",
    "/",
)


@pytest.fixture
def window(app, browser, as_):
    """A window of 320 pixels in which the registrar is signed in."""
    server = wsgi.Server(("127.0.0.1", 0), app, numthreads=4)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    address = f"http://127.0.0.1:{server.bind_addr[1]}"
    context = browser.new_context(base_url=address, viewport={"width": 320, "height": 640})
    cookie = as_("msix_primary").get_cookie("msixlite").value
    context.add_cookies([{"name": "msixlite", "value": cookie, "url": address}])
    yield context
    context.close()
    server.stop()


def test_no_page_is_wider_than_the_window(window, office):
    sister = {**LONG, "First_Name": "I" * 60, "Birth_Date": "20140909"}
    office.take({"Students": [child("TX100", **{**world.GRACIELA, **LONG}), child("TX110", **sister)]})
    page = window.new_page()
    widths = {}
    for path in PAGES:
        page.goto(path.format(office.owners()["TX100"]))
        assert LONG["Last_Name_1"] in page.content(), path
        widths[path] = page.evaluate("document.documentElement.scrollWidth")
    assert widths == dict.fromkeys(PAGES, 320)
