"""Letters to a family about its correction request, in English or Spanish: defaults here, each State's own kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import clocks, mde, spanish
from msixlite.domain.correction_elements import row_words
from msixlite.domain.correction_wordings import DEFAULTS, Wording
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.corrections import (
    CorrectionElement,
    CorrectionRequest,
    CorrectionStatus,
    Decision,
    Language,
    LetterTemplate,
)
from msixlite.models.users import User
from msixlite.models.words import _l

LONGEST_SUBJECT = 150
LONGEST_BODY = 6_000
ELEMENTS = "{elements}"
"""Stands alone in a paragraph: the table of what is meant goes there."""
_S = CorrectionStatus
_FIELD = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True)
class Kind:
    """One kind of letter: when it is written."""

    key: str
    title: str
    when: str
    needs: frozenset[CorrectionStatus]
    """From which statuses on it can be written."""


_ANY = frozenset(_S)
_DECIDED = frozenset((_S.DECIDED, _S.NOTIFIED))
KINDS = {
    kind.key: kind
    for kind in (
        Kind("acknowledgement", _l("Acknowledgement"), _l("When the request has come: in writing."), _ANY),
        Kind("forwarded", _l("Forwarded to another State"), _l("When another State's data are meant."), _ANY),
        Kind("decision", _l("Decision"), _l("When it is decided, with the reasons."), _DECIDED),
        Kind("notification", _l("Notification"), _l("When the data are corrected, or stay as they are."), _DECIDED),
    )
}
EXAMPLE = {
    "reference": "CR-2026-000123",
    "date": "",
    "requester": "Amparo Robledo Nieto",
    "child": "Jacinto Robledo Nieto",
    "received": "11/02/2026",
    "due": "12/02/2026",
    "state": "Texas",
    "office": "Texas Migrant Education Office",
    "phone": "(555) 555-0148",
    "other_states": "Vermont: Vermont Migrant Education Program, (555) 555-0150",
    "decision": "",
    "reasons": "",
}
"""Field → example, for the preview."""


@dataclass(frozen=True)
class ElementLine:
    """One row of a letter's table."""

    name: str
    row: str
    state: str
    as_is: str
    as_should: str
    outcome: str
    """Empty before the decision."""


@dataclass(frozen=True)
class Letter:
    """A letter as it is printed."""

    language: Language
    date: str
    address: tuple[str, ...]
    """The requester's name and address, line by line."""
    subject: str
    paragraphs: tuple[str, ...]
    """`{elements}` stands where the table goes."""
    elements: tuple[ElementLine, ...]


def kind_of(key: str) -> Kind:
    """The kind of letter, by its key."""
    if key not in KINDS:
        raise NotFound("letter")
    return KINDS[key]


def language_of(code: str) -> Language:
    """The language of a two-letter code."""
    if code not in {one.value for one in Language}:
        raise NotFound("language")
    return Language(code)


def possible(request: CorrectionRequest) -> list[Kind]:
    """The letters that can be written now."""
    found = [kind for kind in KINDS.values() if request.status in kind.needs]
    return [kind for kind in found if kind.key != "forwarded" or request.forwarded_at is not None]


# Wording


def wording(db: Session, key: str, language: Language, *, state: str | None) -> Wording:
    """The State's own wording, or the default."""
    own = _own(db, key, language, state)
    return Wording(own.subject, own.body) if own else DEFAULTS[key, language]


def _own(db: Session, key: str, language: Language, state: str | None) -> LetterTemplate | None:
    wanted = (LetterTemplate.state_code == state, LetterTemplate.key == key, LetterTemplate.language == language)
    return db.scalar(select(LetterTemplate).where(*wanted))


def changed(db: Session, *, state: str | None) -> set[tuple[str, Language]]:
    """The letters that the State words itself."""
    own = select(LetterTemplate.key, LetterTemplate.language).where(LetterTemplate.state_code == state)
    return {(key, language) for key, language in db.execute(own)}


def preview(new: Wording, language: Language, *, today: date) -> Letter:
    """The wording filled with examples. Raises RuleBroken where it cannot be used."""
    _check(new)
    line = ElementLine(*_EXAMPLE_LINES[language])
    decision = _DECISIONS[language][Decision.CORRECTED]
    values = {**EXAMPLE, "decision": decision, "reasons": _REASONS[language], "date": _long(today, language)}
    address = (EXAMPLE["requester"], "17 Orchard Lane", "Robles, TX 70000")
    return _filled(new, values, language, address, (line,))


_REASONS = {
    Language.ENGLISH: "The birth certificate shows this date.",
    Language.SPANISH: "El acta de nacimiento muestra esta fecha.",
}
_EXAMPLE_LINES = {
    Language.ENGLISH: ("Birth Date", "", "Texas", "03/14/2012", "03/15/2012", "corrected"),
    Language.SPANISH: ("Fecha de nacimiento", "", "Texas", "03/14/2012", "03/15/2012", "se corrige"),
}


def _check(new: Wording) -> None:
    if not new.subject.strip() or not new.body.strip():
        raise RuleBroken(_l("Both the subject and the text are needed."))
    if "\n" in new.subject or "\r" in new.subject or len(new.subject) > LONGEST_SUBJECT:
        raise RuleBroken(_l("The subject is one line of at most %(longest)s letters.", longest=LONGEST_SUBJECT))
    if len(new.body) > LONGEST_BODY:
        raise RuleBroken(_l("The text has at most %(longest)s letters.", longest=LONGEST_BODY))
    unknown = sorted(set(_FIELD.findall(new.subject + new.body)) - EXAMPLE.keys() - {"elements"})
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in (*EXAMPLE, "elements"))
        raise RuleBroken(
            _l("There is no field {%(unknown)s} here. Fields are: %(known)s.", unknown=unknown[0], known=known)
        )
    if ELEMENTS in new.subject or any(ELEMENTS in one and one != ELEMENTS for one in _paragraphs(new.body)):
        raise RuleBroken(_l("{elements} stands alone, with an empty line above and below: a table goes there."))
    if "{reference}" not in new.subject + new.body:
        raise RuleBroken(_l("The letter needs {reference}: by it the family's call is found again."))


def change(db: Session, kind: Kind, language: Language, new: Wording, *, now: datetime, by: User) -> None:
    """The State's own wording from now on."""
    _check(new)
    if by.state_code is None:
        raise RuleBroken(_l("Only a State has a wording of its own."))
    own = _own(db, kind.key, language, by.state_code)
    own = own or LetterTemplate(state_code=by.state_code, key=kind.key, language=language)
    own.subject, own.body = new.subject.strip(), new.body.strip() + "\n"
    own.changed_at, own.changed_by_id = now, by.id
    db.add(own)


def reset(db: Session, kind: Kind, language: Language, *, by: User) -> None:
    """The default wording again."""
    own = _own(db, kind.key, language, by.state_code)
    if own is not None:
        db.delete(own)


# A letter


def write(
    db: Session, request: CorrectionRequest, kind: Kind, *, language: Language | None = None, now: datetime
) -> Letter:
    """The letter of a request that was loaded within reach, in the family's language unless another is asked for."""
    if kind not in possible(request):
        raise RuleBroken(
            _l(
                "The letter “%(title)s” cannot be written while the request is %(status)s.",
                title=kind.title,
                status=request.status.value,
            )
        )
    language = language or request.language
    today = clocks.day_in(now, request.state.time_zone)
    address = (request.requester_name, *request.requester_address.splitlines())
    lines = tuple(_line(one, language, decided=kind.needs is _DECIDED) for one in _meant(request, kind))
    text = wording(db, kind.key, language, state=request.state_code)
    return _filled(text, _values(request, language, today), language, address, lines)


def _meant(request: CorrectionRequest, kind: Kind) -> list[CorrectionElement]:
    """What the letter is about: all, what went to other States, or what the State itself decided."""
    if kind.key == "acknowledgement":
        return request.elements
    own = request.own_elements
    return [one for one in request.elements if one not in own] if kind.key == "forwarded" else own


def _values(request: CorrectionRequest, language: Language, today: date) -> dict[str, str]:
    others = [one.state for one in request.forwarded_to]
    offices = [", ".join(filter(None, (one.contact_name or one.name, one.contact_phone))) for one in others]
    return {
        "reference": request.reference,
        "date": _long(today, language),
        "requester": request.requester_name,
        "child": _child(request),
        "received": f"{request.received_on:%m/%d/%Y}",
        "due": f"{request.due_on:%m/%d/%Y}",
        "state": request.state.name,
        "office": request.state.contact_name or request.state.name,
        "phone": request.state.contact_phone,
        "other_states": "; ".join(f"{one.name}: {office}" for one, office in zip(others, offices, strict=True)),
        "decision": _DECISIONS[language][request.decision] if request.decision else "",
        "reasons": request.reasons,
    }


def _child(request: CorrectionRequest) -> str:
    """The child as the State itself calls it, given names first; as the newest report does where it has none."""
    records = sorted(request.student.state_records, key=lambda record: record.submission_id)
    own = [record for record in records if record.state_code == request.state_code] or records
    surnames, given = own[-1].full_name.split(", ", 1)
    return f"{given} {surnames}"


_DECISIONS = {
    Language.ENGLISH: {
        Decision.CORRECTED: "the information will be corrected",
        Decision.PARTLY: "the information will be corrected in part",
        Decision.NOT_CORRECTED: "the information will not be changed",
    },
    Language.SPANISH: {
        Decision.CORRECTED: "la información se corregirá",
        Decision.PARTLY: "la información se corregirá en parte",
        Decision.NOT_CORRECTED: "la información no se cambiará",
    },
}
_OUTCOMES = {
    Language.ENGLISH: {None: "", True: "corrected", False: "not changed"},
    Language.SPANISH: {None: "", True: "se corrige", False: "no cambia"},
}


def _line(element: CorrectionElement, language: Language, *, decided: bool) -> ElementLine:
    is_spanish = language is Language.SPANISH
    name = spanish.ELEMENTS[element.key] if is_spanish else mde.element(element.section, element.key).name
    return ElementLine(
        name=name,
        row=row_words(element.what),
        state=element.state_record.state_code,
        as_is=spanish.value(element.value_as_is) if is_spanish else element.value_as_is or "not reported",
        as_should=spanish.value(element.value_as_should) if is_spanish else element.value_as_should,
        outcome=_OUTCOMES[language][element.accepted] if decided else "",
    )


def _filled(
    text: Wording,
    values: Mapping[str, str],
    language: Language,
    address: tuple[str, ...],
    lines: tuple[ElementLine, ...],
) -> Letter:
    return Letter(
        language=language,
        date=values["date"],
        address=address,
        subject=_with(text.subject, values),
        paragraphs=tuple(_with(one, values) for one in _paragraphs(text.body)),
        elements=lines,
    )


def _paragraphs(body: str) -> Sequence[str]:
    return [one.strip() for one in re.split(r"\n\s*\n", body.replace("\r\n", "\n")) if one.strip()]


def _with(text: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda field: values.get(field[1], field[0]), text)


def _long(day: date, language: Language) -> str:
    return spanish.long_date(day) if language is Language.SPANISH else f"{day:%B} {day.day}, {day.year}"
