"""Report a problem, from every page; and what became of the reports."""

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from msixlite.domain import incidents
from msixlite.domain.permissions import Permission
from msixlite.models.incidents import IncidentKind
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.rendering import choices, page

bp = Blueprint("incidents", __name__, url_prefix="/incidents")


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
