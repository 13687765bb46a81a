"""What becomes of near matches, merges and splits after they were decided: taken back, rejected, overtaken."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from msixlite.domain import audit, merge_split, policy, rematching, worklist, worklist_decisions, worklist_desks
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.audit import AuditEvent
from msixlite.models.merge_split import ChangeKind
from msixlite.models.students import KnownDifferent
from msixlite.models.users import Role
from msixlite.models.worklist import WorklistItem, WorklistKind, WorklistStatus
from tests import world
from tests.cases import NOW, person, record_of
from tests.files import child

TX, VT = "state_data_administrator", "vt_state_data_administrator"
TWIN_OF_MIND = {**world.GRACIELA, "Middle_Name": ""}
"""What Vermont sends of the child of its near match when it has looked again: Texas's Graciela."""


def different(office, item_id, actor=TX):
    with office.deed() as db:
        seen = worklist_decisions.picture(db, db.get(WorklistItem, item_id))
        worklist_decisions.different_children(db, item_id, seen=seen, now=office.now, by=person(db, actor))


def undo_change(office, item_id, actor=TX):
    with office.deed() as db:
        change = db.get(WorklistItem, item_id).change
        merge_split.undo(db, change, reason="it was wrong after all", now=office.now, by=person(db, actor))


def status(office, item_id):
    with office.read() as db:
        return db.get(WorklistItem, item_id).status


def parted(office):
    """The number of the split that parted TX103 and VT201, after they had been merged."""
    office.validate(office.merge("TX103", "VT201"))
    split = office.split("VT201")
    office.validate(split)
    return split


def known_different(office):
    with office.read() as db:
        return {(pair.low_id, pair.high_id) for pair in db.scalars(select(KnownDifferent))}


class TestRejectedMerge:
    def test_its_near_match_says_different_children(self, office):
        near = office.near_match()
        office.reject(office.same_child(near))
        assert status(office, near) is WorklistStatus.DIFFERENT_CHILDREN

    def test_its_near_match_is_asked_again_when_an_identity_element_changes(self, office):
        near = office.near_match()
        office.reject(office.same_child(near))
        office.take({"Students": [child("VT900", **TWIN_OF_MIND)]}, state="VT")
        assert status(office, near) is WorklistStatus.NEW

    def test_taken_back_leads_its_near_match_back_too(self, office):
        near = office.near_match()
        validation = office.same_child(near)
        office.reject(validation)
        office.undo_item(validation, VT)
        assert status(office, near) is WorklistStatus.SAME_CHILD
        office.validate(validation)
        assert office.owners()["VT900"] == office.owners()["TX100"]


class TestFoundDifferent:
    def test_is_asked_again_though_the_child_was_merged_into_another(self, office):
        near = office.near_match()
        different(office, near)
        office.validate(office.merge("VT201", "TX100"))
        resembling = {**world.GRACIELA, "First_Name": "Yamileth", "Middle_Name": "", "Birth_Date": "20120413"}
        office.take({"Students": [child("TX100", **resembling)]})
        assert status(office, near) is WorklistStatus.NEW

    def test_is_asked_again_by_match_when_nothing_holds_them_apart_any_more(self, office):
        near = office.near_match()
        different(office, near)
        with office.deed() as db:
            for pair in db.scalars(select(KnownDifferent)):
                db.delete(pair)
        report = rematching.rematch(office.sessions, lambda linker: rematching.own_engine(linker) * 0, now=office.now)
        assert report.proposed > 0
        assert status(office, near) is WorklistStatus.NEW

    def test_is_not_asked_again_by_match_while_it_holds(self, office):
        near = office.near_match()
        different(office, near)
        rematching.rematch(office.sessions, lambda linker: rematching.own_engine(linker) * 0, now=office.now)
        assert status(office, near) is WorklistStatus.DIFFERENT_CHILDREN

    def test_is_not_taken_back_after_the_two_were_joined(self, office):
        near = office.near_match()
        different(office, near)
        office.validate(office.merge("TX100", "VT900", accept_obstacles=True))
        with pytest.raises(RuleBroken, match="nothing left to decide"):
            office.undo_item(near)
        assert status(office, near) is WorklistStatus.DIFFERENT_CHILDREN

    def test_what_was_forgotten_stands_in_the_audit_trail(self, office):
        near = office.near_match()
        different(office, near)
        before = known_different(office)
        with office.deed() as db:
            worklist_decisions.undo(db, near, now=office.now, by=person(db, TX))
            audit.record(db, at=office.now, action="worklist.undo", outcome="ok")
        with office.read() as db:
            last = db.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        gone = [change for change in last.changes if change[0] == "known_different" and change[4] is None]
        assert {old for _, _, column, old, _ in gone if column == "low_id"} == {low for low, _high in before}


class TestUndoneSplit:
    def test_leaves_no_near_match_of_the_child_with_itself(self, office):
        split = parted(office)
        with office.deed() as db:
            one, other = (record_of(db, number) for number in ("TX103", "VT201"))
            both = {"state_record_id": other.id, "candidate_id": one.student_id, "score": 75.0}
            kind, ids = WorklistKind.NEAR_MATCH, [one.id, other.id]
            near = worklist.open_item(db, kind, state="TX", records=ids, now=office.now, **both).id
        undo_change(office, split)
        assert status(office, near) is WorklistStatus.SETTLED

    def test_keeps_what_others_found_different_meanwhile(self, office):
        """On SQLite a row that was deleted leaves its number to the next one."""
        split = parted(office)
        changed = child("VT201", First_Name="Thaddeus", Last_Name_1="Okonkwo", Sex="Male", Birth_Date="20090910")
        office.take({"Students": [changed]}, state="VT")
        assert known_different(office) == set()
        different(office, office.near_match())
        others = known_different(office)
        undo_change(office, split)
        assert known_different(office) == others != set()

    def test_takes_its_own_known_different_away(self, office):
        split = parted(office)
        assert known_different(office)
        undo_change(office, split)
        assert known_different(office) == set()

    def test_is_refused_where_a_person_found_them_different_since(self, office):
        split = parted(office)
        changed = child("VT201", First_Name="Thaddeus", Last_Name_1="Okonkwo", Sex="Male", Birth_Date="20090910")
        office.take({"Students": [changed]}, state="VT")
        office.now = NOW + timedelta(days=1)
        office.reject(office.merge("TX103", "VT201"))
        with pytest.raises(RuleBroken, match="after the split"):
            undo_change(office, split)


class TestClocks:
    def switch_on_approval(self, office):
        with office.deed() as db:
            for state, actor in (("TX", TX), ("VT", VT)):
                policy.change(
                    db,
                    state,
                    first_reply_hours=24,
                    resolution_days=5,
                    escalation_days=1,
                    single_administrator=False,
                    approve_when_run_out=True,
                    by=person(db, actor),
                )

    def run_out(self, office, days):
        with office.deed() as db:
            return worklist_decisions.run_out(db, now=office.now + timedelta(days=days))[1]

    def test_a_decision_taken_back_late_gets_new_ones(self, office):
        item = office.merge("TX103", "VT201")
        office.validate(item)
        office.now = NOW + timedelta(days=40)
        office.undo_item(item, VT)
        with office.read() as db:
            assert db.get(WorklistItem, item).due_on > office.now.date()

    def test_a_decision_taken_back_at_once_keeps_its_own(self, office):
        item = office.merge("TX103", "VT201")
        with office.read() as db:
            opened = db.get(WorklistItem, item).opened_at
        office.validate(item)
        office.now = NOW + timedelta(hours=2)
        office.undo_item(item, VT)
        with office.read() as db:
            assert db.get(WorklistItem, item).opened_at == opened

    def test_what_a_person_took_back_is_not_approved_by_the_system(self, office):
        self.switch_on_approval(office)
        item = office.merge("TX103", "VT201")
        office.validate(item)
        office.undo_item(item, VT)
        assert self.run_out(office, 60) == 0
        assert office.owners()["TX103"] != office.owners()["VT201"]

    def test_what_nobody_decided_is_where_the_states_chose_so(self, office):
        self.switch_on_approval(office)
        office.merge("TX103", "VT201")
        assert self.run_out(office, 60) == 1

    def test_what_two_people_have_to_account_for_is_not(self, office):
        self.switch_on_approval(office)
        office.merge("TX101", "TX102", accept_obstacles=True)
        assert self.run_out(office, 60) == 0

    def test_a_near_match_whose_merge_was_withdrawn_late_gets_new_ones(self, office):
        near = office.near_match()
        validation = office.same_child(near)
        office.now = NOW + timedelta(days=40)
        with office.deed() as db:
            change = db.get(WorklistItem, validation).change
            worklist_decisions.withdraw(db, change, now=office.now, by=person(db, TX))
        with office.read() as db:
            assert db.get(WorklistItem, near).due_on > office.now.date()


class TestWhereItLies:
    def test_not_on_the_desk_of_whoever_began_it_alone(self, office):
        with office.read() as db:
            own = worklist_desks.own_seat(person(db, "district_data_administrator"))
        item = office.merge("TX100", "VT201", actor="district_data_administrator")
        with office.read() as db:
            acting = worklist_desks.acting(db.get(WorklistItem, item))
        assert own not in acting
        assert any(seat.state_code == "TX" for seat in acting)

    def test_on_that_desk_where_a_colleague_sits_there_too(self, office):
        with office.read() as db:
            own = worklist_desks.own_seat(person(db, "district_data_administrator"))
        office.hire("second", Role.DISTRICT_DATA_ADMINISTRATOR, district=world.TX_DISTRICT)
        item = office.merge("TX100", "VT201", actor="district_data_administrator")
        with office.read() as db:
            assert own in worklist_desks.acting(db.get(WorklistItem, item))

    def test_a_merge_of_one_that_was_merged_on_is_in_the_history_still(self, office):
        first = office.merge("TX103", "VT201")
        office.validate(first)
        second = office.merge("TX100", "TX103", accept_obstacles=True)
        office.validate(second)
        with office.read() as db:
            listed = merge_split.history(db, ChangeKind.MERGE, by=person(db, VT))
            assert {db.get(WorklistItem, item).change_id for item in (first, second)} <= {one.id for one in listed}


class TestFollowsTheRecords:
    FL = "fl_state_data_administrator"

    def seen_by(self, office, item_id, actor):
        with office.read() as db:
            try:
                worklist.get(db, item_id, today=office.now.date(), by=person(db, actor))
            except NotFound:
                return False
            return True

    def ours_too(self, office):
        """Florida sends Texas's Graciela."""
        office.hire(self.FL, Role.STATE_DATA_ADMINISTRATOR, state="FL")
        office.take({"Students": [child("FL100", **world.GRACIELA)]}, state="FL")
        assert office.owners()["FL100"] == office.owners()["TX100"]

    def test_to_a_state_whose_record_joins_a_pending_merge(self, office):
        item = office.merge("TX100", "VT201")
        self.ours_too(office)
        assert self.seen_by(office, item, self.FL)
        office.validate(item, self.FL)

    def test_to_a_state_whose_record_joins_a_near_match(self, office):
        near = office.near_match()
        self.ours_too(office)
        assert self.seen_by(office, near, self.FL)

    def test_and_from_a_state_whose_record_left(self, office):
        office.validate(office.merge("VT201", "TX103"))
        with office.deed() as db:
            one, other = (record_of(db, number) for number in ("VT201", "VT200"))
            both = {"state_record_id": other.id, "candidate_id": one.student_id, "score": 75.0}
            ids = [record.id for student in (one.student, other.student) for record in student.state_records]
            near = worklist.open_item(db, WorklistKind.NEAR_MATCH, state="VT", records=ids, now=office.now, **both).id
        assert self.seen_by(office, near, TX)
        office.validate(office.split("TX103"))
        office.validate(office.split("TX100"))
        assert not self.seen_by(office, near, TX)
        assert self.seen_by(office, near, VT)

    def test_what_was_sent_up_stays_up_though_the_child_moves(self, office):
        office.hire("elsewhere", Role.DISTRICT_DATA_ADMINISTRATOR, district=world.TX_OTHER_DISTRICT)
        item = office.merge("TX100", "VT201", actor="msix_primary")
        with office.deed() as db:
            worklist.escalate(db, item, now=office.now, by=person(db, "district_data_administrator"))
        before = self.acting(office, item, "TX")
        stay = {
            "State Student Identifier": "TX100",
            "State Student Identifier Type": "01",
            "School or Project Name": "Loma Alta High School",
            "School Identification Code": world.TX_OTHER_SCHOOL,
            "School District": "Loma Alta ISD",
            "School District ID": world.TX_OTHER_DISTRICT,
            "Enrollment Date": "20261012",
            "Enrollment Type": "01",
        }
        office.take({"Enrollments": [stay]})
        assert self.acting(office, item, "TX") == before
        assert self.seen_by(office, item, "elsewhere")

    def test_to_a_state_whose_record_joins_whoever_took_the_child_in(self, office):
        near = office.near_match()
        office.validate(office.merge("VT201", "TX100"))
        self.ours_too(office)
        assert self.seen_by(office, near, self.FL)

    def acting(self, office, item_id, state):
        with office.read() as db:
            seats = worklist_desks.acting(db.get(WorklistItem, item_id))
            return {seat for seat in seats if seat.state_code == state}
