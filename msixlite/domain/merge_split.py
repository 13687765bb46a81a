"""Merging children and splitting one: begun by one person, made true by another, undone from a snapshot.

`merge_split_apply` does what is decided here; it alone changes whose a State record is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from msixlite.domain import merge_split_apply, policy, students, worklist, worklist_desks
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.merge_split_sides import flat, obstacles, picture, reaches, records_of, records_under, sides_of
from msixlite.domain.permissions import GRANTS, Permission, Reach, allows
from msixlite.models.merge_split import (
    ChangeKind,
    ChangeStatus,
    IdentityChange,
    IdentityChangePart,
    PendingChange,
)
from msixlite.models.places import District
from msixlite.models.students import Enrollment, StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.models.worklist import WorklistItem, WorklistKind

SHORTEST_REASON = 10
_BEGIN, _DECIDE = Permission.INITIATE_MERGE_AND_SPLIT, worklist_desks.RIGHT


def begin_merge(
    db: Session,
    sides: Sequence[Student],
    *,
    master: Student,
    reason: str,
    accept_obstacles: bool = False,
    near_match: WorklistItem | None = None,
    now: datetime,
    by: User,
) -> IdentityChange:
    """Flag two or more children as one. Nothing changes until another Data Administrator validates it."""
    students.lock_identities(db)
    if master not in sides:
        raise RuleBroken(_l("Choose which of these MSIX IDs is kept."))
    _check_reason(reason)
    _check_free(db, sides)
    records = [records_under(db, [side.id]) for side in sides]
    against = obstacles(db, records)
    _check_obstacles(against, accept_obstacles)
    names = " / ".join(students.newest(side).full_name for side in records)
    change = _flag(db, ChangeKind.MERGE, master, flat(records), names, reason, bool(against), now, by)
    change.parts = [IdentityChangePart(student=side) for side in sides]
    _lock(db, change, sides)
    kind = WorklistKind.VALIDATE_MERGE if near_match else WorklistKind.VALIDATE_USER_MERGE
    _ask_to_validate(db, change, kind, flat(records), now, by)
    return change


def begin_split(
    db: Session, student: Student, *, groups: Mapping[int, int], reason: str, now: datetime, by: User
) -> IdentityChange:
    """Flag State records as another child's. `groups`: State record → 0 to stay, or the number of a new child."""
    students.lock_identities(db)
    records = records_under(db, [student.id])
    leaving = {record.id: groups.get(record.id, 0) for record in records if groups.get(record.id, 0)}
    if not leaving:
        raise RuleBroken(_l("Choose at least one State record that becomes another child."))
    if len(leaving) == len(records):
        raise RuleBroken(_l("At least one State record stays with the MSIX ID."))
    _check_reason(reason)
    _check_free(db, [student])
    change = _flag(db, ChangeKind.SPLIT, student, records, students.newest(records).full_name, reason, False, now, by)
    numbers = {group: number for number, group in enumerate(dict.fromkeys(leaving.values()), start=1)}
    change.parts = [
        IdentityChangePart(student_id=student.id, state_record_id=record_id, new_child=numbers[group])
        for record_id, group in leaving.items()
    ]
    _lock(db, change, [student])
    _ask_to_validate(db, change, WorklistKind.VALIDATE_USER_SPLIT, records, now, by)
    return change


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise RuleBroken(_l("Give a reason of at least %(shortest)s characters.", shortest=SHORTEST_REASON))


def _check_obstacles(found: Sequence[str], accepted: bool) -> None:
    if found and not accepted:
        raise RuleBroken(
            _l(
                "%(found)s If they are one child all the same, say why in the reason and tick the box.",
                found=" ".join(found),
            )
        )


def _check_free(db: Session, involved: Collection[Student]) -> None:
    for student in involved:
        if student.merged_into_id is not None:
            raise RuleBroken(
                _l(
                    "MSIX %(msix_id)s has since been merged into another record. Open that record instead.",
                    msix_id=student.msix_id,
                )
            )
        pending = db.get(PendingChange, student.id, populate_existing=True)
        if pending is not None:
            other = db.get_one(IdentityChange, pending.change_id)
            raise RuleBroken(
                _l(
                    "MSIX %(msix_id)s waits in %(change)s; it is locked until that is decided.",
                    msix_id=student.msix_id,
                    change=other.title.lower(),
                )
            )


def _flag(
    db: Session,
    kind: ChangeKind,
    master: Student,
    records: Collection[StateRecord],
    names: str,
    reason: str,
    accepted: bool,
    now: datetime,
    by: User,
) -> IdentityChange:
    change = IdentityChange(
        kind=kind,
        master=master,
        names=names[:300],
        reason=reason.strip()[:500],
        obstacles_accepted=accepted,
        picture=picture(records),
        initiated_at=now,
        initiated_by=by,
    )
    db.add(change)
    db.flush()
    return change


def _lock(db: Session, change: IdentityChange, involved: Collection[Student]) -> None:
    db.add_all(PendingChange(student_id=student.id, change_id=change.id) for student in involved)
    db.flush()


def _unlock(db: Session, change: IdentityChange) -> None:
    for pending in db.scalars(select(PendingChange).where(PendingChange.change_id == change.id)):
        db.delete(pending)
    db.flush()


def _ask_to_validate(
    db: Session, change: IdentityChange, kind: WorklistKind, records: Collection[StateRecord], now: datetime, by: User
) -> None:
    states = sorted({record.state_code for record in records}, key=lambda code: (code != by.state_code, code))
    ids = [record.id for record in records]
    worklist.open_item(db, kind, state=states[0], records=ids, without=by, now=now, change=change)


@dataclass(frozen=True)
class Validation:
    """How a validator stands to a change."""

    own: bool
    """They began it themselves."""
    alone: bool
    """…and may validate it, because their State has one administrator and switched that on."""
    obstacles: list[str]
    changed_since: bool
    """A State has sent something of these children since it was begun."""
    picture: str


def validation(db: Session, change: IdentityChange, *, by: User) -> Validation:
    """What the page for a decision shows beside the children."""
    sides = sides_of(db, change)
    now = picture(flat(sides))
    own = change.initiated_by_id == by.id
    return Validation(
        own, own and _may_alone(db, flat(sides), by), _against(db, change, sides), now != change.picture, now
    )


def _against(db: Session, change: IdentityChange, sides: Sequence[Collection[StateRecord]]) -> list[str]:
    return obstacles(db, sides) if change.kind is ChangeKind.MERGE else []


def _may_alone(db: Session, records: Collection[StateRecord], by: User) -> bool:
    """The State switched it on, and nobody else in it or in another State that owns a record may validate."""
    own = by.state_code or ""
    if not policy.all_have(db, [own], "single_administrator"):
        return False
    if worklist_desks.staffed(db, {record.state_code for record in records} - {own}):
        return False
    colleagues = [person for person in worklist_desks.people(db, own) if person.id != by.id]
    return not any(reaches(db, records, _DECIDE, by=person) for person in colleagues)


def validate(
    db: Session,
    change: IdentityChange,
    *,
    seen: str,
    accept_obstacles: bool = False,
    confirm_alone: bool = False,
    now: datetime,
    by: User,
) -> None:
    """Make a merge or split true. `seen`: the picture that the validator looked at."""
    take(db, change)
    sides = sides_of(db, change)
    if seen != picture(flat(sides)):
        raise RuleBroken(
            _l("A State has changed one of these records since you opened this page. Look again, then decide.")
        )
    if change.initiated_by_id == by.id:
        if not _may_alone(db, flat(sides), by):
            raise RuleBroken(_l("It must be validated by another Data Administrator, not by the one who began it."))
        if not confirm_alone:
            raise RuleBroken(_l("You began this yourself. Tick the second confirmation to validate it alone."))
        change.by_single_administrator = True
    against = _against(db, change, sides)
    _check_obstacles(against, accept_obstacles)
    change.obstacles_accepted = bool(against)
    _close(db, change, ChangeStatus.VALIDATED, now, by)
    merge_split_apply.apply(db, change, now=now, by=by)


def approve_run_out(db: Session, change: IdentityChange, *, now: datetime) -> bool:
    """The system approves what nobody decided: only where every State that owns a record has switched that on.

    Never with an obstacle, for which two people have to account, nor where a person took the decision back.
    """
    take(db, change)
    sides = sides_of(db, change)
    states = {record.state_code for side in sides for record in side}
    open_questions = _against(db, change, sides) or change.undone_at is not None
    if open_questions or not policy.all_have(db, states, "approve_when_run_out"):
        return False
    _close(db, change, ChangeStatus.VALIDATED, now, None)
    merge_split_apply.apply(db, change, now=now, by=None)
    return True


def reject(db: Session, change: IdentityChange, *, reason: str, now: datetime, by: User) -> None:
    """Turn it down: the lock goes, and children who were not to be merged are remembered as different."""
    take(db, change)
    if change.initiated_by_id == by.id:
        raise RuleBroken(_l("You began this yourself: withdraw it instead of rejecting it."))
    _check_reason(reason)
    if change.kind is ChangeKind.MERGE:
        sides = [[record.id for record in side] for side in sides_of(db, change)]
        merge_split_apply.remember_different(db, sides, now=now, by=by)
    change.decision_reason = reason.strip()[:500]
    _close(db, change, ChangeStatus.REJECTED, now, by)


def withdraw(db: Session, change: IdentityChange, *, now: datetime, by: User) -> None:
    """The initiator takes it back before it is decided."""
    take(db, change)
    if change.initiated_by_id != by.id:
        raise RuleBroken(_l("Only the person who began it can withdraw it."))
    _close(db, change, ChangeStatus.WITHDRAWN, now, by)


def take(db: Session, change: IdentityChange) -> None:
    """Lock a pending change for a decision: of two at once, the second hears what the first did."""
    students.lock_identities(db)
    db.refresh(change, with_for_update={"of": IdentityChange})
    if change.status is not ChangeStatus.INITIATED:
        person = change.decided_by.full_name if change.decided_by else _l("the system")
        raise RuleBroken(
            _l(
                "%(title)s was decided already: %(status)s, by %(person)s. Nothing was changed.",
                title=change.title,
                status=change.status.value,
                person=person,
            )
        )


def _close(db: Session, change: IdentityChange, status: ChangeStatus, now: datetime, by: User | None) -> None:
    change.status, change.decided_at, change.decided_by = status, now, by
    change.undone_at = change.undone_by = None
    _unlock(db, change)


def reopen(db: Session, change: IdentityChange, *, now: datetime, by: User) -> None:
    """Take a decision back: what it did is undone, and it waits again, locked, as before."""
    students.lock_identities(db)
    db.refresh(change, with_for_update={"of": IdentityChange})
    if change.status is ChangeStatus.VALIDATED:
        _check_may_undo(db, change)
        merge_split_apply.restore(db, change, now=now, by=by)
    elif change.status is ChangeStatus.REJECTED:
        merge_split_apply.forget_different(db, change)
    else:
        raise RuleBroken(
            _l(
                "%(title)s is %(status)s; there is no decision to take back.",
                title=change.title,
                status=change.status.value,
            )
        )
    involved = list(db.scalars(select(Student).where(Student.id.in_(_flagged(change)))))
    _check_free(db, involved)
    if not all(sides_of(db, change)):
        raise RuleBroken(
            _l("The records of %(title)s have moved to other children since then. Begin a new one.", title=change.title)
        )
    change.status, change.decided_at, change.decided_by, change.decision_reason = ChangeStatus.INITIATED, None, None, ""
    change.by_single_administrator = False
    change.undone_at, change.undone_by = now, by
    _lock(db, change, involved)


def undo(db: Session, change: IdentityChange, *, reason: str, now: datetime, by: User) -> None:
    """Un-merge or un-split: everybody is again who they were before; what came since stays with its side."""
    students.lock_identities(db)
    db.refresh(change, with_for_update={"of": IdentityChange})
    _check_reason(reason)
    if change.status is not ChangeStatus.VALIDATED:
        raise RuleBroken(
            _l("%(title)s is %(status)s; there is nothing to undo.", title=change.title, status=change.status.value)
        )
    if not may_undo(db, change, by=by):
        raise RuleBroken(
            _l("Only the person who validated it, or a State Data Administrator with a record in it, can undo it.")
        )
    _check_may_undo(db, change)
    merge_split_apply.restore(db, change, now=now, by=by)
    merge_split_apply.reopen_origin(db, change, now=now)
    change.status, change.undone_at, change.undone_by = ChangeStatus.UNDONE, now, by
    change.undo_reason = reason.strip()[:500]
    db.flush()


def may_undo(db: Session, change: IdentityChange, *, by: User) -> bool:
    """Whether the person may undo it at all: for the button."""
    if not allows(by, _DECIDE):
        return False
    records = [db.get_one(StateRecord, int(record_id)) for record_id in change.snapshot.get("records", {})]
    is_state = GRANTS[by.role][_DECIDE] is Reach.STATE
    return (change.decided_by_id == by.id or is_state) and reaches(db, records, _DECIDE, by=by)


def _check_may_undo(db: Session, change: IdentityChange) -> None:
    """The last change of a child is undone first; and nothing under a pending one."""
    later = merge_split_apply.later_change(db, change)
    if later is not None:
        raise RuleBroken(_l("%(title)s came later and concerns the same child: undo that first.", title=later.title))
    involved = select(PendingChange).where(PendingChange.student_id.in_(merge_split_apply.involved(change)))
    if since := merge_split_apply.found_different_since(db, change):
        raise RuleBroken(
            _l(
                "They were found to be different children on %(day)s, after the split: take that decision back first.",
                day=f"{since:%m/%d/%Y}",
            )
        )
    pending = db.scalars(involved).first()
    if pending is not None:
        other = db.get_one(IdentityChange, pending.change_id)
        raise RuleBroken(_l("%(title)s is pending for the same child: decide that first.", title=other.title))


def _flagged(change: IdentityChange) -> set[int]:
    return {change.master_id, *(part.student_id for part in change.parts)}


def get(db: Session, change_id: int, kind: ChangeKind, *, by: User) -> IdentityChange:
    """The merge or split, if the person's reach holds one of its records; otherwise it does not exist for them."""
    change = db.get(IdentityChange, change_id)
    if change is None or change.kind is not kind or not allows(by, _BEGIN):
        raise NotFound(kind.value)
    records = records_of(db, change) or [
        db.get_one(StateRecord, int(record_id)) for record_id in change.snapshot.get("records", {})
    ]
    if change.initiated_by_id != by.id and not reaches(db, records, _BEGIN, by=by):
        raise NotFound(kind.value)
    return change


def history(db: Session, kind: ChangeKind, *, by: User, limit: int = 200) -> list[IdentityChange]:
    """Merges or splits that concern the person's place, the newest first."""
    if not allows(by, _BEGIN):
        return []
    students_here = _students_within(by)
    concerned = exists().where(
        IdentityChangePart.change_id == IdentityChange.id, IdentityChangePart.student_id.in_(students_here)
    )
    mine = or_(IdentityChange.initiated_by_id == by.id, IdentityChange.master_id.in_(students_here), concerned)
    found = select(IdentityChange).where(IdentityChange.kind == kind, mine)
    return list(db.scalars(found.order_by(IdentityChange.id.desc()).limit(limit)))


def _students_within(by: User) -> Select[int]:
    """Children with a State record of the person's State, or an enrollment in its region or district; and those who
    were merged into them."""
    here = select(StateRecord.student_id).where(StateRecord.state_code == by.state_code)
    reach = GRANTS[by.role][_BEGIN]
    if reach is Reach.STATE:
        return students.with_merged_into(here)
    districts = select(District.code).where(
        District.region_id == by.region_id if reach is Reach.REGION else District.id == by.district_id
    )
    enrolled = select(Enrollment.state_record_id).where(Enrollment.district_code.in_(districts))
    return students.with_merged_into(here.where(StateRecord.id.in_(enrolled)))
