"""Merging and splitting: four eyes, the lock, obstacles, what is restored, and what two people at once may not do."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from msixlite.domain import merge_split, merge_split_sides, policy, search, students, worklist_decisions, worklist_sheet
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.merge_split import ChangeKind, ChangeStatus, IdentityChange, PendingChange
from msixlite.models.students import KnownDifferent, LinkDecision, Student
from msixlite.models.users import Role
from msixlite.models.worklist import WorklistItem, WorklistStatus
from tests import world
from tests.cases import REASON, person, record_of
from tests.files import child

TX, VT = "state_data_administrator", "vt_state_data_administrator"
TX_DISTRICT, VT_DISTRICT, PRIMARY = "district_data_administrator", "vt_district_data_administrator", "msix_primary"


class TestBegin:
    def test_nothing_changes_before_it_is_validated(self, office):
        before = office.owners()
        office.merge("TX103", "VT201")
        assert office.owners() == before

    @pytest.mark.parametrize("reason", ["", "too short", "         x"])
    def test_the_reason_has_ten_characters(self, office, reason):
        with pytest.raises(RuleBroken, match="at least 10"):
            office.merge("TX103", "VT201", reason=reason)

    def test_a_locked_child_is_in_no_other_merge_or_split(self, office):
        office.merge("TX103", "VT201")
        for begin in (
            lambda: office.merge("TX101", "TX103", accept_obstacles=True),
            lambda: office.merge("VT201", "TX101", actor=VT, accept_obstacles=True),
        ):
            with pytest.raises(RuleBroken, match="locked"):
                begin()
        office.merge("TX100", "TX101", accept_obstacles=True)
        with pytest.raises(RuleBroken, match="locked"):
            office.split("VT200", actor=VT)

    def test_one_record_alone_is_not_merged(self, office):
        with pytest.raises(RuleBroken, match="at least two"):
            office.merge("TX103")

    def test_of_another_state_altogether(self, office):
        with pytest.raises(RuleBroken, match="None of these records"):
            office.merge("TX101", "TX103", actor=VT)

    def test_of_another_district(self, office):
        with pytest.raises(RuleBroken, match="None of these records"):
            office.merge("TX101", "TX103", actor=TX_DISTRICT)
        office.merge("TX100", "TX103", actor=TX_DISTRICT)

    def test_a_primary_user_begins_in_the_whole_state(self, office):
        office.merge("TX103", "VT201", actor=PRIMARY)

    def test_a_secondary_user_does_not(self, office):
        with pytest.raises(RuleBroken):
            office.merge("TX103", "VT201", actor="msix_secondary")

    def test_a_merged_away_record_is_flagged_no_more(self, office):
        item = office.merge("TX103", "VT201")
        with office.read() as db:
            retired = record_of(db, "VT201").student.msix_id
            other = record_of(db, "TX100").student.msix_id
        office.validate(item)
        with office.read() as db, pytest.raises(RuleBroken, match="merged into"):
            merge_split_sides.merge_sides(db, [retired, other], by=person(db, TX))


class TestObstacles:
    def test_a_multiple_birth_must_be_accounted_for(self, office):
        with pytest.raises(RuleBroken, match="twins"):
            office.merge("TX101", "TX102")
        office.merge("TX101", "TX102", accept_obstacles=True)

    def test_the_same_days_in_two_places(self, office):
        stay = world.vermont_file()["enrollments"][0] | {"State Student Identifier": "VT201"}
        stay |= {"Enrollment Date": "20260401", "Withdrawal Date": "20260601"}
        office.take({"Enrollments": [stay]}, state="VT")
        with pytest.raises(RuleBroken, match="Seabreeze Junior High and Maple Middle School overlap"):
            office.merge("TX100", "VT201")
        office.merge("TX100", "VT201", accept_obstacles=True)

    def test_one_after_the_other_is_what_migrant_children_do(self, office):
        office.merge("TX100", "VT201")

    def test_those_found_different(self, office):
        item = office.merge("TX103", "VT201")
        office.reject(item)
        with pytest.raises(RuleBroken, match="found to be different"):
            office.merge("TX103", "VT201")

    def test_one_that_comes_after_the_beginning_stops_the_validation(self, office):
        item = office.merge("TX103", "VT201")
        office.take(
            {
                "Students": [
                    child(
                        "VT201",
                        First_Name="Thaddeus",
                        Last_Name_1="Okonkwo",
                        Sex="Male",
                        Birth_Date="20090909",
                        Multiple_Birth_Flag="Y",
                    )
                ]
            },
            state="VT",
        )
        with pytest.raises(RuleBroken, match="twins"):
            office.validate(item, accept_obstacles=False)
        office.validate(item, accept_obstacles=True)

    def test_whoever_validates_accounts_for_it_too(self, office):
        office.hire("second", Role.STATE_DATA_ADMINISTRATOR)
        item = office.merge("TX101", "TX102", accept_obstacles=True)
        with office.read() as db:
            sheet = worklist_sheet.read(db, db.get(WorklistItem, item), now=office.now, by=person(db, "second"))
            assert ["twins" in sentence for sentence in sheet.obstacles] == [True]
        with pytest.raises(RuleBroken, match="twins"):
            office.validate(item, "second", accept_obstacles=False)

    def test_a_tick_without_an_obstacle_is_no_explanation(self, office):
        item = office.merge("TX103", "VT201", accept_obstacles=True)
        with office.read() as db:
            assert not db.get(WorklistItem, item).change.obstacles_accepted


class TestFourEyes:
    def test_another_administrator_of_a_state_with_a_record(self, office):
        item = office.merge("TX103", "VT201")
        office.validate(item, VT)
        owners = office.owners()
        assert owners["TX103"] == owners["VT201"]

    def test_another_one_of_the_same_state(self, office):
        office.hire("second", Role.STATE_DATA_ADMINISTRATOR)
        office.validate(office.merge("TX101", "TX103", accept_obstacles=True), "second")

    def test_never_the_initiator(self, office):
        item = office.merge("TX103", "VT201")
        with pytest.raises(RuleBroken, match="another Data Administrator"):
            office.validate(item, TX)
        with pytest.raises(RuleBroken, match="withdraw it"):
            office.reject(item, TX)

    def test_a_state_without_a_record_does_not_see_it(self, office):
        item = office.merge("TX101", "TX103", accept_obstacles=True)
        with pytest.raises(NotFound):
            office.validate(item, VT)

    def test_a_primary_user_validates_nothing(self, office):
        item = office.merge("TX103", "VT201")
        with pytest.raises(NotFound):
            office.validate(item, PRIMARY)


class TestSingleAdministrator:
    def switch_on(self, office):
        with office.deed() as db:
            by = person(db, TX)
            on = policy.change(
                db,
                "TX",
                first_reply_hours=24,
                resolution_days=5,
                escalation_days=5,
                single_administrator=True,
                approve_when_run_out=False,
                by=by,
            )
            assert on.single_administrator

    def test_wants_a_second_confirmation_and_marks_it(self, office):
        self.switch_on(office)
        item = office.merge("TX101", "TX103", accept_obstacles=True)
        with pytest.raises(RuleBroken, match="second confirmation"):
            office.validate(item, TX)
        office.validate(item, TX, confirm_alone=True)
        with office.read() as db:
            assert db.get(WorklistItem, item).change.by_single_administrator

    def test_is_not_for_a_state_that_has_another_one(self, office):
        self.switch_on(office)
        item = office.merge("TX101", "TX103", accept_obstacles=True)
        office.hire("second", Role.STATE_DATA_ADMINISTRATOR)
        with pytest.raises(RuleBroken, match="another Data Administrator"):
            office.validate(item, TX, confirm_alone=True)

    def test_is_off_unless_the_state_switches_it_on(self, office):
        item = office.merge("TX101", "TX103", accept_obstacles=True)
        with pytest.raises(RuleBroken, match="another Data Administrator"):
            office.validate(item, TX, confirm_alone=True)

    def test_does_not_replace_the_other_states_eyes(self, office):
        self.switch_on(office)
        item = office.merge("TX103", "VT201")
        with pytest.raises(RuleBroken, match="another Data Administrator"):
            office.validate(item, TX, confirm_alone=True)


class TestMerge:
    def test_the_master_keeps_its_number_and_the_other_leads_to_it(self, office):
        before = office.owners()
        office.validate(office.merge("TX103", "VT201"))
        assert office.owners()["VT201"] == before["TX103"]
        with office.read() as db:
            by = person(db, PRIMARY)
            assert students.get(db, before["VT201"], by=by).msix_id == before["TX103"]

    def test_three_children_at_once(self, office):
        office.validate(office.merge("TX103", "VT201", "TX101", accept_obstacles=True))
        owners = office.owners()
        assert len({owners[number] for number in ("TX103", "VT201", "TX101")}) == 1

    def test_is_found_under_all_names(self, office):
        office.validate(office.merge("TX103", "VT201"))
        with office.read() as db:
            by = person(db, PRIMARY)
            for text in ("okonkwo thaddeus 9/9/2009", "castaneda pena graciela 11/30/2010"):
                hits = search.find(db, search.read(text, office.now.date()), by=by).hits
                assert [hit.msix_id for hit in hits][:1] == [record_of(db, "TX103").student.msix_id]

    def test_says_why_in_the_history(self, office):
        office.validate(office.merge("TX103", "VT201"))
        with office.read() as db:
            last = db.scalars(
                select(LinkDecision)
                .where(LinkDecision.state_record_id == record_of(db, "VT201").id)
                .order_by(LinkDecision.id.desc())
            ).first()
            assert (last.outcome, last.reasons, last.decided_by_id) == ("merged", [REASON], person(db, VT).id)

    def test_a_rejection_unlocks_and_is_remembered(self, office):
        office.reject(office.merge("TX103", "VT201"))
        with office.read() as db:
            pair = db.scalars(select(KnownDifferent)).one()
            assert {pair.low_id, pair.high_id} == {record_of(db, "TX103").id, record_of(db, "VT201").id}
            assert db.scalar(select(func.count()).select_from(PendingChange)) == 0
        office.merge("TX103", "TX101", accept_obstacles=True)

    def test_a_rejection_says_why(self, office):
        with pytest.raises(RuleBroken, match="at least 10"):
            office.reject(office.merge("TX103", "VT201"), reason="no")


class TestUnmerge:
    def test_restores_exactly_who_was_who(self, office):
        before = office.owners()
        item = office.merge("TX103", "VT201")
        office.validate(item)
        office.unmerge(item)
        assert office.owners() == before
        with office.read() as db:
            assert db.scalar(select(func.count()).select_from(Student).where(Student.merged_into_id.is_not(None))) == 0

    def test_keeps_what_was_added_since_with_its_side(self, office):
        """A third State's record that joined the merged child is Thaddeus's; a new enrollment stays with its record."""
        item = office.merge("TX103", "VT201")
        office.validate(item)
        office.take(
            {
                "Students": [
                    child(
                        "OH1",
                        First_Name="Thaddeus",
                        Last_Name_1="Okonkwo",
                        Sex="Male",
                        Birth_Date="20090909",
                        MSIX_Identification_Number=office.owners()["TX103"],
                    )
                ]
            },
            state="OH",
        )
        with office.deed() as db:  # however it was linked, it belongs to the merged child now
            record_of(db, "OH1").student_id = record_of(db, "TX103").student_id
        stay = world.vermont_file()["enrollments"][0] | {
            "State Student Identifier": "VT201",
            "Enrollment Date": "20260901",
        }
        office.take({"Enrollments": [stay]}, state="VT")
        office.unmerge(item)
        owners = office.owners()
        assert owners["OH1"] == owners["VT201"] != owners["TX103"]
        with office.read() as db:
            assert len(record_of(db, "VT201").enrollments) == 2
            assert len(record_of(db, "TX103").enrollments) == 0

    def test_the_last_one_first(self, office):
        first = office.merge("TX103", "VT201")
        office.validate(first)
        second = office.merge("TX101", "TX103", accept_obstacles=True)
        office.validate(second)
        with pytest.raises(RuleBroken, match="came later"):
            office.unmerge(first)
        office.unmerge(second)
        office.unmerge(first)

    def test_not_under_a_pending_one(self, office):
        first = office.merge("TX103", "VT201")
        office.validate(first)
        office.merge("TX101", "TX103", accept_obstacles=True)
        with pytest.raises(RuleBroken, match="pending"):
            office.unmerge(first)

    def test_by_those_who_decide_alone(self, office):
        item = office.merge("TX103", "VT201")
        office.validate(item)
        for actor in (PRIMARY, TX_DISTRICT, VT_DISTRICT):
            with pytest.raises(RuleBroken, match="Only the person who validated it"):
                office.unmerge(item, actor)

    def test_brings_back_what_was_known_different(self, office):
        office.reject(office.merge("TX103", "VT201"))
        item = office.merge("TX103", "VT201", accept_obstacles=True)
        office.validate(item)
        with office.read() as db:
            assert db.scalar(select(func.count()).select_from(KnownDifferent)) == 0
        office.unmerge(item)
        with office.read() as db:
            assert db.scalar(select(func.count()).select_from(KnownDifferent)) == 1

    def test_twice_is_not_possible(self, office):
        item = office.merge("TX103", "VT201")
        office.validate(item)
        office.unmerge(item)
        with pytest.raises(RuleBroken, match="nothing to undo"):
            office.unmerge(item)


class TestSplit:
    def test_the_master_keeps_its_number_and_the_other_gets_a_new_one(self, office):
        before = office.owners()
        assert before["TX100"] == before["VT200"]
        office.validate(office.split("VT200"))
        after = office.owners()
        assert after["TX100"] == before["TX100"]
        assert after["VT200"] not in before.values()

    def test_is_not_linked_again_by_a_later_file(self, office):
        office.validate(office.split("VT200"))
        office.take(world.vermont_file(), state="VT")
        owners = office.owners()
        assert owners["TX100"] != owners["VT200"]

    def test_all_records_cannot_leave(self, office):
        with pytest.raises(RuleBroken, match="At least one State record stays"):
            office.split("TX100", "VT200")

    def test_none_leaves(self, office):
        with office.deed() as db:
            student, by = record_of(db, "TX100").student, person(db, TX)
            with pytest.raises(RuleBroken, match="Choose at least one"):
                merge_split.begin_split(db, student, groups={}, reason=REASON, now=office.now, by=by)

    def test_one_record_cannot_be_split(self, office):
        with office.read() as db, pytest.raises(RuleBroken, match="nothing to split"):
            merge_split_sides.split_side(db, record_of(db, "VT201").student.msix_id, by=person(db, VT))

    def test_a_rejected_split_changes_nothing(self, office):
        before = office.owners()
        office.reject(office.split("VT200"))
        assert office.owners() == before
        office.split("VT200")

    def test_a_rejection_is_not_taken_back_when_nothing_would_stay(self, office):
        office.validate(office.merge("TX100", "TX103", accept_obstacles=True))
        rejected = office.split("VT200")
        office.reject(rejected)
        office.validate(office.split("TX100", "TX103"))
        before = office.owners()
        with pytest.raises(RuleBroken, match="have moved to other children"):
            office.undo_item(rejected, VT)
        assert office.owners() == before

    def test_the_unsplit_child_is_one_again_and_the_new_number_leads_to_it(self, office):
        before = office.owners()
        item = office.split("VT200")
        office.validate(item)
        made = office.owners()["VT200"]
        office.unmerge(item)
        assert office.owners() == before
        with office.read() as db:
            assert students.get(db, made, by=person(db, PRIMARY)).msix_id == before["TX100"]
            assert db.scalar(select(func.count()).select_from(KnownDifferent)) == 0


class TestWithdrawAndHistory:
    def test_the_initiator_takes_it_back(self, office):
        item = office.merge("TX103", "VT201")
        with office.deed() as db, pytest.raises(RuleBroken, match="Only the person who began it"):
            worklist_decisions.withdraw(db, db.get(WorklistItem, item).change, now=office.now, by=person(db, VT))
        with office.deed() as db:
            worklist_decisions.withdraw(db, db.get(WorklistItem, item).change, now=office.now, by=person(db, TX))
            assert db.get(WorklistItem, item).status is WorklistStatus.WITHDRAWN
        with pytest.raises(RuleBroken, match="withdrawn"):
            office.validate(item)

    def test_only_those_within_reach_see_it(self, office):
        office.merge("TX101", "TX103", accept_obstacles=True)
        with office.read() as db:
            change = db.scalars(select(IdentityChange)).one()
            for actor, sees in ((TX, True), (PRIMARY, True), (VT, False), (TX_DISTRICT, False)):
                assert bool(merge_split.history(db, ChangeKind.MERGE, by=person(db, actor))) is sees
                if sees:
                    merge_split.get(db, change.id, ChangeKind.MERGE, by=person(db, actor))
                else:
                    with pytest.raises(NotFound):
                        merge_split.get(db, change.id, ChangeKind.MERGE, by=person(db, actor))
            with pytest.raises(NotFound):
                merge_split.get(db, change.id, ChangeKind.SPLIT, by=person(db, TX))


class TestNearMatch:
    def test_same_child_begins_a_merge_that_somebody_else_validates(self, office):
        near = office.near_match()
        before = office.owners()
        item = office.same_child(near)
        assert office.owners() == before
        office.validate(item)
        assert office.owners()["VT900"] == before["TX100"]

    def test_the_chosen_number_is_kept(self, office):
        near = office.near_match()
        before = office.owners()
        office.validate(office.same_child(near, master=before["VT900"]))
        assert office.owners()["TX100"] == before["VT900"]

    def test_an_unmerge_opens_the_near_match_again(self, office):
        near = office.near_match()
        item = office.same_child(near)
        office.validate(item)
        office.unmerge(item)
        with office.read() as db:
            assert db.get(WorklistItem, near).status is WorklistStatus.NEW

    def test_a_merge_by_hand_settles_it_and_its_undo_opens_it(self, office):
        near = office.near_match()
        item = office.merge("TX100", "VT900")
        office.validate(item)
        with office.read() as db:
            assert db.get(WorklistItem, near).status is WorklistStatus.SETTLED
        office.unmerge(item)
        with office.read() as db:
            assert db.get(WorklistItem, near).status is WorklistStatus.NEW

    def test_seen_before_an_upload_changed_it(self, office):
        near = office.near_match()
        with pytest.raises(RuleBroken, match="Look again"):
            office.same_child(near, seen="what the page showed before")


class TestRunOut:
    def switches(self, office, state, actor, *, on):
        with office.deed() as db:
            policy.change(
                db,
                state,
                first_reply_hours=24,
                resolution_days=5,
                escalation_days=5,
                single_administrator=False,
                approve_when_run_out=on,
                by=person(db, actor),
            )

    def run_out(self, office):
        with office.deed() as db:
            return worklist_decisions.run_out(db, now=office.now + timedelta(days=60))[1]

    def test_is_never_approved_by_default(self, office):
        office.merge("TX103", "VT201")
        before = office.owners()
        assert self.run_out(office) == 0
        assert office.owners() == before

    def test_one_state_alone_does_not_approve_for_the_other(self, office):
        office.merge("TX103", "VT201")
        self.switches(office, "TX", TX, on=True)
        assert self.run_out(office) == 0

    def test_is_approved_where_every_state_switched_it_on(self, office):
        item = office.merge("TX103", "VT201")
        self.switches(office, "TX", TX, on=True)
        self.switches(office, "VT", VT, on=True)
        assert self.run_out(office) == 1
        owners = office.owners()
        assert owners["TX103"] == owners["VT201"]
        with office.read() as db:
            change = db.get(WorklistItem, item).change
            assert (change.status, change.decided_by_id) == (ChangeStatus.VALIDATED, None)

    def test_is_not_approved_while_something_speaks_against_it(self, office):
        item = office.merge("TX103", "VT201")
        self.switches(office, "TX", TX, on=True)
        self.switches(office, "VT", VT, on=True)
        twin = {**world.GRACIELA, "Middle_Name": "", "Birth_Date": "20101130", "Multiple_Birth_Flag": "Y"}
        office.take(
            {
                "Students": [
                    child(
                        "TX103",
                        **{
                            key: twin[key]
                            for key in ("First_Name", "Last_Name_1", "Last_Name_2", "Birth_Date", "Multiple_Birth_Flag")
                        },
                    )
                ]
            }
        )
        assert self.run_out(office) == 0
        with office.read() as db:
            assert db.get(WorklistItem, item).is_open
