"""One's own sessions: the warning before sign-out, the quick lock, the list."""

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from msixlite.domain import accounts, passwords, role_assignments, roles_in_force, sessions
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.drafts import next_page
from msixlite.web.language import flash
from msixlite.web.middleware import limiter, refuse, release_lock
from msixlite.web.rendering import own_page, page

bp = Blueprint("sessions", __name__, url_prefix="/sessions")
limiter.limit("60 per minute", methods=["POST"])(bp)
END_REASONS = {
    str(words)[:40]: words
    for words in (
        _l("signed out"),
        _l("signed in elsewhere"),
        _l("ended by the person"),
        _l("password changed"),
        _l("password reset"),
        roles_in_force.CHANGED,
        roles_in_force.SESSIONS_END,
        role_assignments.GIVEN,
        role_assignments.ENDED,
        role_assignments.TAKEN_UP,
        _l("disabled"),
        _l("deactivated"),
        _l("locked by the person with an incident report"),
    )
}
"""Why a session ended: as it is kept, cut to its column → as a page says it."""


@bp.get("/")
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """Where I am signed in, and how my last sessions ended."""
    return page(
        "sessions/index.html",
        live=sessions.live(g.db, now=g.now, by=g.user),
        ended=sessions.ended(g.db, by=g.user),
        reasons=END_REASONS,
    )


@bp.post("/<row_id:session_id>/end")
@requires(Permission.USE_OWN_ACCOUNT)
def end(session_id):
    """End one of my sessions, such as one left open elsewhere."""
    sessions.end(g.db, session_id, now=g.now, by=g.user)
    flash(_l("That session has ended."))
    return redirect(url_for(".index"), 303)


@bp.get("/left")
@requires(Permission.USE_OWN_ACCOUNT, background=True, gate=True)
def left():
    """How long the session still lives; asked by the page itself, which does not prolong it."""
    return _left()


@bp.post("/stay")
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def stay():
    """The answer to the warning: the idle time begins again."""
    if not request.headers.get("HX-Request"):
        return redirect(url_for("home.index"), 303)
    g.user_session.last_active_at = g.now
    return _left()


def _left():
    warned = g.now >= sessions.warns_at(g.user_session)
    return page(
        "sessions/left.html",
        fragment="warning",
        warned=warned,
        ends_at=sessions.ends_at(g.user_session),
        can_stay=sessions.can_stay(g.user_session, now=g.now),
    )


@bp.post("/lock")
@requires(Permission.USE_OWN_ACCOUNT)
def lock():
    """Leave the desk: nothing opens until the password is given again."""
    sessions.lock(g.db, g.user_session, now=g.now)
    return redirect(url_for(".resume"), 303)


class ResumeForm(FlaskForm):
    next = HiddenField()
    password = PasswordField(_l("Password"), [InputRequired(_l("Type your password.")), Length(max=1000)])


@bp.route("/locked", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def resume():
    """The locked screen. A wrong password counts like one at sign-in: the third disables the account."""
    if not g.locked:
        return redirect(url_for("home.index"), 303)
    form = ResumeForm(data={"next": request.args.get("next", "")})
    if not form.validate_on_submit():
        return page("sessions/locked.html", form=form, status=422 if form.errors else 200)
    try:
        _resume(form.password.data)
    except RuleBroken as rule:
        form.password.errors = [refuse(rule)]
        return page("sessions/locked.html", form=form, status=422)
    return redirect(own_page(form.next.data, otherwise=next_page(g.user, otherwise=url_for("home.index"))), 303)


def _resume(password):
    attempt = accounts.begin_sign_in(g.db, g.user.user_name, now=g.now)
    release_lock()
    accounts.confirm_password(g.db, attempt, fits=passwords.verify(password, attempt.password_hash))
    sessions.unlock(g.db, g.user_session)
    g.locked = False
