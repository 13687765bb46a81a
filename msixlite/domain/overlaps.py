"""When two enrollments cannot both be right: the same days in two places."""

from datetime import date

from msixlite.domain.completeness import RESIDENCY_ONLY
from msixlite.models.students import Enrollment


def overlapping(one: Enrollment, other: Enrollment) -> bool:
    """Whether the two name two places for more than a day in common. Residency only is no enrollment in a school.

    An enrollment without withdrawal is known for its first day alone: a missing withdrawal is a fault of its own.
    """
    if RESIDENCY_ONLY in (one.enrollment_type, other.enrollment_type) or _place(one) == _place(other):
        return False
    first, last = max(one.enrollment_date, other.enrollment_date), min(_end(one), _end(other))
    return (last - first).days >= 1 or _begins_within(one, other) or _begins_within(other, one)


def _begins_within(open_one: Enrollment, other: Enrollment) -> bool:
    """An open enrollment begun in the middle of another one."""
    if open_one.withdrawal_date is not None or other.withdrawal_date is None:
        return False
    return other.enrollment_date < open_one.enrollment_date < other.withdrawal_date


def _end(stay: Enrollment) -> date:
    return stay.withdrawal_date or stay.enrollment_date


def _place(stay: Enrollment) -> str:
    return stay.district_code or stay.facility_state or stay.school_key
