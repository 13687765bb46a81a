"""Move notices: what may follow what, who sees them, the boxes and what is late.

Sending stands in `moves_sending`, replies and what the clock does in `moves_replies`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from msixlite.domain import clocks
from msixlite.domain.errors import NotFound
from msixlite.models.moves import MoveChild, MoveKind, MoveMessage, MoveNotice, MoveRecipient, MoveStatus
from msixlite.models.places import District
from msixlite.models.students import Student
from msixlite.models.users import Role, User

S = MoveStatus
LONGEST_TEXT = 2_000
SHOWN = 200
DUE_SOON_DAYS = 2


class Side(Enum):
    """Who takes a step."""

    CLOCK = "the clock"
    RECEIVER = "the receiving side"
    SENDER = "the sending side"


@dataclass(frozen=True)
class Step:
    """From one state to another, and who may take it."""

    start: MoveStatus
    end: MoveStatus
    side: Side


def _steps(starts: Sequence[MoveStatus], ends: Sequence[MoveStatus], side: Side) -> tuple[Step, ...]:
    return tuple(Step(start, end, side) for start in starts for end in ends if start is not end)


UNANSWERED = (S.SENT, S.DELIVERED, S.SEEN)
FOUND = (S.LOCATED, S.NOT_FOUND, S.ALREADY_ENROLLED)
TRANSITIONS = (
    *_steps((S.SENT,), (S.DELIVERED, S.SEEN), Side.CLOCK),
    *_steps((S.DELIVERED,), (S.SEEN,), Side.CLOCK),
    *_steps(UNANSWERED, (S.ACKNOWLEDGED, *FOUND, S.NEEDS_MORE), Side.RECEIVER),
    *_steps((S.ACKNOWLEDGED,), (*FOUND, S.NEEDS_MORE), Side.RECEIVER),
    *_steps((S.NEEDS_MORE,), (S.ACKNOWLEDGED,), Side.SENDER),
    *_steps((S.NEEDS_MORE,), FOUND, Side.RECEIVER),
    *_steps(FOUND, FOUND, Side.RECEIVER),
    *_steps(FOUND, (S.DISMISSED,), Side.RECEIVER),
    *_steps((*UNANSWERED, S.ACKNOWLEDGED, S.NEEDS_MORE, *FOUND), (S.DISMISSED,), Side.SENDER),
)
"""What may follow what. A step that is not here does not exist."""


def next_steps(status: MoveStatus, sides: Collection[Side]) -> list[MoveStatus]:
    """The states that somebody on these sides may lead to, each once, in the table's order."""
    return list(dict.fromkeys(step.end for step in TRANSITIONS if step.start is status and step.side in sides))


# Who sees a notice, and from which side


def _of_side(
    state: InstrumentedAttribute[str], district: InstrumentedAttribute[int | None], by: User
) -> ColumnElement[bool]:
    """Notices of a side that lie within the reach of a Data Administrator."""
    if by.role is Role.STATE_DATA_ADMINISTRATOR:
        return state == by.state_code
    if by.role is Role.REGIONAL_DATA_ADMINISTRATOR:
        return district.in_(select(District.id).where(District.region_id == by.region_id))
    if by.role is Role.DISTRICT_DATA_ADMINISTRATOR:
        return district == by.district_id
    return MoveNotice.id.is_(None)


def _received(by: User) -> ColumnElement[bool]:
    mine = MoveNotice.id.in_(select(MoveRecipient.notice_id).where(MoveRecipient.user_id == by.id))
    return or_(mine, _of_side(MoveNotice.other_state_code, MoveNotice.other_district_id, by))


def _sent(by: User) -> ColumnElement[bool]:
    return or_(MoveNotice.sender_id == by.id, _of_side(MoveNotice.own_state_code, MoveNotice.own_district_id, by))


def whole() -> Select[MoveNotice]:
    """Notices with all that their pages show."""
    return select(MoveNotice).options(
        joinedload(MoveNotice.sender),
        joinedload(MoveNotice.own_state),
        joinedload(MoveNotice.other_state),
        selectinload(MoveNotice.children).joinedload(MoveChild.student).selectinload(Student.state_records),
        selectinload(MoveNotice.recipients).joinedload(MoveRecipient.user),
        selectinload(MoveNotice.messages).joinedload(MoveMessage.by),
    )


def get(db: Session, notice_id: int, *, by: User) -> MoveNotice:
    """The notice, if the person stands on one of its sides; otherwise it does not exist for them."""
    notice = db.scalar(whole().where(MoveNotice.id == notice_id, or_(_received(by), _sent(by))))
    if notice is None:
        raise NotFound("move notice")
    return notice


def sides(db: Session, notice: MoveNotice, *, by: User) -> set[Side]:
    """On which sides of the notice the person stands."""
    of_side = {Side.RECEIVER: _received(by), Side.SENDER: _sent(by)}
    this = MoveNotice.id == notice.id
    return {side for side, stands in of_side.items() if db.scalar(select(MoveNotice.id).where(this, stands))}


def in_box(db: Session, *, by: User) -> list[MoveNotice]:
    """Notices to this person, the open ones first, by what is due first."""
    return _box(db, _received(by))


def out_box(db: Session, *, by: User) -> list[MoveNotice]:
    """Notices from this person's side, the open ones first."""
    return _box(db, _sent(by))


def _box(db: Session, within: ColumnElement[bool]) -> list[MoveNotice]:
    closed = MoveNotice.dismissed_at.is_not(None)
    found = whole().where(within).order_by(closed, MoveNotice.due_on, MoveNotice.id.desc()).limit(SHOWN)
    return list(db.scalars(found))


def count_waiting(db: Session, *, by: User) -> int:
    """How many notices to this person were not acknowledged."""
    waiting = MoveNotice.status.in_((*UNANSWERED, S.ACKNOWLEDGED))
    return db.scalar(select(func.count()).select_from(MoveNotice).where(_received(by), waiting)) or 0


def count_open(db: Session, *, by: User) -> tuple[int, int]:
    """How many open notices there are to this person, and from their side."""
    still_open = select(func.count()).select_from(MoveNotice).where(MoveNotice.dismissed_at.is_(None))
    return db.scalar(still_open.where(_received(by))) or 0, db.scalar(still_open.where(_sent(by))) or 0


def unanswered(db: Session, *, by: User) -> tuple[int, datetime | None]:
    """How many open notices to this person nobody acknowledged, and when the oldest of them was sent."""
    waiting = (_received(by), MoveNotice.dismissed_at.is_(None), MoveNotice.acknowledged_at.is_(None))
    count, oldest = db.execute(select(func.count(), func.min(MoveNotice.sent_at)).where(*waiting)).one()
    return count, oldest


def arriving(db: Session, first: date, last: date, *, by: User) -> list[MoveNotice]:
    """Open notices to this person of families that come, or came, on one of these days."""
    coming = MoveNotice.moved_on.between(first, last), MoveNotice.kind != MoveKind.ARRIVED
    found = whole().where(_received(by), MoveNotice.dismissed_at.is_(None), *coming)
    return list(db.scalars(found.order_by(MoveNotice.moved_on, MoveNotice.id).limit(SHOWN)))


def is_overdue(notice: MoveNotice, *, now: datetime) -> bool:
    """Whether the outcome should be there: the due day is over at the recipient's place."""
    if notice.dismissed_at or notice.status in FOUND:
        return False
    return clocks.day_in(now, notice.other_state.time_zone) > notice.due_on


def is_due_soon(notice: MoveNotice, *, now: datetime) -> bool:
    """Whether two working days or fewer are left for the outcome: from the third of the five on (rule N5)."""
    if notice.dismissed_at or notice.status in FOUND:
        return False
    left = clocks.working_days_between(clocks.day_in(now, notice.other_state.time_zone), notice.due_on)
    return 0 <= left <= DUE_SOON_DAYS


def is_solved_late(notice: MoveNotice, *, now: datetime) -> bool:
    """Whether an outcome that is there now, or since a reply, came after its due day at the recipient's place."""
    found = (said.at for said in notice.messages if said.status in FOUND)
    return clocks.day_in(next(found, now), notice.other_state.time_zone) > notice.due_on


def reply_is_late(notice: MoveNotice, *, now: datetime) -> bool:
    """Whether the first reply should be there."""
    return notice.status in UNANSWERED and now.astimezone(UTC) > notice.reply_due_at
