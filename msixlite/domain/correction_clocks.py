"""The clocks of correction requests: which run, what is due first, and whom the clock work reminds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from msixlite.domain import clocks, correction_mail, correction_reach, correction_revisions, corrections
from msixlite.models.corrections import CorrectionReminder, CorrectionRequest
from msixlite.models.users import User
from msixlite.models.words import _l, listed

SOON, OVERDUE = "soon", "overdue"


@dataclass(frozen=True)
class Clock:
    """One clock of a request."""

    key: str
    """answer, forward, revised, or inquiry 7."""
    name: str
    due_on: date
    counted: str
    """How the day was counted."""
    plain_on: date
    """The same number as plain days: reminders follow the earlier of the two readings."""
    done_at: datetime | None
    done_on: date | None
    """The day of `done_at` in the State."""

    @property
    def runs(self) -> bool:
        return self.done_at is None

    def is_late(self, today: date) -> bool:
        """Overdue today, or done after the day."""
        return (self.done_on or today) > self.due_on

    @property
    def reminds_on(self) -> date:
        """The first day on which the office is reminded."""
        return min(self.due_on, self.plain_on) - timedelta(days=clocks.CORRECTION_REMINDERS[self.key.split()[0]])


@dataclass(frozen=True)
class Row:
    """One line of the list of requests."""

    request: CorrectionRequest
    clock: Clock | None
    """The running clock that is due first."""
    overdue: bool


def of_request(request: CorrectionRequest) -> list[Clock]:
    """Every clock of the request, those that have stopped too."""
    return list(_clocks(request))


def _clocks(request: CorrectionRequest) -> Iterator[Clock]:
    def clock(key: str, name: str, due_on: date, counted: str, plain_on: date, done_at: datetime | None) -> Clock:
        done_on = clocks.day_in(done_at, request.state.time_zone) if done_at else None
        return Clock(key, name, due_on, counted, plain_on, done_at, done_on)

    received, due_on = request.received_on, request.due_on
    if request.own_elements:
        words = _l("Acknowledge, investigate, decide, notify")
        yield clock("answer", words, due_on, request.due_counted, due_on, request.notified_at)
    if request.forward_due_on:
        plain = received + timedelta(days=clocks.CORRECTION_FORWARD_WORKING_DAYS)
        to = _l("Forward to %(states)s", states=listed(request.other_states))
        yield clock("forward", to, request.forward_due_on, request.forward_counted, plain, request.forwarded_at)
    if request.revised_due_on and request.decided_at:
        decided_on = clocks.day_in(request.decided_at, request.state.time_zone)
        plain = decided_on + timedelta(days=clocks.CORRECTION_REVISED_WORKING_DAYS)
        counted = request.revised_counted
        yield clock("revised", _l("Send the revised data"), request.revised_due_on, counted, plain, request.revised_at)
    for one in request.inquiries:
        plain = one.received_on + timedelta(days=clocks.CORRECTION_INQUIRY_WORKING_DAYS)
        name = _l("Answer the inquiry of %(asker)s", asker=one.asker)
        yield clock(f"inquiry {one.id}", name, one.due_on, one.counted, plain, one.answered_at)


def row_of(request: CorrectionRequest, *, now: datetime) -> Row:
    """The request with its next clock."""
    today = clocks.day_in(now, request.state.time_zone)
    running = sorted((one for one in of_request(request) if one.runs), key=lambda one: (one.due_on, one.key))
    first = next(iter(running), None)
    return Row(request, first, first is not None and first.is_late(today))


def open_rows(db: Session, *, now: datetime, by: User) -> list[Row]:
    """Requests within reach on which a clock still runs, the first due first."""
    found = _within(db, by, still_open=True)
    rows = [row_of(request, now=now) for request in found]
    return sorted(rows, key=lambda row: (row.clock.due_on if row.clock else date.max, row.request.id))


def ended_rows(db: Session, *, now: datetime, by: User) -> list[Row]:
    """Requests within reach on which no clock runs any more, the newest first."""
    return [row_of(request, now=now) for request in _within(db, by, still_open=False)]


def _within(db: Session, by: User, *, still_open: bool) -> Sequence[CorrectionRequest]:
    wanted = corrections.is_open() if still_open else ~corrections.is_open()
    found = corrections.whole().where(wanted, correction_reach.requests_within(by))
    order = CorrectionRequest.due_on if still_open else CorrectionRequest.id.desc()
    return db.scalars(found.order_by(order, CorrectionRequest.id).limit(corrections.SHOWN)).all()


def count_open(db: Session, *, by: User) -> int:
    """On how many requests within reach a clock still runs."""
    wanted = (corrections.is_open(), correction_reach.requests_within(by))
    return db.scalar(select(func.count()).select_from(CorrectionRequest).where(*wanted)) or 0


# What the clock does


def follow(db: Session, now: datetime) -> str:
    """Tick revised data that came, and remind of what is due soon or overdue. To run it twice changes nothing."""
    seen = correction_revisions.see(db, correction_revisions.waiting(db))
    waiting = db.scalars(
        corrections.whole()
        .where(corrections.is_open())
        .order_by(CorrectionRequest.id)
        .with_for_update(of=CorrectionRequest)
    ).all()
    reminded = sum(_remind(db, request, now) for request in waiting)
    return f"Corrections: {seen} elements of revised data seen, {reminded} reminders"


def _remind(db: Session, request: CorrectionRequest, now: datetime) -> int:
    today = clocks.day_in(now, request.state.time_zone)
    due = [(one, kind) for one in of_request(request) if (kind := _kind(one, today))]
    known = select(CorrectionReminder.clock, CorrectionReminder.kind).where(CorrectionReminder.request_id == request.id)
    said = {(clock, kind) for clock, kind in db.execute(known)}
    new = [(one, kind) for one, kind in due if (one.key, kind) not in said]
    for one, kind in new:
        db.add(CorrectionReminder(request_id=request.id, clock=one.key, kind=kind, at=now))
        state = "is overdue" if kind == OVERDUE else "is due soon"
        name = one.name if not one.key.startswith("inquiry") else "Answer an inquiry"
        correction_mail.remind(db, request, clock=name, state=state, due=f"{one.due_on:%m/%d/%Y}", now=now)
    db.flush()
    return len(new)


def _kind(clock: Clock, today: date) -> str | None:
    if not clock.runs:
        return None
    if clock.is_late(today):
        return OVERDUE
    return SOON if today >= clock.reminds_on else None
