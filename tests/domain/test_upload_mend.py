"""Rows in quarantine are mended where they stand."""

import pytest
from sqlalchemy import func, select

from msixlite.domain import upload_mend, uploads
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.students import StateRecord
from msixlite.models.uploads import QuarantinedRow, Submission
from tests.cases import person, record_of
from tests.files import child

TX = "state_data_administrator"
BAD_DATE = {"Birth_Date": "03/14/212"}


def stay(number, **elements):
    row = child(number)
    identity = {key: row[key] for key in ("State Student Identifier", "State Student Identifier Type")}
    named = {key.replace("_", " "): value for key, value in elements.items()}
    return {**identity, "School or Project Name": "Loma Alta High School", "Enrollment Date": "20260812", **named}


def waiting(office):
    with office.read() as db:
        return {row.child: row.id for row in db.scalars(select(QuarantinedRow))}


def mend(office, typed, actor=TX):
    with office.deed() as db:
        by = person(db, actor)
        last = db.scalar(select(func.max(QuarantinedRow.submission_id)))
        return upload_mend.mend(db, uploads.get(db, last, by=by), typed, now=office.now, by=by)


def faults(office):
    with office.read() as db:
        return [fault[2] for row in db.scalars(select(QuarantinedRow)) for fault in row.faults]


def test_a_right_value_takes_the_row_as_a_submission_of_its_own(office):
    office.take({"Students": [child("TX700", **BAD_DATE)]})
    (number,) = waiting(office).values()
    assert mend(office, {number: {"birth_date": "03/14/2012"}}) == upload_mend.Mended(1, 0)
    with office.read() as db:
        assert record_of(db, "TX700").birth_date.isoformat() == "2012-03-14"
        last = db.scalars(select(Submission).order_by(Submission.id.desc())).first()
        assert last.file_name.startswith("Mended rows of ")
        assert (last.rows_read, last.children_new, last.uploaded_by_id) == (1, 1, person(db, TX).id)
        origin = db.scalars(select(Submission).where(Submission.id == last.id - 1)).one()
        assert origin.rows_quarantined == 0
    assert waiting(office) == {}


def test_what_is_still_wrong_keeps_the_new_value_and_says_why(office):
    office.take({"Students": [child("TX700", **BAD_DATE), child("TX701", **BAD_DATE)]})
    one, other = waiting(office).values()
    done = mend(office, {one: {"birth_date": "20120314"}, other: {"birth_date": "02/30/2012"}})
    assert done == upload_mend.Mended(1, 1)
    assert faults(office) == ["does not exist: there is no 02/30/2012"]
    with office.read() as db:
        assert db.get(QuarantinedRow, other).content["birth_date"] == "02/30/2012"


def test_rows_that_waited_for_the_child_come_with_it(office):
    office.take({"Students": [child("TX700", **BAD_DATE)], "Enrollments": [stay("TX700"), stay("TX701")]})
    number = next(row for label, row in waiting(office).items() if "Rosalinda" in label)
    assert mend(office, {number: {"birth_date": "20120314"}}) == upload_mend.Mended(2, 0)
    with office.read() as db:
        assert len(record_of(db, "TX700").enrollments) == 1
    assert faults(office) == ["belongs to a child whom this State has not sent: add the child's row in Students"]


def test_a_row_of_a_child_known_meanwhile_changes_that_child(office):
    office.take({"Students": [child("TX700", **BAD_DATE)]})
    office.take({"Students": [child("TX700")]})
    (number,) = waiting(office).values()
    mend(office, {number: {"birth_date": "20120315"}})
    with office.read() as db:
        assert db.scalar(select(func.count()).where(StateRecord.state_student_id == "TX700")) == 1
        assert record_of(db, "TX700").birth_date.isoformat() == "2012-03-15"


def test_two_rows_that_contradict_cannot_be_typed_anew(office):
    office.take({"Students": [child("TX700"), child("TX700", First_Name="Ismael")]})
    with office.read() as db:
        rows = list(db.scalars(select(QuarantinedRow)))
        assert len(rows) == 2
        assert all("keep the right one" in row.faults[0][2] for row in rows)


def test_a_row_that_waits_no_more(office):
    office.take({"Students": [child("TX700", **BAD_DATE), child("TX701", **BAD_DATE)]})
    one, _ = waiting(office).values()
    mend(office, {one: {"birth_date": "20120314"}})
    with pytest.raises(RuleBroken, match="do not wait any more"):
        mend(office, {one: {"birth_date": "20120314"}})


def test_elements_that_the_section_does_not_have_are_not_taken(office):
    office.take({"Students": [child("TX700", **BAD_DATE)]})
    (number,) = waiting(office).values()
    mend(office, {number: {"birth_date": "20120314", "student_id": "1", "title": "Algebra 1"}})
    with office.read() as db:
        assert record_of(db, "TX700").student_id != 1


def test_another_state_does_not_reach_it(office):
    office.take({"Students": [child("TX700", **BAD_DATE)]})
    (number,) = waiting(office).values()
    with pytest.raises(NotFound):
        mend(office, {number: {"birth_date": "20120314"}}, actor="vt_state_data_administrator")
