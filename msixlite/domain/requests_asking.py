"""Asking for data: what is missing of a child State by State, who would get the request, and sending it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from msixlite.domain import (
    clocks,
    completeness,
    days,
    mail,
    move_routing,
    moves,
    pii_guard,
    worklist,
    worklist_desks,
)
from msixlite.domain.errors import RuleBroken
from msixlite.domain.requests import LONGEST_TEXT, OPEN
from msixlite.domain.worklist_desks import Seat
from msixlite.models.moves import MoveNotice
from msixlite.models.places import State
from msixlite.models.requests import DataRequest, RequestElement, RequestMessage, RequestReason, RequestStatus
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import AccountStatus, User
from msixlite.models.words import _l, joined
from msixlite.models.worklist import WorklistItem, WorklistKind

Wanted = tuple[int, str]
"""A State record and the name of an element; an empty name asks that State for what the note says."""


@dataclass(frozen=True)
class Offer:
    """One State record of the child: what it lacks, and who would be asked."""

    record: StateRecord
    state: State
    label: str
    """TX, Robles ISD."""
    is_own: bool
    """The asker's own State."""
    missing: tuple[str, ...]
    asked: dict[str, str]
    """Element → reference of an open request from the same State that asks for it already."""
    people: tuple[User, ...]

    @property
    def nobody(self) -> str:
        """Why this State cannot be asked here; empty where it can."""
        if self.people:
            return ""
        nobody = _l("Nobody who answers data requests for %(state)s has an account here.", state=self.state.name)
        phone = [_l("Call %(phone)s.", phone=self.state.contact_phone)] if self.state.contact_phone else []
        return joined(" ", [nobody, *phone])


def offers(db: Session, student: Student, *, today: date, by: User) -> list[Offer]:
    """The child's State records, other States' first, each with exactly what is missing for age and grade."""
    records = _records(db, student)
    missing = completeness.of_child(records, today)
    states = {state.code: state for state in db.scalars(select(State))}
    asked = _asked_already(db, [record.id for record in records], by)
    found = [
        Offer(
            record=record,
            state=states[record.state_code],
            label=_label(record),
            is_own=record.state_code == by.state_code,
            missing=tuple(missing[record.id]),
            asked={name: asked[record.id, name] for name in missing[record.id] if (record.id, name) in asked},
            people=tuple(people_at(db, worklist_desks.would_act(db, [record.id]), today=today)),
        )
        for record in records
    ]
    return sorted(found, key=lambda offer: (offer.is_own, offer.label))


def _records(db: Session, student: Student) -> Sequence[StateRecord]:
    sections = (StateRecord.moves, StateRecord.enrollments, StateRecord.courses)
    query = select(StateRecord).where(StateRecord.student_id == student.id).order_by(StateRecord.id)
    return db.scalars(query.options(*map(selectinload, sections))).all()


def _label(record: StateRecord) -> str:
    latest = record.enrollments[0] if record.enrollments else None
    district = latest.district_name if latest else None
    return ", ".join(filter(None, (f"{record.state_code} {record.state_student_id}", district)))


def _asked_already(db: Session, record_ids: Collection[int], by: User) -> dict[Wanted, str]:
    found = db.execute(
        select(RequestElement.state_record_id, RequestElement.name, DataRequest.reference)
        .join(DataRequest, DataRequest.id == RequestElement.request_id)
        .where(
            RequestElement.state_record_id.in_(record_ids),
            DataRequest.own_state_code == by.state_code,
            DataRequest.status.in_(OPEN),
            RequestElement.came_at.is_(None),
        )
        .order_by(DataRequest.id)
    )
    return {(record_id, name): reference for record_id, name, reference in found}


def people_at(db: Session, seats: Collection[Seat], *, today: date) -> list[User]:
    """Those who sit at these desks; whoever is away is stood in for by the deputy."""
    states = {seat.state_code for seat in seats}
    sitting = [
        person
        for code in sorted(states)
        for person in worklist_desks.people(db, code)
        if worklist_desks.own_seat(person) in seats
    ]
    return list(dict.fromkeys(_deputy(db, person, today) for person in sitting))


def _deputy(db: Session, person: User, today: date) -> User:
    delegation = move_routing.delegation_on(db, person, today)
    if delegation is None or delegation.to_user.status is not AccountStatus.ACTIVE:
        return person
    return delegation.to_user


def notices_of(db: Session, student: Student, *, by: User) -> list[MoveNotice]:
    """Move notices of the child that the person sees: one of them may have started the request."""
    seen = {notice.id: notice for notice in (*moves.in_box(db, by=by), *moves.out_box(db, by=by))}
    return [one for one in seen.values() if any(child.student.survivor.id == student.id for child in one.children)]


@dataclass(frozen=True)
class Draft:
    """What the asker filled in."""

    wanted: tuple[Wanted, ...]
    reason: RequestReason
    notice_id: int | None = None
    note: str = ""
    """Stays inside."""
    text: str = ""
    """Goes out with the e-mail: the guard reads it."""


def ask(db: Session, student: Student, draft: Draft, *, now: datetime, by: User) -> list[DataRequest]:
    """Send one request to each State of which something was ticked."""
    if by.state_code is None:
        raise RuleBroken(_l("Only people of a State ask for data."))
    chosen = _by_state(offers(db, student, today=days.today_of(by, now), by=by), draft)
    notice = moves.get(db, draft.notice_id, by=by) if draft.notice_id else None
    pii_guard.check(db, {pii_guard.TEXT: draft.text}, today=now.date(), allowed=[by.full_name])
    return [_open(db, wanted, draft, notice, now, by) for _code, wanted in sorted(chosen.items())]


Chosen = list[tuple[Offer, str]]


def _by_state(offered: Collection[Offer], draft: Draft) -> dict[str, Chosen]:
    """State → what it is asked for. Guards: something is ticked, it is missing still, and somebody is there."""
    by_record = {offer.record.id: offer for offer in offered}
    chosen: dict[str, Chosen] = defaultdict(list)
    for record_id, name in dict.fromkeys(draft.wanted):
        offer = by_record.get(record_id)
        if offer is None or (name and name not in offer.missing):
            raise RuleBroken(_l("Something that was ticked is not missing any more. Look again, then send."))
        if offer.nobody:
            raise RuleBroken(offer.nobody)
        chosen[offer.state.code].append((offer, name))
    if not chosen:
        raise RuleBroken(_l("Tick at least one element."))
    if len(draft.note) > LONGEST_TEXT:
        raise RuleBroken(_l("The note has at most %(longest)s letters.", longest=LONGEST_TEXT))
    if not draft.note.strip() and any(not any(name for _, name in wanted) for wanted in chosen.values()):
        raise RuleBroken(_l("Say in the note what you ask for."))
    return chosen


def _open(db: Session, wanted: Chosen, draft: Draft, notice: MoveNotice | None, now: datetime, by: User) -> DataRequest:
    """The worklist item on the desks of the asked State, the request with its number, and the e-mails."""
    record, state = wanted[0][0].record, wanted[0][0].state
    elements = [(offer.record.id, name) for offer, name in wanted if name]
    item = worklist.open_item(
        db,
        WorklistKind.DATA_REQUEST,
        state=state.code,
        records=sorted({offer.record.id for offer, _name in wanted}),
        now=now,
        state_record=record,
        reasons=[name for _record_id, name in elements],
    )
    request = DataRequest(
        id=item.id,
        reference=f"DR-{now.year}-{item.id:06}",
        state_record_id=record.id,
        asker_id=by.id,
        own_state_code=by.state_code,
        own_district_id=by.district_id,
        asked_state_code=state.code,
        reason=draft.reason,
        notice_id=notice.id if notice else None,
        note=draft.note.strip(),
        asked_at=now,
        status=RequestStatus.SENT,
        acknowledge_due_on=min(clocks.request_acknowledge_due(now, state.time_zone), item.due_on),
        raise_on=clocks.request_raise_on(now, state.time_zone),
    )
    db.add(request)
    db.flush()
    db.add_all(RequestElement(request_id=item.id, state_record_id=one, name=name) for one, name in elements)
    say(db, request, draft.text, now, by, RequestStatus.SENT)
    for person in wanted[0][0].people:
        write(db, request, "data_request", person, now, by, draft.text)
    db.flush()
    return request


def say(
    db: Session, request: DataRequest, text: str, now: datetime, by: User | None, status: RequestStatus | None = None
) -> None:
    """A line of the correspondence."""
    said = RequestMessage(request_id=request.id, at=now, by_id=by.id if by else None, status=status, text=text.strip())
    db.add(said)


def write(
    db: Session, request: DataRequest, kind: str, to: User, now: datetime, by: User | None, text: str = ""
) -> None:
    """The e-mail: number, office and telephone, what is due when, a link. The clock's own are never in its way."""
    office, phone = _office(db, request, to, by)
    values = {
        "reference": request.reference,
        "office": office,
        "phone": phone,
        "link": f"{mail.SITE}requests/{request.id}",
        "due": db.get_one(WorklistItem, request.id).due_on.strftime("%m/%d/%Y"),
        "status": request.status.value,
    }
    try:
        mail.write(db, kind=kind, to=to, values=values, reference=request.reference, text=text, now=now, by=by)
    except pii_guard.PersonalData as rule:
        if by is not None:
            raise
        say(db, request, f"No e-mail to {to.full_name}. {rule}", now, None)


def _office(db: Session, request: DataRequest, to: User, by: User | None) -> tuple[str, str]:
    """Whom the reader may call: who did it; of what an upload did, the asked State; else the asker. With the phone."""
    if by is None and to.id == request.asker_id:
        asked = db.get_one(State, request.asked_state_code)
        return asked.name, asked.contact_phone
    person = by or db.get_one(User, request.asker_id)
    return person.place, person.phone or (person.state.contact_phone if person.state else "")
