"""Correction requests of families (34 CFR 200.85(e)): what may follow what, who sees them, and each step."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from msixlite.domain import clocks, correction_intake, correction_mail, correction_reach, correction_revisions
from msixlite.domain.correction_intake import LONGEST_TEXT, say
from msixlite.domain.errors import NotAllowed, NotFound, RuleBroken
from msixlite.domain.permissions import Permission, allows
from msixlite.models.corrections import (
    CorrectionElement,
    CorrectionInquiry,
    CorrectionRequest,
    CorrectionStatus,
    CorrectionStep,
    Decision,
)
from msixlite.models.places import State
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l, joined, listed

S, P = CorrectionStatus, Permission
SHOWN = 300


@dataclass(frozen=True)
class Step:
    """From one status to another, and the right that it takes."""

    start: CorrectionStatus
    end: CorrectionStatus
    right: Permission


TRANSITIONS = (
    Step(S.RECEIVED, S.ACKNOWLEDGED, P.TAKE_IN_CORRECTIONS),
    Step(S.ACKNOWLEDGED, S.INVESTIGATED, P.TAKE_IN_CORRECTIONS),
    Step(S.INVESTIGATED, S.DECIDED, P.DECIDE_CORRECTIONS),
    Step(S.DECIDED, S.NOTIFIED, P.DECIDE_CORRECTIONS),
    Step(S.RECEIVED, S.FORWARDED, P.DECIDE_CORRECTIONS),
    Step(S.ACKNOWLEDGED, S.FORWARDED, P.DECIDE_CORRECTIONS),
)
"""What may follow what. A step that is not here does not exist."""
ENDED = (S.NOTIFIED, S.FORWARDED)


def next_steps(request: CorrectionRequest, *, by: User) -> list[CorrectionStatus]:
    """The statuses that this person may lead the request to."""
    ends = [one.end for one in TRANSITIONS if one.start is request.status and allows(by, one.right)]
    here = (S.ACKNOWLEDGED, S.INVESTIGATED, S.DECIDED, S.NOTIFIED) if request.own_elements else (S.ACKNOWLEDGED,)
    forwards = not request.own_elements
    return [end for end in ends if (end is S.FORWARDED and forwards) or end in here]


def may_forward(request: CorrectionRequest, *, by: User) -> bool:
    """Whether another State's data are meant that it has not been told of yet."""
    waits = request.forward_due_on is not None and request.forwarded_at is None
    return waits and allows(by, Permission.DECIDE_CORRECTIONS)


# Who sees a request


def whole() -> Select[CorrectionRequest]:
    """A request with everything that its page shows."""
    return select(CorrectionRequest).options(
        joinedload(CorrectionRequest.state),
        joinedload(CorrectionRequest.entered_by),
        selectinload(CorrectionRequest.elements)
        .joinedload(CorrectionElement.state_record)
        .joinedload(StateRecord.student)
        .selectinload(Student.state_records),
        selectinload(CorrectionRequest.elements).joinedload(CorrectionElement.revised_by),
        selectinload(CorrectionRequest.steps).joinedload(CorrectionStep.by),
        selectinload(CorrectionRequest.inquiries).joinedload(CorrectionInquiry.answered_by),
        selectinload(CorrectionRequest.attachments),
        selectinload(CorrectionRequest.forwarded_to),
    )


def get(db: Session, request_id: int, *, by: User, for_change: bool = False) -> CorrectionRequest:
    """The request, if it lies within reach; otherwise it does not exist for this person."""
    wanted = whole().where(CorrectionRequest.id == request_id, correction_reach.requests_within(by))
    if for_change:
        wanted = wanted.with_for_update(of=CorrectionRequest).execution_options(populate_existing=True)
    request = db.scalar(wanted)
    if request is None:
        raise NotFound("correction request")
    return request


def is_open() -> ColumnElement[bool]:
    """A clock still runs: no answer yet, or revised data or an answer to an inquiry are missing."""
    unanswered = exists().where(
        CorrectionInquiry.request_id == CorrectionRequest.id, CorrectionInquiry.answered_at.is_(None)
    )
    revised = and_(CorrectionRequest.revised_due_on.is_not(None), CorrectionRequest.revised_at.is_(None))
    forward = and_(CorrectionRequest.forward_due_on.is_not(None), CorrectionRequest.forwarded_at.is_(None))
    return or_(CorrectionRequest.status.not_in(ENDED), revised, forward, unanswered)


def of_child(db: Session, student: Student, *, by: User) -> list[CorrectionRequest]:
    """Requests within reach that mean one of the child's State records, the newest first."""
    means = select(CorrectionElement.request_id).join(StateRecord).where(StateRecord.student_id == student.id)
    wanted = whole().where(CorrectionRequest.id.in_(means), correction_reach.requests_within(by))
    return list(db.scalars(wanted.order_by(CorrectionRequest.id.desc())))


# Deeds


def _lead(request: CorrectionRequest, to: CorrectionStatus, text: str, now: datetime, by: User) -> None:
    """Along the table, after asking whether this person may."""
    row = next((one for one in TRANSITIONS if one.start is request.status and one.end is to), None)
    if row is not None and not allows(by, row.right):
        raise NotAllowed(_l("Only those decide who %(right)s.", right=row.right.value))
    if to not in next_steps(request, by=by):
        cannot = _l(
            "A request that is “%(status)s” cannot become “%(to)s” here.", status=request.status.value, to=to.value
        )
        if request.own_elements:
            raise RuleBroken(cannot)
        belongs = _l("What it means belongs to %(states)s.", states=listed(request.other_states))
        both = joined(" ", (cannot, belongs))
        raise RuleBroken(both)
    if len(text) > LONGEST_TEXT:
        raise RuleBroken(_l("The text has at most %(longest)s letters.", longest=LONGEST_TEXT))
    request.status = to
    say(request, to, text, now, by)


def acknowledge(db: Session, request_id: int, *, text: str, now: datetime, by: User) -> CorrectionRequest:
    """The family was told in writing that the request is here."""
    request = get(db, request_id, by=by, for_change=True)
    _lead(request, S.ACKNOWLEDGED, text, now, by)
    request.acknowledged_at = now
    return request


def investigate(db: Session, request_id: int, *, text: str, now: datetime, by: User) -> CorrectionRequest:
    """Keep what was looked at and found."""
    request = get(db, request_id, by=by, for_change=True)
    if not text.strip():
        raise RuleBroken(_l("Write what you looked at and what you found."))
    _lead(request, S.INVESTIGATED, text, now, by)
    return request


def decide(
    db: Session, request_id: int, *, accepted: Collection[int], reasons: str, now: datetime, by: User
) -> CorrectionRequest:
    """Which of the State's own elements are corrected, and why. Starts the clock of the revised data."""
    request = get(db, request_id, by=by, for_change=True)
    own = request.own_elements
    if not reasons.strip():
        raise RuleBroken(_l("Write the reasons: the family gets them."))
    if not {one.id for one in own} >= set(accepted):
        raise RuleBroken(_l("An element is not among those that your State decides. Look at the list again."))
    _lead(request, S.DECIDED, reasons, now, by)
    for element in own:
        element.accepted = element.id in accepted
    request.decided_at, request.reasons, request.decision = now, reasons.strip(), _decision(own)
    if request.decision is not Decision.NOT_CORRECTED:
        day = clocks.day_in(now, request.state.time_zone)
        counted = clocks.working_days(day, clocks.CORRECTION_REVISED_WORKING_DAYS)
        request.revised_due_on, request.revised_counted = counted.due_on, counted.words
    db.flush()
    correction_revisions.see(db, [request])
    return request


def _decision(own: Sequence[CorrectionElement]) -> Decision:
    accepted = sum(bool(one.accepted) for one in own)
    if not accepted:
        return Decision.NOT_CORRECTED
    return Decision.CORRECTED if accepted == len(own) else Decision.PARTLY


def notify(db: Session, request_id: int, *, text: str, now: datetime, by: User) -> CorrectionRequest:
    """The family was told the decision."""
    request = get(db, request_id, by=by, for_change=True)
    _lead(request, S.NOTIFIED, text, now, by)
    request.notified_at = now
    return request


def forward(db: Session, request_id: int, *, text: str, now: datetime, by: User) -> list[CorrectionRequest]:
    """Each other State whose data are meant gets a request of its own, and acts as if asked directly."""
    request = get(db, request_id, by=by, for_change=True)
    if not may_forward(request, by=by):
        raise RuleBroken(_l("There is nothing to forward: no other State's data are meant, or it has them already."))
    states = request.other_states
    if not request.own_elements:
        _lead(request, S.FORWARDED, text, now, by)
    request.forwarded_at = now
    made = [correction_intake.forwarded(db, request, db.get_one(State, code), now, by) for code in states]
    told = "; ".join(f"{one.state.name} ({one.reference})" for one in made)
    sent = correction_intake.FORWARDED_TO.about(states=told)
    say(request, None, f"{sent} {text}" if request.own_elements else sent, now, by)
    db.flush()
    for one in made:
        unsent = correction_mail.tell_forwarded(db, one, now=now, by=by)
        if unsent:
            say(request, None, unsent, now, None)
    db.flush()
    return made
