"""The audit trail on screen: filters, who saw a child, unusual use."""

from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, Response, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from msixlite.domain import (
    audit,
    audit_export,
    audit_trail,
    audit_words,
    disclosures,
    export_files,
    exports,
    msix_ids,
    unusual_use,
)
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.exports import ExportKind
from msixlite.models.words import _l, _lp
from msixlite.web.access import requires
from msixlite.web.exports import ProtectedForm, prepare, print_out, send_files
from msixlite.web.middleware import refuse, unusual_limits
from msixlite.web.rendering import choices, may, page

bp = Blueprint("audit", __name__, url_prefix="/audit")
PERIODS = (7, 30, 90)
"""Days that the report of unusual use looks back."""


class FilterForm(FlaskForm):
    user_name = StringField(_l("Person (user name)"), [Length(max=60)])
    msix_id = StringField(_l("Child (MSIX ID)"), [Length(max=20)])
    action = SelectField(
        _l("Action"), choices=choices(sorted(audit_words.ACTIONS.items(), key=lambda one: one[1]), any_=True)
    )
    place = SelectField(_l("Place of the person"), validate_choice=False)
    since = DateField(_lp("date", "From"), [Optional()])
    until = DateField(_lp("date", "To"), [Optional()])
    outcome = SelectField(_l("Outcome"), choices=choices(audit_trail.OUTCOMES.items(), any_=True))

    def validate_msix_id(self, field):
        field.data = "".join((field.data or "").split())
        if field.data and not msix_ids.is_valid(field.data):
            raise ValidationError(_l("An MSIX ID has twelve digits, and this one is mistyped."))


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.SEE_AUDIT_TRAIL)
def index():
    """What happened, the newest first. A filter is sent as a form and comes back as numbers: names stay out."""
    wanted = audit_trail.read_filter(request.args)
    form = FilterForm(data={**wanted.__dict__, "user_name": _name_of(wanted)})
    form.place.choices = choices(audit_trail.places(g.db, by=g.user), any_=True)
    if form.validate_on_submit():
        try:
            return redirect(url_for(".index", **_filter_of(form).as_arguments()), 303)
        except RuleBroken as rule:
            form.user_name.errors = [rule.sentence]
    before = audit_trail.read_number(request.args.get("before", ""))
    found = audit_trail.entries(g.db, wanted, before=before, by=g.user) if not form.errors else []
    older = url_for(".index", **wanted.as_arguments(), before=found[-1].event.id) if _is_full(found) else ""
    status = 422 if form.errors else 200
    return page(
        "audit/index.html",
        form=form,
        wanted=wanted,
        found=found,
        older=older,
        outcomes=audit_trail.OUTCOMES,
        status=status,
    )


def _is_full(found):
    return len(found) == audit_trail.PAGE


def _name_of(wanted):
    person = audit_trail.person(g.db, wanted.user_id, by=g.user) if wanted.user_id else None
    return person.user_name if person else ""


def _filter_of(form):
    name = form.user_name.data
    person = audit_trail.find_person(g.db, name, by=g.user) if name else None
    wanted = audit_trail.Filter(**{one: form[one].data for one in FILTERS})
    return replace(wanted, user_id=person.id if person else None)


FILTERS = ("msix_id", "action", "place", "since", "until", "outcome")


@bp.get("/students/<msix_id:msix_id>")
@requires(Permission.SEE_AUDIT_OF_CHILDREN, asks_purpose=False)
def child(msix_id):
    """Who saw this child, when, and for which purpose."""
    accounting = disclosures.of_child(g.db, msix_id, by=g.user)
    return page("audit/child.html", accounting=accounting)


@bp.get("/students/<msix_id:msix_id>.pdf")
@requires(Permission.SEE_AUDIT_OF_CHILDREN, asks_purpose=False)
def child_pdf(msix_id):
    """The accounting of disclosures on paper, for the parent who asks for it."""
    accounting = disclosures.of_child(g.db, msix_id, by=g.user)
    return print_out(
        "audit/child_pdf.html",
        kind=ExportKind.DISCLOSURES_PRINT,
        file_name=f"disclosures-{msix_id}.pdf",
        back=url_for(".child", msix_id=msix_id),
        subject=f"msix {msix_id}",
        accounting=accounting,
    )


class ExportForm(ProtectedForm):
    format = RadioField(_l("Format"), choices=choices({"csv": "CSV", "jsonl": _l("JSON lines")}.items()), default="csv")
    reason = StringField(
        _l("Why you export it"), [DataRequired(_l("Say why: it stands in the trail.")), Length(max=150)]
    )


@bp.route("/export", methods=["GET", "POST"])
@requires(Permission.SEE_AUDIT_TRAIL, reads=True)
def export():
    """The events that the filter shows, as a protected file, signed, with the check of the whole chain (A6)."""
    wanted = audit_trail.read_filter(request.args)
    form = prepare(ExportForm())
    if form.validate_on_submit():
        serial = exports.new_serial()
        try:
            return send_files(
                _export_files(wanted, form, serial),
                form=form,
                serial=serial,
                kind=ExportKind.AUDIT_FILE,
                name="msixlite-audit",
                note=f"{form.format.data}: {form.reason.data.strip()}",
            )
        except RuleBroken as rule:
            form.passphrase.errors = [refuse(rule)]
    key = g.settings.audit_key.public
    return page("audit/export.html", form=form, wanted=wanted, key=key, status=422 if form.errors else 200)


def _export_files(wanted, form, serial):
    rows = audit_trail.export_rows(g.db, wanted, by=g.user)
    name = f"audit.{form.format.data}"
    content = export_files.as_csv(rows) if form.format.data == "csv" else export_files.as_json_lines(rows)
    key = g.settings.audit_key
    statement = audit_export.statement(
        wanted,
        rows,
        checked=audit.verify(g.db),
        serial=serial,
        reason=form.reason.data.strip(),
        file_format=form.format.data,
        now=g.now,
        by=g.user,
    )
    return {
        name: content,
        f"{name}{audit_export.SUFFIX}": audit_export.sign(content, statement, key),
        "VERIFICATION.txt": audit_export.words(statement, key.public).encode(),
    }


@bp.get("/public-key.pem")
@requires(Permission.SEE_AUDIT_TRAIL)
def public_key():
    """The public half of the key that signs exports: give it to whoever must check one."""
    disposition = 'attachment; filename="msixlite-audit-public-key.pem"'
    return Response(
        g.settings.audit_key.public.pem,
        mimetype="application/x-pem-file",
        headers={"Content-Disposition": disposition},
    )


@bp.get("/unusual")
@requires(Permission.SEE_AUDIT_TRAIL)
def unusual():
    """What somebody should look at: many records, after hours, own surname, failed sign-ins, exports."""
    days = request.args.get("days", 30, type=int)
    days = days if days in PERIODS else 30
    limits = unusual_limits()
    report = unusual_use.report(g.db, since=g.now - timedelta(days=days), limits=limits, by=g.user)
    accounts = may(Permission.SEE_AUDIT_OF_ACCOUNTS)
    return page("audit/unusual.html", report=report, days=days, periods=PERIODS, limits=limits, accounts=accounts)
