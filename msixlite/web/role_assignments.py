"""Roles of an account with their days: given and ended by an administrator, taken up by their owner (A14)."""

from flask import Blueprint, g, redirect, session, url_for
from flask_login import login_user
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, StringField
from wtforms.validators import InputRequired, Optional

from msixlite.domain import accounts, role_assignments
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import SignedIn, refuse
from msixlite.web.users import account_page, first_fault, role_form

bp = Blueprint("role_assignments", __name__)


@bp.post("/users/<row_id:user_id>/roles")
@requires(Permission.ASSIGN_USER_ROLES)
def give(user_id):
    """A further role, or the successor of one that ends."""
    form = role_form()
    if not form.validate_on_submit():
        return account_page(user_id, fault=first_fault(form), status=422, giving=form)
    try:
        role_assignments.give(g.db, user_id, form.wanted(), edition=form.edition.data, now=g.now, by=g.user)
    except RuleBroken as rule:
        return account_page(user_id, fault=refuse(rule), status=422, giving=form)
    flash(_l("The role is given."))
    return redirect(url_for("users.account", user_id=user_id), 303)


class EndForm(FlaskForm):
    ends_on = DateField(_l("Last day"), [Optional()])
    reason = StringField(_l("Reason"), [InputRequired(_l("Write why you end the role."))])
    edition = IntegerField(_l("Edition"), [InputRequired()])


@bp.post("/users/<row_id:user_id>/roles/<row_id:assignment_id>/end")
@requires(Permission.ASSIGN_USER_ROLES)
def end(user_id, assignment_id):
    """End a role at once, or with the last day named."""
    form = EndForm()
    if not form.validate_on_submit():
        return account_page(user_id, fault=first_fault(form), status=422)
    try:
        role_assignments.end(
            g.db,
            user_id,
            assignment_id,
            ends_on=form.ends_on.data,
            reason=form.reason.data,
            edition=form.edition.data,
            now=g.now,
            by=g.user,
        )
    except RuleBroken as rule:
        return account_page(user_id, fault=refuse(rule), status=422)
    flash(_l("The role ends as you said."))
    return redirect(url_for("users.account", user_id=user_id), 303)


@bp.post("/me/roles/<row_id:assignment_id>/take-up")
@requires(Permission.USE_OWN_ACCOUNT)
def take_up(assignment_id):
    """Work in another of my own roles: its rights and no others, in a new session."""
    try:
        token = role_assignments.switch(g.db, assignment_id, g.user_session, now=g.now, by=g.user)
    except RuleBroken as rule:
        flash(refuse(rule), "error")
        return redirect(url_for("account.index"), 303)
    session.clear()
    live = accounts.find_session(g.db, token, now=g.now)
    assert live is not None
    login_user(SignedIn(token, live))
    g.session_id = live.id
    flash(_l("You work as %(role)s now.", role=g.user.role.label))
    return redirect(url_for("home.index"), 303)
