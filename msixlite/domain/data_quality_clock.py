"""Faults that come by the passing of days alone (rule R9): eligibility ends, or a child is old enough for courses.

An upload looks at the children that it touches; the clock work finds the others here, and `data_quality.check` looks.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from msixlite.domain import clocks, completeness, data_quality, students
from msixlite.models.students import Enrollment, QualifyingMove, StateRecord
from msixlite.models.worklist import DataQualityCase, WorklistItem

MOST_AT_ONCE = 500
"""Children looked at in one run: uploads wait meanwhile. The next run goes on."""
BIRTHDAY_KEPT = timedelta(days=7)
"""So long after the birthday a child is still looked at, should the clock work have stood still."""


def follow(db: Session, now: datetime) -> str:
    """Open the cases that time has brought since; says in words how many."""
    students.lock_identities(db)
    today = now.date()
    due = {*db.scalars(_ended(today).limit(MOST_AT_ONCE)), *db.scalars(_of_age(today))}
    opened = data_quality.check(db, due, now=now)
    return f"Data quality: {len(due)} children whom time concerns, {len(opened)} new cases"


def _ended(today: date) -> Select[int]:
    """Children whose eligibility ended with the latest enrollment open, who stayed, and whom no case names.

    All is asked beside the enrollment, of which few are open: so 200,000 State records take two seconds.
    """
    case = exists().where(
        DataQualityCase.state_record_id == Enrollment.state_record_id,
        DataQualityCase.mended_at.is_(None),
        DataQualityCase.item_id == WorklistItem.id,
        WorklistItem.fault == data_quality.ELIGIBILITY,
    )
    moved = exists().where(QualifyingMove.state_record_id == Enrollment.state_record_id)
    return (
        select(StateRecord.student_id)
        .join(Enrollment, Enrollment.state_record_id == StateRecord.id)
        .where(Enrollment.withdrawal_date.is_(None), moved, ~_eligible(today), ~_later(), ~_elsewhere_since(), ~case)
        .distinct()
        .order_by(StateRecord.student_id)
    )


def _eligible(today: date) -> ColumnElement[bool]:
    """Still eligible by one of the moves; a leap day may count one day too few, which the look itself puts right."""
    move = QualifyingMove
    counted = and_(
        move.eligibility_end.is_(None),
        move.arrival_date > clocks.qualifies_since(today),
        StateRecord.birth_date > clocks.years_ago(today, 22),
    )
    return exists().where(
        move.state_record_id == Enrollment.state_record_id, or_(move.eligibility_end >= today, counted)
    )


def _later() -> ColumnElement[bool]:
    """The State reports a later enrollment, or one of the same day that ended."""
    later = aliased(Enrollment)
    ended_too = and_(later.enrollment_date == Enrollment.enrollment_date, later.withdrawal_date.is_not(None))
    after = or_(later.enrollment_date > Enrollment.enrollment_date, ended_too)
    return exists().where(later.state_record_id == Enrollment.state_record_id, after)


def _elsewhere_since() -> ColumnElement[bool]:
    """Another State has enrolled the child since."""
    other, later = aliased(StateRecord), aliased(Enrollment)
    return exists().where(
        other.student_id == StateRecord.student_id,
        other.state_code != StateRecord.state_code,
        later.state_record_id == other.id,
        later.enrollment_date > Enrollment.enrollment_date,
    )


def _of_age(today: date) -> Select[int]:
    """Children without a grade who lately came to the age at which courses are due."""
    birthday = clocks.years_ago(today, completeness.SECONDARY_AGE)
    ungraded = or_(Enrollment.grade_level.is_(None), Enrollment.grade_level == completeness.UNGRADED)
    return (
        select(StateRecord.student_id)
        .join(Enrollment, Enrollment.state_record_id == StateRecord.id)
        .where(StateRecord.birth_date.between(birthday - BIRTHDAY_KEPT, birthday), ungraded)
        .distinct()
    )
