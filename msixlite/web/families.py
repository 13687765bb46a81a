"""The family of a child: brothers and sisters, one notice and one packet for all."""

from collections import Counter

from flask import Blueprint, g

from msixlite.domain import families, students
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.rendering import msix_id_groups, page

bp = Blueprint("families", __name__)


@bp.get("/students/<msix_id:msix_id>/family")
@requires(Permission.DISPLAY_STUDENT_RECORD)
def family(msix_id):
    """Children who share guardians or a move; the record loads the list by itself."""
    student = students.get(g.db, msix_id, by=g.user)
    relatives = families.relatives(g.db, student)
    return page(
        "families/family.html",
        fragment="family",
        student=student,
        child=students.shown_name(student),
        relatives=relatives,
        beside=beside([student, *(one.student for one in relatives)], _name_and_day),
    )


def _name_and_day(student) -> str:
    return f"{students.shown_name(student)} {students.shown_birth_date(student)}"


def beside(children, named) -> dict[int, str]:
    """Student number → what tells the child from another one in the list that `named` calls the same."""
    labels = {child.id: named(child).casefold() for child in children}
    often = Counter(labels.values())
    return {child.id: _number_and_states(child) for child in children if often[labels[child.id]] > 1}


def _number_and_states(child) -> str:
    states = ", ".join(sorted({record.state_code for record in child.state_records}))
    return _l("MSIX ID %(msix_id)s (%(states)s)", msix_id=msix_id_groups(child.msix_id), states=states)


def told_apart(children, named) -> dict[int, str]:
    """Student number → the child as `named` calls it, with MSIX ID and States where two are called the same."""
    further = beside(children, named)
    return {
        child.id: _l("%(child)s, %(beside)s", child=named(child), beside=further[child.id])
        if child.id in further
        else named(child)
        for child in children
    }
