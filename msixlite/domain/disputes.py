"""Dispute statements (specification, Privacy Act Administrator): entered, added to, withdrawn with a reason.

A statement means elements of State records, and goes where these go: after a merge it stands on the survivor, after an
un-merge or a split on the child to whom the State record belongs then.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from msixlite.domain import clocks, correction_elements, correction_reach
from msixlite.domain.correction_elements import Meant
from msixlite.domain.correction_intake import LONGEST_TEXT, check_day
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission, allows
from msixlite.models.attachments import Attachment
from msixlite.models.corrections import Requester
from msixlite.models.disputes import DisputeAddition, DisputeElement, DisputeStatement
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l

SHOWN = 300
EASTERN = "America/New_York"
"""The Privacy Act Administrator's days: the Department's."""


# Who sees a statement


def _whole() -> Select[DisputeStatement]:
    return select(DisputeStatement).options(
        joinedload(DisputeStatement.entered_by),
        joinedload(DisputeStatement.withdrawn_by),
        selectinload(DisputeStatement.elements)
        .joinedload(DisputeElement.state_record)
        .joinedload(StateRecord.student)
        .selectinload(Student.state_records),
        selectinload(DisputeStatement.additions).joinedload(DisputeAddition.by),
        selectinload(DisputeStatement.attachments),
    )


def _within(by: User) -> ColumnElement[bool]:
    records = select(StateRecord.id).where(correction_reach.records_within(by))
    means = select(DisputeElement.statement_id).where(DisputeElement.state_record_id.in_(records))
    return DisputeStatement.id.in_(means)


def find(db: Session, *, by: User) -> list[DisputeStatement]:
    """Statements within reach: the open ones first, of them the newest first."""
    order = (DisputeStatement.withdrawn_at.is_not(None), DisputeStatement.id.desc())
    return list(db.scalars(_whole().where(_within(by)).order_by(*order).limit(SHOWN)))


def get(db: Session, dispute_id: int, *, by: User, for_change: bool = False) -> DisputeStatement:
    """The statement, if it lies within reach; otherwise it does not exist for this person."""
    wanted = _whole().where(DisputeStatement.id == dispute_id, _within(by))
    if for_change:
        wanted = wanted.with_for_update(of=DisputeStatement).execution_options(populate_existing=True)
    statement = db.scalar(wanted)
    if statement is None:
        raise NotFound("dispute statement")
    return statement


def of_records(db: Session, record_ids: Collection[int], *, withdrawn: bool = False) -> list[DisputeStatement]:
    """Statements on these State records, the oldest first: the open ones, or the withdrawn ones.

    Every reader of a record reads the open ones; the withdrawn ones are for `sees_withdrawn`.
    """
    means = select(DisputeElement.statement_id).where(DisputeElement.state_record_id.in_(record_ids))
    ended = DisputeStatement.withdrawn_at.is_not(None) if withdrawn else DisputeStatement.withdrawn_at.is_(None)
    return list(db.scalars(_whole().where(DisputeStatement.id.in_(means), ended).order_by(DisputeStatement.id)))


def withdrawn_of(db: Session, student: Student, *, by: User) -> list[DisputeStatement]:
    """Withdrawn statements on the child, for administrators; nobody else sees that there were any."""
    if not allows(by, Permission.SEE_CORRECTIONS):
        return []
    return of_records(db, [record.id for record in student.state_records], withdrawn=True)


# What stands beside the elements


@dataclass(frozen=True)
class Mark:
    """That an element of a row is disputed."""

    statement_id: int
    key: str
    name: str


Marks = dict[tuple[int, str, tuple[Any, ...]], list[Mark]]
"""(State record, section, what tells its row from others) → its marks."""


def marks(statements: Sequence[DisputeStatement], records: Iterable[StateRecord]) -> Marks:
    """Where the statements put a mark, on these State records with all their rows."""
    found: Marks = defaultdict(list)
    by_id = {record.id: record for record in records}
    for statement in statements:
        for one in statement.elements:
            record = by_id.get(one.state_record_id)
            if record is not None:
                key = correction_elements.key_of_row(record, one.section, one.row_id)
                name = correction_elements.name_of(one.section, one.key)
                found[record.id, one.section, key].append(Mark(statement.id, one.key, name))
    return found


# Deeds


@dataclass(frozen=True)
class Stated:
    """A statement as it came."""

    by: Requester
    name: str
    received_on: date
    text: str
    meant: Sequence[Meant]


def enter(db: Session, stated: Stated, *, files: Sequence[Attachment], now: datetime, by: User) -> DisputeStatement:
    """Enter a statement: from now on it stands beside the elements that it means."""
    _may_enter(by)
    if not stated.name.strip() or not stated.meant:
        raise RuleBroken(_l("Write whose statement it is, and choose at least one element that is meant."))
    _check_text(stated.text)
    check_day(stated.received_on, clocks.day_in(now, EASTERN))
    statement = DisputeStatement(
        stated_by=stated.by,
        name=stated.name.strip(),
        received_on=stated.received_on,
        text=stated.text.strip(),
        entered_at=now,
        entered_by_id=by.id,
    )
    statement.elements.extend(_element(one) for one in stated.meant)
    statement.attachments.extend(files)
    db.add(statement)
    db.flush()
    return statement


def _may_enter(by: User) -> None:
    if not allows(by, Permission.ENTER_DISPUTE_STATEMENTS):
        raise NotFound("dispute statement")


def _check_text(text: str) -> None:
    if not text.strip():
        raise RuleBroken(_l("Write what is stated."))
    if len(text) > LONGEST_TEXT:
        raise RuleBroken(_l("The text has at most %(longest)s letters.", longest=LONGEST_TEXT))


def _element(meant: Meant) -> DisputeElement:
    return DisputeElement(
        state_record_id=meant.state_record_id,
        section=meant.section,
        row_id=meant.row_id,
        what=meant.what,
        key=meant.key,
        value_as_is=meant.value[:255],
    )


def add(
    db: Session, dispute_id: int, *, text: str, files: Sequence[Attachment], now: datetime, by: User
) -> DisputeStatement:
    """Add to a statement; what stands there stays as it is."""
    _may_enter(by)
    statement = get(db, dispute_id, by=by, for_change=True)
    if not statement.is_open:
        raise RuleBroken(_l("This statement was withdrawn. Enter a new one."))
    _check_text(text)
    statement.additions.append(DisputeAddition(at=now, by_id=by.id, text=text.strip()))
    statement.attachments.extend(files)
    db.flush()
    return statement


def withdraw(db: Session, dispute_id: int, *, reason: str, now: datetime, by: User) -> DisputeStatement:
    """It no longer stands beside its elements; administrators still see it, with the reason."""
    _may_enter(by)
    statement = get(db, dispute_id, by=by, for_change=True)
    if not statement.is_open:
        raise RuleBroken(_l("This statement was withdrawn already."))
    if not 10 <= len(reason.strip()) <= 500:
        raise RuleBroken(_l("Write in 10 to 500 letters why it is withdrawn, and who asked for it."))
    statement.withdrawn_at, statement.withdrawn_by_id = now, by.id
    statement.withdrawal_reason = reason.strip()
    db.flush()
    return statement
