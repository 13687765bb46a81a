"""What leaves the site: each copy under a serial, what is in it, and what became of it (rules P1, P2)."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import mde, requests
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.export_files import ALPHABET
from msixlite.domain.export_formats import STATE, SUBMITTED, Sheet
from msixlite.domain.search import Hit
from msixlite.domain.worklist_lists import CSV_HEADINGS, Row, csv_rows
from msixlite.models.disputes import DisputeElement, DisputeStatement
from msixlite.models.exports import Destruction, Export, ExportKind
from msixlite.models.requests import DataRequest, RequestElement
from msixlite.models.students import SECTION_MODELS, StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l

KINDS = {
    ExportKind.RECORD_PRINT: _l("Printed record"),
    ExportKind.RECORD_FILE: _l("Exported record"),
    ExportKind.DISCLOSURES_PRINT: _l("Printed accounting of disclosures"),
    ExportKind.WORKLIST_FILE: _l("Exported worklist"),
    ExportKind.AUDIT_FILE: _l("Exported audit trail"),
    ExportKind.FAX_COVER: _l("Fax cover sheet"),
    ExportKind.REQUEST_PRINT: _l("Printed data request"),
    ExportKind.PROVIDED_FILE: _l("Exported entries of information provided"),
    ExportKind.MORNING_SHEET: _l("Morning sheet"),
    ExportKind.CORRECTION_LETTER: _l("Letter on a correction"),
    ExportKind.MOVE_PRINT: _l("Printed move notice"),
    ExportKind.PACKET_PRINT: _l("Printed packet"),
    ExportKind.SEARCH_FILE: _l("Exported search results"),
    ExportKind.REQUESTS_FILE: _l("Exported data requests"),
    ExportKind.SUMMARY_FILE: _l("Exported summary by State"),
}
ENDINGS = {
    Destruction.SHREDDED: _l("Shredded"),
    Destruction.WIPED: _l("File wiped"),
    Destruction.FILED: _l("Kept in the child's own folder"),
}


FILES = frozenset(
    (
        *(ExportKind.RECORD_FILE, ExportKind.WORKLIST_FILE, ExportKind.AUDIT_FILE, ExportKind.PROVIDED_FILE),
        *(ExportKind.SEARCH_FILE, ExportKind.REQUESTS_FILE, ExportKind.SUMMARY_FILE),
    )
)
"""Kinds that are files; the others are paper."""
PAGE = 25
"""Copies on a page of one's own list."""


@dataclass(frozen=True)
class Copies:
    """A page of one's own copies, those not ticked off first."""

    rows: list[Export]
    page: int
    pages: int
    total: int
    open: int
    """Not ticked off, on all pages."""


def new_serial() -> str:
    """A random serial, read aloud with ease: K7Q2-M9XD."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def register(
    db: Session,
    *,
    serial: str,
    kind: ExportKind,
    now: datetime,
    by: User,
    subject: str = "",
    note: str = "",
    encrypted: bool = False,
) -> Export:
    """A copy leaves the site under this serial."""
    made = Export(
        serial=serial,
        made_at=now,
        user_id=by.id,
        kind=kind,
        subject=subject,
        note=note[:200],
        encrypted=encrypted,
    )
    db.add(made)
    db.flush()
    return made


def own(db: Session, *, by: User, page: int = 1) -> Copies:
    """A page of one's own copies: those not ticked off first, the newest first. A page too many is the last one."""
    counted = select(func.count(), func.count(Export.destroyed_at)).where(Export.user_id == by.id)
    total, ended = db.execute(counted).one()
    pages = max(-(-total // PAGE), 1)
    page = min(max(page, 1), pages)
    order = (Export.destroyed_at.is_not(None), Export.id.desc())
    found = select(Export).where(Export.user_id == by.id).order_by(*order).offset((page - 1) * PAGE).limit(PAGE)
    return Copies(list(db.scalars(found)), page, pages, total, total - ended)


def letters(db: Session, reference: str) -> list[Export]:
    """The letters printed for a correction request that was loaded within reach, the newest first."""
    printed = (Export.kind == ExportKind.CORRECTION_LETTER, Export.note.startswith(f"{reference}: ", autoescape=True))
    return list(db.scalars(select(Export).where(*printed).options(joinedload(Export.user)).order_by(Export.id.desc())))


def destroyed(db: Session, serials: Collection[str], *, how: Destruction, now: datetime, by: User) -> list[Export]:
    """The person says that own copies came to their end, all the same one. Said once; the first word stands."""
    mine = select(Export).where(Export.serial.in_(serials), Export.user_id == by.id).order_by(Export.id)
    found = list(db.scalars(mine.with_for_update()))
    if not found or len(found) < len(set(serials)):
        raise NotFound("export")
    for made in found:
        if made.destroyed_at is not None:
            raise RuleBroken(_l("The end of copy %(serial)s has already been reported.", serial=made.serial))
        if not fits(made, how):
            raise _misfit(made)
        made.destroyed_at, made.destroyed_how = now, how
    return found


def fits(made: Export, how: Destruction) -> bool:
    """Whether the copy can have come to this end: paper is not wiped, and a file is not shredded."""
    return how is Destruction.FILED or (how is Destruction.WIPED) == (made.kind in FILES)


def _misfit(made: Export) -> RuleBroken:
    if made.kind in FILES:
        return RuleBroken(_l("Copy %(serial)s is a file: it is wiped, not shredded.", serial=made.serial))
    return RuleBroken(_l("Copy %(serial)s is paper: it is shredded, not wiped.", serial=made.serial))


def record_sheets(student: Student, statements: Sequence[DisputeStatement] = ()) -> list[Sheet]:
    """Everything reported of the child: one table a section, each row with the State that said it and when.

    Open dispute statements go with it (5 U.S.C. 552a(d)(4)).
    """
    records = sorted(student.state_records, key=lambda record: (record.state_code, record.id))
    sections = {"student": [(record, record) for record in records]}
    for section in SECTION_MODELS:
        sections[section] = [(record, line) for record in records for line in _lines(record, section)]
    sheets = [
        Sheet(
            mde.SECTIONS[section].title,
            [_row(section, student, record, line) for record, line in lines],
            {element.name: element.number for element in mde.of_section(section).values()},
        )
        for section, lines in sections.items()
    ]
    stated = [_stated(one) for statement in statements for one in statement.elements]
    return [*sheets, Sheet("Dispute Statements", stated, {})] if stated else sheets


def _stated(element: DisputeElement) -> dict[str, Any]:
    statement = element.statement
    return {
        "Statement": statement.id,
        "By": f"{statement.name} ({statement.stated_by.value})",
        "Received": statement.received_on,
        "Reported by": element.state_record.state_code,
        "Element": mde.element(element.section, element.key).name,
        "Row": element.what,
        "Text": "\n".join((statement.text, *(one.text for one in statement.additions))),
    }


def _lines(record: StateRecord, section: str) -> Sequence[Any]:
    lines: Sequence[Any] = getattr(record, f"{section}s")
    return lines


def _row(section: str, student: Student, record: StateRecord, line: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        STATE: record.state_code,
        SUBMITTED: record.submission.received_at,
        mde.element("student", "msix_id").name: student.msix_id,
    }
    for key, element in mde.of_section(section).items():
        if key != "msix_id":
            row[element.name] = getattr(record if key in mde.IDENTITY else line, key, None)
    return row


def search_sheets(hits: Sequence[Hit]) -> list[Sheet]:
    """The results of a search, as the list shows them."""
    rows = [
        {
            "MSIX Identification Number": hit.msix_id,
            "Name": hit.name,
            "Other names": "; ".join(hit.other_names),
            "Birth Date": hit.birth_date,
            "Grade": hit.grade,
            "States": ", ".join(hit.states),
            "Last State": hit.last_state,
            "Last school": hit.last_place,
            "Enrolled": hit.enrolled_on,
            "Withdrawn": hit.withdrawn_on,
            "Flags": ", ".join(hit.flags),
            "Why found": hit.why,
        }
        for hit in hits
    ]
    return [Sheet("Search results", rows)]


def worklist_sheets(found: Sequence[Row], *, now: datetime, late_by_clock: bool = False) -> list[Sheet]:
    """The worklist; both clocks are columns of their own."""
    lines = csv_rows(found, now, late_by_clock=late_by_clock)
    rows = [dict(zip(CSV_HEADINGS, row, strict=True)) for row in lines]
    return [Sheet("Worklist", rows)]


def request_sheets(boxes: Mapping[str, Sequence[DataRequest]], *, now: datetime) -> list[Sheet]:
    """Data requests, each element asked for a line: the boxes as the page shows them, with both clocks."""
    return [
        Sheet(
            "Data requests", [line for box, found in boxes.items() for one in found for line in _asked(box, one, now)]
        )
    ]


def _asked(box: str, request: DataRequest, now: datetime) -> list[dict[str, Any]]:
    whole = {
        "Box": box,
        "Request": request.reference,
        "Status": request.status.value,
        "MSIX Identification Number": request.state_record.student.msix_id,
        "Child": request.state_record.full_name,
        "From": request.own_place,
        "To": request.asked_state.name,
        "Reason": request.reason.label,
        "Asked": request.asked_at,
        "Acknowledge by": request.acknowledge_due_on,
        "Acknowledged": request.acknowledged_at,
        "Due": request.item.due_on,
        "Overdue": requests.is_overdue(request, now=now),
        "Answered": request.answered_at,
        "Ended": request.ended_at,
    }
    if not request.elements:
        return [{**whole, **_element(None)}]
    return [{**whole, **_element(one)} for one in request.elements]


def _element(one: RequestElement | None) -> dict[str, Any]:
    return {
        "Element": one.name if one else "see the note",
        "Came": one.came_at if one else None,
        "Not available, because": one.statement if one else "",
    }
