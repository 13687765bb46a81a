"""Information provided (rule N6): what of a child was given to whom, when and by which channel."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import clocks, days, moves, requests, students
from msixlite.domain.errors import RuleBroken
from msixlite.domain.export_files import Table
from msixlite.models.provided import Channel, ProvidedEntry
from msixlite.models.students import Student
from msixlite.models.users import User
from msixlite.models.words import Sentence, _l, joined, kept

WHAT = (
    _l("Enrollment and grade"),
    _l("Courses and credits"),
    _l("Test results"),
    _l("Transcript"),
    _l("Immunization record"),
    _l("IEP or special education papers"),
    _l("English learner papers"),
    _l("Qualifying move and eligibility"),
    _l("Whole printed record"),
)
"""What is given most: ticks; anything else in words."""
LONGEST_NOTE = 1_000
SHOWN = 200
EXPORTED = 50_000


@dataclass(frozen=True)
class Draft:
    """What the clerk filled in."""

    given_on: date
    what: tuple[str, ...]
    to_person: str
    to_office: str
    channel: Channel
    other: str = ""
    """What was given, in words, where no tick fits."""
    note: str = ""
    notice_id: int | None = None
    request_id: int | None = None


def said(what: str) -> Sentence:
    """What was given, as it was stored: the ticks in the reader's language, the clerk's own words as they are."""
    return joined("; ", map(kept, what.split("; ")))


def add(db: Session, student: Student, draft: Draft, *, now: datetime, by: User) -> ProvidedEntry:
    """Note that something of the child was given."""
    if by.state_code is None or by.state is None:
        raise RuleBroken(_l("Only people of a State note what they provided."))
    what = "; ".join(filter(None, (*(one for one in WHAT if one in draft.what), draft.other.strip())))
    if not what:
        raise RuleBroken(_l("Tick or write what was given."))
    if len(what) > 300 or len(draft.note) > LONGEST_NOTE:
        raise RuleBroken(_l("That is too long. Say it in fewer words."))
    if not draft.to_person.strip() and not draft.to_office.strip():
        raise RuleBroken(_l("Say to whom it was given: the person, the office, or both."))
    if draft.given_on > clocks.day_in(now, by.state.time_zone):
        raise RuleBroken(_l("The day on which it was given cannot lie ahead."))
    notice = moves.get(db, draft.notice_id, by=by) if draft.notice_id else None
    request = requests.get(db, draft.request_id, today=days.today_of(by, now), by=by) if draft.request_id else None
    made = ProvidedEntry(
        student_id=student.survivor.id,
        state_code=by.state_code,
        given_on=draft.given_on,
        what=what,
        to_person=draft.to_person.strip(),
        to_office=draft.to_office.strip(),
        channel=draft.channel,
        note=draft.note.strip(),
        notice_id=notice.id if notice else None,
        request_id=request.id if request else None,
        entered_at=now,
        entered_by_id=by.id,
    )
    db.add(made)
    db.flush()
    return made


def _whole() -> Select[ProvidedEntry]:
    return select(ProvidedEntry).options(
        joinedload(ProvidedEntry.entered_by), joinedload(ProvidedEntry.notice), joinedload(ProvidedEntry.request)
    )


def of_child(db: Session, student: Student) -> list[ProvidedEntry]:
    """The child's entries of all States, the newest day first; those of merged records too."""
    mine = ProvidedEntry.student_id.in_(students.all_ids(db, student))
    order = (ProvidedEntry.given_on.desc(), ProvidedEntry.id.desc())
    return list(db.scalars(_whole().where(mine).order_by(*order).limit(SHOWN)))


@dataclass(frozen=True)
class Between:
    """Days of the export, both included; None is no limit."""

    since: date | None = None
    until: date | None = None


def of_state(db: Session, between: Between, *, by: User, limit: int = EXPORTED) -> list[ProvidedEntry]:
    """The entries of the person's own State, the newest day first."""
    order = (ProvidedEntry.given_on.desc(), ProvidedEntry.id.desc())
    children = joinedload(ProvidedEntry.student).selectinload(Student.state_records)
    found = _whole().options(children).where(*_within(between, by)).order_by(*order).limit(limit)
    return list(db.scalars(found).unique())


def _within(between: Between, by: User) -> list[ColumnElement[bool]]:
    if between.since and between.until and between.since > between.until:
        raise RuleBroken(_l("The first day lies after the last one."))
    found = [ProvidedEntry.state_code == (by.state_code or "")]
    if between.since:
        found.append(ProvidedEntry.given_on >= between.since)
    if between.until:
        found.append(ProvidedEntry.given_on <= between.until)
    return found


def export_rows(db: Session, between: Between, *, by: User) -> Table:
    """The entries as rows for the State's own system, the oldest day first; the child by its own number."""
    return [
        {
            "Entry": entry.id,
            "Given On": entry.given_on,
            "MSIX Identification Number": entry.student.survivor.msix_id,
            "State Student Identifier": " ".join(_state_ids(entry)),
            "What": entry.what,
            "To Person": entry.to_person,
            "To Office": entry.to_office,
            "Channel": entry.channel.value,
            "Note": entry.note,
            "Notice or Request": entry.reference,
            "Entered By": entry.entered_by.full_name,
            "Entered At": entry.entered_at,
        }
        for entry in reversed(of_state(db, between, by=by))
    ]


def _state_ids(entry: ProvidedEntry) -> list[str]:
    records = entry.student.survivor.state_records
    return [record.state_student_id for record in records if record.state_code == entry.state_code]
