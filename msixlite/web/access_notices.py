"""Who in the own district no longer needs access: forwarded to the User Administrator (C8)."""

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length

from msixlite.domain import access_notices
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("access_notices", __name__, url_prefix="/district-staff")


class ForwardForm(FlaskForm):
    words = StringField(_l("Since when, or why"), [Length(max=500, message=_l("Use at most 500 characters."))])


@bp.get("/")
@requires(Permission.FORWARD_ACCESS_NOTICES)
def staff():
    """The people of the own district, each with one button."""
    return _staff()


def _staff(fault: str = "", typed: tuple[int, str] = (0, ""), status: int = 200):
    people = access_notices.staff(g.db, by=g.user)
    return page("access_notices/staff.html", people=people, fault=fault, typed=typed, status=status)


@bp.post("/<row_id:user_id>/no-longer-needed")
@requires(Permission.FORWARD_ACCESS_NOTICES)
def forward(user_id):
    """Put the person on the User Administrator's list. The account itself stays as it is."""
    form = ForwardForm()
    words = form.words.data or ""
    if not form.validate_on_submit():
        return _staff(_l("Use at most 500 characters."), (user_id, words), 422)
    try:
        access_notices.forward(g.db, user_id, words=words, now=g.now, by=g.user)
    except RuleBroken as rule:
        return _staff(refuse(rule), (user_id, words), 422)
    flash(_l("The User Administrator has it on their list, and decides."))
    return redirect(url_for(".staff"), 303)
