"""The decisions of the worklist: one child or two, validate or reject, and taking a decision back."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from msixlite.domain import (
    clocks,
    days,
    matching,
    merge_split,
    merge_split_apply,
    merge_split_sides,
    policy,
    students,
    worklist,
    worklist_desks,
)
from msixlite.domain.errors import RuleBroken
from msixlite.domain.matching import Likeness, Outcome
from msixlite.domain.worklist import VALIDATIONS, Event, step, take
from msixlite.models.merge_split import ChangeStatus, IdentityChange
from msixlite.models.students import KnownDifferent, StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.models.worklist import OPEN, Level, WorklistItem, WorklistKind, WorklistStatus


def sides(item: WorklistItem) -> list[Student]:
    """The two children of a near match as they are now, the one known longer first; one child if they were joined."""
    assert item.candidate is not None
    assert item.state_record is not None
    both = {item.candidate.survivor, item.state_record.student.survivor}
    return sorted(both, key=lambda student: student.id)


def picture(db: Session, item: WorklistItem) -> str:
    """A hash of what the page shows: a decision names the picture that it was made on."""
    return merge_split_sides.picture([record for student in sides(item) for record in student.state_records])


def same_child(
    db: Session,
    item_id: int,
    *,
    master: str = "",
    reason: str = "",
    accept_obstacles: bool = False,
    seen: str,
    now: datetime,
    by: User,
) -> WorklistItem:
    """One child: begins the merge, which another Data Administrator validates. `master`: the MSIX ID that is kept."""
    students.lock_identities(db)
    item, mine = take(db, item_id, now=now, by=by)
    worklist.transition(item, Event.SAME_CHILD)
    both = _as_seen(db, item, seen)
    chosen = next((student for student in both if student.msix_id == master), both[0])
    change = merge_split.begin_merge(
        db,
        both,
        master=chosen,
        reason=_reason(item, reason, accept_obstacles),
        accept_obstacles=accept_obstacles,
        near_match=item,
        now=now,
        by=by,
    )
    step(db, item, Event.SAME_CHILD, now=now, mine=mine, by=by)
    item.change, item.owner, item.note = change, by, change.reason
    return item


def _reason(item: WorklistItem, typed: str, accounts_for_obstacles: bool) -> str:
    """The likeness is reason enough, unless something speaks against it: then a person says why."""
    if accounts_for_obstacles and len(typed.strip()) < merge_split.SHORTEST_REASON:
        raise RuleBroken(_l("Say in the reason, in at least 10 characters, why they are one child all the same."))
    return typed.strip() or f"{item.title}: {'; '.join(map(str, item.reasons))}"


def _as_seen(db: Session, item: WorklistItem, seen: str) -> list[Student]:
    both = sides(item)
    if len(both) < 2:
        raise RuleBroken(_l("These two were joined meanwhile: there is nothing left to decide."))
    if picture(db, item) != seen:
        raise RuleBroken(
            _l("A State has changed one of these records since you opened this page. Look again, then decide.")
        )
    return both


def different_children(
    db: Session, item_id: int, *, reason: str = "", seen: str, now: datetime, by: User
) -> WorklistItem:
    """Two children: remembered until an identity element of one of them changes."""
    item, mine = take(db, item_id, now=now, by=by)
    worklist.transition(item, Event.DIFFERENT_CHILDREN)
    both = _as_seen(db, item, seen)
    step(db, item, Event.DIFFERENT_CHILDREN, now=now, mine=mine, by=by)
    ids = [[record.id for record in student.state_records] for student in both]
    merge_split_apply.remember_different(db, ids, now=now, by=by)
    item.owner, item.note = by, reason.strip()
    return item


def validate(
    db: Session,
    item_id: int,
    *,
    seen: str,
    accept_obstacles: bool = False,
    confirm_alone: bool = False,
    now: datetime,
    by: User,
) -> WorklistItem:
    """Make the merge or split of the item true."""
    item, mine = _take_validation(db, item_id, Event.VALIDATE, now, by)
    merge_split.validate(
        db,
        _change(item),
        seen=seen,
        accept_obstacles=accept_obstacles,
        confirm_alone=confirm_alone,
        now=now,
        by=by,
    )
    step(db, item, Event.VALIDATE, now=now, mine=mine, by=by)
    item.owner = by
    return item


def reject(db: Session, item_id: int, *, reason: str, now: datetime, by: User) -> WorklistItem:
    """Turn the merge or split of the item down."""
    item, mine = _take_validation(db, item_id, Event.REJECT, now, by)
    merge_split.reject(db, _change(item), reason=reason, now=now, by=by)
    step(db, item, Event.REJECT, now=now, mine=mine, by=by)
    item.owner, item.note = by, reason.strip()
    _lead_origin(db, _change(item), Event.MERGE_REJECTED, now)
    return item


def _lead_origin(db: Session, change: IdentityChange, event: Event, now: datetime) -> None:
    """The near match that led to a merge goes with what becomes of the merge."""
    for origin in _items_of(db, change):
        if origin.kind is WorklistKind.NEAR_MATCH and not origin.is_open:
            step(db, origin, event, now=now, by=None)


def _take_validation(
    db: Session, item_id: int, event: Event, now: datetime, by: User
) -> tuple[WorklistItem, list[worklist_desks.Seat]]:
    students.lock_identities(db)
    item, mine = take(db, item_id, now=now, by=by)
    worklist.transition(item, event)
    return item, mine


def _change(item: WorklistItem) -> IdentityChange:
    assert item.change is not None
    return item.change


def withdraw(db: Session, change: IdentityChange, *, now: datetime, by: User) -> None:
    """The initiator takes a merge or split back; the near match that led to it waits again."""
    merge_split.withdraw(db, change, now=now, by=by)
    for item in _items_of(db, change):
        if item.kind in VALIDATIONS:
            step(db, item, Event.WITHDRAW, now=now, by=by)
    _lead_origin(db, change, Event.RAISE_AGAIN, now)


def _items_of(db: Session, change: IdentityChange) -> list[WorklistItem]:
    query = select(WorklistItem).where(WorklistItem.change_id == change.id).order_by(WorklistItem.id)
    return list(db.scalars(query.with_for_update(of=WorklistItem).execution_options(populate_existing=True)))


def undo(db: Session, item_id: int, *, now: datetime, by: User) -> WorklistItem:
    """Take the decision on an item back, in one step; it lies open on the person's desk again."""
    students.lock_identities(db)
    item, mine = take(db, item_id, now=now, by=by)
    before, decided_at = item.status, item.resolved_at
    if before is WorklistStatus.SAME_CHILD:
        _undo_same_child(db, item, now, by)
    elif item.kind is WorklistKind.NEAR_MATCH and len(sides(item)) < 2:
        raise RuleBroken(_l("These two were joined meanwhile: there is nothing left to decide."))
    step(db, item, Event.UNDO, now=now, mine=mine, by=by)
    if before is WorklistStatus.DIFFERENT_CHILDREN and decided_at is not None:
        _forget(db, item, decided_at)
    if item.kind in VALIDATIONS:
        merge_split.reopen(db, _change(item), now=now, by=by)
        if before is WorklistStatus.REJECTED:
            _lead_origin(db, _change(item), Event.MERGE_WAITS, now)
    item.owner = by
    return item


def _undo_same_child(db: Session, item: WorklistItem, now: datetime, by: User) -> None:
    change = _change(item)
    if change.status is ChangeStatus.INITIATED:
        if change.initiated_by_id != by.id:
            raise RuleBroken(_l("Only the person who began the merge can withdraw it; you can reject it."))
        merge_split.withdraw(db, change, now=now, by=by)
        for other in _items_of(db, change):
            if other.kind in VALIDATIONS:
                step(db, other, Event.WITHDRAW, now=now, by=by)
    else:
        if change.status is ChangeStatus.VALIDATED:
            raise RuleBroken(_l("%(title)s has since been validated. Undo it on its own page.", title=change.title))
        raise RuleBroken(_l("%(title)s is %(status)s now.", title=change.title, status=change.status.value))


def _forget(db: Session, item: WorklistItem, decided_at: datetime) -> None:
    """The pairs that this decision remembered, and no others."""
    ids = [record.id for student in sides(item) for record in student.state_records]
    low, high = KnownDifferent.low_id, KnownDifferent.high_id
    then = select(KnownDifferent).where(low.in_(ids), high.in_(ids), KnownDifferent.decided_at == decided_at)
    for pair in db.scalars(then):
        db.delete(pair)


def compare_again(db: Session, record_ids: Iterable[int], *, now: datetime) -> None:
    """An identity element of these State records changed: what was found different and is alike now is asked again."""
    ids = sorted(record_ids)
    candidates = students.with_merged_into(_students_of(ids))
    concerned = or_(WorklistItem.state_record_id.in_(ids), WorklistItem.candidate_id.in_(candidates))
    decided = select(WorklistItem).where(WorklistItem.status == WorklistStatus.DIFFERENT_CHILDREN, concerned)
    for item in db.scalars(decided.order_by(WorklistItem.id)):
        _ask_again(db, item, now)


def _students_of(record_ids: list[int]) -> Select[int]:
    return select(StateRecord.student_id).where(StateRecord.id.in_(record_ids))


def _ask_again(db: Session, item: WorklistItem, now: datetime) -> None:
    assert item.state_record is not None
    assert item.candidate is not None
    db.refresh(item.state_record)
    others = select(StateRecord).where(StateRecord.student_id == item.candidate.survivor.id)
    against = [
        one for one in db.scalars(others.execution_options(populate_existing=True)) if one is not item.state_record
    ]
    identity = matching.identity_of(item.state_record)
    usual = matching.load_frequencies(db, {*identity.given, *identity.surnames})
    found = [matching.compare(identity, matching.identity_of(one), usual) for one in against]
    likest = max(found, key=lambda likeness: likeness.score, default=None)
    if likest is None or likest.outcome is Outcome.DIFFERENT or item.state_record.student_id == against[0].student_id:
        return
    raise_again(db, item, likest, now=now)


def raise_again(db: Session, item: WorklistItem, likeness: Likeness, *, now: datetime) -> None:
    """A near match that was closed is asked anew, with what makes the two alike now."""
    step(db, item, Event.RAISE_AGAIN, now=now, by=None)
    item.score, item.reasons, item.model_version = likeness.score, likeness.told, matching.MODEL_VERSION
    item.owner = None


def run_out(db: Session, *, now: datetime) -> tuple[int, int]:
    """Once a day: what is past due goes to the State's desk; what ran out there is approved only where States chose so.

    Returns how many were sent up and how many were approved.
    """
    raised = approved = 0
    for item in db.scalars(select(WorklistItem).where(WorklistItem.status.in_(OPEN)).order_by(WorklistItem.id)):
        today = days.at_state(db, item.state_code, now)
        if item.due_on < today:
            raised += _send_up(db, item, now)
            approved += _approve(db, item, today, now)
    return raised, approved


def _send_up(db: Session, item: WorklistItem, now: datetime) -> bool:
    below = [
        state for state in worklist_desks.states_of(item) if worklist_desks.level_in(item, state) is not Level.STATE
    ]
    for state in below:
        worklist_desks.raise_to_state(item, state)
    if below:
        step(db, item, Event.ESCALATE_OVERDUE, now=now, by=None)
        item.owner = None
    return bool(below)


def _approve(db: Session, item: WorklistItem, today: date, now: datetime) -> bool:
    days = policy.of(db, item.state_code).escalation_days
    if item.kind not in VALIDATIONS or today <= clocks.add_working_days(item.due_on, days):
        return False
    if not merge_split.approve_run_out(db, _change(item), now=now):
        return False
    step(db, item, Event.APPROVE_RUN_OUT, now=now, by=None)
    item.note = _l("Approved by the system: it had run out, and the State turned this on.")
    return True


def item_of(db: Session, change: IdentityChange, *, today: date, by: User) -> WorklistItem | None:
    """The item that asks for the validation of a change, where it lies within the person's reach."""
    mine = worklist_desks.seats(db, by, today)
    query = select(WorklistItem).where(
        WorklistItem.change_id == change.id,
        WorklistItem.kind.in_(VALIDATIONS),
        worklist_desks.within_reach(mine),
    )
    return db.scalars(query).first()
