"""The first page by role, and the morning sheet."""

import io
import re
from datetime import timedelta

import pytest
from pypdf import PdfReader

from msixlite.domain import clocks, home, moves_sending
from msixlite.domain.moves_sending import Draft
from msixlite.models.moves import MoveKind
from tests.cases import person, printed_under, record_of

TX, VT = "state_data_administrator", "vt_state_data_administrator"


class TestDoFirst:
    def test_counts_what_lies_on_the_desk_and_begins_with_the_oldest(self, office, as_, clock):
        item = office.near_match()
        clock.forward(days=14)
        said = as_(TX).get("/", expect=200).text
        assert "first replies due" in said
        with office.read() as db:
            first = home.do_first(db, now=clock.now, by=person(db, TX))
            assert first.overdue >= 1
            assert first.unanswered >= first.overdue
            assert first.oldest is not None
        assert f'href="/worklist/{first.oldest}">Start with the oldest' in said
        as_(TX).get(f"/worklist/{item}", expect=200)

    @pytest.mark.parametrize("role", ["msix_primary", "government_administrator", "state_user_administrator"])
    def test_is_not_for_those_who_decide_nothing(self, as_, role):
        said = as_(role).get("/", expect=200).text
        assert "Do first</h2>" not in said
        assert "Open items by age" not in said

    def test_no_child_stands_on_the_page_of_a_government_administrator(self, as_):
        said = as_("government_administrator").get("/", expect=200).text
        assert "Records you read last" not in said
        assert "Arrivals" not in said


class TestFigures:
    def test_ages_are_counted_in_working_days_and_add_up(self, office):
        office.near_match()
        with office.read() as db:
            bars = home.ages(db, now=office.now, by=person(db, TX))
            first = home.do_first(db, now=office.now, by=person(db, TX))
        assert sum(bar.count for bar in bars) == first.unanswered
        assert bars[0].count == first.unanswered

    def test_a_closed_near_match_leaves_the_backlog_the_day_it_is_closed(self, office):
        item = office.near_match()
        with office.read() as db:
            assert home.backlog(db, now=office.now, by=person(db, TX))[-1][1] >= 1
        before = self.today(office)
        office.same_child(item)
        assert self.today(office) == before - 1

    def today(self, office):
        with office.read() as db:
            return home.backlog(db, now=office.now, by=person(db, TX))[-1][1]

    def test_districts_of_another_state_are_not_counted(self, office):
        office.near_match()
        with office.read() as db:
            assert "Maple Union" not in [bar.label for bar in home.by_place(db, now=office.now, by=person(db, TX))]
            assert home.by_place(db, now=office.now, by=person(db, "district_data_administrator")) == []


class TestFiles:
    def test_a_silent_state_is_told(self, as_, clock):
        assert "Quiet for" not in as_(TX).get("/", expect=200).text
        clock.forward(days=9)
        assert "Quiet for 9 days" in as_(TX).get("/", expect=200).text


class TestMorningSheet:
    def test_is_one_page_with_its_serial(self, office, as_):
        office.near_match()
        answer = as_(TX).get("/morning.pdf", expect=200)
        read = PdfReader(io.BytesIO(answer.data))
        assert len(read.pages) == 1
        text = read.pages[0].extract_text()
        assert "Do first" in text
        assert "Near match" in text
        assert printed_under(answer.data)[0] == "State StateDataAdministrator"

    @pytest.mark.parametrize("role", ["msix_primary", "msix_secondary", "state_user_administrator"])
    def test_is_not_for_others(self, as_, role):
        as_(role).get("/morning.pdf", expect=403)


class TestMovements:
    def test_counts_what_is_open_on_either_side_and_who_arrives(self, office, as_):
        with office.deed() as db:
            day = clocks.day_in(office.now, "America/Chicago")
            child = record_of(db, "TX100").student
            by = person(db, "msix_primary")
            draft = Draft(MoveKind.DEPARTED, frozenset([child.id]), "VT", moved_on=day)
            notice = moves_sending.send(db, draft, now=office.now, by=by)
        later = office.now + timedelta(hours=5)
        with office.read() as db:
            to = home.movements(db, now=later, by=person(db, VT))
            assert (to.incoming, to.outgoing, to.unanswered, to.oldest_hours) == (1, 0, 1, 5)
            assert [one.id for one in to.arriving] == [notice.id]
            own = home.movements(db, now=later, by=person(db, "msix_primary"))
            assert (own.incoming, own.outgoing, own.arriving) == (0, 1, [])
        assert "1 notice to you" in " ".join(re.sub("<[^>]+>", "", as_(VT).get("/", expect=200).text).split())
