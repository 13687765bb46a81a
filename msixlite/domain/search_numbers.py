"""Children by MSIX ID or State ID, also when a digit is wrong. Merged-away numbers lead to the survivor."""

from collections.abc import Iterable
from itertools import product

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from msixlite.domain.search_pool import Ranked
from msixlite.domain.search_text import Criteria
from msixlite.models.students import StateRecord, Student
from msixlite.models.words import _l

MOST = 25
"""Children who may share a number: State IDs differ in zeros and hyphens."""
EXACT = (_l("MSIX ID"), _l("State ID"))
"""Why a child was found whose number was typed as it is."""


def find(db: Session, criteria: Criteria) -> tuple[Ranked, list[str]]:
    """The children of the numbers, and what was tried."""
    tried: list[str] = []
    if criteria.msix_id:
        tried = [_l("the MSIX ID"), _l("MSIX IDs that one wrong digit or two swapped ones turn into it")]
        ways = (([criteria.msix_id], EXACT[0]), (_misread(criteria.msix_id), _l("MSIX ID nearly so")))
        for wanted, why in ways:
            if found := _survivors(db, Student.msix_id.in_(wanted), why):
                return found, tried
    if criteria.state_ids:
        tried += [
            _l("State ID %(number)s of %(state)s", number=number, state=state)
            for state, number in criteria.state_ids[:1]
        ]
        state, numbers = criteria.state_ids[0][0], _padded(number for _, number in criteria.state_ids)
        record = select(StateRecord.student_id).where(
            StateRecord.state_code == state, StateRecord.state_student_id.in_(numbers)
        )
        return _survivors(db, Student.id.in_(record), EXACT[1]), tried
    return [], tried


def _misread(msix_id: str) -> list[str]:
    """All numbers with one other digit, or two neighbouring digits swapped."""
    wrong = {msix_id[:at] + digit + msix_id[at + 1 :] for at, digit in product(range(12), "0123456789")}
    swapped = {msix_id[:at] + msix_id[at + 1] + msix_id[at] + msix_id[at + 2 :] for at in range(11)}
    return sorted(wrong | swapped)


def _padded(numbers: Iterable[str]) -> list[str]:
    """State IDs with fewer or more zeros in front, with and without hyphens, in either case: files differ in these."""
    plain = {form for number in numbers for form in (number, number.replace("-", ""), number.lower())}
    bare = {number.lstrip("0") or "0" for number in plain}
    return sorted(plain | {number.zfill(length) for number in bare for length in range(1, 16)})


def _survivors(db: Session, condition: ColumnElement[bool], why: str) -> Ranked:
    """The students of a condition, each merged-away one replaced by its survivor."""
    found = db.scalars(select(Student).where(condition).order_by(Student.id).limit(MOST))
    return [(student_id, why) for student_id in dict.fromkeys(student.survivor.id for student in found)]
