"""The packet: which pages of which children go on paper together, under one serial."""

import enum
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from msixlite.domain import consolidated_record, families, family_page, follow_ups, purposes
from msixlite.domain.consolidated_record import ConsolidatedRecord
from msixlite.domain.errors import RuleBroken
from msixlite.domain.family_page import Family
from msixlite.models.follow_ups import FollowUp, FollowUpKind
from msixlite.models.students import Student
from msixlite.models.users import User, UserSession
from msixlite.models.words import _l


class PageKind(enum.Enum):
    """A part of the packet; the value is what templates and forms call it."""

    FAX = "fax"
    LETTER = "letter"
    SCHOOL = "school"
    COUNSELOR = "counselor"
    HISTORY = "history"
    FAMILY = "family"
    HANDLING = "handling"


LABELS = {
    PageKind.FAX: _l("Fax cover sheet"),
    PageKind.LETTER: _l("Cover letter"),
    PageKind.SCHOOL: _l("School page: the seven boxes"),
    PageKind.COUNSELOR: _l("Counselor page: courses and credits"),
    PageKind.HISTORY: _l("History: enrollments, tests, moves, sources"),
    PageKind.FAMILY: _l("Family page: Spanish beside English"),
    PageKind.HANDLING: _l("Handling sheet, the last page"),
}
RECORD = (PageKind.SCHOOL, PageKind.COUNSELOR, PageKind.HISTORY)
"""What “Print” gives."""
OF_A_CHILD = (*RECORD, PageKind.FAMILY)
"""Pages that stand once for each child; the others once in a packet."""
MOST_CHILDREN = 8


class PurposeMissing(RuleBroken):
    """Children of the packet for whom no purpose was stated, or one that holds for another child only."""

    def __init__(self, children: Sequence[Student]) -> None:
        super().__init__(_l("Choose the purpose of use: it is missing for the children named here."))
        self.msix_ids = tuple(child.msix_id for child in children)


@dataclass(frozen=True)
class Pages:
    """One child in the packet."""

    record: ConsolidatedRecord
    family: Family
    follow_ups: dict[FollowUpKind, list[FollowUp]]
    """What was asked of the sending school and came, by flag, the newest first."""


def siblings(db: Session, student: Student) -> list[Student]:
    """Children who may belong to the same family: proposed, never added by themselves."""
    return [one.student for one in families.relatives(db, student)][: MOST_CHILDREN - 1]


def chosen(student: Student, family: Sequence[Student], wanted: Collection[str]) -> list[Student]:
    """The child and those of its proposed siblings that were ticked; nobody else can be asked for."""
    return [student, *(one for one in family if one.msix_id in wanted)]


def purposes_of(
    db: Session, children: Sequence[Student], *, session: UserSession, by: User
) -> dict[str, dict[str, str]]:
    """MSIX ID → why the child is opened, for the audit trail. Raises PurposeMissing where none holds."""
    found = {one.msix_id: purposes.of_opening(db, one.msix_id, session=session, by=by) for one in children}
    if missing := [one for one in children if not found[one.msix_id]]:
        raise PurposeMissing(missing)
    return found


def build(db: Session, children: Sequence[Student], *, today: date) -> list[Pages]:
    """The records of the children, joined, in their order."""
    records = [consolidated_record.build(db, child, today=today) for child in children]
    asked = [follow_ups.of_child(db, child) for child in children]
    return [Pages(record, family_page.of(record), lines) for record, lines in zip(records, asked, strict=True)]


def note(kinds: Collection[PageKind], children: int) -> str:
    """What the register of prints keeps: 2 children: school page, family page."""
    named = ", ".join(LABELS[kind].partition(":")[0].partition(",")[0].lower() for kind in PageKind if kind in kinds)
    return f"{children} {'child' if children == 1 else 'children'}: {named}"
