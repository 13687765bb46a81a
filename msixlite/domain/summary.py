"""Summary figures by State, for those who see no child: small counts are not told (C15, R12). Questions only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from msixlite.domain import clocks
from msixlite.domain.errors import NotAllowed
from msixlite.domain.permissions import Permission, allows
from msixlite.models.moves import MoveNotice
from msixlite.models.places import State
from msixlite.models.requests import DataRequest
from msixlite.models.students import Enrollment, QualifyingMove, StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.models.worklist import OPEN, WorklistItem, WorklistKind

YEAR = timedelta(days=365)
ALL = _l("All States")
COLUMNS = (
    _l("Children"),
    _l("Moved within 36 months"),
    _l("Enrolled now"),
    _l("Known to two States or more"),
    _l("Near matches open"),
    _l("Move notices within a year"),
    _l("Data requests within a year"),
)


@dataclass(frozen=True)
class Figures:
    """A State, or all of them, and its cells in the order of COLUMNS; None: too small to be told."""

    place: str
    cells: tuple[int | None, ...]


@dataclass(frozen=True)
class Summary:
    rows: list[Figures]
    """States with any data, by name; all of them together last."""
    least: int
    """Counts below are not told, 0 aside."""

    def told(self, cell: int | None) -> str:
        """A cell in words."""
        return _l("not told") if cell is None else f"{cell:,}"

    def table(self) -> list[dict[str, Any]]:
        """The rows for a file."""
        return [{"State": row.place, **dict(zip(COLUMNS, map(self.told, row.cells), strict=True))} for row in self.rows]


def by_state(db: Session, *, least: int, now: datetime, by: User) -> Summary:
    """The figures of every State that has sent data. No child can be told from them."""
    if not allows(by, Permission.SUMMARY_STANDARD_AND_ADHOC_QUERIES):
        raise NotAllowed(_l("Your role may not ask for summary figures."))
    columns = _columns(db, now)
    states = db.scalars(select(State).order_by(State.name))
    places = [state for state in states if any(column.get(state.code) for column in columns)]
    codes = [*(state.code for state in places), ALL]
    told = [hide_small({code: column.get(code, 0) for code in codes}, least) for column in columns]
    names = {state.code: state.name for state in places} | {ALL: ALL}
    return Summary([Figures(names[code], tuple(column[code] for column in told)) for code in codes], least)


def hide_small(column: Mapping[str, int], least: int) -> dict[str, int | None]:
    """A column with its small cells taken out. Where the total would give a single one away, a second goes with it."""
    small = {place for place, count in column.items() if 0 < count < least}
    others = sorted((count, place) for place, count in column.items() if place not in small and place != ALL and count)
    if len(small - {ALL}) == 1 and others:
        small.add(others[0][1])
    if small - {ALL} and not others:
        small.add(ALL)
    return {place: None if place in small else count for place, count in column.items()}


def _columns(db: Session, now: datetime) -> list[dict[str, int]]:
    """Place → count, for each of COLUMNS."""
    today, since = now.date(), now - YEAR
    moved = select(QualifyingMove.state_record_id).where(QualifyingMove.arrival_date > clocks.qualifies_since(today))
    enrolled = select(Enrollment.state_record_id).where(
        Enrollment.enrollment_date <= today,
        (Enrollment.withdrawal_date.is_(None)) | (Enrollment.withdrawal_date > today),
    )
    several = (
        select(StateRecord.student_id)
        .group_by(StateRecord.student_id)
        .having(func.count(func.distinct(StateRecord.state_code)) > 1)
    )
    near = (WorklistItem.kind == WorklistKind.NEAR_MATCH, WorklistItem.status.in_(OPEN))
    return [
        _children(db),
        _children(db, StateRecord.id.in_(moved)),
        _children(db, StateRecord.id.in_(enrolled)),
        _children(db, StateRecord.student_id.in_(several)),
        _counted(db, _near_matches().where(*near), select(func.count()).select_from(WorklistItem).where(*near)),
        _events(db, MoveNotice.own_state_code, MoveNotice.sent_at >= since),
        _events(db, DataRequest.own_state_code, DataRequest.asked_at >= since),
    ]


def _children(db: Session, *conditions: ColumnElement[bool]) -> dict[str, int]:
    """Children whom a State, or any State, has; each counts once."""
    count = func.count(func.distinct(StateRecord.student_id))
    living = (Student.merged_into_id.is_(None), *conditions)
    of_state = select(StateRecord.state_code, count).join(Student, Student.id == StateRecord.student_id).where(*living)
    of_all = select(count).join_from(StateRecord, Student, Student.id == StateRecord.student_id).where(*living)
    return _counted(db, of_state.group_by(StateRecord.state_code), of_all)


def _near_matches() -> Select[str, int]:
    return (
        select(StateRecord.state_code, func.count())
        .join(WorklistItem, WorklistItem.state_record_id == StateRecord.id)
        .group_by(StateRecord.state_code)
    )


def _events(db: Session, place: Any, condition: ColumnElement[bool]) -> dict[str, int]:
    of_state = select(place, func.count()).where(condition).group_by(place)
    return _counted(db, of_state, select(func.count(place)).where(condition))


def _counted(db: Session, of_state: Select[str, int], of_all: Select[int]) -> dict[str, int]:
    counts = {str(place): int(count) for place, count in db.execute(of_state)}
    return counts | {ALL: db.scalar(of_all) or 0}
