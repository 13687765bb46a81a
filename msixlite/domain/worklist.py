"""The worklist: what may follow what (TRANSITIONS), and the deeds that pass an item from hand to hand.

Decisions on children stand in `worklist_decisions`, lists in `worklist_lists`, desks in `worklist_desks`.
"""

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import days, policy, worklist_desks
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.worklist_desks import Seat
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.models.worklist import OPEN, Level, WorklistItem, WorklistKind, WorklistStatus

LONGEST_WAIT = timedelta(days=30)
MOST_AT_ONCE = 100


class Event(enum.Enum):
    """What happens to an item. The value is a word for people."""

    CLAIM = _l("claim")
    REASSIGN = _l("reassign")
    ESCALATE = _l("escalate")
    ESCALATE_OVERDUE = _l("escalate when overdue")
    ASK = _l("ask the other State")
    WAIT = _l("wait until a day")
    SAME_CHILD = _l("decide: same child")
    DIFFERENT_CHILDREN = _l("decide: different children")
    VALIDATE = _l("validate")
    APPROVE_RUN_OUT = _l("approve when run out")
    REJECT = _l("reject")
    WITHDRAW = _l("withdraw")
    RESOLVE = _l("resolve")
    ANSWER = _l("answer")
    SETTLE = _l("settle")
    RAISE_AGAIN = _l("raise again")
    MERGE_REJECTED = _l("its merge is rejected")
    MERGE_WAITS = _l("its merge waits again")
    UNDO = _l("undo")


class Who(enum.Enum):
    """Who may make it happen. The value is a phrase for people."""

    DESK = "a Data Administrator at its desk or above"
    ANOTHER = "a Data Administrator at its desk or above, not the initiator"
    INITIATOR = "the initiator"
    DECIDER = "whoever decided it, or a State Data Administrator"
    SYSTEM = "the system"


@dataclass(frozen=True)
class Transition:
    """One row of the table: what leads an item of these kinds from one status to another, and by whom."""

    event: Event
    kinds: tuple[WorklistKind, ...]
    before: tuple[WorklistStatus, ...]
    after: WorklistStatus
    who: Who


_K, _S = WorklistKind, WorklistStatus
ALL = tuple(WorklistKind)
NEAR = (_K.NEAR_MATCH,)
VALIDATIONS = (_K.VALIDATE_MERGE, _K.VALIDATE_USER_MERGE, _K.VALIDATE_USER_SPLIT)
BY_HAND = (_K.DATA_QUALITY, _K.ESCALATION, _K.MOVE_NOTICE)

TRANSITIONS = (
    Transition(Event.CLAIM, ALL, OPEN, _S.IN_WORK, Who.DESK),
    Transition(Event.REASSIGN, ALL, OPEN, _S.IN_WORK, Who.DESK),
    Transition(Event.ESCALATE, ALL, OPEN, _S.NEW, Who.DESK),
    Transition(Event.ESCALATE_OVERDUE, ALL, OPEN, _S.NEW, Who.SYSTEM),
    Transition(Event.ASK, (*NEAR, *VALIDATIONS), OPEN, _S.ASKED, Who.DESK),
    Transition(Event.WAIT, ALL, OPEN, _S.WAITING, Who.DESK),
    Transition(Event.SAME_CHILD, NEAR, OPEN, _S.SAME_CHILD, Who.DESK),
    Transition(Event.DIFFERENT_CHILDREN, NEAR, OPEN, _S.DIFFERENT_CHILDREN, Who.DESK),
    Transition(Event.VALIDATE, VALIDATIONS, OPEN, _S.VALIDATED, Who.ANOTHER),
    Transition(Event.APPROVE_RUN_OUT, VALIDATIONS, OPEN, _S.VALIDATED, Who.SYSTEM),
    Transition(Event.REJECT, VALIDATIONS, OPEN, _S.REJECTED, Who.ANOTHER),
    Transition(Event.WITHDRAW, VALIDATIONS, OPEN, _S.WITHDRAWN, Who.INITIATOR),
    Transition(Event.RESOLVE, BY_HAND, OPEN, _S.RESOLVED, Who.DESK),
    Transition(Event.ANSWER, (_K.DATA_REQUEST,), OPEN, _S.RESOLVED, Who.DESK),
    Transition(Event.SETTLE, (*NEAR, _K.DATA_QUALITY, _K.DATA_REQUEST), OPEN, _S.SETTLED, Who.SYSTEM),
    Transition(
        Event.RAISE_AGAIN,
        (*NEAR, _K.DATA_QUALITY, _K.DATA_REQUEST),
        (_S.DIFFERENT_CHILDREN, _S.SETTLED, _S.RESOLVED, _S.SAME_CHILD),
        _S.NEW,
        Who.SYSTEM,
    ),
    Transition(Event.MERGE_REJECTED, NEAR, (_S.SAME_CHILD,), _S.DIFFERENT_CHILDREN, Who.SYSTEM),
    Transition(Event.MERGE_WAITS, NEAR, (_S.DIFFERENT_CHILDREN,), _S.SAME_CHILD, Who.SYSTEM),
    Transition(Event.UNDO, NEAR, (_S.SAME_CHILD, _S.DIFFERENT_CHILDREN), _S.IN_WORK, Who.DECIDER),
    Transition(Event.UNDO, VALIDATIONS, (_S.VALIDATED, _S.REJECTED), _S.IN_WORK, Who.DECIDER),
    Transition(Event.UNDO, BY_HAND, (_S.RESOLVED,), _S.IN_WORK, Who.DECIDER),
)
"""What may follow what. What stands not here cannot happen."""


def transition(item: WorklistItem, event: Event) -> Transition:
    """The row of the table for an item and an event; says in words why there is none."""
    for row in TRANSITIONS:
        if row.event is event and item.kind in row.kinds and item.status in row.before:
            return row
    if not item.is_open:
        raise RuleBroken(_decided_already(item))
    if item.kind is WorklistKind.DATA_REQUEST:
        raise RuleBroken(_l("%(title)s is answered on its own page.", title=item.title))
    raise RuleBroken(_l("%(title)s is open, but this step is not possible for it now.", title=item.title))


def _decided_already(item: WorklistItem) -> str:
    return _l(
        "%(title)s was decided already: %(status)s, by %(person)s on %(day)s. Nothing was changed.",
        title=item.title,
        status=item.status.label.lower(),
        person=item.resolved_by.full_name if item.resolved_by else _l("the system"),
        day=f"{days.today_of(item.resolved_by, item.resolved_at):%m/%d/%Y}"
        if item.resolved_at
        else _l("an unknown day"),
    )


def step(
    db: Session, item: WorklistItem, event: Event, *, now: datetime, mine: Collection[Seat] = (), by: User | None
) -> None:
    """Lead the item along the table, after asking whether this person may."""
    row = transition(item, event)
    _check(row.who, item, mine, by)
    item.status = row.after
    if row.after in OPEN:
        item.resolved_at = item.resolved_by = None
        if row.after is not WorklistStatus.ASKED:
            item.asked_state = None
        item.waits_until = None
    else:
        item.resolved_at, item.resolved_by = now, by
    if event is Event.RAISE_AGAIN or (event is Event.UNDO and _is_overdue(db, item, now)):
        _restart(db, item, now)
    if by is not None and item.replied_at is None and row.who is not Who.INITIATOR:
        item.replied_at = now
    db.flush()


def _is_overdue(db: Session, item: WorklistItem, now: datetime) -> bool:
    return item.due_on < days.at_state(db, item.state_code, now)


def _restart(db: Session, item: WorklistItem, now: datetime) -> None:
    """Its clocks begin anew: what a decision had ended is nobody's delay."""
    due = policy.due(db, item.state_code, item.kind, now)
    item.opened_at, item.replied_at = now, None
    for name, value in vars(due).items():
        setattr(item, name, value)


def _check(who: Who, item: WorklistItem, mine: Collection[Seat], by: User | None) -> None:
    if who is Who.SYSTEM or by is None:
        if (by is None) is not (who is Who.SYSTEM):
            raise RuleBroken(_l("Only the system does this.") if by else _l("Only a person does this."))
        return
    if who is Who.INITIATOR and (item.change is None or item.change.initiated_by_id != by.id):
        raise RuleBroken(_l("Only the person who began it can withdraw it."))
    if who in (Who.DESK, Who.ANOTHER) and not worklist_desks.may_act(item, mine):
        raise RuleBroken(_l("%(title)s was sent up; it is decided there.", title=item.title))
    if who is Who.DECIDER and item.resolved_by_id != by.id and not any(seat.level is Level.STATE for seat in mine):
        raise RuleBroken(_l("Only the person who decided it, or a State Data Administrator, can take it back."))


def open_item(
    db: Session,
    kind: WorklistKind,
    *,
    state: str,
    records: Iterable[int],
    without: User | None = None,
    now: datetime,
    **columns: Any,
) -> WorklistItem:
    """A new item of the State, laid on the desks of the State records' places; `without`: who may not decide it."""
    due = policy.due(db, state, kind, now)
    item = WorklistItem(kind=kind, state_code=state, opened_at=now, **vars(due), **columns)
    db.add(item)
    db.flush()
    only = state if kind is WorklistKind.DATA_QUALITY else None
    worklist_desks.place(db, {item.id: list(records)}, only=only, without=without)
    return item


def get(db: Session, item_id: int, *, today: date, by: User) -> WorklistItem:
    """The item, if it lies within reach; otherwise it does not exist for this person."""
    return _get(db, item_id, worklist_desks.seats(db, by, today))


def _get(db: Session, item_id: int, mine: Collection[Seat], *, lock: bool = False) -> WorklistItem:
    query = select(WorklistItem).where(WorklistItem.id == item_id, worklist_desks.within_reach(mine))
    if lock:
        query = query.with_for_update(of=WorklistItem).execution_options(populate_existing=True)
    item = db.scalar(query)
    if item is None:
        raise NotFound("worklist item")
    return item


def take(db: Session, item_id: int, *, now: datetime, by: User) -> tuple[WorklistItem, list[Seat]]:
    """The item locked for a deed, with the person's desks: of two at once, the second sees what the first did."""
    mine = worklist_desks.seats(db, by, days.today_of(by, now))
    return _get(db, item_id, mine, lock=True), mine


def claim(db: Session, item_id: int, *, now: datetime, by: User) -> WorklistItem:
    """Take the item up: that is the first reply."""
    item, mine = take(db, item_id, now=now, by=by)
    if item.is_open and item.owner_id not in (None, by.id):
        assert item.owner is not None
        raise RuleBroken(
            _l(
                "%(full_name)s has claimed %(title)s. To take it over, assign it to yourself.",
                full_name=item.owner.full_name,
                title=item.title,
            )
        )
    step(db, item, Event.CLAIM, now=now, mine=mine, by=by)
    item.owner = by
    return item


def assignable(db: Session, item: WorklistItem, *, by: User) -> list[User]:
    """To whom the person may pass the item: down or sideways, within the State, where the children are enrolled."""
    own = worklist_desks.own_seat(by)
    return worklist_desks.staff(db, item, state=own.state_code, highest=own.level) if own else []


def reassign(db: Session, item_id: int, *, to_id: int, now: datetime, by: User) -> WorklistItem:
    """Give the item to somebody at one's own level or below; it is theirs at once."""
    item, mine = take(db, item_id, now=now, by=by)
    to = next((person for person in assignable(db, item, by=by) if person.id == to_id), None)
    if to is None:
        raise RuleBroken(
            _l(
                "Items are passed down or sideways, to those whose places the item concerns. To send it "
                "up, escalate it."
            )
        )
    step(db, item, Event.REASSIGN, now=now, mine=mine, by=by)
    item.owner = to
    worklist_desks.lay_before(item, to)
    return item


def escalate(db: Session, item_id: int, *, note: str = "", now: datetime, by: User) -> WorklistItem:
    """Send the item up within one's State: district, region, State. It is unclaimed there."""
    item, mine = take(db, item_id, now=now, by=by)
    step(db, item, Event.ESCALATE, now=now, mine=mine, by=by)
    if by.state_code is None or worklist_desks.raise_to_next(db, item, by.state_code) is None:
        raise RuleBroken(_l("%(title)s lies at the State's desk already; there is none above it.", title=item.title))
    item.owner, item.note = None, note.strip()
    return item


def ask(db: Session, item_id: int, *, state: str, note: str, now: datetime, by: User) -> WorklistItem:
    """Put a question to another State that the item concerns."""
    item, mine = take(db, item_id, now=now, by=by)
    if state == by.state_code or state not in worklist_desks.states_of(item):
        raise RuleBroken(_l("Choose another State that knows one of these children."))
    if len(note.strip()) < 5:
        raise RuleBroken(_l("Type your question in a few words."))
    step(db, item, Event.ASK, now=now, mine=mine, by=by)
    item.owner, item.asked_state, item.note = by, state, note.strip()
    return item


def wait(db: Session, item_id: int, *, until: date, note: str = "", now: datetime, by: User) -> WorklistItem:
    """Put the item off until a day. Its clocks run on (34 CFR 200.85: they never pause)."""
    item, mine = take(db, item_id, now=now, by=by)
    today = days.today_of(by, now)
    if not today < until <= today + LONGEST_WAIT:
        raise RuleBroken(_l("Choose a day after today and within %(days)s days.", days=LONGEST_WAIT.days))
    step(db, item, Event.WAIT, now=now, mine=mine, by=by)
    item.owner, item.waits_until, item.note = by, until, note.strip()
    return item


def resolve(db: Session, item_id: int, *, note: str, now: datetime, by: User) -> WorklistItem:
    """Close an item by hand, saying what was done."""
    item, mine = take(db, item_id, now=now, by=by)
    if len(note.strip()) < 10:
        raise RuleBroken(_l("Say in at least 10 characters what was done."))
    step(db, item, Event.RESOLVE, now=now, mine=mine, by=by)
    item.note = note.strip()
    return item


def claim_all(db: Session, item_ids: Collection[int], *, now: datetime, by: User) -> int:
    """Claim the picked items, all or none."""
    return len([claim(db, item_id, now=now, by=by) for item_id in _picked(item_ids)])


def escalate_all(db: Session, item_ids: Collection[int], *, now: datetime, by: User) -> int:
    return len([escalate(db, item_id, now=now, by=by) for item_id in _picked(item_ids)])


def reassign_all(db: Session, item_ids: Collection[int], *, to_id: int, now: datetime, by: User) -> int:
    return len([reassign(db, item_id, to_id=to_id, now=now, by=by) for item_id in _picked(item_ids)])


def wait_all(db: Session, item_ids: Collection[int], *, until: date, now: datetime, by: User) -> int:
    return len([wait(db, item_id, until=until, now=now, by=by) for item_id in _picked(item_ids)])


def _picked(item_ids: Collection[int]) -> list[int]:
    """In the order of their numbers, so that two people who pick the same items never wait for each other."""
    if not item_ids:
        raise RuleBroken(_l("Pick at least one item first."))
    if len(item_ids) > MOST_AT_ONCE:
        raise RuleBroken(_l("Pick at most %(most)s items at once.", most=MOST_AT_ONCE))
    return sorted(set(item_ids))


def colleagues(db: Session, *, by: User) -> list[User]:
    """The other active Data Administrators of the person's State."""
    own = worklist_desks.own_seat(by)
    people = worklist_desks.people(db, own.state_code) if own else []
    return [person for person in people if person.id != by.id]
