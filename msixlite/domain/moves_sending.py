"""Sending a move notice: who would get it, the notice with its clocks, and its e-mails."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from msixlite.domain import clocks, days, mail, move_routing, pii_guard, policy
from msixlite.domain.errors import RuleBroken
from msixlite.domain.move_routing import Route
from msixlite.models.mail import OutgoingMail
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
from msixlite.models.users import User
from msixlite.models.words import _l

S = MoveStatus
REASONS = (
    _l("seasonal work"),
    _l("harvest ended"),
    _l("work in fishing"),
    _l("work in dairy or meat"),
    _l("family"),
    _l("not known"),
)
TOLD_BY = (
    _l("the family"),
    _l("the school"),
    _l("a recruiter"),
    _l("an employer"),
    _l("another office"),
    _l("the records themselves"),
)
SERVICES = (
    _l("tutoring"),
    _l("summer school"),
    _l("English learner services"),
    _l("special education"),
    _l("health services"),
    _l("credit recovery"),
)


DEPARTURE_GRACE = timedelta(days=3)
"""So long after its day a departure may still be told as one to come."""
SAME_FORM = timedelta(hours=12)
"""So long the same notice of the same person is taken for the same form, posted once more."""


class WrongDay(RuleBroken):
    """The day of the move does not fit what is said of it."""


class SentAlready(RuleBroken):
    """The person told the same of these children before: a form posted twice."""

    def __init__(self, notice: MoveNotice) -> None:
        super().__init__(_l("You sent this notice already: %(reference)s.", reference=notice.reference))
        self.notice_id = notice.id


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


def routes(db: Session, state_code: str, district_id: int | None, area: str, *, now: datetime) -> list[Route]:
    """Who would get the notice. Who is away today is told by the day where the notice goes."""
    state, district = _other_place(db, state_code, district_id)
    return move_routing.recipients(db, state, district, area, today=clocks.day_in(now, state.time_zone))


def _other_place(db: Session, state_code: str, district_id: int | None) -> tuple[State, District | None]:
    state = db.get(State, state_code)
    if state is None:
        raise RuleBroken(_l("Choose the State."))
    district = db.get(District, district_id) if district_id else None
    if district is not None and district.state_code != state_code:
        raise RuleBroken(
            _l("The district %(district)s lies in another State. Choose it again.", district=district.name)
        )
    return state, district


def send(db: Session, draft: Draft, *, now: datetime, by: User) -> MoveNotice:
    """Send the notice: its recipients find it in their box, and each gets an e-mail that says nothing personal."""
    if by.state_code is None:
        raise RuleBroken(_l("Only people of a State send move notices."))
    children = list(db.scalars(select(Student).where(Student.id.in_(draft.student_ids))))
    if not children:
        raise RuleBroken(_l("Choose at least one child."))
    _check_day(draft, days.today_of(by, now))
    state, district = _other_place(db, draft.state_code, draft.district_id)
    if first := _sent_already(db, draft, children, now, by):
        raise SentAlready(first)
    found = move_routing.recipients(db, state, district, draft.area, today=clocks.day_in(now, state.time_zone))
    allowed = [by.full_name, *(route.user.full_name for route in found)]
    pii_guard.check(db, {pii_guard.TEXT: draft.text}, today=now.date(), allowed=allowed)
    notice = _new(db, draft, state, found[0].level, now, by)
    db.add_all(MoveChild(notice_id=notice.id, student_id=child.survivor.id) for child in children)
    say(db, notice, draft.text, now, by, S.SENT)
    for route in found:
        add_recipient(db, notice, route, "move_notice", now, by, draft.text)
    return notice


def _check_day(draft: Draft, today: date) -> None:
    """Whether the day of the move can be true today, at the sender's place."""
    if draft.moved_on is None:
        if draft.certainty is Certainty.CERTAIN:
            raise WrongDay(_l("What is certain has a date. Give the date, or choose “Likely”."))
        return
    if draft.kind is MoveKind.DEPARTED and draft.moved_on > today:
        raise WrongDay(_l("A family that has left did so before today. For a later day choose “will leave”."))
    if draft.kind is MoveKind.ARRIVED and draft.moved_on > today:
        raise WrongDay(_l("A family that has arrived did so today or before. This day is still to come."))
    if draft.kind is MoveKind.DEPARTURE_PLANNED and draft.moved_on < today - DEPARTURE_GRACE:
        raise WrongDay(_l("A family that will leave does so today or later. For an earlier day choose “They left”."))


def _sent_already(db: Session, draft: Draft, children: Sequence[Student], now: datetime, by: User) -> MoveNotice | None:
    """The open notice in which this person lately told the same of all these children."""
    db.scalar(select(User.id).where(User.id == by.id).with_for_update())  # of two posts at once, the second waits
    route = (
        MoveNotice.other_state_code == draft.state_code,
        MoveNotice.other_district_id.is_not_distinct_from(draft.district_id),
        MoveNotice.other_city == draft.city.strip()[:60],
        MoveNotice.other_area == draft.area.strip()[:60],
    )
    lately = (MoveNotice.sender_id == by.id, MoveNotice.sent_at > now - SAME_FORM, MoveNotice.dismissed_at.is_(None))
    same = (MoveNotice.kind == draft.kind, MoveNotice.moved_on.is_not_distinct_from(draft.moved_on))
    ids = {child.survivor.id for child in children}
    found = db.scalars(select(MoveNotice).where(*lately, *route, *same).order_by(MoveNotice.id))
    return next((one for one in found if ids <= {child.student.survivor.id for child in one.children}), None)


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


def say(
    db: Session, notice: MoveNotice, text: str, now: datetime, by: User | None, status: MoveStatus | None = None
) -> None:
    said = MoveMessage(notice_id=notice.id, at=now, by_id=by.id if by else None, status=status, text=text.strip())
    db.add(said)


def add_recipient(
    db: Session, notice: MoveNotice, route: Route, kind: str, now: datetime, by: User | None, text: str = ""
) -> None:
    db.add(MoveRecipient(notice_id=notice.id, user_id=route.user.id, why=route.why, added_at=now))
    try:
        write(db, notice, kind, route.user, now, by, text)
    except pii_guard.PersonalData as rule:
        if by is not None:
            raise
        say(db, notice, f"No e-mail to {route.user.full_name}. {rule}", now, None)


def write(
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
