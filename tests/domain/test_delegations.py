"""A desk that is lent: its days, whose it is, and what ends it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from msixlite.domain import account_steps, delegations, role_assignments, users, worklist, worklist_desks
from msixlite.domain.account_steps import Step
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.places import District, State
from msixlite.models.users import AccountStatus, Role
from msixlite.models.worklist import Delegation, Level
from tests.cases import person

TX, VT, DISTRICT, DEPUTY = (
    "state_data_administrator",
    "vt_state_data_administrator",
    "district_data_administrator",
    "deputy",
)
REGION, USERS = "regional_data_administrator", "state_user_administrator"
MORNING = datetime(2027, 3, 2, 15, tzinfo=UTC)
"""9 a.m. in Texas."""
TODAY = date(2027, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture
def office(office):
    office.now = MORNING
    office.hire(DEPUTY, Role.DISTRICT_DATA_ADMINISTRATOR, district="4800002")
    return office


def lend(office, giver=DISTRICT, to=DEPUTY, first=TODAY, last=TODAY):
    with office.deed() as db:
        days = {"starts_on": first, "ends_on": last}
        return delegations.delegate(db, to_id=person(db, to).id, **days, now=office.now, by=person(db, giver)).id


def lent(office, day=TODAY, to=DEPUTY):
    """The desks, besides their own, on which the deputy acts."""
    with office.read() as db:
        return worklist_desks.seats(db, person(db, to), day)[1:]


def left(office):
    with office.read() as db:
        return list(db.scalars(select(Delegation.id)))


def step(office, what, actor=DISTRICT):
    with office.deed() as db:
        user, by = person(db, actor), person(db, USERS)
        account_steps.take_step(db, user.id, what, reason="as agreed", edition=user.edition, now=office.now, by=by)


def change(office, actor=DISTRICT, *, role, district=None, first_name="Nela"):
    with office.deed() as db:
        user, by = person(db, actor), person(db, USERS)
        at = db.scalar(select(District).where(District.code == district)) if district else None
        wanted = users.Wanted(
            first_name, user.last_name, user.email, user.phone, role, users.Place(db.get(State, "TX"), district=at)
        )
        users.change(db, user.id, wanted, edition=user.edition, now=office.now, by=by)


class TestDays:
    @pytest.mark.parametrize(
        ("moment", "acts"),
        [
            (datetime(2027, 3, 2, 2, tzinfo=UTC), False),  # 8 p.m. of the day before in Texas
            (datetime(2027, 3, 2, 7, tzinfo=UTC), True),
            (datetime(2027, 3, 3, 2, tzinfo=UTC), True),  # 8 p.m. of the last day
            (datetime(2027, 3, 3, 7, tzinfo=UTC), False),
        ],
    )
    def test_both_are_whole_days_of_the_state(self, office, moment, acts):
        near = office.near_match()
        office.now = moment - 12 * timedelta(hours=1)
        lend(office)
        with office.deed() as db:
            by = person(db, DEPUTY)
            if acts:
                assert worklist.claim(db, near, now=moment, by=by).owner is by
            else:
                with pytest.raises(NotFound):
                    worklist.claim(db, near, now=moment, by=by)

    @pytest.mark.parametrize(
        ("first", "last", "sentence"),
        [
            (TODAY, TODAY + 90 * DAY, "at most 90 days"),
            (TODAY - 100 * DAY, TODAY, "at most 90 days"),
            (TODAY, date(2099, 1, 1), "at most 90 days"),
            (TODAY + 366 * DAY, TODAY + 366 * DAY, "within a year"),
        ],
    )
    def test_none_is_longer_than_90_or_far_ahead(self, office, first, last, sentence):
        with pytest.raises(RuleBroken, match=sentence):
            lend(office, first=first, last=last)

    def test_90_days_and_a_year_ahead_are_taken(self, office):
        lend(office, last=TODAY + 89 * DAY)
        lend(office, first=TODAY + 365 * DAY, last=TODAY + 365 * DAY)


class TestOfWhoeverIsGone:
    def test_ends_with_the_account(self, office):
        lend(office)
        assert [seat.level for seat in lent(office)] == [Level.DISTRICT]
        step(office, Step.DEACTIVATE)
        assert lent(office) == []
        assert left(office) == []

    def test_leaves_its_end_in_the_audit_trail(self, office):
        lend(office)
        with office.deed() as db:
            delegations.end_all(db, person(db, DISTRICT))
            ended = [change for change in db.info["changes"] if change[0] == "delegation" and change[4] is None]
        assert {column for _, _, column, _, _ in ended} >= {"from_id", "to_id", "starts_on", "ends_on"}

    def test_rests_while_the_account_is_disabled(self, office):
        lend(office)
        step(office, Step.DISABLE)
        assert lent(office) == []
        step(office, Step.ENABLE)
        assert len(lent(office)) == 1

    def test_rests_from_the_last_day_of_the_role_on_before_the_clocks_work_runs(self, office):
        lend(office, last=TODAY + 5 * DAY)
        with office.deed() as db:
            user, by = person(db, DISTRICT), person(db, USERS)
            (one,) = role_assignments.of_user(db, user)
            how = {"ends_on": TODAY, "reason": "leaves", "edition": user.edition, "now": office.now, "by": by}
            role_assignments.end(db, user.id, one.id, **how)
        assert len(lent(office)) == 1
        assert lent(office, TODAY + DAY) == []
        with office.read() as db:
            assert person(db, DISTRICT).status is AccountStatus.ACTIVE

    def test_lends_nothing_of_another_state(self, office):
        lend(office)
        with office.deed() as db:
            deputy = person(db, DEPUTY)
            deputy.state_code, deputy.district_id = "VT", person(db, "vt_district_data_administrator").district_id
        assert lent(office) == []


class TestOfWhoeverIsPromoted:
    def test_ends_with_another_role(self, office):
        lend(office)
        change(office, role=Role.STATE_DATA_ADMINISTRATOR)
        assert lent(office) == []
        assert left(office) == []

    def test_ends_with_another_place_and_does_not_come_back(self, office):
        with office.read() as db:
            home = person(db, DISTRICT).district.code
        lend(office, last=TODAY + 5 * DAY)
        change(office, role=Role.DISTRICT_DATA_ADMINISTRATOR, district="4800002")
        change(office, role=Role.DISTRICT_DATA_ADMINISTRATOR, district=home)
        assert lent(office) == []

    def test_stays_with_another_name(self, office):
        with office.read() as db:
            home = person(db, DISTRICT).district.code
        lend(office)
        change(office, role=Role.DISTRICT_DATA_ADMINISTRATOR, district=home)
        assert len(lent(office)) == 1

    def test_what_was_lent_to_the_person_stays(self, office):
        lend(office, giver=TX, to=DISTRICT)
        change(office, role=Role.DISTRICT_DATA_ADMINISTRATOR, district="4800002")
        assert [seat.level for seat in lent(office, to=DISTRICT)] == [Level.STATE]

    @pytest.mark.parametrize(("role", "stays"), [(TX, False), (DISTRICT, True)])
    def test_ends_when_a_successor_of_another_role_takes_over(self, office, role, stays):
        """By the daily run: the district's role ends today, and one begins tomorrow."""
        lend(office, last=TODAY + 5 * DAY)
        with office.deed() as db:
            user, by = person(db, DISTRICT), person(db, USERS)
            (one,) = role_assignments.of_user(db, user)
            how = {"now": office.now, "by": by}
            role_assignments.end(db, user.id, one.id, ends_on=TODAY, reason="x", edition=user.edition, **how)
            place = users.Place(user.state, district=user.district if stays else None)
            wanted = role_assignments.Wanted(Role(role), place, starts_on=TODAY + DAY)
            role_assignments.give(db, user.id, wanted, edition=user.edition, **how)
        assert len(left(office)) == 1
        with office.deed() as db:
            role_assignments.follow_clock(db, now=MORNING + DAY)
        assert len(lent(office, TODAY + DAY)) == len(left(office)) == int(stays)


class TestWhoSeesAndEnds:
    def seen(self, office, actor, what="of_others"):
        with office.read() as db:
            return [one.id for one in getattr(delegations, what)(db, today=TODAY, by=person(db, actor))]

    def test_the_states_lead_sees_and_ends_those_of_others(self, office):
        made = lend(office)
        assert self.seen(office, TX) == [made]
        with office.deed() as db:
            delegations.end(db, made, by=person(db, TX))
        assert left(office) == []

    @pytest.mark.parametrize("actor", [VT, REGION, USERS, DEPUTY, "msix_primary", "government_administrator"])
    def test_for_everybody_else_they_are_not_there(self, office, actor):
        made = lend(office)
        assert self.seen(office, actor) == []
        with office.deed() as db, pytest.raises(NotFound):
            delegations.end(db, made, by=person(db, actor))
        assert left(office) == [made]

    def test_ones_own_are_not_those_of_others(self, office):
        given, received = lend(office, giver=TX), lend(office, to=TX)
        assert self.seen(office, TX) == []
        assert self.seen(office, TX, "current") == [given, received]

    def test_what_is_over_is_not_shown(self, office):
        lend(office)
        with office.read() as db:
            assert delegations.of_others(db, today=TODAY + DAY, by=person(db, TX)) == []
