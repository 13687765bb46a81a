"""Move notices: what may follow what, who sees them, sending, replies, and what the clock does with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from msixlite.domain import clocks, mail, move_routing, pii_guard, policy
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.move_routing import LEVELS, Route
from msixlite.models.audit import AuditEvent
from msixlite.models.mail import MailStatus, OutgoingMail
from msixlite.models.moves import (
    Certainty,
    MoveChild,
    MoveKind,
    MoveLevel,
    MoveMessage,
    MoveNotice,
    MoveRecipient,
    MoveStatus,
)
from msixlite.models.places import District, State
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.users import Role, User

S = MoveStatus
LONGEST_TEXT = 2_000
SHOWN = 200
REASONS = ("seasonal work", "harvest ended", "work in fishing", "work in dairy or meat", "family", "not known")
TOLD_BY = ("the family", "the school", "a recruiter", "an employer", "another office", "the records themselves")
SERVICES = (
    "tutoring",
    "summer school",
    "English learner services",
    "special education",
    "health services",
    "credit recovery",
)


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


def _whole() -> Select[MoveNotice]:
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
    notice = db.scalar(_whole().where(MoveNotice.id == notice_id, or_(_received(by), _sent(by))))
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
    found = _whole().where(within).order_by(closed, MoveNotice.due_on, MoveNotice.id.desc()).limit(SHOWN)
    return list(db.scalars(found))


def count_waiting(db: Session, *, by: User) -> int:
    """How many notices to this person were not acknowledged."""
    waiting = MoveNotice.status.in_((*UNANSWERED, S.ACKNOWLEDGED))
    return db.scalar(select(func.count()).select_from(MoveNotice).where(_received(by), waiting)) or 0


# Before sending


def likely_other_place(db: Session, student: Student, *, by: User) -> tuple[str, int | None]:
    """State and district in which the child was last enrolled outside the person's own district, else nothing."""
    own = select(District.code).where(District.id == by.district_id)
    stays = (
        select(StateRecord.state_code, District.id)
        .join(Enrollment, Enrollment.state_record_id == StateRecord.id)
        .join(District, District.code == Enrollment.district_code, isouter=True)
        .where(StateRecord.student_id == student.id, or_(District.id.is_(None), District.code.not_in(own)))
        .order_by((StateRecord.state_code == by.state_code), Enrollment.enrollment_date.desc())
        .limit(1)
    )
    found = db.execute(stays).first()
    return (found[0], found[1]) if found else ("", None)


def states(db: Session) -> list[State]:
    """All States by name."""
    return list(db.scalars(select(State).order_by(State.name)))


def districts(db: Session, state_code: str) -> list[District]:
    """The State's districts by name."""
    return list(db.scalars(select(District).where(District.state_code == state_code).order_by(District.name)))


@dataclass(frozen=True)
class Draft:
    """What the sender filled in."""

    kind: MoveKind
    student_ids: frozenset[int]
    state_code: str
    district_id: int | None = None
    city: str = ""
    area: str = ""
    moved_on: date | None = None
    certainty: Certainty = Certainty.LIKELY
    reason: str = ""
    told_by: str = ""
    services: tuple[str, ...] = field(default=())
    text: str = ""
    """Goes out with the e-mail: the guard reads it."""
    note: str = ""
    """Stays inside."""


def routes(db: Session, state_code: str, district_id: int | None, area: str, *, today: date) -> list[Route]:
    """Who would get the notice."""
    state, district = _other_place(db, state_code, district_id)
    return move_routing.recipients(db, state, district, area, today=today)


def _other_place(db: Session, state_code: str, district_id: int | None) -> tuple[State, District | None]:
    state = db.get(State, state_code)
    if state is None:
        raise RuleBroken("Choose the State.")
    district = db.get(District, district_id) if district_id else None
    if district is not None and district.state_code != state_code:
        raise RuleBroken(f"The district {district.name} lies in another State. Choose it again.")
    return state, district


# Deeds


def send(db: Session, draft: Draft, *, now: datetime, by: User) -> MoveNotice:
    """Send the notice: its recipients find it in their box, and each gets an e-mail that says nothing personal."""
    if by.state_code is None:
        raise RuleBroken("Only people of a State send move notices.")
    children = list(db.scalars(select(Student).where(Student.id.in_(draft.student_ids))))
    if not children:
        raise RuleBroken("Choose at least one child.")
    if draft.kind is MoveKind.DEPARTED and draft.moved_on and draft.moved_on > now.date():
        raise RuleBroken("A family that has left did so before today. For a later day choose “will leave”.")
    state, district = _other_place(db, draft.state_code, draft.district_id)
    found = move_routing.recipients(db, state, district, draft.area, today=now.date())
    allowed = [by.full_name, *(route.user.full_name for route in found)]
    pii_guard.check(db, {"text": draft.text}, today=now.date(), allowed=allowed)
    notice = _new(db, draft, state, found[0].level, now, by)
    db.add_all(MoveChild(notice_id=notice.id, student_id=child.survivor.id) for child in children)
    _say(db, notice, draft.text, now, by, S.SENT)
    for route in found:
        _add_recipient(db, notice, route, "move_notice", now, by, draft.text)
    return notice


def _new(db: Session, draft: Draft, state: State, level: MoveLevel, now: datetime, by: User) -> MoveNotice:
    set_by_state = policy.of(db, state.code)
    due = clocks.worklist_due(
        now, state.time_zone, reply_hours=set_by_state.first_reply_hours, days=set_by_state.resolution_days
    )
    arrived = draft.kind is MoveKind.ARRIVED
    notice = MoveNotice(
        reference=f"new {by.id} {now.timestamp():.3f}"[:20],
        kind=draft.kind,
        sender_id=by.id,
        own_state_code=by.state_code,
        own_district_id=by.district_id,
        other_state_code=state.code,
        other_district_id=draft.district_id,
        other_city=draft.city.strip()[:60],
        other_area=draft.area.strip()[:60],
        moved_on=draft.moved_on,
        certainty=draft.certainty,
        reason=draft.reason[:60],
        told_by=draft.told_by[:60],
        services=list(draft.services),
        note=draft.note.strip(),
        sent_at=now,
        status=S.SENT,
        level=level,
        reply_due_at=due.reply_due_at,
        due_on=due.due_on,
        due_days=due.due_days,
        due_calendar=due.due_calendar,
        update_state_code=state.code if arrived else None,
        update_due_on=clocks.former_state_due(now, state.time_zone) if arrived else None,
    )
    db.add(notice)
    db.flush()
    notice.reference = f"MN-{now.year}-{notice.id:06}"
    db.flush()
    return notice


def _say(
    db: Session, notice: MoveNotice, text: str, now: datetime, by: User | None, status: MoveStatus | None = None
) -> None:
    said = MoveMessage(notice_id=notice.id, at=now, by_id=by.id if by else None, status=status, text=text.strip())
    db.add(said)


def _add_recipient(
    db: Session, notice: MoveNotice, route: Route, kind: str, now: datetime, by: User | None, text: str = ""
) -> None:
    db.add(MoveRecipient(notice_id=notice.id, user_id=route.user.id, why=route.why, added_at=now))
    try:
        _write(db, notice, kind, route.user, now, by, text)
    except pii_guard.PersonalData as rule:
        if by is not None:
            raise
        _say(db, notice, f"No e-mail to {route.user.full_name}. {rule}", now, None)


def _write(
    db: Session, notice: MoveNotice, kind: str, to: User, now: datetime, by: User | None, text: str = ""
) -> OutgoingMail:
    """The e-mail: number, office and telephone, what is due when, a link."""
    office = by or db.get_one(User, notice.sender_id)
    zone = ZoneInfo(to.state.time_zone if to.state else "America/New_York")
    values = {
        "reference": notice.reference,
        "office": office.place,
        "phone": office.phone or (office.state.contact_phone if office.state else ""),
        "link": f"{mail.SITE}moves/{notice.id}",
        "reply_due": notice.reply_due_at.astimezone(zone).strftime("%m/%d/%Y %H:%M %Z"),
        "due": notice.due_on.strftime("%m/%d/%Y"),
        "status": notice.status.value,
    }
    return mail.write(db, kind=kind, to=to, values=values, reference=notice.reference, text=text, now=now, by=by)


def reply(db: Session, notice: MoveNotice, status: MoveStatus, *, text: str, now: datetime, by: User) -> None:
    """Take the notice to its next state, with words for the other side. Dismissing needs an outcome in words."""
    text = text.strip()
    if status not in next_steps(notice.status, sides(db, notice, by=by)):
        raise RuleBroken(f"A notice that is “{notice.status.value}” cannot become “{status.value}” here.")
    if status in (S.DISMISSED, S.NEEDS_MORE) and not text:
        wanted = "what came of it" if status is S.DISMISSED else "what you need to know"
        raise RuleBroken(f"Write {wanted}.")
    _check_length(text)
    notice.status = status
    if notice.acknowledged_at is None and status is not S.DISMISSED:
        notice.acknowledged_at = now
    if status in (S.LOCATED, S.ALREADY_ENROLLED):
        _start_former_states_clock(notice, now)
    if status is S.DISMISSED:
        notice.dismissed_at, notice.dismissed_by_id, notice.outcome = now, by.id, text[:200]
    _say(db, notice, text, now, by, status)
    _tell_the_other_side(db, notice, now, by)


def _check_length(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise RuleBroken(f"The text has at most {LONGEST_TEXT:,} letters.")


def _start_former_states_clock(notice: MoveNotice, now: datetime) -> None:
    """The children were found elsewhere: the State they left sends what is new, once."""
    if notice.update_due_on is None:
        notice.update_state_code = notice.own_state_code
        notice.update_due_on = clocks.former_state_due(now, notice.own_state.time_zone)


def write_line(db: Session, notice: MoveNotice, *, text: str, now: datetime, by: User) -> None:
    """A line of the correspondence that changes no state. It stays inside."""
    if not text.strip():
        raise RuleBroken("Write something first.")
    _check_length(text)
    _say(db, notice, text, now, by)


def _tell_the_other_side(db: Session, notice: MoveNotice, now: datetime, by: User) -> None:
    """An e-mail to the sender, or to the recipients where the sending side took the step."""
    if notice.sender_id != by.id:
        _write(db, notice, "move_reply", db.get_one(User, notice.sender_id), now, by)
        return
    for recipient in notice.recipients:
        _write(db, notice, "move_reply", recipient.user, now, by)


# What the clock does


def follow(db: Session, now: datetime) -> str:
    """Note what was delivered and opened, and pass on what nobody acknowledged. To run it twice changes nothing."""
    waiting = list(db.scalars(_whole().where(MoveNotice.status.in_(UNANSWERED)).with_for_update(of=MoveNotice)))
    followed = [_follow_delivery(db, notice, now) for notice in waiting]
    passed_on = [_pass_on(db, notice, now) for notice in waiting if notice.reply_due_at <= now]
    return f"{sum(followed)} delivered or seen, {sum(passed_on)} passed on"


def _follow_delivery(db: Session, notice: MoveNotice, now: datetime) -> bool:
    before = notice.status
    if notice.status is S.SENT and _was_delivered(db, notice):
        notice.status = S.DELIVERED
    for recipient in notice.recipients:
        recipient.seen_at = recipient.seen_at or _opened_at(db, notice, recipient)
        if recipient.seen_at:
            notice.status = S.SEEN
    if notice.status is not before:
        _say(db, notice, "", now, None, notice.status)
    return notice.status is not before


def _was_delivered(db: Session, notice: MoveNotice) -> bool:
    sent = and_(OutgoingMail.reference == notice.reference, OutgoingMail.status == MailStatus.SENT)
    return db.scalar(select(OutgoingMail.id).where(sent).limit(1)) is not None


def _opened_at(db: Session, notice: MoveNotice, recipient: MoveRecipient) -> datetime | None:
    """When the person first opened the notice, as the audit trail has it."""
    opened = (AuditEvent.subject == f"notice {notice.id}", AuditEvent.action == "moves.notice")
    by_them = (AuditEvent.user_id == recipient.user_id, AuditEvent.outcome == "ok")
    return db.scalar(select(AuditEvent.at).where(*opened, *by_them).order_by(AuditEvent.id).limit(1))


def _pass_on(db: Session, notice: MoveNotice, now: datetime) -> bool:
    """To the next level that has somebody who is not yet among the recipients; the State is the last."""
    known = {recipient.user_id for recipient in notice.recipients}
    for level in LEVELS[LEVELS.index(notice.level) + 1 :]:
        new = [route for route in _from_level(db, notice, level, now) if route.user.id not in known]
        if new:
            notice.level, notice.reply_due_at = new[0].level, now + clocks.FIRST_REPLY
            _say(db, notice, f"Nobody acknowledged it in time; passed on to the {notice.level.value}.", now, None)
            for route in new:
                _add_recipient(db, notice, route, "move_escalated", now, None)
            return True
    return False


def _from_level(db: Session, notice: MoveNotice, level: MoveLevel, now: datetime) -> list[Route]:
    try:
        return move_routing.recipients(db, notice.other_state, notice.other_district, "", today=now.date(), start=level)
    except RuleBroken:
        return []


def is_overdue(notice: MoveNotice, *, now: datetime) -> bool:
    """Whether the outcome should be there: the due day is over at the recipient's place."""
    if notice.dismissed_at or notice.status in FOUND:
        return False
    return clocks.day_in(now, notice.other_state.time_zone) > notice.due_on


def reply_is_late(notice: MoveNotice, *, now: datetime) -> bool:
    """Whether the first reply should be there."""
    return notice.status in UNANSWERED and now.astimezone(UTC) > notice.reply_due_at
