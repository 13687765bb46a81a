"""Graduation plans and estimates of partial credit: arithmetic that is written out, and never a decision."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from msixlite.domain import consolidated_record, credit_plan
from msixlite.domain.credit_plan import PartialCredit, Wanted
from msixlite.domain.errors import NotAllowed, NotFound, RuleBroken
from msixlite.models.students import StateRecord, Student
from tests.cases import person

NOW = datetime.now(UTC)
MATHS = Wanted("Mathematics", Decimal(4), Decimal(1), 134)
ENGLISH = Wanted("English Language Arts", Decimal(4), other_names="English, Reading")


def keep(office, *subjects, plan=None, actor="state_data_administrator", **how):
    values = {"name": "Foundation", "first_year": "2026-2027", **how}
    with office.deed() as db:
        made = credit_plan.keep(db, plan, subjects=subjects, **values, now=NOW, by=person(db, actor))
        return made.id


def progress(office):
    with office.read() as db:
        student = db.scalar(select(Student).join(StateRecord).where(StateRecord.state_student_id == "TX100"))
        record = consolidated_record.build(db, student, today=NOW.date())
        plans = credit_plan.for_child(db, record.states, by=person(db, "vt_msix_primary"))
        return credit_plan.progress(record, plans[0] if plans else None)


class TestPartialCredit:
    @pytest.mark.parametrize(
        ("hours", "normal", "credits", "share", "written"),
        [
            (67, 134, "1", "0.50", "67 ÷ 134 × 1 = 0.5"),
            (45, 135, "1", "0.33", "45 ÷ 135 × 1 = 0.33"),
            (90, 180, "0.5", "0.25", "90 ÷ 180 × 0.5 = 0.25"),
            (0, 135, "1", "0.00", "0 ÷ 135 × 1 = 0"),
            (200, 135, "1", "1.00", "1 (more hours than a whole course) × 1 = 1"),
        ],
    )
    def test_share_of_hours_times_credits(self, hours, normal, credits, share, written):
        partial = PartialCredit(hours, normal, Decimal(credits))
        assert partial.credits == Decimal(share)
        assert partial.formula == written


class TestProgress:
    def test_without_a_plan_nothing_is_missing(self, office):
        found = progress(office)
        assert found.plan is None
        assert {one.subject: one.missing for one in found.subjects} == {"Mathematics": None, "English": None}
        assert found.open_courses[0].no_estimate == "the subject is not in a plan"

    def test_earned_missing_and_the_estimate_apart(self, office):
        keep(office, MATHS, ENGLISH)
        found = progress(office)
        maths, english = found.subjects
        assert (maths.earned, maths.missing, maths.estimated) == (0, 4, Decimal("0.50"))
        assert (english.subject, english.earned, english.missing) == ("English Language Arts", 1, 3)
        assert (found.wanted, found.earned, found.missing) == (8, 1, 7)

    def test_a_plan_without_hours_estimates_nothing(self, office):
        keep(office, Wanted("Mathematics", Decimal(4)))
        (course,) = progress(office).open_courses
        assert course.partial is None
        assert course.no_estimate == "the plan gives no normal hours"


class TestPlans:
    @pytest.mark.parametrize(
        ("subjects", "how", "sentence"),
        [
            ([], {}, "1 to 30"),
            ([MATHS, MATHS], {}, "twice"),
            ([MATHS, Wanted("Sums", Decimal(1), other_names="MATHEMATICS")], {}, "twice"),
            ([Wanted("", Decimal(1))], {}, "Name each subject"),
            ([Wanted("Art", Decimal(0))], {}, "more than 0"),
            ([Wanted("Art", Decimal(1), Decimal(1), 0)], {}, "1 to 2,000"),
            ([MATHS], {"name": " "}, "name"),
            ([MATHS], {"first_year": "2026"}, "2026-2027"),
            ([MATHS], {"first_year": "2026-2028"}, "2026-2027"),
        ],
    )
    def test_what_no_plan_may_be(self, office, subjects, how, sentence):
        with pytest.raises(RuleBroken, match=sentence):
            keep(office, *subjects, **how)

    def test_one_plan_of_a_name_and_year(self, office):
        keep(office, MATHS)
        keep(office, MATHS, first_year="2027-2028")
        with pytest.raises(RuleBroken, match="already"):
            keep(office, ENGLISH)

    def test_only_the_state_data_administrator_of_the_state(self, office):
        plan_id = keep(office, MATHS)
        with pytest.raises(NotAllowed):
            keep(office, MATHS, actor="msix_primary")
        with office.read() as db, pytest.raises(NotFound):
            credit_plan.get(db, plan_id, by=person(db, "vt_state_data_administrator"))

    def test_changed_and_removed(self, office):
        plan_id = keep(office, MATHS, ENGLISH)
        with office.deed() as db:
            by = person(db, "state_data_administrator")
            plan = credit_plan.get(db, plan_id, by=by)
            credit_plan.keep(db, plan, name="New", first_year="2026-2027", subjects=[ENGLISH], now=NOW, by=by)
        with office.deed() as db:
            by = person(db, "state_data_administrator")
            (plan,) = credit_plan.own(db, by=by)
            assert [one.subject for one in plan.subjects] == ["English Language Arts"]
            credit_plan.remove(db, plan)
            assert credit_plan.own(db, by=by) == []
