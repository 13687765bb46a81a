"""One's own account: role, rights in words, training, settings; and saying that one needs less, or nothing."""

from flask import Blueprint, current_app, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, StringField
from wtforms.validators import Length, NumberRange, Optional

from msixlite.domain import access_notices, access_use, days, role_assignments, training
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import GRANTS, Permission
from msixlite.models.users import NoticeKind
from msixlite.models.words import _l
from msixlite.web.access import actions, requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import own_page, page

bp = Blueprint("account", __name__, url_prefix="/me")


LONGEST_WAIT = 900
"""Seconds of rest until names are blurred."""


class SettingsForm(FlaskForm):
    privacy_mode = BooleanField(_l("Blur children's names and birth dates until I point at them (key Shift+B)"))
    blur_after_seconds = IntegerField(
        _l("Blur them after so many seconds without use"),
        [Optional(), NumberRange(0, LONGEST_WAIT, _l("From 0 to 900."))],
    )
    keyboard_shortcuts = BooleanField(_l("Single-letter keys: / for search, j and k to move, p to print"))
    phone_hidden = BooleanField(_l("Hide my phone in the public User Administrator Search"))


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """Who I am here and what I may do; my settings."""
    form = SettingsForm(obj=g.user)
    if form.validate_on_submit():
        g.user.keyboard_shortcuts = form.keyboard_shortcuts.data
        g.user.privacy_mode = form.privacy_mode.data
        g.user.blur_after_seconds = form.blur_after_seconds.data or 0
        g.user.phone_hidden = form.phone_hidden.data
        flash(_l("Your settings are kept."))
        return redirect(url_for(".index"), 303)
    return _index(form, status=422 if form.errors else 200)


def _index(form, fault: str = "", status: int = 200):
    assignments = role_assignments.of_user(g.db, g.user)
    return page(
        "account/index.html",
        form=form,
        rights=GRANTS[g.user.role],
        training_due=training.due_on(g.db, g.user),
        assignments=assignments,
        today=days.today_of(g.user, g.now),
        others_now=role_assignments.others_now(assignments, g.user, g.now),
        fault=fault,
        status=status,
    )


@bp.get("/access")
@requires(Permission.USE_OWN_ACCOUNT)
def access():
    """My access: my role, where it reaches, and when I last used each right (A33)."""
    used = access_use.last_used(g.db, g.user, actions(current_app))
    return page("account/access.html", rights=GRANTS[g.user.role], used=used)


class PrivacyForm(FlaskForm):
    next = HiddenField()


@bp.post("/privacy")
@requires(Permission.USE_OWN_ACCOUNT)
def privacy():
    """Somebody looks over my shoulder: blur names and birth dates, or show them again (P6)."""
    form = PrivacyForm()
    if form.validate_on_submit():
        g.user.privacy_mode = not g.user.privacy_mode
    return redirect(own_page(form.next.data, otherwise=url_for("home.index")), 303)


class NoticeForm(FlaskForm):
    words = StringField(_l("Why (if you like)"), [Length(max=500)])


@bp.post("/no-longer-needed")
@requires(Permission.USE_OWN_ACCOUNT)
def no_longer_needed():
    """I no longer need access: a task for my User Administrator (A32)."""
    return _report(NoticeKind.NO_LONGER_NEEDED)


@bp.post("/more-than-needed")
@requires(Permission.USE_OWN_ACCOUNT)
def more_than_needed():
    """This is more than I need (A33)."""
    return _report(NoticeKind.MORE_THAN_NEEDED)


def _report(kind: NoticeKind):
    form = NoticeForm()
    if not form.validate_on_submit():
        return _index(SettingsForm(obj=g.user), fault=_l("Use at most 500 characters."), status=422)
    try:
        access_notices.report(g.db, kind, words=form.words.data or "", now=g.now, by=g.user)
    except RuleBroken as rule:
        return _index(SettingsForm(obj=g.user), fault=refuse(rule), status=422)
    flash(_l("Thank you. Your User Administrator has it on their list."))
    return redirect(url_for(".index"), 303)
