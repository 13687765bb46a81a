"""What a person finds on the worklist: filters, order, counts, the next item, the rows of the CSV."""

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from msixlite.domain import clocks, data_quality, days, policy, students, worklist_desks
from msixlite.domain.worklist import VALIDATIONS
from msixlite.domain.worklist_desks import Seat
from msixlite.models.merge_split import IdentityChange
from msixlite.models.students import Student
from msixlite.models.users import User
from msixlite.models.words import _l, _ln, joined, kept
from msixlite.models.worklist import OPEN, DataQualityCase, WorklistDesk, WorklistItem, WorklistKind, WorklistStatus

MOST_SHOWN = 300


class View(enum.Enum):
    """Which part of the worklist."""

    MINE = "mine"
    DESK = "desk"
    ALL = "all"
    DONE = "done"


class Due(enum.Enum):
    """By when."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class Filter:
    """What of the worklist is asked for; None is no limit."""

    view: View = View.ALL
    kind: WorklistKind | None = None
    state: str | None = None
    due: Due | None = None


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    item: WorklistItem
    who: str
    """The children, or the fault and how many it concerns."""
    states: tuple[str, ...]
    zone: str
    """The time zone of the State that counts the item's days."""
    today: date
    """The day that it is there."""
    days_left: int
    """Working days until it is due; negative when overdue."""
    step: str
    acts: bool
    """Whether this person may decide it now."""


@dataclass(frozen=True)
class Counts:
    """The figures above the list."""

    open: int
    mine: int
    desk: int
    overdue: int
    due_today: int
    unanswered: int


def count_open(db: Session, *, today: date, by: User) -> int:
    """How many items wait within reach."""
    mine = worklist_desks.seats(db, by, today)
    return _count(db, WorklistItem.status.in_(OPEN), worklist_desks.within_reach(mine)) if mine else 0


def counts(db: Session, *, now: datetime, by: User) -> Counts:
    mine = worklist_desks.seats(db, by, days.today_of(by, now))
    waiting = (WorklistItem.status.in_(OPEN), worklist_desks.within_reach(mine))
    zones = days.zones(db)
    return Counts(
        open=_count(db, *waiting),
        mine=_count(db, *waiting, WorklistItem.owner_id == by.id),
        desk=_count(db, *waiting, worklist_desks.lying_on(mine)),
        overdue=_count(db, *waiting, due(Due.OVERDUE, zones, now)),
        due_today=_count(db, *waiting, due(Due.TODAY, zones, now)),
        unanswered=_count(db, *waiting, WorklistItem.replied_at.is_(None)),
    )


def _count(db: Session, *conditions: ColumnElement[bool]) -> int:
    return db.scalar(select(func.count()).select_from(WorklistItem).where(*conditions)) or 0


def rows(db: Session, wanted: Filter, *, now: datetime, by: User, limit: int = MOST_SHOWN) -> list[Row]:
    """The items asked for within reach: the first due first; of those done, the last one first."""
    mine = worklist_desks.seats(db, by, days.today_of(by, now))
    order = (
        (WorklistItem.resolved_at.desc(), WorklistItem.id.desc())
        if wanted.view is View.DONE
        else (WorklistItem.due_on, WorklistItem.id)
    )
    zones = days.zones(db)
    query = select(WorklistItem).where(*_conditions(wanted, mine, by, now, zones)).order_by(*order).limit(limit)
    items = db.scalars(query.options(*_LOADED)).unique()
    return [_row(item, mine, now, zones[item.state_code]) for item in items]


_LOADED = (
    joinedload(WorklistItem.state_record),
    joinedload(WorklistItem.candidate).selectinload(Student.state_records),
    joinedload(WorklistItem.change),
    joinedload(WorklistItem.owner),
    joinedload(WorklistItem.resolved_by),
    selectinload(WorklistItem.desks),
    selectinload(WorklistItem.cases).joinedload(DataQualityCase.state_record),
)


def _conditions(
    wanted: Filter, mine: Sequence[Seat], by: User, now: datetime, zones: Mapping[str, str]
) -> list[ColumnElement[bool]]:
    found = [worklist_desks.within_reach(mine)]
    if wanted.view is View.DONE:
        since = clocks.reporting_year_start(now.date())
        found += [WorklistItem.status.not_in(OPEN), WorklistItem.resolved_at >= clocks.midnight(since)]
    else:
        found.append(WorklistItem.status.in_(OPEN))
    if wanted.view is View.MINE:
        found.append(WorklistItem.owner_id == by.id)
    if wanted.view is View.DESK:
        found.append(worklist_desks.lying_on(mine))
    if wanted.kind:
        found.append(WorklistItem.kind == wanted.kind)
    if wanted.state:
        of_state = select(WorklistDesk.item_id).where(WorklistDesk.state_code == wanted.state)
        found.append(WorklistItem.id.in_(of_state))
    if wanted.due:
        found.append(due(wanted.due, zones, now))
    return found


def due(wanted: Due, zones: Mapping[str, str], now: datetime) -> ColumnElement[bool]:
    """Items that are due by then, each by the day that it is in the State that counts its days."""
    if wanted is Due.UNANSWERED:
        return WorklistItem.replied_at.is_(None)
    on: dict[Due, Callable[[date], ColumnElement[bool]]] = {
        Due.OVERDUE: lambda today: WorklistItem.due_on < today,
        Due.TODAY: lambda today: WorklistItem.due_on == today,
        Due.WEEK: lambda today: WorklistItem.due_on <= clocks.add_working_days(today, clocks.RESOLUTION_WORKING_DAYS),
    }
    return days.each_by_its_own(WorklistItem.state_code, zones, now, on[wanted])


def _row(item: WorklistItem, mine: Sequence[Seat], now: datetime, zone: str) -> Row:
    today = clocks.day_in(now, zone)
    return Row(
        item=item,
        who=who(item),
        states=tuple(worklist_desks.states_of(item)),
        zone=zone,
        today=today,
        days_left=clocks.working_days_between(today, item.due_on),
        step=_step(item),
        acts=item.is_open and worklist_desks.may_act(item, mine),
    )


def who(item: WorklistItem) -> str:
    """Whom the item is about, as their States call them now."""
    if item.kind is WorklistKind.DATA_QUALITY:
        count = sum(case.mended_at is None for case in item.cases) or len(item.cases)
        fault = data_quality.advice(item.fault or "").name
        return joined(", ", (fault, _ln("%(num)s child", "%(num)s children", count)))
    if item.state_record is not None and item.candidate is not None:
        others = [record for record in item.candidate.survivor.state_records if record is not item.state_record]
        other = [students.newest(others).full_name] if others else []
        return " / ".join(dict.fromkeys([*other, item.state_record.full_name]))
    if item.state_record is not None:
        asked = joined(", ", map(kept, item.reasons)) or _l("see the note")
        return joined(" ", (item.state_record.full_name, _l("(%(asked)s)", asked=asked)))
    return item.change.names if item.change else ""


def _step(item: WorklistItem) -> str:
    if item.status is WorklistStatus.WAITING and item.waits_until:
        return _l("Waits until %(day)s", day=f"{item.waits_until:%m/%d/%Y}")
    if item.status is WorklistStatus.ASKED:
        return _l("%(state)s was asked", state=item.asked_state)
    return item.status.label


def queue(db: Session, *, now: datetime, by: User) -> list[int]:
    """The items that this person can take up now, in their order: neither put off nor with another State."""
    today = days.today_of(by, now)
    mine = worklist_desks.seats(db, by, today)
    own_state = by.state_code or ""
    ready = or_(
        WorklistItem.status.in_((WorklistStatus.NEW, WorklistStatus.IN_WORK)),
        and_(WorklistItem.status == WorklistStatus.WAITING, WorklistItem.waits_until <= today),
        and_(WorklistItem.status == WorklistStatus.ASKED, WorklistItem.asked_state == own_state),
    )
    unclaimed = or_(
        WorklistItem.owner_id.is_(None), WorklistItem.owner_id == by.id, WorklistItem.asked_state == own_state
    )
    query = select(WorklistItem.id).where(ready, unclaimed, worklist_desks.within_reach(mine), _decidable(mine))
    if not policy.of(db, own_state).single_administrator:
        query = query.where(WorklistItem.id.not_in(_own_to_validate(by)))
    return list(db.scalars(query.order_by(WorklistItem.due_on, WorklistItem.id)))


def _own_to_validate(by: User) -> Select[int]:
    """Merges and splits that the person began: another one's to decide."""
    own = select(WorklistItem.id).join(IdentityChange, IdentityChange.id == WorklistItem.change_id)
    return own.where(IdentityChange.initiated_by_id == by.id, WorklistItem.kind.in_(VALIDATIONS))


def _decidable(mine: Sequence[Seat]) -> ColumnElement[bool]:
    """Lies on one of the desks, or below one of them in the same State."""
    below = [
        select(WorklistDesk.item_id).where(
            WorklistDesk.acts, WorklistDesk.state_code == seat.state_code, WorklistDesk.level <= seat.level
        )
        for seat in mine
    ]
    return or_(*(WorklistItem.id.in_(desks) for desks in below))


def after(items: Sequence[int], item_id: int) -> int | None:
    """The item that follows in the queue; the first one again after the last; None where there is no other."""
    if item_id not in items:
        return next(iter(items), None)
    others = [*items[items.index(item_id) + 1 :], *items[: items.index(item_id)]]
    return next(iter(others), None)


CSV_HEADINGS = (
    "Item", "Type", "Who", "States", "Status", "Owner", "Opened", "First reply due", "First reply", "Reply in time",
    "Due", "Due counted with", "Resolved", "Resolved in time", "Resolved by", "Note",
)  # fmt: skip


def csv_rows(found: Sequence[Row], now: datetime, *, late_by_clock: bool = False) -> Iterator[tuple[str, ...]]:
    """The list as text cells; moments in UTC, ISO 8601."""
    for row in found:
        item = row.item
        replied_at = item.replied_at or now
        late_reply = clocks.reply_is_late(item.reply_due_at, replied_at, row.zone, by_clock=late_by_clock)
        closed_on = clocks.day_in(item.resolved_at or now, row.zone)
        yield (
            str(item.id),
            item.kind.label,
            row.who,
            " ".join(row.states),
            row.step,
            item.owner.full_name if item.owner else "",
            _iso(item.opened_at),
            _iso(item.reply_due_at),
            _iso(item.replied_at),
            "no" if late_reply else "yes",
            item.due_on.isoformat(),
            f"{item.due_days} working days, {item.due_calendar}",
            _iso(item.resolved_at),
            "no" if closed_on > item.due_on else "yes",
            item.resolved_by.full_name if item.resolved_by else "",
            item.note,
        )


def _iso(at: datetime | None) -> str:
    return at.isoformat(timespec="minutes") if at else ""
