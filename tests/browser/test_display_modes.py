"""Zoom of 200 %, wider spacing, forced colors, reduced motion: pages stay whole (WCAG 1.4.4, 1.4.10, 1.4.12, 2.3.3)."""

import pytest

from tests.browser.hand import open_record

pytestmark = pytest.mark.browser
MODES = {
    "zoom of 200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "forced colors": {"forced_colors": "active", "viewport": {"width": 1280, "height": 800}},
    "reduced motion": {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 800}},
}
SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"


@pytest.fixture
def visited(page, sign_in):
    """The addresses of the pages that are looked at, and the cookies of a person who may open them."""
    sign_in("State Data Administrator", 1)
    page.goto("/worklist/")
    page.locator("a.hit").first.click()
    page.wait_for_url("**/worklist/*")
    item = page.url
    open_record(page)
    return ["/", "/worklist/", item, page.url, "/uploads/", "/me/"], page.context.storage_state()


def test_pages_stay_whole(visited, browser, address):
    paths, cookies = visited
    for mode, options in MODES.items():
        context = browser.new_context(base_url=address, storage_state=cookies, **options)
        page = context.new_page()
        for path in paths:
            page.goto(path)
            wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert wide[0] <= wide[1], f"{path} scrolls sideways with {mode}"
            assert page.evaluate("document.getAnimations().length") == 0 or mode != "reduced motion"
        context.close()


def test_the_focus_is_seen_in_forced_colors(visited, browser, address):
    _paths, cookies = visited
    context = browser.new_context(base_url=address, storage_state=cookies, forced_colors="active")
    page = context.new_page()
    page.goto("/worklist/")
    for _ in range(12):
        page.keyboard.press("Tab")
        drawn = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert drawn != "none", page.evaluate("document.activeElement.outerHTML")
    context.close()


def test_text_with_more_space_is_not_cut(visited, browser, address):
    """WCAG 1.4.12: line height 1.5, letters .12 em, words .16 em."""
    paths, cookies = visited
    context = browser.new_context(
        base_url=address, storage_state=cookies, viewport={"width": 1280, "height": 800}, bypass_csp=True
    )
    page = context.new_page()
    for path in paths:
        page.goto(path)
        page.add_style_tag(content=SPACING)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
    context.close()
