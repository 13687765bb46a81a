"""The statements of a search, built once: to build one anew takes four times as long as to run it.

Each says what it returns and what its parameters are.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Integer, Select, Table, bindparam, case, func, intersect, literal, select
from sqlalchemy.orm import Session

from msixlite.domain.among import among
from msixlite.models.base import Base
from msixlite.models.disputes import DisputeElement, DisputeStatement
from msixlite.models.search import ChildName, NameKey, NamePair, NameToken
from msixlite.models.students import Enrollment, QualifyingMove, StateRecord, Student


def fetch(db: Session, statement: Any, **parameters: Any) -> Sequence[Any]:
    """The rows of a statement of this module, without the session's own work on each: half the time of a short one."""
    return db.connection().execute(statement, parameters).all()


MOST_READINGS = 400
"""Words that an initial or the beginning of a word may stand for, the usual ones first."""
MOST_ROWS = 3_000
"""Rows that are read of a birth date before they are put in order."""
MOST_NAMED = 1_000
"""Children who have the words just so, of whom the last seen are shown; those born near the date are looked up too."""


def _columns(model: type[Base]) -> Any:
    return cast("Table", model.__table__).c


_token, _key, _pair, _child = map(_columns, (NameToken, NameKey, NamePair, ChildName))
_student, _record, _stay, _move = map(_columns, (Student, StateRecord, Enrollment, QualifyingMove))
_disputed, _statement = map(_columns, (DisputeElement, DisputeStatement))


# Words: id, token, children

_WORDS = select(_token.id, _token.token, _token.children).where(_token.children > 0)
TOKENS = _WORDS.where(among(_token.token, "words"))
LONGER = (
    _WORDS.where(_token.token > bindparam("start"), _token.token < bindparam("end"))
    .order_by(_token.children.desc())
    .limit(MOST_READINGS)
)
"""Words between `start` and `end`, the usual ones first."""
SHARING_KEYS = _WORDS.join(NameKey.__table__, _key.token_id == _token.id).where(among(_key.key, "keys")).distinct()

# Children: student_id, surnames, given, born, seen of each naming

_NAMINGS = select(_child.student_id, _child.surnames, _child.given, _child.born, _child.seen)
_ON_DAYS = select(_child.student_id).where(among(_child.born, "days"))
_WITH_PAIR = select(_pair.student_id).where(among(_pair.pair, "pairs"))
_WITH_MOST_PAIRS = (
    _WITH_PAIR.group_by(_pair.student_id)
    .order_by(func.count().desc(), _pair.student_id.desc())
    .limit(bindparam("most", type_=Integer))
)
BORN_ON_DAYS = _NAMINGS.where(_child.student_id.in_(_ON_DAYS.limit(MOST_ROWS)))
BORN_ON_DAYS_WITH_PAIR = _NAMINGS.where(_child.student_id.in_(intersect(_ON_DAYS, _WITH_PAIR)))
"""An intersection, because SQLite would look up each day for each child of the pairs."""
OF_STUDENTS = _NAMINGS.where(among(_child.student_id, "students"))
POPULATION = select(func.max(_child.student_id))
"""About how many children there are."""
WITH_MOST_PAIRS = _NAMINGS.where(_child.student_id.in_(_WITH_MOST_PAIRS))


@cache
def with_all_words(others: int, near: str) -> Select[Any]:
    """Children with one of `pairs` and with words that begin with `other_0`, `other_1` …; the last seen first.

    Before those come the ones born on `days` (near "days") or from `start` to `end` (near "span").
    """
    words = literal(" ").concat(_child.surnames).concat(" ").concat(_child.given)
    found = _NAMINGS.where(_child.student_id.in_(_WITH_PAIR.limit(MOST_NAMED)))
    found = found.where(
        *(words.like(literal("% ").concat(bindparam(f"other_{at}")).concat("%")) for at in range(others))
    )
    order = {
        "days": among(_child.born, "days"),
        "span": _child.born.between(bindparam("start"), bindparam("end")),
    }
    nearest = [case((order[near], 0), else_=1)] if near else []
    return found.order_by(*nearest, _child.seen.desc()).limit(bindparam("most", type_=Integer))


# What the list shows

_newest_move = (
    select(_move.id)
    .where(_move.state_record_id == _record.id)
    .order_by(_move.arrival_date.desc())
    .limit(1)
    .correlate(StateRecord.__table__)
    .scalar_subquery()
)
_newest_stay = (
    select(_stay.id)
    .where(_stay.state_record_id == _record.id)
    .order_by(_stay.enrollment_date.desc(), _stay.id.desc())
    .limit(1)
    .correlate(StateRecord.__table__)
    .scalar_subquery()
)
_is_disputed = (
    select(_disputed.id)
    .join_from(DisputeElement.__table__, DisputeStatement.__table__, _statement.id == _disputed.statement_id)
    .where(_disputed.state_record_id == _record.id, _statement.withdrawn_at.is_(None))
    .correlate(StateRecord.__table__)
    .exists()
)
RECORDS = (
    select(
        _record.student_id,
        _student.msix_id,
        _record.state_code,
        _record.first_name,
        _record.middle_name,
        _record.last_name_1,
        _record.last_name_2,
        _record.suffix,
        _record.birth_date,
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
        _is_disputed.label("disputed"),
        _move.arrival_date,
        _move.eligibility_end,
    )
    .join_from(StateRecord.__table__, Student.__table__, _student.id == _record.student_id)
    .join(Enrollment.__table__, _stay.id == _newest_stay, isouter=True)
    .join(QualifyingMove.__table__, _move.id == _newest_move, isouter=True)
    .where(among(_record.student_id, "students"))
    .order_by(_record.submission_id.desc(), _record.id.desc())
)
"""State records of `students`, newest first, with last enrollment and move if there are any; whether it is disputed."""
