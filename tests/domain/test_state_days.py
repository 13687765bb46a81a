"""A Texas evening is the next day of UTC already: what is due, put off, counted and shown goes by the State's day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from msixlite.domain import home, moves_sending, worklist, worklist_lists, worklist_sheet
from msixlite.domain.errors import RuleBroken
from msixlite.domain.moves_sending import Draft
from msixlite.domain.worklist_lists import Due, Filter, View
from msixlite.models.moves import MoveKind
from msixlite.models.worklist import WorklistItem
from tests.cases import person, record_of
from tests.files import child

TX, VT = "state_data_administrator", "vt_state_data_administrator"
OPENED = datetime(2027, 3, 2, 18, tzinfo=UTC)
DUE = date(2027, 3, 9)
EVENING = datetime(2027, 3, 10, 2, tzinfo=UTC)
"""8 p.m. of the due day in Texas, 9 p.m. in Vermont."""
BETWEEN = datetime(2027, 3, 10, 5, 30, tzinfo=UTC)
"""11:30 p.m. of the due day in Texas, and the day after in Vermont."""


@pytest.fixture
def near(office):
    """An item of Vermont, which counts its days, on desks of both States."""
    office.now = OPENED
    item = office.near_match()
    with office.read() as db:
        assert (db.get(WorklistItem, item).due_on, db.get(WorklistItem, item).state_code) == (DUE, "VT")
    return item


def listed(office, now, actor=TX, **wanted):
    with office.read() as db:
        return {row.item.id: row for row in worklist_lists.rows(db, Filter(**wanted), now=now, by=person(db, actor))}


class TestDue:
    def test_today_is_not_overdue_in_the_evening(self, office, near):
        assert near in listed(office, EVENING, due=Due.TODAY)
        assert near not in listed(office, EVENING, due=Due.OVERDUE)
        row = listed(office, EVENING)[near]
        assert (row.today, row.days_left) == (DUE, 0)

    def test_goes_by_the_state_that_counts_the_days_not_by_the_readers(self, office, near):
        assert near in listed(office, BETWEEN, due=Due.OVERDUE)
        assert near not in listed(office, BETWEEN, due=Due.TODAY)
        assert listed(office, BETWEEN)[near].days_left == -1

    def test_within_five_working_days_begins_at_the_states_midnight(self, office, near):
        before = datetime(2027, 3, 2, 4, tzinfo=UTC)  # 1 March, also in Vermont
        assert near not in listed(office, before, due=Due.WEEK)
        assert near in listed(office, before + timedelta(hours=2), due=Due.WEEK)

    @pytest.mark.parametrize(("now", "is_overdue"), [(EVENING, False), (BETWEEN, True)])
    def test_the_figures_and_the_items_page_say_the_same(self, office, near, now, is_overdue):
        overdue, today = listed(office, now, due=Due.OVERDUE), listed(office, now, due=Due.TODAY)
        assert (near in overdue, near in today) == (is_overdue, not is_overdue)
        with office.read() as db:
            by = person(db, TX)
            counts, first = worklist_lists.counts(db, now=now, by=by), home.do_first(db, now=now, by=by)
            assert (counts.overdue, counts.due_today) == (first.overdue, first.due_today) == (len(overdue), len(today))
            assert sum(bar.overdue for bar in home.ages(db, now=now, by=by)) == len(overdue)
            assert worklist_sheet.read(db, db.get(WorklistItem, near), now=now, by=by).is_overdue is is_overdue

    def test_a_districts_bar_is_not_overdue_in_the_evening(self, office, near):
        with office.read() as db:
            evening, later = (home.by_place(db, now=now, by=person(db, TX)) for now in (EVENING, BETWEEN))
        assert sum(bar.overdue for bar in later) - sum(bar.overdue for bar in evening) == 1

    @pytest.mark.parametrize(("closed_at", "in_time"), [(EVENING, "yes"), (BETWEEN, "no")])
    def test_the_file_says_in_time_of_work_done_on_the_due_day(self, office, near, closed_at, in_time):
        office.now = closed_at
        with office.deed() as db:
            worklist.step(db, db.get(WorklistItem, near), worklist.Event.SETTLE, now=closed_at, by=None)
        row = listed(office, closed_at, view=View.DONE)[near]
        (line,) = worklist_lists.csv_rows([row], closed_at + timedelta(days=9))
        assert dict(zip(worklist_lists.CSV_HEADINGS, line, strict=True))["Resolved in time"] == in_time


class TestWaiting:
    def test_until_tomorrow_is_possible_in_the_evening_and_until_today_is_not(self, office, near):
        with office.deed() as db:
            with pytest.raises(RuleBroken, match="after today"):
                worklist.wait(db, near, until=DUE, now=EVENING, by=person(db, TX))
            worklist.wait(db, near, until=DUE + timedelta(days=1), now=EVENING, by=person(db, TX))
        with office.read() as db:
            assert near not in worklist_lists.queue(db, now=EVENING, by=person(db, TX))
            assert near in worklist_lists.queue(db, now=EVENING + timedelta(hours=5), by=person(db, TX))

    def test_at_most_30_days_are_counted_from_the_states_day(self, office, near):
        with office.deed() as db, pytest.raises(RuleBroken, match="within 30 days"):
            worklist.wait(db, near, until=DUE + timedelta(days=31), now=EVENING, by=person(db, TX))


def test_who_decided_it_did_so_on_their_own_day(office, near):
    with office.deed() as db:
        item = db.get(WorklistItem, near)
        worklist.step(db, item, worklist.Event.SETTLE, now=EVENING, by=None)
        item.resolved_by = person(db, TX)
    with office.deed() as db, pytest.raises(RuleBroken, match="on 03/09/2027"):
        worklist.claim(db, near, now=EVENING, by=person(db, TX))


class TestHome:
    def test_the_backlog_ends_with_the_readers_today_and_counts_in_their_days(self, office):
        """The near match came at 8 p.m. of 2 March in Texas; another one was there before."""
        office.now = datetime(2027, 3, 3, 2, tzinfo=UTC)
        office.near_match()
        with office.read() as db:
            shown = home.backlog(db, now=EVENING, by=person(db, TX))
        assert shown[-1] == (DUE, 2)
        assert (dict(shown)[date(2027, 3, 1)], dict(shown)[date(2027, 3, 2)]) == (1, 2)

    def test_quiet_days_are_days_of_the_state(self, office):
        office.now = OPENED
        office.take({"Students": [child("TX777")]})
        with office.read() as db:
            found = home.files(db, now=EVENING, by=person(db, TX))
        assert (found.quiet_days, found.is_quiet) == (7, False)

    @pytest.mark.parametrize(("day", "seen"), [(DUE - timedelta(days=7), True), (DUE + timedelta(days=8), False)])
    def test_arrivals_within_a_week_are_counted_from_the_states_day(self, office, day, seen):
        with office.deed() as db:
            moving, by = record_of(db, "VT200").student, person(db, VT)
            draft = Draft(MoveKind.DEPARTURE_PLANNED, frozenset([moving.id]), "TX", moved_on=day)
            moves_sending.send(db, draft, now=OPENED, by=by)
        with office.read() as db:
            assert len(home.movements(db, now=EVENING, by=person(db, TX)).arriving) == seen
