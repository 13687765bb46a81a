"""Report a problem, from every page, signed in or not; and what became of the reports."""

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from msixlite.domain import accounts, incidents, passwords, places
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.incidents import IncidentKind
from msixlite.models.words import _l
from msixlite.web.access import public, requires
from msixlite.web.language import flash
from msixlite.web.mail import send_soon
from msixlite.web.middleware import limiter, refuse, release_lock
from msixlite.web.rendering import choices, page

bp = Blueprint("incidents", __name__, url_prefix="/incidents")
BEFORE_SIGN_IN = ("incidents.report_unsigned", "incidents.lock_account")
limiter.limit("20 per hour", methods=["POST"], exempt_when=lambda: request.endpoint not in BEFORE_SIGN_IN)(bp)
BARRIERS = ("sessions.resume", "second_factor.check")
"""Pages beyond which nothing of one's own is open: whoever sits there may be anybody."""


class ReportForm(FlaskForm):
    page = HiddenField()
    kind = RadioField(
        _l("What did you see?"),
        [InputRequired(_l("Choose what fits best."))],
        choices=choices((one.value, words) for one, words in incidents.KINDS.items()),
    )
    text = TextAreaField(
        _l("What happened, and when?"), [InputRequired(_l("Say in a sentence what happened.")), Length(max=2000)]
    )
    lock = BooleanField(_l("Lock my account now. A User Administrator must open it again."))


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def report():
    """Tell the User Administrator and the State's lead what was odd; lock the own account where it was misused."""
    form = ReportForm(data={"page": _known(request.args.get("page", ""))})
    if not form.validate_on_submit():
        return page("incidents/report.html", form=form, status=422 if form.errors else 200)
    incidents.report(
        g.db,
        kind=IncidentKind(form.kind.data),
        text=form.text.data,
        page=_known(form.page.data),
        lock=form.lock.data,
        now=g.now,
        by=g.user,
    )
    send_soon()
    if form.lock.data:
        flash(
            _l(
                "Your report is kept and shown to the User Administrator and the State's lead. "
                "Your account is locked, and you are signed out."
            )
        )
    else:
        flash(_l("Your report is kept and shown to the User Administrator and the State's lead."))
    return redirect(url_for("auth.sign_in" if form.lock.data else "home.index"), 303)


class UnsignedForm(FlaskForm):
    page = HiddenField()
    kind = RadioField(
        _l("What did you see?"),
        [InputRequired(_l("Choose what fits best."))],
        choices=choices((one.value, words) for one, words in incidents.KINDS.items()),
    )
    text = TextAreaField(
        _l("What happened, and when?"), [InputRequired(_l("Say in a sentence what happened.")), Length(max=2000)]
    )
    state = SelectField(_l("State that it concerns (if you know)"))
    contact = StringField(_l("How we can reach you (if you like)"), [Length(max=120)])


@bp.route("/report", methods=["GET", "POST"])
@public
def report_unsigned():
    """Report a problem without signing in: from the sign-in page, an error page, any page that all may see."""
    if g.user and g.gate not in BARRIERS:
        return redirect(url_for(".report", page=_known(request.args.get("page", ""))), 303)
    form = UnsignedForm(data={"page": _known(request.args.get("page", ""))})
    form.state.choices = choices(
        [("", _l("I do not know")), *((one.code, one.name) for one in places.all_states(g.db))]
    )
    if not form.validate_on_submit():
        return page("incidents/report_unsigned.html", form=form, status=422 if form.errors else 200)
    made = incidents.report_unsigned(
        g.db,
        kind=IncidentKind(form.kind.data),
        text=form.text.data,
        page=_known(form.page.data),
        state=form.state.data,
        contact=form.contact.data or "",
        now=g.now,
    )
    g.about = {"report": made.id}
    send_soon()
    thanks = _l(
        "Thank you. Your report %(number)s is kept, and those who must look at it are told.", number=made.reference
    )
    flash(thanks)
    return redirect(url_for("auth.sign_in"), 303)


class LockForm(FlaskForm):
    user_name = StringField(_l("User name"), [InputRequired(_l("Type your user name.")), Length(max=60)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Type your password.")), Length(max=1000)])


LOCK_ANSWER = _l(
    "If that was the user name and password of an active account, it is locked now and its sessions have ended. "
    "Your User Administrator opens it again. A wrong password counts here as it does at sign-in."
)


@bp.route("/lock-my-account", methods=["GET", "POST"])
@public
def lock_account():
    """Lock one's own account at once, without signing in. The answer is always the same."""
    form = LockForm()
    if not form.validate_on_submit():
        return page("incidents/lock_account.html", form=form, status=422 if form.errors else 200)
    try:
        _lock(form.user_name.data, form.password.data)
    except RuleBroken as rule:
        refuse(rule)
        g.outcome = "refused"
    flash(LOCK_ANSWER, "info")
    return redirect(url_for("auth.sign_in"), 303)


def _lock(user_name, password):
    attempt = accounts.begin_sign_in(g.db, user_name, now=g.now)
    release_lock()
    fits = passwords.verify(password, attempt.password_hash)
    g.about = {"user": attempt.user_id} if attempt.user_id else {}
    incidents.lock_before_sign_in(g.db, attempt, fits=fits, now=g.now)
    send_soon()


def _known(endpoint):
    """The page that it is about, by its name: an address could hold anything."""
    return endpoint if endpoint in current_app.view_functions else ""


class SeenForm(FlaskForm):
    answer = StringField(_l("What was done"), [Length(max=500)])


@bp.get("/")
@requires(Permission.SEE_INCIDENT_REPORTS)
def index():
    """What people of the own State reported."""
    return page("incidents/index.html", reports=incidents.recent(g.db, by=g.user), kinds=incidents.KINDS)


@bp.post("/<row_id:report_id>/seen")
@requires(Permission.SEE_INCIDENT_REPORTS)
def seen(report_id):
    """Say what was done about a report."""
    form = SeenForm()
    answer = form.answer.data if form.validate_on_submit() else ""
    incidents.seen(g.db, report_id, answer=answer or "", now=g.now, by=g.user)
    flash(_l("Your answer is kept with the report."))
    return redirect(url_for(".index"), 303)
