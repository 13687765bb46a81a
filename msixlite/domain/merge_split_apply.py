"""Whose a State record is: the changes that a validated merge or split makes, and their undoing from a snapshot.

The snapshot of a change (JSON):
records: State record → student before; made: students that a split made; known_different: pairs that a merge ended,
[low, high, decided at, by, identities then]; settled: worklist items that a merge ended.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from itertools import combinations, product
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from msixlite.domain import data_quality, matching, msix_ids, search_index, worklist, worklist_following
from msixlite.domain.worklist import Event
from msixlite.models.merge_split import ChangeKind, ChangeStatus, IdentityChange
from msixlite.models.students import KnownDifferent, LinkDecision, StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.models.worklist import OPEN, WorklistItem, WorklistKind, WorklistStatus

MERGE_UNDONE = _l("merge %(number)s was undone")
SPLIT_UNDONE = _l("split %(number)s was undone")


def apply(db: Session, change: IdentityChange, *, now: datetime, by: User | None) -> None:
    """Make the change true; the caller holds the lock on identities."""
    if change.kind is ChangeKind.MERGE:
        _apply_merge(db, change, now, by)
    else:
        _apply_split(db, change, now, by)
    change.applied_number = (db.scalar(select(func.max(IdentityChange.applied_number))) or 0) + 1
    db.flush()
    _refresh(db, involved(change), change, now)


def _apply_merge(db: Session, change: IdentityChange, now: datetime, by: User | None) -> None:
    flagged = sorted({part.student_id for part in change.parts})
    records = _records_of(db, flagged)
    others = [db.get_one(Student, student_id) for student_id in flagged if student_id != change.master_id]
    ended = known_different(db, [[r.id for r in records if r.student_id == student_id] for student_id in flagged])
    change.snapshot = {
        "records": {str(record.id): record.student_id for record in records},
        "known_different": [_kept(db, pair) for pair in ended],
    }
    for pair in ended:
        db.delete(pair)
    for record in records:
        if record.student_id != change.master_id:
            _move(db, record, change.master_id, "merged", change.reason, now, by)
    for other in others:
        other.merged_into_id = change.master_id
    db.flush()
    change.snapshot = {**change.snapshot, "settled": _settle_near_matches(db, flagged, now)}


def _settle_near_matches(db: Session, student_ids: Collection[int], now: datetime) -> list[int]:
    """Near matches among children who are one now: there is nothing left to decide."""
    query = (
        select(WorklistItem)
        .join(StateRecord, StateRecord.id == WorklistItem.state_record_id)
        .where(
            WorklistItem.kind == WorklistKind.NEAR_MATCH,
            WorklistItem.status.in_(OPEN),
            StateRecord.student_id.in_(student_ids),
        )
    )
    settled = []
    for item in db.scalars(query.order_by(WorklistItem.id)):
        assert item.candidate is not None
        assert item.state_record is not None
        if item.candidate.survivor.id == item.state_record.student_id:
            worklist.step(db, item, Event.SETTLE, now=now, by=None)
            settled.append(item.id)
    return settled


def _apply_split(db: Session, change: IdentityChange, now: datetime, by: User | None) -> None:
    records = _records_of(db, [change.master_id])
    number = {part.state_record_id: part.new_child for part in change.parts}
    wanted = sorted({number[record.id] for record in records if record.id in number})
    made = [Student(msix_id=msix_id, created_at=now) for msix_id in msix_ids.new(db, len(wanted))]
    db.add_all(made)
    db.flush()
    before = {str(record.id): record.student_id for record in records}
    for record in records:
        if record.id in number:
            _move(db, record, made[wanted.index(number[record.id])].id, "split", change.reason, now, by)
    db.flush()
    sides = [[r.id for r in records if r.student_id == one] for one in (change.master_id, *(m.id for m in made))]
    remember_different(db, sides, now=now, by=by)
    change.snapshot = {"records": before, "made": [student.id for student in made]}


def restore(db: Session, change: IdentityChange, *, now: datetime, by: User) -> None:
    """Everybody is again who they were before; State records that came since stay with the side that they belong to."""
    concerned = involved(change)
    if change.kind is ChangeKind.MERGE:
        _restore_merge(db, change, now, by)
    else:
        _restore_split(db, change, now, by)
    change.applied_number = None
    db.flush()
    _refresh(db, concerned, change, now)


def _restore_merge(db: Session, change: IdentityChange, now: datetime, by: User) -> None:
    before: dict[str, int] = change.snapshot["records"]
    records = _records_of(db, [change.master_id])
    for part in change.parts:
        if part.student_id != change.master_id:
            part.student.merged_into_id = None
    sides: dict[int, list[StateRecord]] = {}
    for record in records:
        if str(record.id) in before:
            sides.setdefault(before[str(record.id)], []).append(record)
    for record in records:
        home = before.get(str(record.id)) or _likest(db, record, sides, change.master_id)
        if home != change.master_id:
            _move(db, record, home, "unmerged", MERGE_UNDONE.about(number=str(change.id)), now, by)
    db.flush()
    for kept in change.snapshot["known_different"]:
        _restore_known_different(db, kept)
    _reopen_settled(db, change, now)


def _likest(db: Session, record: StateRecord, sides: dict[int, list[StateRecord]], master_id: int) -> int:
    """The side to which a State record that came after the merge belongs: whose records it is most alike."""
    identity = matching.identity_of(record)
    usual = matching.load_frequencies(db, {*identity.given, *identity.surnames})
    scores = {
        student_id: max(matching.compare(identity, matching.identity_of(one), usual).score for one in side)
        for student_id, side in sides.items()
    }
    return max(scores, key=lambda student_id: (scores[student_id], student_id == master_id), default=master_id)


def _reopen_settled(db: Session, change: IdentityChange, now: datetime) -> None:
    """The near matches that the merge settled wait again."""
    settled = select(WorklistItem).where(
        WorklistItem.id.in_(change.snapshot.get("settled", [])), WorklistItem.status == WorklistStatus.SETTLED
    )
    for item in db.scalars(settled.order_by(WorklistItem.id)):
        worklist.step(db, item, Event.RAISE_AGAIN, now=now, by=None)


def reopen_origin(db: Session, change: IdentityChange, *, now: datetime) -> None:
    """The near match that led to the merge waits again."""
    origin = select(WorklistItem).where(
        WorklistItem.kind == WorklistKind.NEAR_MATCH,
        WorklistItem.change_id == change.id,
        WorklistItem.status == WorklistStatus.SAME_CHILD,
    )
    for item in db.scalars(origin):
        worklist.step(db, item, Event.RAISE_AGAIN, now=now, by=None)


def _restore_split(db: Session, change: IdentityChange, now: datetime, by: User) -> None:
    """The new children's records go home, with what was added to them since; their MSIX IDs lead there for ever."""
    for student_id in change.snapshot["made"]:
        for record in _records_of(db, [student_id]):
            _move(db, record, change.master_id, "unsplit", SPLIT_UNDONE.about(number=str(change.id)), now, by)
        db.get_one(Student, student_id).merged_into_id = change.master_id
    forget_different(db, change)
    _settle_near_matches(db, [change.master_id], now)


def _move(
    db: Session, record: StateRecord, student_id: int, outcome: str, reason: str, now: datetime, by: User | None
) -> None:
    record.student_id = student_id
    db.add(
        LinkDecision(
            state_record_id=record.id,
            student_id=student_id,
            outcome=outcome,
            reasons=[reason],
            model_version=matching.MODEL_VERSION,
            decided_at=now,
            decided_by_id=by.id if by else None,
        )
    )


def _records_of(db: Session, student_ids: Collection[int]) -> list[StateRecord]:
    found = select(StateRecord).where(StateRecord.student_id.in_(student_ids)).order_by(StateRecord.id)
    return list(db.scalars(found.execution_options(populate_existing=True)))


def _refresh(db: Session, student_ids: Collection[int], change: IdentityChange, now: datetime) -> None:
    for student_id in student_ids:
        db.expire(db.get_one(Student, student_id), ["state_records", "merged_into"])
    search_index.refresh(db, student_ids)
    worklist_following.follow(db, student_ids)
    data_quality.check(db, student_ids, now=now, change=change)


def involved(change: IdentityChange) -> set[int]:
    """All children that the change concerns, those that it made among them."""
    return {change.master_id, *(part.student_id for part in change.parts), *change.snapshot.get("made", [])}


def later_change(db: Session, change: IdentityChange) -> IdentityChange | None:
    """A change that was made true after this one, stands, and concerns one of the same children."""
    later = select(IdentityChange).where(
        IdentityChange.status == ChangeStatus.VALIDATED, IdentityChange.applied_number > change.applied_number
    )
    same = involved(change)
    return next(
        (one for one in db.scalars(later.order_by(IdentityChange.applied_number)) if involved(one) & same), None
    )


def known_different(db: Session, sides: Sequence[Collection[int]]) -> list[KnownDifferent]:
    """Pairs of State records on different sides that a person found to be different children."""
    pairs = [tuple(sorted(pair)) for one, other in combinations(sides, 2) for pair in product(one, other)]
    every = {record_id for pair in pairs for record_id in pair}
    found = select(KnownDifferent).where(KnownDifferent.low_id.in_(every), KnownDifferent.high_id.in_(every))
    return [one for one in db.scalars(found.order_by(KnownDifferent.id)) if (one.low_id, one.high_id) in set(pairs)]


def found_different_since(db: Session, change: IdentityChange) -> datetime | None:
    """When a person found children whom a split parted to be different ones, after the split; None where nobody did."""
    if change.kind is not ChangeKind.SPLIT or change.decided_at is None:
        return None
    sides = [[record.id for record in _records_of(db, [one])] for one in involved(change)]
    decided = [one.decided_at for one in known_different(db, sides)]
    return max((moment for moment in decided if moment > change.decided_at), default=None)


def remember_different(db: Session, sides: Sequence[Collection[int]], *, now: datetime, by: User | None) -> None:
    """Keep that the State records on different sides are different children's."""
    known = {(one.low_id, one.high_id) for one in known_different(db, sides)}
    wanted = {(min(pair), max(pair)) for one, other in combinations(sides, 2) for pair in product(one, other)}
    db.add_all(
        KnownDifferent(low_id=low, high_id=high, decided_at=now, decided_by_id=by.id if by else None)
        for low, high in sorted(wanted - known)
    )
    db.flush()


def forget_different(db: Session, change: IdentityChange) -> None:
    """Take back what the rejection of a merge, or a split, remembered."""
    made_then = select(KnownDifferent).where(
        KnownDifferent.decided_at == change.decided_at, KnownDifferent.decided_by_id == change.decided_by_id
    )
    ids = {record.id for record in _records_of(db, involved(change))}
    for pair in db.scalars(made_then):
        if {pair.low_id, pair.high_id} <= ids:
            db.delete(pair)
    db.flush()


def _kept(db: Session, pair: KnownDifferent) -> list[Any]:
    then = [_identity_hash(db.get_one(StateRecord, one)) for one in (pair.low_id, pair.high_id)]
    return [pair.low_id, pair.high_id, pair.decided_at.isoformat(), pair.decided_by_id, then]


def _restore_known_different(db: Session, kept: Iterable[Any]) -> None:
    """Unless an identity element has changed since: then the question is open again."""
    low, high, decided_at, by, then = kept
    if [_identity_hash(db.get_one(StateRecord, one)) for one in (low, high)] != then:
        return
    db.add(KnownDifferent(low_id=low, high_id=high, decided_at=datetime.fromisoformat(decided_at), decided_by_id=by))
    db.flush()


def _identity_hash(record: StateRecord) -> str:
    values = astuple(matching.identity_of(record))
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()
