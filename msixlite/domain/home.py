"""The first page of each role in figures: what is due, what moves, what came in, how old it is. Questions only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from msixlite.domain import clocks, days, moves, uploads, worklist_desks, worklist_lists
from msixlite.domain.permissions import Permission, Reach, reach_of
from msixlite.domain.worklist_lists import Due
from msixlite.models.moves import MoveNotice
from msixlite.models.places import District
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.models.worklist import OPEN, Level, WorklistDesk, WorklistItem, WorklistKind

BACKLOG_DAYS = 14
ARRIVAL_DAYS = 7
MOST_PLACES = 12


@dataclass(frozen=True)
class DoFirst:
    """The worklist in one glance."""

    overdue: int
    due_today: int
    unanswered: int
    reply_by: datetime | None
    """When the first of the unanswered items wants its reply."""
    oldest: int | None
    """The item to begin with."""
    requests: int
    """Data requests among the open items."""


def do_first(db: Session, *, now: datetime, by: User) -> DoFirst:
    """What waits on the person's desks."""
    mine = worklist_desks.seats(db, by, days.today_of(by, now))
    counted = worklist_lists.counts(db, now=now, by=by)
    waiting = (WorklistItem.status.in_(OPEN), worklist_desks.within_reach(mine))
    unanswered = select(func.min(WorklistItem.reply_due_at)).where(*waiting, WorklistItem.replied_at.is_(None))
    requests = select(func.count()).select_from(WorklistItem).where(*waiting)
    return DoFirst(
        overdue=counted.overdue,
        due_today=counted.due_today,
        unanswered=counted.unanswered,
        reply_by=db.scalar(unanswered),
        oldest=next(iter(worklist_lists.queue(db, now=now, by=by)), None),
        requests=db.scalar(requests.where(WorklistItem.kind == WorklistKind.DATA_REQUEST)) or 0,
    )


@dataclass(frozen=True)
class Bar:
    """A bar of a chart: its words, how long it is, and how much of it is overdue."""

    label: str
    count: int
    overdue: int = 0


AGES = ((1, _l("up to 1 working day")), (3, _l("2 to 3")), (5, _l("4 to 5")), (10, _l("6 to 10")))


def ages(db: Session, *, now: datetime, by: User) -> list[Bar]:
    """Open items within reach by their age in working days."""
    mine = worklist_desks.seats(db, by, days.today_of(by, now))
    query = (
        select(WorklistItem.opened_at, WorklistItem.due_on, WorklistItem.state_code)
        .where(WorklistItem.status.in_(OPEN), worklist_desks.within_reach(mine))
        .limit(10_000)
    )
    age: dict[date, int] = {}
    zones = days.zones(db)
    count: Counter[str] = Counter()
    overdue: Counter[str] = Counter()
    for opened_at, due_on, state in db.execute(query):
        on = opened_at.date()
        if on not in age:
            age[on] = clocks.working_days_between(on, now.date())
        label = next((words for most, words in AGES if age[on] <= most), _l("more than 10"))
        count[label] += 1
        overdue[label] += due_on < clocks.day_in(now, zones[state])
    return [Bar(label, count[label], overdue[label]) for label in (*(words for _, words in AGES), _l("more than 10"))]


def by_place(db: Session, *, now: datetime, by: User) -> list[Bar]:
    """Open items by the district on whose desk they lie, for those who answer for several; the most overdue first."""
    reach = reach_of(by, Permission.RESOLVE_DATA_QUALITY_ISSUES)
    if reach not in (Reach.REGION, Reach.STATE):
        return []
    overdue = func.count().filter(worklist_lists.due(Due.OVERDUE, days.zones(db), now))
    query = (
        select(District.name, func.count(), overdue)
        .join(WorklistDesk, (WorklistDesk.place_id == District.id) & (WorklistDesk.level == Level.DISTRICT))
        .join(WorklistItem, WorklistItem.id == WorklistDesk.item_id)
        .where(WorklistDesk.acts, WorklistItem.status.in_(OPEN), District.state_code == by.state_code)
        .group_by(District.name)
    )
    if reach is Reach.REGION:
        query = query.where(District.region_id == by.region_id)
    bars = [Bar(name, count, late) for name, count, late in db.execute(query)]
    return sorted(bars, key=lambda bar: (-bar.overdue, -bar.count, bar.label))[:MOST_PLACES]


def backlog(db: Session, *, now: datetime, by: User) -> list[tuple[date, int]]:
    """Near matches that were open at the end of each of the last 14 days, the oldest day first."""
    mine = worklist_desks.seats(db, by, days.today_of(by, now))
    since = now - timedelta(days=BACKLOG_DAYS)
    spans = db.execute(
        select(WorklistItem.opened_at, WorklistItem.resolved_at).where(
            WorklistItem.kind == WorklistKind.NEAR_MATCH,
            worklist_desks.within_reach(mine),
            (WorklistItem.resolved_at.is_(None)) | (WorklistItem.resolved_at >= since),
        )
    ).all()
    open_days = [(days.today_of(by, begin), end and days.today_of(by, end)) for begin, end in spans]
    shown = [days.today_of(by, now) - timedelta(days=back) for back in reversed(range(BACKLOG_DAYS))]
    return [(day, _open_on(day, open_days)) for day in shown]


def _open_on(day: date, spans: Sequence[tuple[date, date | None]]) -> int:
    return sum(begin <= day and (end is None or end > day) for begin, end in spans)


@dataclass(frozen=True)
class Movements:
    """The move notices of the person's side that are open."""

    incoming: int
    outgoing: int
    unanswered: int
    oldest_hours: int
    """Clock hours since the oldest unanswered one came."""
    arriving: list[MoveNotice]
    """Those of the incoming ones whose family arrives, or arrived, within a week of today."""


def movements(db: Session, *, now: datetime, by: User) -> Movements:
    """Arrivals and departures."""
    incoming, outgoing = moves.count_open(db, by=by)
    unanswered, oldest = moves.unanswered(db, by=by)
    hours = (now - oldest).total_seconds() / 3600 if oldest else 0
    week, today = timedelta(days=ARRIVAL_DAYS), days.today_of(by, now)
    coming = moves.arriving(db, today - week, today + week, by=by)
    return Movements(incoming, outgoing, unanswered, int(hours), coming)


@dataclass(frozen=True)
class Files:
    """The State's submissions: the last one, the last one with rows that wait, and for how long it was quiet."""

    last: Submission | None
    faulty: Submission | None
    quiet_days: int | None
    """Calendar days since the last file was taken; None: there never was one."""
    is_quiet: bool
    """Longer than the specification lets a State be silent: the alarm."""


def files(db: Session, *, now: datetime, by: User) -> Files:
    """What came of the State's files."""
    sent = uploads.submissions(db, by=by, limit=50)
    taken = next((one for one in sent if one.status is SubmissionStatus.APPLIED), None)
    quiet = (days.today_of(by, now) - days.today_of(by, taken.received_at)).days if taken else None
    return Files(
        last=next(iter(sent), None),
        faulty=next((one for one in sent if one.rows_quarantined or one.status is SubmissionStatus.REFUSED), None),
        quiet_days=quiet,
        is_quiet=quiet is None or quiet > clocks.QUIET_DAYS,
    )
