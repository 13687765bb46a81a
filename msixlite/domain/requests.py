"""Data requests: what may follow what, who sees them, the boxes and their clocks.

Asking stands in `requests_asking`, replies and what the clock and an upload do in `requests_answers`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from msixlite.domain import clocks, worklist_desks
from msixlite.domain.errors import NotFound
from msixlite.models.places import District
from msixlite.models.requests import DataRequest, RequestElement, RequestMessage, RequestStatus
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import Role, User
from msixlite.models.worklist import WorklistDesk, WorklistItem

S = RequestStatus
LONGEST_TEXT = 2_000
SHOWN = 200


class Side(Enum):
    """Who takes a step."""

    ASKED = "the asked State"
    UPLOAD = "an upload of the asked State"
    ASKER = "the asking side"


@dataclass(frozen=True)
class Step:
    """From one state to another, and who may take it."""

    start: RequestStatus
    end: RequestStatus
    side: Side


def _steps(starts: Sequence[RequestStatus], end: RequestStatus, side: Side) -> tuple[Step, ...]:
    return tuple(Step(start, end, side) for start in starts)


UNACKNOWLEDGED = (S.SENT, S.STILL_MISSING)
OPEN = (S.SENT, S.ACKNOWLEDGED, S.PARTLY_ANSWERED, S.STILL_MISSING)
_UNTOUCHED = (S.SENT, S.ACKNOWLEDGED, S.STILL_MISSING)
TRANSITIONS = (
    *_steps(UNACKNOWLEDGED, S.ACKNOWLEDGED, Side.ASKED),
    *_steps(_UNTOUCHED, S.PARTLY_ANSWERED, Side.ASKED),
    *_steps(OPEN, S.ANSWERED, Side.ASKED),
    *_steps(_UNTOUCHED, S.PARTLY_ANSWERED, Side.UPLOAD),
    *_steps(OPEN, S.ANSWERED, Side.UPLOAD),
    *_steps((S.ANSWERED,), S.STILL_MISSING, Side.ASKER),
    *_steps((S.PARTLY_ANSWERED, S.ANSWERED, S.STILL_MISSING), S.CLOSED, Side.ASKER),
    *_steps(OPEN, S.WITHDRAWN, Side.ASKER),
)
"""What may follow what. A step that is not here does not exist."""


def next_steps(status: RequestStatus, sides: Collection[Side]) -> list[RequestStatus]:
    """The states that somebody on these sides may lead to, each once, in the table's order."""
    return list(dict.fromkeys(step.end for step in TRANSITIONS if step.start is status and step.side in sides))


# Who sees a request, and from which side


def _sent(by: User) -> ColumnElement[bool]:
    """Asked by the person, or by the place of a Data Administrator."""
    return or_(DataRequest.asker_id == by.id, _of_own_place(by))


def _of_own_place(by: User) -> ColumnElement[bool]:
    if by.role is Role.STATE_DATA_ADMINISTRATOR:
        return DataRequest.own_state_code == by.state_code
    if by.role is Role.REGIONAL_DATA_ADMINISTRATOR:
        return DataRequest.own_district_id.in_(select(District.id).where(District.region_id == by.region_id))
    if by.role is Role.DISTRICT_DATA_ADMINISTRATOR:
        return DataRequest.own_district_id == by.district_id
    return DataRequest.id.is_(None)


def _received(db: Session, by: User, today: date) -> ColumnElement[bool]:
    """Lies on a desk of the person, or concerns it."""
    mine = worklist_desks.seats(db, by, today)
    return DataRequest.id.in_(select(WorklistDesk.item_id).where(worklist_desks.at(mine)))


def _whole() -> Select[DataRequest]:
    child = joinedload(DataRequest.state_record).joinedload(StateRecord.student).selectinload(Student.state_records)
    return select(DataRequest).options(
        child,
        joinedload(DataRequest.asker),
        joinedload(DataRequest.own_state),
        joinedload(DataRequest.asked_state),
        joinedload(DataRequest.notice),
        joinedload(DataRequest.item).joinedload(WorklistItem.owner),
        selectinload(DataRequest.elements).joinedload(RequestElement.submission),
        selectinload(DataRequest.elements).joinedload(RequestElement.stated_by),
        selectinload(DataRequest.messages).joinedload(RequestMessage.by),
    )


def get(db: Session, request_id: int, *, today: date, by: User) -> DataRequest:
    """The request, if the person stands on one of its sides; otherwise it does not exist for them."""
    reach = or_(_received(db, by, today), _sent(by))
    found = db.scalar(_whole().where(DataRequest.id == request_id, reach))
    if found is None:
        raise NotFound("data request")
    return found


def sides(db: Session, request: DataRequest, *, today: date, by: User) -> set[Side]:
    """On which sides of the request the person stands. The asked side: a desk that may act on it."""
    this = select(DataRequest.id).where(DataRequest.id == request.id, _sent(by))
    found = {Side.ASKER} if db.scalar(this) else set()
    if worklist_desks.may_act(request.item, worklist_desks.seats(db, by, today)):
        found.add(Side.ASKED)
    return found


# Boxes


def received(db: Session, *, today: date, by: User) -> list[DataRequest]:
    """Requests to the person's desks: the open ones first, by what is due first."""
    return _box(db, _received(db, by, today), DataRequest.status.in_(OPEN))


def sent(db: Session, *, by: User) -> list[DataRequest]:
    """Requests from the person's side: the answered ones first, for they wait to be looked at."""
    return _box(db, _sent(by), DataRequest.status == S.ANSWERED)


def _box(db: Session, within: ColumnElement[bool], first: ColumnElement[bool]) -> list[DataRequest]:
    order = (~first, DataRequest.ended_at.is_not(None), WorklistItem.due_on, DataRequest.id.desc())
    found = _whole().join(WorklistItem, WorklistItem.id == DataRequest.id).where(within).order_by(*order).limit(SHOWN)
    return list(db.scalars(found))


def of_child(db: Session, student: Student, *, today: date, by: User) -> list[DataRequest]:
    """The child's requests within reach, the newest first."""
    records = select(StateRecord.id).where(StateRecord.student_id == student.id)
    reach = or_(_received(db, by, today), _sent(by))
    found = _whole().where(DataRequest.state_record_id.in_(records), reach).order_by(DataRequest.id.desc())
    return list(db.scalars(found.limit(SHOWN)))


def count_waiting(db: Session, *, today: date, by: User) -> int:
    """How many requests wait for this person: open ones to their desks, and answered ones of their own."""
    to_them = and_(_received(db, by, today), DataRequest.status.in_(OPEN))
    answered = and_(DataRequest.asker_id == by.id, DataRequest.status == S.ANSWERED)
    return db.scalar(select(func.count()).select_from(DataRequest).where(or_(to_them, answered))) or 0


@dataclass(frozen=True)
class Counts:
    """The figures above a box."""

    open: int
    unacknowledged: int
    overdue: int
    answered: int


def counts(box: Collection[DataRequest], *, now: datetime) -> Counts:
    """Counted over a box as it is shown."""
    return Counts(
        open=sum(one.status in OPEN for one in box),
        unacknowledged=sum(one.status in UNACKNOWLEDGED for one in box),
        overdue=sum(is_overdue(one, now=now) for one in box),
        answered=sum(one.status is S.ANSWERED for one in box),
    )


# Clocks


def is_overdue(request: DataRequest, *, now: datetime) -> bool:
    """Whether the answer should be there: the due day is over at the asked State's place."""
    return request.status in OPEN and clocks.day_in(now, request.asked_state.time_zone) > request.item.due_on


def acknowledgement_is_late(request: DataRequest, *, now: datetime) -> bool:
    """Whether somebody of the asked State should have said that they have it."""
    if request.status not in UNACKNOWLEDGED:
        return False
    return clocks.day_in(now, request.asked_state.time_zone) > request.acknowledge_due_on
