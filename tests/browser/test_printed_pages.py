"""A page of the site, printed by the browser: who printed it stands at the foot of every sheet (rule A11)."""

import io
import re

import pypdf
import pytest

pytestmark = pytest.mark.browser
LINE = re.compile(
    r"Printed from msixlite by \S.* \(\w+\), page opened \d\d/\d\d/\d{4} \d\d:\d\d [A-Z]{3,4}\. Handle as conf"
)
MARGIN = dict.fromkeys(("top", "bottom", "left", "right"), "0.5in")


def on_paper(page):
    """The sheets that the browser prints; the line stands once on each, below all else, and on no screen."""
    assert page.locator(".print-line").is_hidden()
    drawn = pypdf.PdfReader(io.BytesIO(page.pdf(format="Letter", margin=MARGIN)))
    for sheet in drawn.pages:
        pieces = []
        text = sheet.extract_text(visitor_text=lambda text, *at, found=pieces: found.append((_height(*at), text)))
        assert len(LINE.findall(" ".join(text.split()))) == 1, page.url
        heights = sorted({height for height, words in pieces if words.strip() and "Printed from" not in words})
        (line,) = {height for height, words in pieces if "Printed from" in words}
        assert all(height > line + 10 for height in heights if height > line), page.url
        assert len([height for height in heights if height < line]) <= 1, page.url  # its own second line
    return len(drawn.pages)


def _height(moved, placed, _font, _size):
    """Of a text above the foot of the sheet, in points."""
    return moved[1] * placed[4] + moved[3] * placed[5] + moved[5]


def test_pages_that_show_children(page, sign_in):
    sign_in("State Data Administrator")
    page.locator("#q").fill("garsia lopes maria 3/14/2012")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert on_paper(page) >= 1
    page.locator("a.hit").first.click()
    page.wait_for_load_state()
    record = page.url
    assert on_paper(page) > 1
    for path in (f"{record}/history", "/worklist/", "/moves/"):
        page.goto(path)
        on_paper(page)
    page.context.clear_cookies()
    sign_in("State Data Administrator", 1)
    page.goto("/worklist/")
    page.locator("a.hit").first.click()
    page.wait_for_url(re.compile(r"/worklist/\d+"))
    on_paper(page)


def test_nobody_signed_in_leaves_no_name(page):
    page.goto("/login")
    assert page.locator(".print-line").count() == 0
