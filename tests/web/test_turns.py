"""Pages before papers: who waits for whom, and for how long."""

import threading
import time

import pytest

from msixlite.web import turns

SOON = 5.0


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 60.0)
    return turns.Turns()


def compose(site, composed: threading.Event) -> threading.Thread:
    def request() -> None:
        site.begin()
        with site.composing():
            composed.set()
        site.end()

    thread = threading.Thread(target=request)
    thread.start()
    return thread


def test_a_paper_waits_for_the_page_and_then_goes_on(site):
    composed = threading.Event()
    site.begin()
    paper = compose(site, composed)
    assert not composed.wait(0.2)
    site.end()
    assert composed.wait(SOON)
    paper.join()


def test_a_paper_waits_for_pages_only_so_long(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    site, composed = turns.Turns(), threading.Event()
    site.begin()
    paper = compose(site, composed)
    assert composed.wait(SOON)
    paper.join()
    site.end()


def test_two_papers_are_never_put_together_at_once(site):
    composed = threading.Event()
    site.begin()
    with site.composing():
        paper = compose(site, composed)
        assert not composed.wait(0.2)
    site.end()
    assert composed.wait(SOON)
    paper.join()


def test_papers_do_not_wait_for_one_another_as_for_pages(site):
    papers = [compose(site, threading.Event()) for _ in range(8)]
    begun = time.monotonic()
    for paper in papers:
        paper.join(SOON)
    assert time.monotonic() - begun < SOON
    assert not any(paper.is_alive() for paper in papers)


@pytest.mark.parametrize(
    "path", ["/students/", "/no-such-page", "/students/999999999999", "/static/app.css", "/students/?host"]
)
def test_each_request_that_began_has_ended(app, as_, path):
    reader = as_("msix_primary")
    headers = {"Host": "elsewhere.example"} if path.endswith("host") else {}
    app.config["TRUSTED_HOSTS"] = ["localhost"]
    reader.get(path, headers=headers)
    assert app.extensions["turns"]._pages == 0


def test_a_request_that_fails_has_ended_too(app, as_, monkeypatch):
    reader = as_("msix_primary")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("msixlite.domain.search.read", lambda *_: 1 / 0)
    assert reader.get("/students/").status_code == 500
    assert app.extensions["turns"]._pages == 0
