"""The one child whom a search means beyond doubt, so that Enter may open the record without a list between.

Beyond doubt are an MSIX ID or a State ID alone, exactly as some State has it, and a first name, a surname and the
birth date, all as one State writes them, with no other child near. Never a name that is spelled nearly so: whoever
opens the wrong child may enroll the wrong child. A name without its date is not enough either: the child who is meant
may be one that no State has sent yet.
"""

from sqlalchemy.orm import Session

from msixlite.domain import search_names, search_numbers, search_words
from msixlite.domain import search_statements as statements
from msixlite.domain.permissions import Permission, allows
from msixlite.domain.search_dates import as_date
from msixlite.domain.search_likeness import OTHER_DATE
from msixlite.domain.search_pool import Pool
from msixlite.domain.search_text import Criteria
from msixlite.models.students import Student
from msixlite.models.users import User

NEAR = 6.0
"""How much less like a child may be and still be near: a twin, a namesake with a date one digit away, two typing
errors, or one name that differs and the birth date that fits. Whose birth date has nothing to do with it is not near.
"""


def only_child(db: Session, criteria: Criteria, *, by: User) -> str:
    """The MSIX ID of the only child whom the criteria can mean; empty where a person has to choose.

    Who typed what the search has no use for may have meant another child.
    """
    if criteria.unused:
        return ""
    if not allows(by, Permission.SEARCH_STUDENTS) or not allows(by, Permission.DISPLAY_STUDENT_RECORD):
        return ""
    student_id = _of_number(db, criteria) or _of_name_and_date(db, criteria)
    student = db.get(Student, student_id) if student_id else None
    return student.msix_id if student else ""


def _of_number(db: Session, criteria: Criteria) -> int | None:
    """The child of an MSIX ID or State ID that was typed alone."""
    if criteria.words or criteria.born or criteria.between or bool(criteria.msix_id) == bool(criteria.state_ids):
        return None
    ranked, _ = search_numbers.find(db, criteria)
    return ranked[0][0] if len(ranked) == 1 and ranked[0][1] in search_numbers.EXACT else None


def _of_name_and_date(db: Session, criteria: Criteria) -> int | None:
    if criteria.msix_id or criteria.state_ids or not criteria.born or len(criteria.telling) < 2:
        return None
    pool = search_words.understand(db, criteria)
    search_names.find(db, pool)
    likeliest = _alone(pool)
    return likeliest if likeliest and _is_as_written(db, likeliest, criteria) else None


def _alone(pool: Pool) -> int | None:
    """The likeliest child, if no other one is near."""
    dated = sorted((cost, student_id) for student_id, (cost, _, day, _) in pool.children.items() if day < OTHER_DATE)
    if not dated or (len(dated) > 1 and dated[1][0] <= dated[0][0] + NEAR):
        return None
    return dated[0][1]


def _is_as_written(db: Session, student_id: int, criteria: Criteria) -> bool:
    """Whether one State has the birth date and every word typed, a first name and a surname among them."""
    typed, born = set(criteria.telling), as_date(criteria.born[0])
    return any(
        row.born == born
        and typed <= {*row.surnames.split(), *row.given.split()}
        and typed & {word for word in row.surnames.split() if len(word) > 1}
        and typed & {word for word in row.given.split() if len(word) > 1}
        for row in statements.fetch(db, statements.OF_STUDENTS, students=[student_id])
    )
