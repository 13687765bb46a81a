"""Correction requests in different states and one dispute statement, made by the domain's own deeds. All made up."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from msixlite.domain import (
    clocks,
    correction_elements,
    correction_inquiries,
    correction_intake,
    corrections,
    disputes,
)
from msixlite.domain.correction_elements import Meant
from msixlite.models.corrections import AskedBy, Channel, CorrectionRequest, Language, Requester
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import Role, User


def add(db: Session, *, now: datetime) -> None:
    """In Texas one newly come, one overdue, one decided and one forwarded to Vermont; a statement on María."""
    office = db.scalars(_people(Role.STATE_DATA_ADMINISTRATOR, "TX")).first()
    privacy = db.scalars(_people(Role.PRIVACY_ACT_ADMINISTRATOR, None)).first()
    maria, ana, luis = (_child(db, *name) for name in (("García", "María"), ("Hernández", "Ana"), ("Ortega", "Luis")))
    if office is None or privacy is None or maria is None or ana is None or luis is None:
        return
    _new(db, ana, now, office)
    _overdue(db, luis, now, office)
    _decided(db, maria, now, office)
    _forwarded(db, maria, now, office)
    _disputed(db, maria, now, privacy)


def _people(role: Role, state: str | None) -> Select[User]:
    return select(User).where(User.role == role, User.state_code == state).order_by(User.id)


def _child(db: Session, surname: str, first_name: str) -> Student | None:
    texan = select(StateRecord).where(StateRecord.state_code == "TX", StateRecord.last_name_1 == surname)
    record = db.scalars(texan.where(StateRecord.first_name == first_name).order_by(StateRecord.id)).first()
    return record.student.survivor if record else None


def _meant(db: Session, student: Student, state: str, key: str) -> Meant:
    offered = correction_elements.offered(db, student)
    return next(one for one in offered if (one.state_code, one.key) == (state, key))


def _take_in(
    db: Session, student: Student, meant: Meant, should: str, text: str, days: int, now: datetime, by: User
) -> CorrectionRequest:
    spanish = days % 2 == 0
    intake = correction_intake.Intake(
        requester=Requester.PARENT,
        name="Amparo Robledo Nieto" if spanish else "Ernesto Vela",
        address="17 Orchard Lane\nRobles, TX 70000",
        phone="(555) 555-0162",
        language=Language.SPANISH if spanish else Language.ENGLISH,
        channel=Channel.IN_PERSON if spanish else Channel.LETTER,
        text=text,
        received_on=clocks.day_in(now, "America/Chicago") - timedelta(days=days),
        meant=[(meant, should)],
    )
    return correction_intake.take_in(db, student, intake, files=(), now=now - timedelta(days=days), by=by)


def _new(db: Session, student: Student, now: datetime, by: User) -> None:
    meant = _meant(db, student, "TX", "birth_city")
    _take_in(db, student, meant, "Matamoros", "La ciudad de nacimiento no es correcta.", 2, now, by)


def _overdue(db: Session, student: Student, now: datetime, by: User) -> None:
    meant = _meant(db, student, "TX", "male_parent_first_name")
    request = _take_in(db, student, meant, "Ernesto", "My name is written wrong.", 33, now, by)
    then = now - timedelta(days=31)
    corrections.acknowledge(db, request.id, text="Letter mailed.", now=then, by=by)
    correction_inquiries.add(
        db,
        request.id,
        asked_by=AskedBy.STATE,
        asker="Ohio Migrant Education Center",
        received_on=clocks.day_in(now, "America/Chicago") - timedelta(days=5),
        text="Has the father’s name been decided?",
        now=now,
        by=by,
    )


def _decided(db: Session, student: Student, now: datetime, by: User) -> None:
    meant = _meant(db, student, "TX", "female_parent_first_name")
    request = _take_in(db, student, meant, "Eloísa María", "Falta mi segundo nombre.", 12, now, by)
    corrections.acknowledge(db, request.id, text="", now=now - timedelta(days=11), by=by)
    found = "The birth certificate was seen; the enrollment form says the same."
    corrections.investigate(db, request.id, text=found, now=now - timedelta(days=3), by=by)
    accepted = {one.id for one in request.elements}
    reasons = "El acta de nacimiento muestra los dos nombres de la madre."
    corrections.decide(db, request.id, accepted=accepted, reasons=reasons, now=now - timedelta(days=1), by=by)


def _forwarded(db: Session, student: Student, now: datetime, by: User) -> None:
    meant = _meant(db, student, "VT", "birth_city")
    request = _take_in(db, student, meant, "Reynosa", "She was born in Reynosa, not in McAllen.", 3, now, by)
    corrections.forward(db, request.id, text="", now=now - timedelta(days=1), by=by)


def _disputed(db: Session, student: Student, now: datetime, by: User) -> None:
    stated = disputes.Stated(
        by=Requester.PARENT,
        name="Guadalupe López",
        received_on=clocks.day_in(now, disputes.EASTERN) - timedelta(days=6),
        text="My daughter was born in Reynosa. Vermont’s record still says McAllen, and a school refused her papers.",
        meant=[_meant(db, student, "VT", "birth_city"), _meant(db, student, "TX", "grade_level")],
    )
    disputes.enter(db, stated, files=(), now=now, by=by)
