"""Follow-up of the immunization and medical-alert flags (e.20): asked the sender, received. Never a diagnosis."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import clocks, students
from msixlite.domain.consolidated_record import ConsolidatedRecord
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.follow_ups import FollowUp, FollowUpKind
from msixlite.models.students import Student
from msixlite.models.users import User
from msixlite.models.words import _l

LONGEST_WHOM = 80
ELEMENTS = {FollowUpKind.IMMUNIZATION: "immunization", FollowUpKind.MED_ALERT: "med_alert"}
NO = ("No", "None")
SHOWN = 50


def flagged(record: ConsolidatedRecord) -> list[FollowUpKind]:
    """The flags that a State answered with yes, chronic or acute: there is something to ask for."""
    return [
        kind
        for kind, element in ELEMENTS.items()
        if any(said.value not in NO for said in record.placement[element].sayings)
    ]


def of_child(db: Session, student: Student) -> dict[FollowUpKind, list[FollowUp]]:
    """What was asked and received of the child, by flag, the newest first; that of merged records too."""
    people = (joinedload(FollowUp.asked_by), joinedload(FollowUp.received_by))
    mine = FollowUp.student_id.in_(students.all_ids(db, student))
    query = select(FollowUp).options(*people).where(mine).order_by(FollowUp.asked_on.desc(), FollowUp.id.desc())
    found: dict[FollowUpKind, list[FollowUp]] = {kind: [] for kind in FollowUpKind}
    for one in db.scalars(query.limit(SHOWN)):
        found[one.kind].append(one)
    return found


def ask(
    db: Session,
    student: Student,
    record: ConsolidatedRecord,
    *,
    kind: FollowUpKind,
    whom: str,
    asked_on: date,
    now: datetime,
    by: User,
) -> FollowUp:
    """Tick “asked the sender”. `whom` names a person and an office, and is the only free text."""
    if kind not in flagged(record):
        raise RuleBroken(
            _l("No State reports the flag “%(kind)s” for this child: there is nothing to ask for.", kind=kind.value)
        )
    whom = " ".join(whom.split())
    if not 3 <= len(whom) <= LONGEST_WHOM:
        raise RuleBroken(
            _l(
                "Say who was asked: a person and an office, in 3 to %(longest)s letters.",
                longest=LONGEST_WHOM,
            )
        )
    _check_day(asked_on, now, by)
    made = FollowUp(
        student_id=student.survivor.id,
        kind=kind,
        state_code=by.state_code,
        whom=whom,
        asked_on=asked_on,
        asked_by_id=by.id,
        entered_at=now,
    )
    db.add(made)
    db.flush()
    return made


def _check_day(day: date, now: datetime, by: User) -> None:
    if by.state is None:
        raise RuleBroken(_l("Only people of a State follow flags up."))
    if day > clocks.day_in(now, by.state.time_zone):
        raise RuleBroken(_l("That day lies ahead. Choose today or an earlier one."))


def receive(
    db: Session, student: Student, follow_up_id: int, *, received_on: date, now: datetime, by: User
) -> FollowUp:
    """Tick “received”: anybody of the State that asked. Said once."""
    mine = (FollowUp.student_id.in_(students.all_ids(db, student)), FollowUp.state_code == by.state_code)
    found = db.scalar(select(FollowUp).where(FollowUp.id == follow_up_id, *mine).with_for_update())
    if found is None:
        raise NotFound("follow-up")
    if found.received_on is not None:
        raise RuleBroken(
            _l("It was already marked as received on %(received_on)s.", received_on=f"{found.received_on:%m/%d/%Y}")
        )
    _check_day(received_on, now, by)
    if received_on < found.asked_on:
        raise RuleBroken(_l("It cannot have come before it was asked for."))
    found.received_on, found.received_by_id = received_on, by.id
    return found
