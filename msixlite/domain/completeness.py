"""Which Minimum Data Elements a State should have reported of a child, by age and grade (34 CFR 200.85)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from msixlite.domain import clocks, mde
from msixlite.models.students import Course, Enrollment, StateRecord

SECONDARY_GRADES = frozenset(("07", "08", "09", "10", "11", "12"))
SECONDARY_AGE = 12
"""From this age on a child whose grade is unknown is judged as a secondary student."""
RESIDENCY_ONLY, OUT_OF_SCHOOL, UNGRADED = "06", "OS", "UG"


@dataclass(frozen=True)
class Stage:
    """What decides which elements are due: nothing of a child out of school, no courses in primary school."""

    in_school: bool
    secondary: bool


EVERYTHING = Stage(in_school=True, secondary=True)
"""The stage at which most is due."""


def stage(record: StateRecord, today: date) -> Stage:
    """The stage by the State's latest enrollment; by age where it reports no grade."""
    latest = next(iter(record.enrollments), None)
    grade = latest.grade_level if latest else None
    out = latest is None or latest.enrollment_type == RESIDENCY_ONLY or grade == OUT_OF_SCHOOL
    by_age = grade in (None, UNGRADED) and clocks.age_on(record.birth_date, today) >= SECONDARY_AGE
    return Stage(in_school=not out, secondary=not out and (grade in SECONDARY_GRADES or by_age))


def is_secondary(record: StateRecord, today: date) -> bool:
    """Whether courses and credits matter for the child by grade or by age, in school or out of it."""
    return stage(record, today).secondary or clocks.age_on(record.birth_date, today) >= SECONDARY_AGE


def _always(_: Stage) -> bool:
    return True


def _in_school(of: Stage) -> bool:
    return of.in_school


def _secondary(of: Stage) -> bool:
    return of.secondary


WHEN: dict[str, Callable[[Stage], bool]] = {
    "every submission": _always,
    "every eligible child": _always,
    "each enrollment": _always,
    "each enrollment in school": _in_school,
    "each enrollment in a school that has a code": _in_school,
    "every child in a district": _in_school,
    "secondary students": _secondary,
    "secondary students, and any child who took it": _secondary,
}
"""The registry's "required when" → whether it is so. What is not listed here depends on what a State cannot tell us."""


def missing(record: StateRecord, today: date, *, left: bool) -> list[str]:
    """Names of what a State has left blank. `left`: the child has been enrolled in another State since."""
    return _absent(record, stage(record, today), left=left)


def of_child(records: Sequence[StateRecord], today: date) -> dict[int, list[str]]:
    """State record → what is missing in it, seen beside the child's other State records."""
    seen = {record.id: last_seen(record) for record in records}
    return {
        record.id: missing(
            record,
            today,
            left=any(other.state_code != record.state_code and seen[other.id] > seen[record.id] for other in records),
        )
        for record in records
    }


def last_seen(record: StateRecord) -> date:
    """The day of the State's latest enrollment."""
    return max((row.enrollment_date for row in record.enrollments), default=date.min)


def blank(record: StateRecord) -> list[str]:
    """Names of what a State has left blank, judged as if everything were due: what stands not here has come."""
    return _absent(record, EVERYTHING, left=True)


def _absent(record: StateRecord, at: Stage, *, left: bool) -> list[str]:
    absent = _blank("student", record, at)
    absent += _blank("move", record.moves[0], at) if record.moves else [mde.SECTIONS["move"].title]
    if record.enrollments:
        absent += _of_enrollment(record.enrollments[0], at, left=left)
    else:
        absent.append(mde.SECTIONS["enrollment"].title)
    if at.secondary:
        withdrawn = bool(record.enrollments) and record.enrollments[0].withdrawal_date is not None
        absent += _of_courses(record.courses, left=left or withdrawn)
    return absent


def _blank(section: str, row: Any, at: Stage) -> list[str]:
    return [
        element.name
        for key, element in mde.of_section(section).items()
        if section in element.sections and _is_due(element, at) and getattr(row, key, "") is None
    ]


def _is_due(element: mde.Element, at: Stage) -> bool:
    """The parts of a facility's address are not judged one by one: the telephone number is what a sender is for."""
    if element.retired or element.key.startswith("facility_"):
        return False
    return element.required_when in WHEN and WHEN[element.required_when](at)


def _of_enrollment(latest: Enrollment, at: Stage, *, left: bool) -> list[str]:
    absent = _blank("enrollment", latest, at)
    if left and latest.withdrawal_date is None:
        absent.append(mde.element("enrollment", "withdrawal_date").name)
    return absent


def _of_courses(courses: Iterable[Course], *, left: bool) -> list[str]:
    taken = list(courses)
    if not taken:
        return [mde.SECTIONS["course"].title]
    unfinished = [course for course in taken if left and course.is_open]
    return [
        mde.element("course", key).name
        for key in ("clock_hours", "grade_to_date")
        if any(getattr(course, key) is None for course in unfinished)
    ]
