"""The pictures of README and docs are taken here. A page that has changed its headings or buttons since its
picture was taken fails; take all of them anew with

    MSIXLITE_SCREENSHOTS=1 python3 app.py test tests/browser/test_screenshots.py
"""

import json
import os
import re
from pathlib import Path

import pytest

from tests.browser.conftest import served, sign_ins
from tests.browser.hand import open_record

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "screenshots"
OUTLINES = PICTURES / "outlines.json"
TAKES_ANEW = bool(os.environ.get("MSIXLITE_SCREENSHOTS"))
SHOWN = "main h2, main button, main a.usa-button, nav[aria-label=Main] a"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A site of their own: what other tests do must not be in the pictures."""
    folder = tmp_path_factory.mktemp("pictures")
    with served(folder) as found:
        yield found, folder


@pytest.fixture(scope="module")
def accounts(address):
    return sign_ins(address[1])


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address[0])
    yield context.new_page()
    context.close()


def outline(page):
    """What a person sees of the page whatever the day's data are."""
    texts = page.locator(SHOWN).all_inner_texts()
    return sorted({re.sub(r"\s*\d+", "", " ".join(text.split())) for text in texts} - {""})


def take(page, name):
    page.locator("h1").first.wait_for()
    page.wait_for_load_state("networkidle")
    seen = outline(page)
    if TAKES_ANEW:
        page.screenshot(path=PICTURES / f"{name}.png")
        known = json.loads(OUTLINES.read_text()) if OUTLINES.exists() else {}
        OUTLINES.write_text(json.dumps({**known, name: seen}, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    kept = json.loads(OUTLINES.read_text(encoding="utf-8"))[name]
    assert seen == kept, f"docs/screenshots/{name}.png shows an older page: take the pictures anew (see this module)"
    assert (PICTURES / f"{name}.png").stat().st_size > 20_000


def test_the_record_and_the_search(page, sign_in):
    sign_in("MSIX Primary")
    page.goto("/")
    page.locator("#q").press_sequentially("garsia lopes 3/14/12")
    page.locator("#results a.hit").first.wait_for()
    take(page, "search")
    open_record(page)
    take(page, "record")


def test_the_desk_of_a_state_data_administrator(page, sign_in):
    sign_in("State Data Administrator", 1)
    page.goto("/")
    take(page, "home")
    page.goto("/worklist/?kind=near_match")
    page.locator("a.hit").first.click()
    page.wait_for_url(re.compile(r"/worklist/\d+"))
    take(page, "near-match")


def test_every_picture_that_the_docs_show_is_taken_here():
    shown = {
        Path(found).stem
        for text in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for found in re.findall(r"screenshots/([\w-]+\.png)", text.read_text(encoding="utf-8"))
    }
    taken = set(re.findall(r'take\(page, "([\w-]+)"\)', Path(__file__).read_text(encoding="utf-8")))
    assert shown <= taken
    assert {path.stem for path in PICTURES.glob("*.png")} == taken
