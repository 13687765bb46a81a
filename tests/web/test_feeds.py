"""The calendar feed: by secret link, revocable, without personal data."""

import re
from datetime import UTC, date, datetime

import pytest

from msixlite.domain import feeds, moves, moves_replies
from msixlite.domain.feeds import DueDate
from msixlite.models.users import AccountStatus
from tests.domain.test_moves import person_of, send


@pytest.fixture
def link(as_):
    """The address of the feed of Vermont's district."""
    page = as_("vt_district_data_administrator").send("/calendar/", expect=200).text
    return re.search(r"http://127.0.0.1:8000(/calendar/[\w-]+\.ics)", page).group(1)


@pytest.fixture
def notice(app, clock):
    with app.config["SESSIONS"]() as db, db.begin():
        return send(db, clock)


def test_due_dates_without_a_name(visitor, link, notice):
    answer = visitor.get(link, expect=200)
    assert answer.mimetype == "text/calendar"
    assert f"SUMMARY:{notice.reference}: outcome due" in answer.text
    assert f"DTSTART;VALUE=DATE:{notice.due_on:%Y%m%d}" in answer.text
    assert not re.search(r"Graciela|Casta|\d{12}", answer.text)


def test_an_empty_calendar_has_a_component(clock):
    """RFC 5545, section 3.6: at least one."""
    lines = feeds.as_ics([], address="https://site.example/", now=clock()).splitlines()
    begun = [line for line in lines if line.startswith("BEGIN:")]
    assert begun == ["BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "BEGIN:STANDARD"]
    ended = [line.partition(":")[2] for line in lines if line.startswith("END:")]
    assert ended == [line.partition(":")[2] for line in reversed(begun)]


def test_a_settled_notice_leaves_the_calendar(visitor, app, clock, link, notice):
    with app.config["SESSIONS"]() as db, db.begin():
        by = person_of(db, "vt_district_data_administrator")
        moves_replies.reply(db, moves.get(db, notice.id, by=by), moves.S.NOT_FOUND, text="", now=clock(), by=by)
    assert notice.reference not in visitor.get(link, expect=200).text


class TestTheStateTheyLeft:
    """It owes what is new of the children within four working days, also where it sent the notice itself."""

    def feed(self, app, clock, actor):
        with app.config["SESSIONS"]() as db:
            return [due.title for due in feeds.due_dates(db, now=clock(), by=person_of(db, actor))]

    def reply(self, app, clock, number, *statuses):
        with app.config["SESSIONS"]() as db, db.begin():
            by = person_of(db, "vt_district_data_administrator")
            for status in statuses:
                moves_replies.reply(db, moves.get(db, number, by=by), status, text="seen", now=clock(), by=by)

    @pytest.mark.parametrize("actor", ["msix_primary", "state_data_administrator"])
    def test_its_people_have_the_day_once_the_children_are_found(self, app, clock, notice, actor):
        says = f"{notice.reference}: send what is new"
        assert says not in self.feed(app, clock, actor)
        self.reply(app, clock, notice.id, moves.S.LOCATED)
        assert self.feed(app, clock, actor).count(says) == 1
        assert says not in self.feed(app, clock, "vt_district_data_administrator")

    def test_a_dismissal_ends_it_no_sooner_than_its_day(self, app, clock, notice):
        self.reply(app, clock, notice.id, moves.S.LOCATED, moves.S.DISMISSED)
        says = f"{notice.reference}: send what is new"
        assert says in self.feed(app, clock, "msix_primary")
        clock.forward(days=20)
        assert says not in self.feed(app, clock, "msix_primary")


def test_ended_or_replaced_it_opens_nothing(as_, visitor, link):
    client = as_("vt_district_data_administrator")
    client.send("/calendar/", expect=200)
    visitor.get(link, expect=404)
    newer = re.search(r"(/calendar/[\w-]+\.ics)", client.send("/calendar/", expect=200).text).group(1)
    visitor.get(newer, expect=200)
    client.send("/calendar/end", expect=303)
    visitor.get(newer, expect=404)


def test_nor_does_that_of_a_disabled_account(visitor, app, link):
    with app.config["SESSIONS"]() as db, db.begin():
        person_of(db, "vt_district_data_administrator").status = AccountStatus.DISABLED
    visitor.get(link, expect=404)


def test_a_guessed_link(visitor):
    visitor.get("/calendar/guess.ics", expect=404)


def test_the_link_is_shown_once(as_, link):
    assert ".ics" not in as_("vt_district_data_administrator").get("/calendar/", expect=200).text


def test_the_format():
    """Line breaks, escapes, folding, and a whole day that ends on the next (RFC 5545)."""
    due = DueDate("item-1", date(2028, 2, 29), "a, b; c\\d " + "x" * 80)
    text = feeds.as_ics([due], address="https://msix.example.gov/", now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "\n" not in text.replace("\r\n", "")
    assert max(map(len, lines)) <= 75
    assert "DTSTART;VALUE=DATE:20280229" in lines
    assert "DTEND;VALUE=DATE:20280301" in lines
    assert "DTSTAMP:20260102T030405Z" in lines
    assert r"SUMMARY:a\, b\; c\\d xxx" in text
