"""The worklist: the table of transitions, desks, claim, reassign, escalate, delegate, wait, ask, lists and undo."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from msixlite.domain import clocks, delegations, policy, worklist, worklist_decisions, worklist_desks, worklist_lists
from msixlite.domain.errors import NotAllowed, NotFound, RuleBroken
from msixlite.domain.worklist import TRANSITIONS, Event
from msixlite.domain.worklist_lists import Filter, View
from msixlite.models.students import KnownDifferent
from msixlite.models.users import AccountStatus, Role
from msixlite.models.worklist import OPEN, Level, WorklistItem, WorklistKind, WorklistStatus
from tests import world
from tests.cases import person
from tests.files import child

TX, VT = "state_data_administrator", "vt_state_data_administrator"
DISTRICT, REGION = "district_data_administrator", "regional_data_administrator"


@pytest.fixture
def near(office):
    return office.near_match()


def deed(office, do, actor, *arguments, **named):
    with office.deed() as db:
        return do(db, *arguments, **named, now=office.now, by=person(db, actor)).status


def level(office, item_id, state="TX"):
    with office.read() as db:
        return worklist_desks.level_in(db.get(WorklistItem, item_id), state)


def different(office, item_id, actor=TX):
    with office.deed() as db:
        seen = worklist_decisions.picture(db, db.get(WorklistItem, item_id))
        worklist_decisions.different_children(db, item_id, seen=seen, now=office.now, by=person(db, actor))


class TestTransitions:
    @pytest.mark.parametrize("kind", WorklistKind)
    def test_every_kind_can_be_taken_up_and_ended(self, kind):
        ended = [row for row in TRANSITIONS if kind in row.kinds and row.after not in OPEN]
        assert {row.event for row in TRANSITIONS if kind in row.kinds} >= {
            Event.CLAIM,
            Event.REASSIGN,
            Event.ESCALATE,
            Event.WAIT,
        }
        assert ended

    def test_one_row_for_an_event_kind_and_status(self):
        cells = [(row.event, kind, before) for row in TRANSITIONS for kind in row.kinds for before in row.before]
        assert len(cells) == len(set(cells))

    def test_what_stands_not_there_cannot_happen(self, office, near):
        with office.read() as db, pytest.raises(RuleBroken, match="this step is not possible"):
            worklist.transition(db.get(WorklistItem, near), Event.VALIDATE)

    def test_a_closed_item_says_who_closed_it(self, office, near):
        different(office, near)
        with pytest.raises(
            RuleBroken, match=r"was decided already: different children, by State StateDataAdministrator"
        ):
            deed(office, worklist.claim, VT, near)


class TestDesks:
    def test_lies_with_the_district_of_the_latest_enrollment(self, office, near):
        assert level(office, near) is Level.DISTRICT
        assert level(office, near, "VT") is Level.DISTRICT

    def test_lies_higher_where_the_level_has_nobody(self, office):
        with office.deed() as db:
            person(db, DISTRICT).status = AccountStatus.DISABLED
            person(db, "vt_district_data_administrator").status = AccountStatus.DISABLED
            person(db, "vt_regional_data_administrator").status = AccountStatus.DEACTIVATED
        near = office.near_match()
        assert (level(office, near), level(office, near, "VT")) == (Level.REGION, Level.STATE)

    def test_only_those_concerned_see_it(self, office, near):
        office.hire("elsewhere", Role.DISTRICT_DATA_ADMINISTRATOR, district=world.TX_OTHER_DISTRICT)
        with office.read() as db:
            for actor, sees in (
                (DISTRICT, True),
                (REGION, True),
                (TX, True),
                (VT, True),
                ("elsewhere", False),
                ("msix_primary", False),
            ):
                if sees:
                    worklist.get(db, near, today=office.now.date(), by=person(db, actor))
                else:
                    with pytest.raises(NotFound):
                        worklist.get(db, near, today=office.now.date(), by=person(db, actor))


class TestPassingOn:
    def test_claim_is_the_first_reply(self, office, near):
        assert deed(office, worklist.claim, DISTRICT, near) is WorklistStatus.IN_WORK
        with office.read() as db:
            item = db.get(WorklistItem, near)
            assert (item.owner.user_name, item.replied_at) == (DISTRICT, office.now)

    def test_escalation_climbs_district_region_state(self, office, near):
        for expected in (Level.REGION, Level.STATE):
            deed(office, worklist.escalate, TX if expected is Level.STATE else DISTRICT, near)
            assert level(office, near) is expected
        with pytest.raises(RuleBroken, match="none above"):
            deed(office, worklist.escalate, TX, near)

    def test_what_was_sent_up_is_not_decided_below(self, office, near):
        deed(office, worklist.escalate, DISTRICT, near)
        with pytest.raises(RuleBroken, match="was sent up"):
            deed(office, worklist.claim, DISTRICT, near)
        deed(office, worklist.claim, REGION, near)

    def test_the_other_states_desk_stays_where_it_is(self, office, near):
        deed(office, worklist.escalate, DISTRICT, near)
        assert level(office, near, "VT") is Level.DISTRICT

    def test_reassign_goes_down_and_is_at_once_in_effect(self, office, near):
        deed(office, worklist.escalate, DISTRICT, near)
        with office.read() as db:
            to = person(db, DISTRICT).id
        deed(office, worklist.reassign, TX, near, to_id=to)
        assert level(office, near) is Level.DISTRICT
        deed(office, worklist.wait, DISTRICT, near, until=office.now.date() + timedelta(days=2))

    @pytest.mark.parametrize("to", [TX, REGION, VT, "msix_primary", "vt_district_data_administrator"])
    def test_never_up_nor_to_another_state_nor_to_those_without_the_right(self, office, near, to):
        with office.read() as db:
            to_id = person(db, to).id
        with pytest.raises(RuleBroken, match="down or sideways"):
            deed(office, worklist.reassign, DISTRICT, near, to_id=to_id)

    def test_wait_until_a_day_soon(self, office, near):
        today = office.now.date()
        for day in (today, today + timedelta(days=31)):
            with pytest.raises(RuleBroken, match="within 30 days"):
                deed(office, worklist.wait, TX, near, until=day)
        assert deed(office, worklist.wait, TX, near, until=today + timedelta(days=1)) is WorklistStatus.WAITING

    def test_ask_the_other_state(self, office, near):
        for state in ("TX", "OH"):
            with pytest.raises(RuleBroken, match="another State"):
                deed(office, worklist.ask, TX, near, state=state, note="Is this the same family?")
        assert deed(office, worklist.ask, TX, near, state="VT", note="Is this the same family?") is WorklistStatus.ASKED
        with office.read() as db:
            assert near not in worklist_lists.queue(db, now=office.now, by=person(db, TX))
            assert near in worklist_lists.queue(db, now=office.now, by=person(db, VT))

    def test_bulk_claim_is_all_or_none(self, office, near):
        with pytest.raises(NotFound), office.deed() as db:
            worklist.claim_all(db, [near, 999_999], now=office.now, by=person(db, TX))
        with office.read() as db:
            assert db.get(WorklistItem, near).owner is None
            mine = worklist_lists.queue(db, now=office.now, by=person(db, TX))
        with office.deed() as db:
            assert worklist.claim_all(db, mine, now=office.now, by=person(db, TX)) == len(mine) > 1

    def test_bulk_claim_of_nothing(self, office):
        with office.deed() as db, pytest.raises(RuleBroken, match="at least one"):
            worklist.claim_all(db, [], now=office.now, by=person(db, TX))


class TestDelegation:
    def test_for_its_days_alone(self, office, near):
        office.hire("elsewhere", Role.DISTRICT_DATA_ADMINISTRATOR, district=world.TX_OTHER_DISTRICT)
        today = office.now.date()
        with office.deed() as db:
            to = person(db, "elsewhere").id
            delegations.delegate(
                db, to_id=to, starts_on=today, ends_on=today + timedelta(days=2), now=office.now, by=person(db, TX)
            )
        with office.read() as db:
            stand_in = person(db, "elsewhere")
            worklist.get(db, near, today=today + timedelta(days=2), by=stand_in)
            with pytest.raises(NotFound):
                worklist.get(db, near, today=today + timedelta(days=3), by=stand_in)

    def test_never_to_another_state_or_role(self, office):
        today = office.now.date()
        for actor in (VT, "msix_primary", TX):
            with office.deed() as db, pytest.raises(RuleBroken, match="of your State"):
                delegations.delegate(
                    db, to_id=person(db, actor).id, starts_on=today, ends_on=today, now=office.now, by=person(db, TX)
                )

    def test_ends_when_its_maker_says_so(self, office):
        today = office.now.date()
        with office.deed() as db:
            made = delegations.delegate(
                db, to_id=person(db, DISTRICT).id, starts_on=today, ends_on=today, now=office.now, by=person(db, TX)
            ).id
        with office.deed() as db, pytest.raises(NotFound):
            delegations.end(db, made, by=person(db, DISTRICT))
        with office.deed() as db:
            delegations.end(db, made, by=person(db, TX))
            assert delegations.current(db, today=today, by=person(db, TX)) == []

    @pytest.mark.parametrize(("first", "last"), [(2, 1), (-3, -1)])
    def test_days_in_order_and_not_over(self, office, first, last):
        days = [clocks.day_in(office.now, "America/Chicago") + timedelta(days=days) for days in (first, last)]
        with office.deed() as db, pytest.raises(RuleBroken, match="last day"):
            delegations.delegate(
                db, to_id=person(db, DISTRICT).id, starts_on=days[0], ends_on=days[1], now=office.now, by=person(db, TX)
            )


class TestDifferentChildren:
    def test_is_remembered_until_an_identity_element_changes(self, office, near):
        different(office, near)
        resembling = child("VT900", **{**world.GRACIELA, "First_Name": "Yamileth", "Middle_Name": ""})
        office.take({"Students": [{**resembling, "Birth Date": "20120413"}]}, state="VT")
        with office.read() as db:
            assert db.get(WorklistItem, near).status is WorklistStatus.DIFFERENT_CHILDREN
            assert db.scalar(select(func.count()).select_from(KnownDifferent)) > 0
        office.take({"Students": [{**resembling, "Birth Date": "20120413", "Middle Name": "Graciela"}]}, state="VT")
        with office.read() as db:
            item = db.get(WorklistItem, near)
            assert (item.status, item.owner, item.replied_at) == (WorklistStatus.NEW, None, None)
            assert db.scalar(select(func.count()).select_from(KnownDifferent)) == 0

    def test_is_not_asked_again_when_they_are_less_alike_than_before(self, office, near):
        different(office, near)
        office.take(
            {
                "Students": [
                    child("VT900", First_Name="Mateo", Last_Name_1="Quiroga", Sex="Male", Birth_Date="20050101")
                ]
            },
            state="VT",
        )
        with office.read() as db:
            assert db.get(WorklistItem, near).status is WorklistStatus.DIFFERENT_CHILDREN


class TestUndo:
    def test_of_different_children(self, office, near):
        different(office, near)
        office.undo_item(near)
        with office.read() as db:
            assert db.get(WorklistItem, near).status is WorklistStatus.IN_WORK
            assert db.scalar(select(func.count()).select_from(KnownDifferent)) == 0

    def test_of_same_child_before_it_is_validated(self, office, near):
        item = office.same_child(near)
        office.undo_item(near)
        with office.read() as db:
            assert db.get(WorklistItem, item).status is WorklistStatus.WITHDRAWN
            assert db.get(WorklistItem, near).status is WorklistStatus.IN_WORK

    def test_of_same_child_after_it_is_validated_leads_to_the_unmerge(self, office, near):
        office.validate(office.same_child(near))
        with pytest.raises(RuleBroken, match="Undo it on its own page"):
            office.undo_item(near)

    def test_of_a_validation(self, office, near):
        before = office.owners()
        item = office.same_child(near)
        office.validate(item)
        office.undo_item(item, VT)
        assert office.owners() == before
        with office.read() as db:
            assert db.get(WorklistItem, item).status is WorklistStatus.IN_WORK
            assert db.get(WorklistItem, near).status is WorklistStatus.SAME_CHILD
        office.validate(item)

    def test_of_a_rejection(self, office, near):
        item = office.same_child(near)
        office.reject(item)
        office.undo_item(item, VT)
        with office.read() as db:
            assert db.scalar(select(func.count()).select_from(KnownDifferent)) == 0
        office.validate(item)

    def test_by_the_decider_or_the_state(self, office, near):
        different(office, near, DISTRICT)
        with pytest.raises(RuleBroken, match="Only the person who decided"):
            office.undo_item(near, REGION)
        office.undo_item(near, TX)


class TestLists:
    def rows(self, office, actor, **wanted):
        with office.read() as db:
            found = worklist_lists.rows(db, Filter(**wanted), now=office.now, by=person(db, actor))
            return [(row.item.kind, row.item.id) for row in found]

    def test_filters(self, office, near):
        assert self.rows(office, TX, kind=WorklistKind.NEAR_MATCH, state="VT") == [(WorklistKind.NEAR_MATCH, near)]
        assert self.rows(office, TX, kind=WorklistKind.NEAR_MATCH, due=worklist_lists.Due.OVERDUE) == []
        assert self.rows(office, TX, view=View.MINE) == []
        deed(office, worklist.claim, TX, near)
        assert self.rows(office, TX, view=View.MINE) == [(WorklistKind.NEAR_MATCH, near)]
        assert (WorklistKind.NEAR_MATCH, near) in self.rows(office, DISTRICT, view=View.DESK)
        assert (WorklistKind.NEAR_MATCH, near) not in self.rows(office, TX, view=View.DESK)

    def test_the_first_due_first(self, office, near):
        with office.deed() as db:
            db.get(WorklistItem, near).due_on -= timedelta(days=10)
        assert self.rows(office, TX)[0] == (WorklistKind.NEAR_MATCH, near)

    def test_done_stays_for_the_year(self, office, near):
        different(office, near)
        assert self.rows(office, TX, view=View.DONE) == [(WorklistKind.NEAR_MATCH, near)]
        with office.read() as db:
            later = office.now + timedelta(days=366)
            assert worklist_lists.rows(db, Filter(view=View.DONE), now=later, by=person(db, TX)) == []

    def test_the_queue_leaves_out_what_one_cannot_decide(self, office, near):
        item = office.same_child(near)
        with office.read() as db:
            assert item not in worklist_lists.queue(db, now=office.now, by=person(db, TX))
            assert item in worklist_lists.queue(db, now=office.now, by=person(db, VT))

    @pytest.mark.parametrize(
        ("queue", "item", "expected"),
        [([1, 2, 3], 2, 3), ([1, 2, 3], 3, 1), ([1], 1, None), ([4, 5], 2, 4), ([], 2, None)],
    )
    def test_the_next_one(self, queue, item, expected):
        assert worklist_lists.after(queue, item) == expected


class TestOverdue:
    def test_goes_to_the_states_desk(self, office, near):
        with office.deed() as db:
            raised, approved = worklist_decisions.run_out(db, now=office.now + timedelta(days=20))
        assert raised
        assert approved == 0
        assert (level(office, near), level(office, near, "VT")) == (Level.STATE, Level.STATE)
        with office.read() as db:
            assert db.get(WorklistItem, near).is_open

    def test_is_not_touched_before(self, office, near):
        with office.deed() as db:
            assert worklist_decisions.run_out(db, now=office.now) == (0, 0)


class TestPolicy:
    def change(self, office, actor, state="TX", **more):
        values = {
            "first_reply_hours": 8,
            "resolution_days": 2,
            "escalation_days": 5,
            "single_administrator": False,
            "approve_when_run_out": False,
        }
        with office.deed() as db:
            policy.change(db, state, **{**values, **more}, by=person(db, actor))

    def test_safe_values_by_default(self, office):
        with office.read() as db:
            found = policy.of(db, "TX")
            assert (found.single_administrator, found.approve_when_run_out) == (False, False)
            assert (found.first_reply_hours, found.resolution_days) == (24, 5)

    def test_shortens_the_clocks_of_new_items(self, office):
        self.change(office, VT, "VT")
        near = office.near_match()
        with office.read() as db:
            item = db.get(WorklistItem, near)
            assert item.reply_due_at == office.now + timedelta(hours=8)
            assert item.due_days == 2

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("first_reply_hours", 25),
            ("resolution_days", 6),
            ("escalation_days", 0),
            ("idle_minutes", 31),
            ("idle_minutes", 4),
        ],
    )
    def test_never_stretches_them(self, office, name, value):
        with pytest.raises(RuleBroken, match=r"choose [15] to"):
            self.change(office, TX, **{name: value})

    @pytest.mark.parametrize("actor", [VT, DISTRICT, "state_user_administrator"])
    def test_only_the_states_own_data_administrator_sets_it(self, office, actor):
        with pytest.raises(NotAllowed):
            self.change(office, actor)
