"""Data requests in different states, an entry of information provided and a follow-up, about the showcase children."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import consolidated_record, follow_ups, provided, requests_answers, requests_asking
from msixlite.domain.requests_asking import Draft
from msixlite.models.follow_ups import FollowUpKind
from msixlite.models.provided import Channel
from msixlite.models.requests import DataRequest, RequestReason
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import Role, User

_MARIA = date(2012, 3, 14)
_TWINS = date(2015, 7, 9)
_NAMESAKE = date(2013, 5, 22)


def add(db: Session, *, now: datetime) -> None:
    """One request just sent, one acknowledged, one partly answered, one answered, one withdrawn; then the notes."""
    asked = now - timedelta(hours=6)
    maria, twin, other_twin, namesake = (
        _child(db, _MARIA, "Guadalupe"),
        _child(db, _TWINS, "Ángel"),
        _child(db, _TWINS, "Luis"),
        _child(db, _NAMESAKE, "Lucía"),
    )
    ask = _asking(db, asked)
    texas, clerk = _person(db, Role.STATE_DATA_ADMINISTRATOR, "TX"), _person(db, Role.MSIX_PRIMARY, "VT")
    ask(maria, "TX", clerk, RequestReason.INTERSTATE_MOVE, "She starts grade 8 on Monday; Algebra is what we need.")
    north_carolina = _person(db, Role.STATE_DATA_ADMINISTRATOR, "NC")
    taken = ask(twin, "TX", north_carolina, RequestReason.PLACEMENT)
    requests_answers.acknowledge(db, taken, now=asked + timedelta(hours=2), by=texas)
    ohio = _person(db, Role.STATE_DATA_ADMINISTRATOR, "OH")
    _state(db, ask(namesake, "TX", ohio, RequestReason.CREDIT), asked, texas, only=1)
    _state(db, ask(other_twin, "TX", north_carolina, RequestReason.ENROLLMENT), asked, texas)
    back = ask(maria, "VT", _person(db, Role.MSIX_PRIMARY, "TX"), RequestReason.MEP)
    requests_answers.withdraw(db, back, text="Found it on paper.", now=asked + timedelta(hours=1), by=back.asker)
    _note(db, maria, now)


def _child(db: Session, birth_date: date, middle: str) -> Student:
    """A showcase child, as Texas writes it."""
    wanted = (StateRecord.state_code == "TX", StateRecord.birth_date == birth_date, StateRecord.middle_name == middle)
    return db.scalars(select(StateRecord).where(*wanted).order_by(StateRecord.id).limit(1)).one().student


def _person(db: Session, role: Role, state: str) -> User:
    wanted = (User.role == role, User.state_code == state)
    return db.scalars(select(User).where(*wanted).order_by(User.id).limit(1)).one()


def _asking(db: Session, now: datetime) -> Callable[..., DataRequest]:
    def ask(child: Student, state: str, by: User, reason: RequestReason, note: str = "") -> DataRequest:
        offers = [one for one in requests_asking.offers(db, child, today=now.date(), by=by) if one.state.code == state]
        wanted = [(offer.record.id, name) for offer in offers for name in offer.missing]
        draft = Draft(
            wanted=tuple(wanted or [(offers[0].record.id, "")]), reason=reason, note=note or "Thank you for your help."
        )
        (made,) = requests_asking.ask(db, child, draft, now=now, by=by)
        return made

    return ask


def _state(db: Session, request: DataRequest, asked: datetime, by: User, *, only: int | None = None) -> None:
    """A statement on the first elements, or on all."""
    ids = [element.id for element in request.elements][:only]
    text = "The school did not record it."
    requests_answers.answer(db, request, element_ids=ids, text=text, now=asked + timedelta(hours=3), by=by)


def _note(db: Session, maria: Student, now: datetime) -> None:
    clerk, nurse_asker = _person(db, Role.MSIX_PRIMARY, "TX"), _person(db, Role.MSIX_PRIMARY, "VT")
    yesterday = (now - timedelta(days=1)).date()
    given = provided.Draft(
        given_on=yesterday,
        what=("Courses and credits", "Transcript"),
        to_person="School registrar",
        to_office="the new school in Vermont",
        channel=Channel.FAX,
    )
    provided.add(db, maria, given, now=now, by=clerk)
    record = consolidated_record.build(db, maria, today=now.date())
    for kind in follow_ups.flagged(record):
        made = follow_ups.ask(
            db, maria, record, kind=kind, whom="the nurse of her last school", asked_on=yesterday, now=now,
            by=nurse_asker,
        )  # fmt: skip
        if kind is FollowUpKind.IMMUNIZATION:
            follow_ups.receive(db, maria, made.id, received_on=yesterday, now=now, by=nurse_asker)
