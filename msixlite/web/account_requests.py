"""How to get an account: the public application, and the User Administrator's work on it."""

import re

from flask import Blueprint, abort, current_app, g, redirect, request, send_file, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from msixlite.domain import account_request_drafts, account_requests, kept_files, places, policy, users
from msixlite.domain.account_requests import RequestStep
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.mail_senders import MAIL_LINKS
from msixlite.models.account_requests import IdentityDocument
from msixlite.models.users import Role
from msixlite.models.words import _l, capital_first
from msixlite.web.access import public, requires
from msixlite.web.files import read_attachment
from msixlite.web.language import flash
from msixlite.web.mail import send_soon
from msixlite.web.middleware import limiter, refuse
from msixlite.web.rendering import page
from msixlite.web.users import EMAIL, account_form, create_and_show, rights_of

bp = Blueprint("account_requests", __name__)
limiter.limit("20 per hour", methods=["POST"], exempt_when=lambda: request.endpoint != "account_requests.new")(bp)


def _text(label: str, longest: int, missing: str):
    return StringField(label, [InputRequired(missing), Length(max=longest)])


class ApplicationForm(FlaskForm):
    first_name = _text(_l("First name"), 60, _l("Type your first name."))
    last_name = _text(_l("Last name"), 60, _l("Type your last name."))
    title = _text(_l("Position"), 120, _l("Type your position."))
    email = StringField(
        _l("Work e-mail address"), [InputRequired(_l("Type your e-mail address.")), Length(max=254), EMAIL]
    )
    phone = _text(_l("Work phone"), 30, _l("Type your work phone."))
    work_address = _text(_l("Work address"), 200, _l("Type your work address."))
    role = SelectField(_l("Role"), [InputRequired(_l("Choose the role that you need."))])
    place = SelectField(
        _l("Place that your work covers"), [InputRequired(_l("Choose the place that your work covers."))]
    )
    intended_use = TextAreaField(
        _l("What you will use msixlite for"), [InputRequired(_l("Write what you will use it for.")), Length(max=1000)]
    )
    trained_on = DateField(
        _l("Date of your last cyber security training"), [InputRequired(_l("Give the date of your last training."))]
    )
    verifier_name = _text(_l("Name"), 120, _l("Type the name of the verifying authority."))
    verifier_title = _text(
        _l("Position of the verifying authority"), 120, _l("Type the position of the verifying authority.")
    )
    verifier_phone = _text(_l("Phone of the verifying authority"), 30, _l("Type the phone of the verifying authority."))
    identity_document = SelectField(
        _l("Identity document that the verifying authority saw"),
        [InputRequired(_l("Choose the identity document."))],
        choices={"": _l("Choose one")}
        | {str(document.value): capital_first(document.value) for document in IdentityDocument},
    )
    need_attested = BooleanField(
        _l("The verifying authority confirms that I need this access for my work."),
        [InputRequired(_l("The verifying authority must confirm the need."))],
    )
    signed_form = FileField(_l("Signed form (PDF)"), [FileRequired(_l("Choose the signed form."))])

    def typed(self) -> dict[str, str]:
        """What was typed so far, as it came; never the file."""
        return {
            name: request.form.get(name, "")
            for name, field in self._fields.items()
            if name not in ("csrf_token", "signed_form")
        }

    def application(self) -> account_requests.Application:
        plain = ("first_name", "last_name", "title", "email", "phone", "work_address", "intended_use")
        verifier = ("verifier_name", "verifier_title", "verifier_phone")
        return account_requests.Application(
            **{name: self[name].data.strip() for name in (*plain, *verifier)},
            role=Role(self.role.data),
            trained_on=self.trained_on.data,
            identity_document=IdentityDocument(self.identity_document.data),
            need_attested=self.need_attested.data,
        )


@bp.route("/get-an-account", methods=["GET", "POST"])
@public
def new():
    """How do I get an account? First the State, then its form."""
    states = places.all_states(g.db)
    state = next((one for one in states if one.code == request.args.get("state")), None)
    if state is None:
        return page("account_requests/new.html", state=None, states=states, form=None)
    token = request.args.get("draft", "")
    form = ApplicationForm(formdata=_kept(token)) if token and request.method == "GET" else ApplicationForm()
    form.role.choices = {"": _l("Choose a role")} | {role.value: role.label for role in account_requests.REQUESTABLE}
    whole = {"": _l("Choose a place"), f"state-{state.code}": _l("All of %(state)s", state=state.name)}
    form.place.choices = whole | places.parts_of(g.db, state.code)
    if request.method == "POST" and "save" in request.form:
        return _save(form, state, token)
    if not form.validate_on_submit():
        return _form_page(state, form, 422 if form.errors else 200)
    try:
        _submit(form, state)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return _form_page(state, form, 422)
    account_request_drafts.remove(g.db, token)
    return redirect(url_for(".sent", state=state.code), 303)


def _form_page(state, form, status):
    documents = policy.account_documents(g.db, state.code)
    ticked = request.form.getlist("documents")
    return page(
        "account_requests/new.html",
        state=state,
        states=[],
        form=form,
        documents=documents,
        ticked=ticked,
        status=status,
    )


def _kept(token: str) -> MultiDict:
    seal = g.settings.seal(account_request_drafts.SEALED_FOR)
    draft = account_request_drafts.opened(g.db, token, seal=seal, now=g.now)
    return MultiDict({name: value for name, value in draft.fields.items() if value})


def _save(form, state, token: str):
    """Keep the unfinished application. Its link is in the answer to this POST, once, and in an e-mail."""
    seal = g.settings.seal(account_request_drafts.SEALED_FOR)
    row, new_token = account_request_drafts.save(
        g.db, form.typed(), state=state.code, seal=seal, now=g.now, token=token
    )
    g.about, g.outcome = {"application draft": row.id}, "kept unfinished"
    address = (form.email.data or "").strip()
    mails = bool(address) and form.email.validate(form)
    if mails:
        links = g.settings.seal(MAIL_LINKS)
        mails = account_request_drafts.send_link(g.db, row, new_token, address=address, seal=links, now=g.now)
        send_soon()
    link = url_for(".new", state=state.code, draft=new_token)
    return page(
        "account_requests/saved.html",
        link=link,
        address=g.settings.public_address + link,
        is_new=new_token != token,
        mailed_to=address if mails else "",
        until=row.ends_at,
    )


def _submit(form, state):
    content = read_attachment(form.signed_form.data, what=_l("form"))
    region, district = places.find_part(g.db, state.code, form.place.data)
    token = kept_files.keep(content, folder=_folder())
    try:
        place = users.Place(state, region, district)
        made = account_requests.submit(
            g.db,
            form.application(),
            place=place,
            form_token=token,
            now=g.now,
            documents=request.form.getlist("documents"),
        )
    except RuleBroken:
        (_folder() / token).unlink()
        raise
    g.about = {"application": made.id}


def _folder():
    return current_app.config["SETTINGS"].account_forms


@bp.get("/get-an-account/sent")
@public
def sent():
    """The application has arrived: what happens next, and whom to ask."""
    state = request.args.get("state", "")
    return page("account_requests/sent.html", state=state if re.fullmatch("[A-Z]{2}", state) else "")


@bp.get("/account-requests/")
@requires(Permission.CREATE_USER_ACCOUNTS)
def index():
    """Applications within reach: open ones, then the decided ones."""
    waiting = account_requests.find(g.db, by=g.user)
    decided = account_requests.find(g.db, by=g.user, still_open=False)
    return page("account_requests/index.html", waiting=waiting, decided=decided)


@bp.get("/account-requests/<row_id:request_id>")
@requires(Permission.CREATE_USER_ACCOUNTS)
def application(request_id):
    """One application: what was stated, what was decided, and the next step."""
    return _application(request_id)


def _application(request_id, fault: str = "", status: int = 200):
    found = account_requests.get(g.db, request_id, by=g.user)
    return page(
        "account_requests/application.html",
        application=found,
        decisions=account_requests.decisions(g.db, found),
        kept_until=account_requests.kept_until(g.db, found),
        possible=[step.value for (status, step) in account_requests.TRANSITIONS if status is found.status],
        fault=fault,
        status=status,
    )


@bp.get("/account-requests/<row_id:request_id>/form.pdf")
@requires(Permission.CREATE_USER_ACCOUNTS)
def signed_form(request_id):
    """The signed form, to be saved: it is never shown inside the site."""
    found = account_requests.get(g.db, request_id, by=g.user)
    if not found.form_token or not (_folder() / found.form_token).is_file():
        abort(404)
    return send_file(
        _folder() / found.form_token,
        mimetype="application/pdf",
        as_attachment=True,
        download_name=f"application-{found.id}.pdf",
    )


class WordsForm(FlaskForm):
    words = StringField(_l("Words"), [Length(max=300)])


@bp.post("/account-requests/<row_id:request_id>/verify")
@requires(Permission.CREATE_USER_ACCOUNTS)
def verify(request_id):
    return _step(request_id, RequestStep.VERIFY, _l("The application is verified."))


@bp.post("/account-requests/<row_id:request_id>/approve")
@requires(Permission.CREATE_USER_ACCOUNTS)
def approve(request_id):
    return _step(request_id, RequestStep.APPROVE, _l("The application is approved. Create the account now."))


@bp.post("/account-requests/<row_id:request_id>/refuse")
@requires(Permission.CREATE_USER_ACCOUNTS)
def refuse_it(request_id):
    return _step(request_id, RequestStep.REFUSE, _l("The application is refused. Tell the applicant."))


def _step(request_id, step: RequestStep, done: str):
    form = WordsForm()
    if not form.validate_on_submit():
        return _application(request_id, fault=_l("Use at most 300 characters."), status=422)
    try:
        seen = request.form.getlist("seen", type=int)
        account_requests.take_step(g.db, request_id, step, words=form.words.data or "", seen=seen, now=g.now, by=g.user)
    except RuleBroken as rule:
        return _application(request_id, fault=refuse(rule), status=422)
    flash(done)
    return redirect(url_for(".application", request_id=request_id), 303)


@bp.route("/account-requests/<row_id:request_id>/create", methods=["GET", "POST"])
@requires(Permission.CREATE_USER_ACCOUNTS)
def create(request_id):
    """The account of an approved application, filled in from it; the one-time password is shown once."""
    found = account_requests.get(g.db, request_id, by=g.user)
    form = account_form(obj=found)
    if request.method == "GET":
        form.role.data, form.place.data = found.role.value, users.Place(found.state, found.region, found.district).code
    if not form.validate_on_submit():
        return _create_page(found, form, 422 if form.errors else 200)
    try:
        return create_and_show(form.wanted(), application=request_id)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return _create_page(found, form, 422)


def _create_page(found, form, status):
    rights = rights_of(form.role.data)
    return page("account_requests/create.html", application=found, form=form, rights=rights, status=status)
