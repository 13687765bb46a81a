"""Pages before papers: who waits for whom, and for how long."""

import threading
import time

import pytest
from sqlalchemy import select

from msixlite.models.students import StateRecord, Student
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
            site.give_way()
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


def test_its_patience_is_for_the_whole_paper_and_not_for_each_step(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.2)
    site = turns.Turns()
    site.begin()
    site.begin()
    begun = time.monotonic()
    with site.composing():
        for _step in range(50):
            site.give_way()
    assert 0.2 <= time.monotonic() - begun < SOON
    site.end()
    site.end()


def test_a_page_never_gives_way():
    site = turns.Turns()
    site.begin()
    begun = time.monotonic()
    site.give_way()
    assert time.monotonic() - begun < turns.PATIENCE
    site.end()


@pytest.mark.parametrize("paper", ["", "/family"])
def test_a_paper_gives_way_before_each_statement_and_piece(as_, db, monkeypatch, paper):
    steps = []
    client = as_("msix_primary")
    given = turns.Turns.give_way

    def counted(site):
        steps.append(getattr(site._own, "patience", 0))
        given(site)

    monkeypatch.setattr(turns.Turns, "give_way", counted)
    record = db.scalar(select(StateRecord).where(StateRecord.state_student_id == "TX100"))
    client.get(f"/students/{db.get(Student, record.student_id).msix_id}{paper}.pdf", expect=200)
    assert sum(patience > 0 for patience in steps) > 100


def test_a_statement_within_a_paper_gives_way(app, monkeypatch):
    asked = []
    site = app.extensions["turns"]
    site.begin()
    with app.config["SESSIONS"]().reading() as db, site.composing():
        monkeypatch.setattr(site, "give_way", lambda: asked.append("a statement"))
        db.scalar(select(1))
    site.end()
    assert asked


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
