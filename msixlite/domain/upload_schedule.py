"""When a State sends its files: daily to weekly, and beside it after events (D1, D2, C12). Nothing is sent by itself.

Where the specification and 34 CFR 200.85(b)(3) name different days, the earlier one is due, or the regulation's where
the State reads it so (C4); the other stands beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import clocks, policy
from msixlite.domain.errors import NotAllowed, NotFound, RuleBroken
from msixlite.domain.permissions import Permission, covers
from msixlite.models.moves import MoveNotice
from msixlite.models.places import District, State
from msixlite.models.policy import DaysReading, UploadSchedule
from msixlite.models.upload_schedule import UploadEvent, UploadEventKind
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.users import User
from msixlite.models.words import Sentence, _l

DAYS_BETWEEN = {UploadSchedule.NIGHTLY: 1, UploadSchedule.TWICE_A_WEEK: 4, UploadSchedule.WEEKLY: 7}
"""Calendar days from one file to the next at most."""
FARTHEST = timedelta(days=400)
"""A day that lies farther off is a slip of the pen."""
SENT_SHOWN = timedelta(days=30)
SHOWN = 100


@dataclass(frozen=True)
class Rule:
    """What an event asks for. Without days of its own it goes with the next regular file."""

    calendar_days: int | None
    working_days: int | None
    words: str


WITH_NEXT_FILE = _l("with the next regular file (specification, Record Maintenance)")
RULES = {
    UploadEventKind.ENROLLMENT: Rule(
        10,
        10,
        _l(
            "10 days from identification (specification); 10 working days from the approved certificate of eligibility "
            "(34 CFR 200.85(b)(3)(i))"
        ),
    ),
    UploadEventKind.GRADING_PERIOD: Rule(None, None, WITH_NEXT_FILE),
    UploadEventKind.TERM: Rule(30, None, _l("30 calendar days (34 CFR 200.85(b)(3)(ii))")),
    UploadEventKind.WITHDRAWAL: Rule(None, None, WITH_NEXT_FILE),
    UploadEventKind.RESIDENCE: Rule(
        4, 4, _l("4 days (specification); 4 working days from the notice (34 CFR 200.85(b)(3)(iii))")
    ),
}


def _both_days(kind: UploadEventKind, happened_on: date) -> tuple[date | None, date | None]:
    """The specification's day and the regulation's, where they name one."""
    rule = RULES[kind]
    plain = None if rule.calendar_days is None else happened_on + timedelta(days=rule.calendar_days)
    return plain, None if rule.working_days is None else clocks.add_working_days(happened_on, rule.working_days)


def due_on(
    kind: UploadEventKind, happened_on: date, schedule: UploadSchedule, reading: DaysReading = DaysReading.EARLIER
) -> date:
    """The day by which the data of an event are due; the event's own day is not counted."""
    plain, by_regulation = _both_days(kind, happened_on)
    if plain is None:
        return happened_on + timedelta(days=DAYS_BETWEEN[schedule])
    if by_regulation is None:
        return plain
    return by_regulation if reading is DaysReading.REGULATION else min(plain, by_regulation)


def other_day(event: UploadEvent) -> Sentence | str:
    """The day by the other of two readings, in words; empty where both name the one that is shown as due."""
    plain, by_regulation = _both_days(event.kind, event.happened_on)
    if plain is None or by_regulation is None or plain == by_regulation:
        return ""
    if event.due_on == by_regulation:
        return _l("by the specification %(day)s", day=f"{plain:%m/%d/%Y}")
    return _l("by the regulation %(day)s", day=f"{by_regulation:%m/%d/%Y}")


@dataclass(frozen=True)
class Schedule:
    """How a State stands with its files today."""

    schedule: UploadSchedule
    last: Submission | None
    """The newest file that was not refused."""
    expected_by: date | None
    """The day by whose end the next one should be here; None: there never was one."""
    is_overdue: bool
    events: Sequence[UploadEvent]
    """What is not sent yet, the first due at the top; days to come too."""
    notices: Sequence[MoveNotice]
    """Moves after which this State, which the children left, owes what is new of them."""
    today: date

    @property
    def due(self) -> list[UploadEvent]:
        """The events that have come."""
        return [event for event in self.events if event.happened_on <= self.today]

    @property
    def overdue_events(self) -> int:
        return sum(event.due_on < self.today for event in self.due)


def look(db: Session, *, now: datetime, by: User) -> Schedule:
    """The schedule of the person's own State, and what is due."""
    if by.state is None or not covers(by, Permission.UPLOAD_SUBMISSIONS, state=by.state.code):
        raise NotAllowed(_l("Only a State Data Administrator sees the schedule of uploads."))
    today = clocks.day_in(now, by.state.time_zone)
    last, expected_by = last_file(db, by.state), expected(db, by.state)
    owed = (MoveNotice.update_state_code == by.state_code, MoveNotice.update_due_on >= today)
    return Schedule(
        schedule=policy.of(db, by.state.code).upload_schedule,
        last=last,
        expected_by=expected_by,
        is_overdue=expected_by is None or expected_by < today,
        events=_open_events(db, by),
        notices=db.scalars(select(MoveNotice).where(*owed).order_by(MoveNotice.update_due_on).limit(SHOWN)).all(),
        today=today,
    )


def last_file(db: Session, state: State) -> Submission | None:
    """The newest file of the State that was not refused."""
    taken = (Submission.state_code == state.code, Submission.status != SubmissionStatus.REFUSED)
    return db.scalar(select(Submission).where(*taken).order_by(Submission.id.desc()).limit(1))


def expected(db: Session, state: State) -> date | None:
    """The day by whose end the State's next file should be here; None where there never was one."""
    last = last_file(db, state)
    if last is None:
        return None
    between = DAYS_BETWEEN[policy.of(db, state.code).upload_schedule]
    return clocks.day_in(last.received_at, state.time_zone) + timedelta(days=between)


def _of_state(by: User) -> Select[UploadEvent]:
    return select(UploadEvent).options(joinedload(UploadEvent.district)).where(UploadEvent.state_code == by.state_code)


def _open_events(db: Session, by: User) -> Sequence[UploadEvent]:
    still = _of_state(by).where(UploadEvent.sent_at.is_(None))
    return db.scalars(still.order_by(UploadEvent.due_on, UploadEvent.id).limit(SHOWN)).all()


def sent_lately(db: Session, *, now: datetime, by: User) -> Sequence[UploadEvent]:
    """The events of the last 30 days of which somebody said that a file held them, the newest first."""
    sent = _of_state(by).where(UploadEvent.sent_at > now - SENT_SHOWN).options(joinedload(UploadEvent.sent_by))
    return db.scalars(sent.order_by(UploadEvent.sent_at.desc()).limit(SHOWN)).all()


def add(
    db: Session, kind: UploadEventKind, *, happened_on: date, district: District | None, now: datetime, by: User
) -> UploadEvent:
    """A day after which new data must be sent: of the own State, or of one of its districts."""
    if by.state is None or not covers(by, Permission.UPLOAD_SUBMISSIONS, state=by.state.code):
        raise NotAllowed(_l("Only a State Data Administrator plans uploads."))
    if district is not None and district.state_code != by.state_code:
        raise NotFound("district")
    if abs(happened_on - clocks.day_in(now, by.state.time_zone)) > FARTHEST:
        raise RuleBroken(_l("This day lies more than a year off. Look at the year."))
    same = (UploadEvent.kind == kind, UploadEvent.happened_on == happened_on, UploadEvent.sent_at.is_(None))
    place = UploadEvent.district_id == district.id if district else UploadEvent.district_id.is_(None)
    if db.scalar(_of_state(by).where(*same, place)) is not None:
        raise RuleBroken(_l("This stands on the list already."))
    own = policy.of(db, by.state.code)
    event = UploadEvent(
        state_code=by.state.code,
        kind=kind,
        happened_on=happened_on,
        district_id=district.id if district else None,
        due_on=due_on(kind, happened_on, own.upload_schedule, own.days_reading),
        added_at=now,
        added_by_id=by.id,
    )
    db.add(event)
    db.flush()
    return event


def mark_sent(db: Session, event_id: int, *, now: datetime, by: User) -> None:
    """A file that arrived since then held these data. Nobody but a person can know it."""
    event = _open_event(db, event_id, by)
    assert by.state is not None
    last = last_file(db, by.state)
    if last is None or clocks.day_in(last.received_at, by.state.time_zone) < event.happened_on:
        raise RuleBroken(_l("No file has arrived since that day. Upload one first."))
    event.sent_at, event.sent_by_id = now, by.id


def remove(db: Session, event_id: int, *, by: User) -> None:
    """Take an event off that was entered by mistake."""
    db.delete(_open_event(db, event_id, by))


def _open_event(db: Session, event_id: int, by: User) -> UploadEvent:
    if by.state is None or not covers(by, Permission.UPLOAD_SUBMISSIONS, state=by.state.code):
        raise NotFound("upload event")
    own = (UploadEvent.id == event_id, UploadEvent.state_code == by.state_code)
    event = db.scalar(select(UploadEvent).where(*own).with_for_update())
    if event is None:
        raise NotFound("upload event")
    if event.sent_at is not None:
        raise RuleBroken(_l("This was marked as sent already."))
    return event
