"""The statements of a search, built once: to build one anew takes four times as long as to run it.

Each says what it returns and what its parameters are.
"""

from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, case, func, literal, select

from msixlite.models.base import Base
from msixlite.models.search import ChildName, NameKey, NamePair, NameToken
from msixlite.models.students import Enrollment, StateRecord, Student

MOST_READINGS = 400
"""Words that an initial or the beginning of a word may stand for, the usual ones first."""
MOST_ROWS = 3_000
"""Rows that are read of pairs, or of a birth date, before they are put in order."""
CANDIDATES = 150
"""Children that one step compares."""


def _columns(model: type[Base]) -> Any:
    return cast("Table", model.__table__).c


_token, _key, _pair, _child = map(_columns, (NameToken, NameKey, NamePair, ChildName))
_student, _record, _stay = map(_columns, (Student, StateRecord, Enrollment))


def _among(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    return column.in_(bindparam(parameter, expanding=True))


# Words: id, token, children

_WORDS = select(_token.id, _token.token, _token.children).where(_token.children > 0)
TOKENS = _WORDS.where(_among(_token.token, "words"))
LONGER = (
    _WORDS.where(_token.token > bindparam("start"), _token.token < bindparam("end"))
    .order_by(_token.children.desc())
    .limit(MOST_READINGS)
)
"""Words between `start` and `end`, the usual ones first."""
SHARING_KEYS = _WORDS.join(NameKey.__table__, _key.token_id == _token.id).where(_among(_key.key, "keys")).distinct()

# Children: student_id, surnames, given, born, seen of each naming

_NAMINGS = select(_child.student_id, _child.surnames, _child.given, _child.born, _child.seen)
_ON_DAYS = select(_child.student_id).where(_among(_child.born, "days"))
_WITH_PAIR = select(_pair.student_id).where(_among(_pair.pair, "pairs"))
_WITH_MOST_PAIRS = (
    _WITH_PAIR.group_by(_pair.student_id).order_by(func.count().desc(), _pair.student_id.desc()).limit(CANDIDATES)
)
BORN_ON_DAYS = _NAMINGS.where(_child.student_id.in_(_ON_DAYS.limit(MOST_ROWS)))
BORN_ON_DAYS_WITH_PAIR = _NAMINGS.where(
    _child.student_id.in_(_ON_DAYS.where(_child.student_id.in_(_WITH_PAIR)).limit(MOST_ROWS))
)
WITH_MOST_PAIRS = _NAMINGS.where(_child.student_id.in_(_WITH_MOST_PAIRS))


@cache
def with_all_words(others: int, near: str) -> Select[Any]:
    """Children with one of `pairs` and with words that begin with `other_0`, `other_1` …; the last seen first.

    Before those come the ones born on `days` (near "days") or from `start` to `end` (near "year").
    """
    words = literal(" ").concat(_child.surnames).concat(" ").concat(_child.given)
    found = _NAMINGS.where(_child.student_id.in_(_WITH_PAIR.limit(MOST_ROWS)))
    found = found.where(
        *(words.like(literal("% ").concat(bindparam(f"other_{at}")).concat("%")) for at in range(others))
    )
    order = {
        "days": _among(_child.born, "days"),
        "year": _child.born.between(bindparam("start"), bindparam("end")),
    }
    nearest = [case((order[near], 0), else_=1)] if near else []
    return found.order_by(*nearest, _child.seen.desc()).limit(CANDIDATES)


# What the list shows

_records = select(
    _student.msix_id,
    _record.id,
    _record.student_id,
    _record.state_code,
    _record.first_name,
    _record.middle_name,
    _record.last_name_1,
    _record.last_name_2,
    _record.suffix,
    _record.birth_date,
).join_from(StateRecord.__table__, Student.__table__, _student.id == _record.student_id)
RECORDS = _records.where(_among(_student.id, "students")).order_by(_record.submission_id.desc(), _record.id.desc())
"""State records of `students`, the newest first."""
STAYS = (
    select(
        _stay.state_record_id,
        _stay.enrollment_date,
        _stay.withdrawal_date,
        _stay.grade_level,
        _stay.district_name,
        _stay.school_name,
        _stay.facility_city,
        _stay.lep,
        _stay.pfs,
        _stay.idea,
        _stay.med_alert,
    )
    .where(_among(_stay.state_record_id, "records"))
    .order_by(_stay.enrollment_date, _stay.id)
)
"""Enrollments of `records`, the oldest first."""
