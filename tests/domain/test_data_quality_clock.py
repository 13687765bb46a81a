"""Faults that come by the passing of days alone: found by the clock work, each child once, and no other child."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from msixlite.domain import daily, data_quality, data_quality_clock
from msixlite.models.users import Role
from msixlite.models.worklist import WorklistStatus
from tests import world
from tests.cases import record_of
from tests.domain.test_data_quality import close, items, move, stay
from tests.files import child

ARRIVED, LAST_DAY = "20240101", date(2026, 12, 31)
"""Eligibility ends 36 months after the arrival less a day."""
RAMONA = {"First_Name": "Ramona", "Last_Name_1": "Quispe", "Birth_Date": "20130502"}
NOBODY = "0 children whom time concerns, 0 new cases"
ONE = "1 children whom time concerns, 1 new cases"


@pytest.fixture
def office(office):
    """On a day before anything of these tests is due."""
    office.now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    return office


def take(office, *stays, moves=(ARRIVED,), **values):
    tables = {
        "Students": [child("TX500", **{**RAMONA, **values})],
        "Enrollments": list(stays),
        "Qualifying Moves": [move("TX500", arrived) for arrived in moves],
    }
    office.take({name: rows for name, rows in tables.items() if rows})


def days_after(office, days, last=LAST_DAY):
    """What the clock work says so many days after the last day of eligibility."""
    office.now = datetime.combine(last + timedelta(days=days), datetime.min.time(), UTC)
    with office.deed() as db:
        return data_quality_clock.follow(db, office.now).removeprefix("Data quality: ")


OPEN = stay("TX500", "20250812")


class TestEligibilityEnds:
    def test_the_day_after_the_last_one_and_once(self, office):
        take(office, OPEN)
        assert days_after(office, 0) == NOBODY
        assert items(office, data_quality.ELIGIBILITY) == []
        assert days_after(office, 1) == ONE
        assert items(office, data_quality.ELIGIBILITY) == [("TX", WorklistStatus.NEW, ["TX500"])]
        assert days_after(office, 1) == NOBODY

    def test_also_when_the_clock_work_stood_still(self, office):
        take(office, OPEN)
        assert days_after(office, 200) == ONE

    def test_before_the_22nd_birthday(self, office):
        take(office, OPEN, Birth_Date="20041202")
        assert days_after(office, 0, date(2026, 12, 1)) == NOBODY
        assert days_after(office, 1, date(2026, 12, 1)) == ONE

    def test_by_the_last_of_several_moves(self, office):
        take(office, OPEN, moves=(ARRIVED, "20240301"))
        assert days_after(office, 1) == NOBODY
        assert days_after(office, 1, date(2027, 2, 28)) == ONE

    def test_by_the_day_that_the_state_says(self, office):
        take(office, OPEN, moves=())
        office.take({"Qualifying Moves": [move("TX500", "20240101") | {"Eligibility Expiration Date": "20261215"}]})
        assert days_after(office, 0, date(2026, 12, 15)) == NOBODY
        assert days_after(office, 1, date(2026, 12, 15)) == ONE

    def test_by_a_day_that_the_state_says_and_that_is_later(self, office):
        take(office, OPEN, moves=())
        office.take({"Qualifying Moves": [move("TX500", "20230101") | {"Eligibility Expiration Date": "20261215"}]})
        assert days_after(office, 0, date(2026, 12, 15)) == NOBODY

    @pytest.mark.parametrize(
        "stays",
        [
            [stay("TX500", "20250812", "20260522")],
            [OPEN, stay("TX500", "20260810", "20261001", school="Loma Alta High School")],
            [OPEN, stay("TX500", "20250812", "20261001", school="Loma Alta High School")],
        ],
        ids=["withdrawn", "a later one ended", "one of the same day ended"],
    )
    def test_does_not_concern_who_left(self, office, stays):
        take(office, *stays)
        assert days_after(office, 1) == NOBODY

    def test_does_not_concern_a_child_without_moves(self, office):
        take(office, OPEN, moves=())
        assert days_after(office, 1) == NOBODY

    @pytest.mark.parametrize(
        ("begun", "ended", "said"), [("20260901", "20261101", NOBODY), ("20250101", "20250301", ONE)]
    )
    def test_does_not_concern_who_is_in_another_state_since(self, office, begun, ended, said):
        take(office, OPEN)
        with office.read() as db:
            known = {"MSIX Identification Number": record_of(db, "TX500").student.msix_id}
        stayed = {"State Student Identifier": "VT500", "Enrollment Date": begun, "Withdrawal Date": ended}
        elsewhere = world.vermont_file()["enrollments"][0] | stayed
        office.take({"Students": [child("VT500", **RAMONA) | known], "Enrollments": [elsewhere]}, state="VT")
        assert office.owners()["VT500"] == office.owners()["TX500"]
        assert days_after(office, 1) == said

    def test_who_moved_within_the_state_stays_concerned(self, office):
        take(office, OPEN)
        again = stay("TX501", "20260901", "20261101")
        office.take({"Students": [child("TX501", **RAMONA)], "Enrollments": [again]})
        office.hire("colleague", Role.STATE_DATA_ADMINISTRATOR)
        office.validate(office.merge("TX500", "TX501", accept_obstacles=True), "colleague")
        assert office.owners()["TX501"] == office.owners()["TX500"]
        assert days_after(office, 1) == ONE

    def test_closed_by_hand_is_not_looked_at_again(self, office):
        take(office, OPEN)
        days_after(office, 1)
        close(office, data_quality.ELIGIBILITY)
        assert days_after(office, 2) == NOBODY

    def test_mended_and_come_again_is_looked_at(self, office):
        take(office, OPEN)
        days_after(office, 1)
        office.take({"Enrollments": [OPEN | {"Withdrawal Date": "20270103"}]})
        office.now = datetime(2026, 11, 28, 12, tzinfo=UTC)
        office.take({"Enrollments": [stay("TX500", "20270110")]})
        assert days_after(office, 30) == ONE

    def test_so_many_at_once(self, office, monkeypatch):
        monkeypatch.setattr(data_quality_clock, "MOST_AT_ONCE", 1)
        other = {**RAMONA, "First_Name": "Isidro", "Last_Name_1": "Quezada", "Birth_Date": "20140209"}
        office.take(
            {
                "Students": [child("TX500", **RAMONA), child("TX501", **other)],
                "Enrollments": [OPEN, stay("TX501", "20250812")],
                "Qualifying Moves": [move("TX500", ARRIVED), move("TX501", ARRIVED)],
            }
        )
        assert [days_after(office, 1) for _ in range(3)] == [ONE, ONE, NOBODY]


class TestOldEnoughForCourses:
    """Twelve years old on 05/02/2027; what a secondary student needs is due where no grade says otherwise."""

    BIRTHDAY = date(2027, 5, 2)
    COURSES = "missing: Course History"

    def take(self, office, grade):
        stays = [stay("TX500", "20250812") | {"Grade Level": grade}]
        take(office, *stays, moves=("20260101",), Birth_Date="20150502")

    def concerned(self, office):
        return [numbers for _, _, numbers in items(office, self.COURSES) if "TX500" in numbers]

    @pytest.mark.parametrize("grade", ["", "UG"])
    def test_on_the_birthday(self, office, grade):
        self.take(office, grade)
        assert days_after(office, -1, self.BIRTHDAY) == NOBODY
        assert self.concerned(office) == []
        days_after(office, 0, self.BIRTHDAY)
        assert self.concerned(office) == [["TX500"]]

    def test_a_week_later_too(self, office):
        self.take(office, "")
        assert days_after(office, 8, self.BIRTHDAY) == NOBODY
        days_after(office, 7, self.BIRTHDAY)
        assert self.concerned(office) == [["TX500"]]

    def test_not_where_the_grade_says_otherwise(self, office):
        self.take(office, "05")
        assert days_after(office, 0, self.BIRTHDAY) == NOBODY


def test_holds_the_identities_before_it_looks(office):
    """An upload at the same time would open the same cases."""
    said = []
    with office.deed() as db:
        event.listen(db.connection(), "before_cursor_execute", lambda _c, _k, text, *_: said.append(text))
        data_quality_clock.follow(db, office.now)
    assert "FROM state " in " ".join(said[0].split()) + " "
    assert "qualifying_move" in said[1]


def test_is_a_job_of_the_clock_work(office):
    take(office, OPEN)
    limits = daily.Limits(timedelta(days=90), timedelta(days=60), Path())
    (job,) = [one for one in daily.JOBS if one.name == "data quality"]
    done = daily.run_job(office.sessions, job, limits, now=datetime(2027, 1, 1, 6, tzinfo=UTC))
    assert done.words == f"Data quality: {ONE}"
