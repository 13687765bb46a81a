"""Who acts for whom while somebody is away."""

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from msixlite.domain import days, delegations, worklist
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("delegations", __name__, url_prefix="/delegations")
_RIGHT = Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS


class DelegationForm(FlaskForm):
    to = SelectField(_l("Who acts for me"), coerce=int)
    starts_on = DateField(_l("First day"), [InputRequired(_l("Type the first day."))])
    ends_on = DateField(_l("Last day"), [InputRequired(_l("Type the last day."))])


@bp.route("/", methods=["GET", "POST"])
@requires(_RIGHT)
def index():
    """Delegate one's own desk from one day to another."""
    form = DelegationForm()
    people = worklist.colleagues(g.db, by=g.user)
    form.to.choices = [
        (one.id, _l("%(name)s, %(role)s, %(place)s", name=one.full_name, role=one.role.label, place=one.place))
        for one in people
    ]
    if form.validate_on_submit():
        try:
            _delegate(form)
        except RuleBroken as rule:
            form.form_errors.append(refuse(rule))
        else:
            flash(_l("Your desk is delegated."))
            return redirect(url_for(".index"), 303)
    today = days.today_of(g.user, g.now)
    return page(
        "delegations/index.html",
        form=form,
        found=delegations.current(g.db, today=today, by=g.user),
        others=delegations.of_others(g.db, today=today, by=g.user),
        may_end=lambda one: delegations.may_end(one, by=g.user),
        status=422 if form.errors else 200,
    )


def _delegate(form: DelegationForm) -> None:
    delegations.delegate(
        g.db,
        to_id=form.to.data,
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        now=g.now,
        by=g.user,
    )


@bp.post("/<row_id:delegation_id>/end")
@requires(_RIGHT)
def end(delegation_id):
    """Take the desk back."""
    delegations.end(g.db, delegation_id, by=g.user)
    flash(_l("The delegation has ended."))
    return redirect(url_for(".index"), 303)
