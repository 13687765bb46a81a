"""The family of a child: brothers and sisters, one notice and one packet for all."""

from flask import Blueprint, g

from msixlite.domain import families, students
from msixlite.domain.permissions import Permission
from msixlite.web.access import requires
from msixlite.web.rendering import page

bp = Blueprint("families", __name__)


@bp.get("/students/<msix_id:msix_id>/family")
@requires(Permission.DISPLAY_STUDENT_RECORD)
def family(msix_id):
    """Children who share guardians or a move; the record loads the list by itself."""
    student = students.get(g.db, msix_id, by=g.user)
    return page(
        "families/family.html",
        fragment="family",
        student=student,
        child=students.shown_name(student),
        relatives=families.relatives(g.db, student),
    )
