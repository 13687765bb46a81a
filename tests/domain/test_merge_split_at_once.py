"""Two at once: one wins, the other hears a clear sentence, and nothing is half done."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from msixlite.domain import audit, merge_split, merge_split_sides, uploads, worklist
from msixlite.domain.errors import RuleBroken
from msixlite.models.merge_split import ChangeStatus, PendingChange
from msixlite.models.search import ChildName
from msixlite.models.students import KnownDifferent, StateRecord
from msixlite.models.users import Role
from msixlite.models.worklist import WorklistItem, WorklistStatus
from tests import world
from tests.cases import person
from tests.files import child, workbook

TX, VT = "state_data_administrator", "vt_state_data_administrator"


def at_once(*deeds):
    """Run the deeds side by side; returns what each returned, or the sentence that refused it."""
    ready = Barrier(len(deeds))

    def run(deed):
        ready.wait()
        try:
            return deed()
        except RuleBroken as rule:
            return str(rule)

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def check_whole(office):
    """No State record under a retired number, and the index holds exactly the living children."""
    with office.read() as db:
        records = list(db.scalars(select(StateRecord)))
        assert all(record.student.merged_into_id is None for record in records)
        assert set(db.scalars(select(ChildName.student_id))) == {record.student_id for record in records}
        assert audit.verify(db).ok


@pytest.mark.parametrize("turn", range(4))
def test_validate_and_reject(office, turn):
    office.hire("second", Role.STATE_DATA_ADMINISTRATOR, state="VT")
    item = office.merge("TX103", "VT201")
    deeds = [lambda: office.validate(item, VT), lambda: office.reject(item, "second")]
    answers = at_once(*(deeds if turn % 2 else reversed(deeds)))
    (sentence,) = [answer for answer in answers if answer is not None]
    assert "was decided already" in sentence
    assert "Nothing was changed" in sentence
    owners = office.owners()
    with office.read() as db:
        change = db.get(WorklistItem, item).change
        validated = change.status is ChangeStatus.VALIDATED
        assert (owners["TX103"] == owners["VT201"]) is validated
        assert (db.scalar(select(func.count()).select_from(KnownDifferent)) == 0) is validated
        assert db.scalar(select(func.count()).select_from(PendingChange)) == 0
    check_whole(office)


def test_two_validate(office):
    office.hire("second", Role.STATE_DATA_ADMINISTRATOR, state="VT")
    item = office.merge("TX103", "VT201")
    answers = at_once(lambda: office.validate(item, VT), lambda: office.validate(item, "second"))
    assert sorted(answer is None for answer in answers) == [False, True]
    check_whole(office)


def test_two_begin_a_merge_of_the_same_child(office):
    answers = at_once(lambda: office.merge("TX103", "VT201"), lambda: office.merge("VT201", "TX100", actor=VT))
    (sentence,) = [answer for answer in answers if isinstance(answer, str)]
    assert "locked" in sentence


def test_two_claim(office):
    office.hire("second", Role.STATE_DATA_ADMINISTRATOR)
    near = office.near_match()

    def claim(actor):
        with office.deed() as db:
            worklist.claim(db, near, now=office.now, by=person(db, actor))

    answers = at_once(lambda: claim(TX), lambda: claim("second"))
    (sentence,) = [answer for answer in answers if answer is not None]
    assert "has claimed" in sentence


def test_validate_and_undo_of_what_it_came_from(office):
    item = office.same_child(near := office.near_match())
    answers = at_once(lambda: office.validate(item, VT), lambda: office.undo_item(near))
    assert sorted(answer is None for answer in answers) == [False, True]
    with office.read() as db:
        assert db.get(WorklistItem, item).status in (WorklistStatus.VALIDATED, WorklistStatus.WITHDRAWN)
    check_whole(office)


class TestUploads:
    def test_one_that_changes_a_record_under_a_pending_merge(self, office):
        """The validator decides on what they saw: after the upload they are asked to look again."""

        item = office.merge("TX103", "VT201")
        with office.read() as db:
            seen = merge_split_sides.picture(merge_split_sides.records_of(db, db.get(WorklistItem, item).change))
        office.take(
            {"Students": [child("VT201", First_Name="Theo", Last_Name_1="Okonkwo", Sex="Male", Birth_Date="20090909")]},
            state="VT",
        )
        with pytest.raises(RuleBroken, match="Look again"):
            office.validate(item, seen=seen)
        with office.read() as db:
            change = db.get(WorklistItem, item).change
            assert change.status is ChangeStatus.INITIATED
            assert merge_split.validation(db, change, by=person(db, VT)).changed_since
        office.validate(item)
        check_whole(office)

    def test_a_merge_between_its_plan_and_its_writing(self, office, monkeypatch):
        """The plan was made of children who are one by now: it is made anew, and all goes to the survivor."""
        item = office.merge("TX103", "VT201")
        made, first = uploads.upload_plan.make, []

        def plan_then_merge(*arguments, **options):
            plan = made(*arguments, **options)
            if not first:
                first.append(True)
                arguments[0].rollback()  # the reader's snapshot ends, as it does when another process merges
                office.validate(item)
            return plan

        monkeypatch.setattr(uploads.upload_plan, "make", plan_then_merge)
        known = {"First_Name": "Thaddeus", "Last_Name_1": "Okonkwo", "Sex": "Male", "Birth_Date": "20090909"}
        office.take(
            {"Students": [child("VT201", **known, Middle_Name="Ike"), child("VT999", **known, Middle_Name="Ike")]},
            state="VT",
        )
        check_whole(office)

    @pytest.mark.parametrize("turn", range(3))
    def test_a_merge_while_a_file_is_taken(self, office, turn):
        item = office.merge("TX100", "VT201")
        differs = {**world.GRACIELA, "Birth_City": "McAllen", "Middle_Name": "Yami"}
        more = [child(f"VT7{number}", First_Name="Ana", Last_Name_1=f"Luz{number}a") for number in range(20)]
        path = workbook(office.folder / "many.xlsx", {"Students": [child("VT200", **differs), *more]})

        def take():
            uploads.receive_file(office.sessions, path, state="VT", now=office.now)

        answers = at_once(lambda: office.validate(item), take)
        assert answers[1] is None
        assert answers[0] is None or "Look again" in answers[0]
        owners = office.owners()
        assert (owners["TX100"] == owners["VT201"]) is (answers[0] is None)
        check_whole(office)
