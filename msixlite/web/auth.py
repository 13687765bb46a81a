"""The way in and out: monitoring notice, sign-in, own password, Rules of Behavior, sign-out."""

from datetime import datetime, timedelta
from hmac import compare_digest

from flask import Blueprint, abort, current_app, g, redirect, request, session, url_for
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from msixlite.domain import accounts, passwords, sign_in_alerts
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.site import Shortcut
from msixlite.web import wanted
from msixlite.web.access import public, requires
from msixlite.web.drafts import next_page
from msixlite.web.language import flash
from msixlite.web.mail import send_soon
from msixlite.web.middleware import SignedIn, limiter, refuse, release_lock
from msixlite.web.rendering import page

bp = Blueprint("auth", __name__)
limiter.limit("60 per minute", methods=["POST"])(bp)


class NoticeForm(FlaskForm):
    pass


@bp.route("/consent", methods=["GET", "POST"])
@public
def consent():
    """The monitoring notice, once for each visit (A5)."""
    form = NoticeForm()
    if not form.validate_on_submit():
        return page("auth/consent.html", form=form)
    session["consented"] = True
    if shortcut := _shortcut(session.pop("shortcut", "")):
        return _take(shortcut)
    return redirect(url_for(".sign_in"), 303)


@bp.get("/demo/<token>")
@public
def demo(token):
    """The link that the start of a demo prints: to the notice, and after it in, as if name and password were typed."""
    if not _shortcut(token):
        abort(404)
    session["shortcut"] = token
    return redirect(url_for(".consent"), 303)


def _shortcut(token: str) -> Shortcut | None:
    known = current_app.config["SHORTCUT"]
    return known if known and compare_digest(token.encode(), known.token.encode()) else None


def _take(shortcut: Shortcut) -> Response:
    """Sign in by the link, which is then used up."""
    current_app.config["SHORTCUT"] = None
    try:
        user = _sign_in(shortcut.user, shortcut.password)
    except RuleBroken as rule:
        flash(refuse(rule), "error")
        return redirect(url_for(".sign_in"), 303)
    return redirect(next_page(user, otherwise=url_for("home.index")), 303)


class SignInForm(FlaskForm):
    user_name = StringField(_l("User name"), [InputRequired(_l("Type your user name.")), Length(max=60)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Type your password.")), Length(max=1000)])


@bp.route("/login", methods=["GET", "POST"])
@public
def sign_in():
    """User name and password; the answer to a wrong one is always the same."""
    if g.user:
        return redirect(url_for("home.index"), 303)
    if not session.get("consented"):
        return redirect(url_for(".consent"), 303)
    form = SignInForm()
    if not form.validate_on_submit():
        return page("auth/sign_in.html", form=form, status=422 if form.errors else 200)
    try:
        user = _sign_in(form.user_name.data, form.password.data)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return page("auth/sign_in.html", form=form, status=422)
    return redirect(next_page(user, otherwise=url_for("home.index")), 303)


def _sign_in(user_name: str, password: str) -> User:
    attempt = accounts.begin_sign_in(g.db, user_name, now=g.now)
    release_lock()
    fits = passwords.verify(password, attempt.password_hash)
    g.about = {"user": attempt.user_id} if attempt.user_id else {}
    try:
        user, token = accounts.finish_sign_in(
            g.db,
            attempt,
            fits=fits,
            now=g.now,
            address=request.remote_addr or "",
            at_once=g.settings.sessions_per_account,
        )
    except accounts.RoleNotBegun:
        release_lock()  # the password was right: its tries are not counted as wrong ones
        raise
    asked = wanted.take()
    session.clear()
    wanted.keep(asked)
    live = accounts.find_session(g.db, token, now=g.now)
    assert live is not None
    login_user(SignedIn(token, live))
    g.user_id, g.session_id = user.id, live.id
    if sign_in_alerts.compare(g.db, live, within=timedelta(minutes=g.settings.two_networks_minutes), now=g.now):
        send_soon()
    return user


@bp.post("/logout")
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def sign_out():
    """End the session on the server: a copied cookie opens nothing any more."""
    accounts.end_session(g.db, g.user_session, reason="signed out", now=g.now)
    logout_user()
    session.clear()
    g.session_id = None
    flash(_l("You are signed out."))
    return redirect(url_for(".sign_in"), 303)


class PasswordForm(FlaskForm):
    present = PasswordField(
        _l("Present password"), [InputRequired(_l("Type your present password.")), Length(max=1000)]
    )
    new = PasswordField(_l("New password"), [InputRequired(_l("Type a new password."))])
    again = PasswordField(_l("New password, once more"), [InputRequired(_l("Type the new password once more."))])


@bp.route("/password", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def password():
    """Choose one's own password: at the first sign-in, every 60 days, and whenever one likes."""
    form, stays_until = PasswordForm(), _stays_until()
    if not form.validate_on_submit() or not _change_password(form, stays_until):
        status = 422 if form.errors else 200
        return page("auth/password.html", form=form, strength=_strength(), stays_until=stays_until, status=status)
    flash(_l("Your password is changed. Your other sessions have ended."))
    return redirect(url_for("home.index"), 303)


@bp.post("/password/strength")
@requires(Permission.USE_OWN_ACCOUNT, reads=True, gate=True)
def password_strength():
    """How hard the new password is to guess, while it is typed. Nothing of it is kept."""
    return page("auth/password.html", fragment="strength", form=PasswordForm(), strength=_strength())


def _strength():
    typed = request.form.get("new", "")[: passwords.MAXIMUM_LENGTH]
    return passwords.strength(typed, forbidden=_own_words()) if typed else None


def _own_words():
    return g.user.user_name, g.user.first_name, g.user.last_name, "msixlite", "msix"


def _stays_until() -> datetime | None:
    least, age = timedelta(days=g.settings.password_least_days), timedelta(days=g.settings.password_days)
    return accounts.password_stays_until(g.user, least=least, age=age, now=g.now)


def _change_password(form: PasswordForm, stays_until: datetime | None) -> bool:
    if stays_until:
        form.new.errors = [_l("It is too soon to change the password again.")]
        return False
    hashes = accounts.remembered_hashes(g.db, g.user)
    forbidden = (g.user.user_name, g.user.first_name, g.user.last_name)
    release_lock()
    if not passwords.verify(form.present.data, hashes[0]):
        form.present.errors = [_l("This is not your present password.")]
        return False
    minimum = g.settings.password_minimum_length
    form.new.errors = [
        _l("The password needs %(fault)s.", fault=fault)
        for fault in passwords.faults(form.new.data, minimum_length=minimum, forbidden=forbidden)
    ]
    if not form.new.errors and _strength().score < g.settings.password_minimum_score:
        form.new.errors = [_l("The password is too easy to guess. See below why.")]
    if not form.new.errors and form.new.data != form.again.data:
        form.again.errors = [_l("The two new passwords differ.")]
    if not form.new.errors and not form.again.errors and passwords.was_used(form.new.data, hashes):
        form.new.errors = [_l("This password was used before. The last six may not come back.")]
    if form.errors:
        return False
    new_hash = passwords.hash_password(form.new.data)
    accounts.change_password(g.db, g.user, password_hash=new_hash, session=g.user_session, now=g.now)
    return True


class RulesForm(FlaskForm):
    accept = BooleanField(
        _l("I have read and understood the Rules of Behavior and will keep them."),
        [InputRequired(_l("Tick the box to go on, or sign out."))],
    )


@bp.route("/rules", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def rules():
    """Read and accept the Rules of Behavior: the first time, each year, and whenever they change (A1, A4)."""
    form = RulesForm()
    if form.validate_on_submit():
        accounts.accept_rules(g.db, address=request.remote_addr or "", now=g.now, by=g.user)
        return redirect(url_for("home.index"), 303)
    due = accounts.must_accept_rules(g.db, g.user, now=g.now)
    return page(
        "auth/rules.html", form=form, rules=accounts.current_rules(g.db), due=due, status=422 if form.errors else 200
    )
