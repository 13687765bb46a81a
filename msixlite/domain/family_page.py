"""The family page: what a family is told of its child's record, and a State's own approved text of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from msixlite.domain.consolidated_record import ConsolidatedRecord
from msixlite.domain.errors import NotAllowed, RuleBroken
from msixlite.domain.permissions import Permission, covers
from msixlite.domain.record_contacts import Contact
from msixlite.domain.reported import Line
from msixlite.models.family_page import FamilyText
from msixlite.models.places import State
from msixlite.models.users import User
from msixlite.models.words import _l

LONGEST = 2_000
"""Letters in one language: more does not fit on the page beside the other."""
MOST_COURSES = 8
"""Courses to finish that fit on the page."""
FIELDS = {
    "child": _l("the child's first name"),
    "grade": _l("the last grade reported"),
    "courses": _l("the list of courses to finish, on a line of its own"),
    "nurse": _l("the sentence that says to speak with the school nurse; left out where no medical flag is reported"),
    "school": _l("the last school and its telephone"),
    "office": _l("the MEP offices and their telephones"),
}
NEEDED = ("courses", "nurse", "office")
"""What no text may leave out."""
_FIELD = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Wording:
    """The text in both languages: paragraphs with a blank line between, # before a heading."""

    english: str
    spanish: str


@dataclass(frozen=True)
class Family:
    """What the page tells. No diagnosis, no address, no Social Security number."""

    child: str
    grade: str
    grade_state: str
    grade_on: date | None
    courses: Sequence[Line]
    more_courses: int
    """Open courses that do not fit on the page."""
    ask_nurse: bool
    immunization_at_sender: bool
    school: Contact | None
    offices: Sequence[State]


def of(record: ConsolidatedRecord) -> Family:
    """Taken from the record; the newest value of each thing."""
    grade = record.placement["grade_level"]
    said = grade.sayings[0] if grade.sayings else None
    return Family(
        child=record.given_name,
        grade=str(said.value) if said else "",
        grade_state=said.source.state_name if said else "",
        grade_on=said.on if said else None,
        courses=record.open_courses[:MOST_COURSES],
        more_courses=max(len(record.open_courses) - MOST_COURSES, 0),
        ask_nurse=any(flag.name == record.placement["med_alert"].name for flag in record.flags),
        immunization_at_sender=record.placement["immunization"].value == "Yes",
        school=record.contacts[-1] if record.contacts else None,
        offices=record.offices[:2],
    )


@dataclass(frozen=True)
class Block:
    """A piece of a State's text, its fields filled in."""

    kind: str
    """heading, text, or courses: the list stands here."""
    text: str = ""


def blocks(text: str, values: Mapping[str, str]) -> list[Block]:
    """The text in pieces. A paragraph whose only field is empty is left out."""
    pieces = (piece.strip() for piece in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))
    return [block for piece in pieces if (block := _block(piece, values)) is not None]


def _block(piece: str, values: Mapping[str, str]) -> Block | None:
    if piece == "{courses}":
        return Block("courses")
    filled = _FIELD.sub(lambda found: values.get(found[1], ""), piece).strip()
    if not filled:
        return None
    return Block("heading", filled.lstrip("# ")) if piece.startswith("#") else Block("text", filled)


def wording(db: Session, state: str | None) -> Wording | None:
    """The State's own text; None: the built-in one."""
    own = db.get(FamilyText, state) if state else None
    return Wording(own.english, own.spanish) if own else None


def check(new: Wording) -> None:
    """Raise RuleBroken where the page would lack something, be too long, or show a field that does not exist."""
    for language, text in ((_l("English"), new.english), (_l("Spanish"), new.spanish)):
        used = set(_FIELD.findall(text))
        if unknown := sorted(used - FIELDS.keys()):
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise RuleBroken(
                _l(
                    "The %(language)s text has a field {%(unknown)s}, which does not exist. Fields: %(known)s.",
                    language=language,
                    unknown=unknown[0],
                    known=known,
                )
            )
        if missing := [name for name in NEEDED if name not in used]:
            raise RuleBroken(
                _l(
                    "The %(language)s text needs {%(missing)s}: %(fields)s.",
                    language=language,
                    missing=missing[0],
                    fields=FIELDS[missing[0]],
                )
            )
        if len(text) > LONGEST:
            raise RuleBroken(
                _l(
                    "The %(language)s text has %(text)s letters; %(longest)s fit on the page.",
                    language=language,
                    text=len(text),
                    longest=LONGEST,
                )
            )


def change(db: Session, new: Wording, *, now: datetime, by: User) -> None:
    """The State's approved text from now on."""
    if by.state_code is None or not covers(by, Permission.SET_STATE_POLICY, state=by.state_code):
        raise NotAllowed(_l("Only a State Data Administrator sets the State's family page."))
    check(new)
    own = db.get(FamilyText, by.state_code) or FamilyText(state_code=by.state_code)
    own.english, own.spanish = new.english.strip(), new.spanish.strip()
    own.changed_at, own.changed_by_id = now, by.id
    db.add(own)
    db.flush()


def reset(db: Session, *, by: User) -> None:
    """The built-in text again."""
    own = db.get(FamilyText, by.state_code) if by.state_code else None
    if own is not None:
        db.delete(own)
        db.flush()
