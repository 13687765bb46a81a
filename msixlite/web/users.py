"""User administration: the list, one account, and what an administrator does to it."""

from dataclasses import replace

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from msixlite.domain import (
    access_notices,
    access_use,
    account_requests,
    account_steps,
    days,
    passwords,
    role_assignments,
    sign_in_alerts,
    training,
    users,
)
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import GRANTS, MANAGES, Permission
from msixlite.models.users import AccountStatus, Role
from msixlite.models.words import _l, capital_first
from msixlite.web.access import actions, requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse, release_lock
from msixlite.web.rendering import page

bp = Blueprint("users", __name__, url_prefix="/users")
_LOOK = Permission.UPDATE_USER_ACCOUNT_INFORMATION
EMAIL = Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message=_l("Type an e-mail address such as name@district.org."))


class FilterForm(FlaskForm):
    status = SelectField(
        _l("Status"),
        id="account-status",
        default="",
        choices={"": _l("Active and disabled")}
        | {str(status.value): capital_first(status.value) for status in AccountStatus},
    )
    role = SelectField(_l("Role"), default="")
    place = SelectField(_l("Place"), default="")
    show = SelectField(
        _l("Show"),
        default="",
        choices={
            "": _l("All of these"),
            "locked": _l("Locked by wrong passwords"),
            "unused": _l("Not used for 60 days"),
            "dormant": _l("Not used for 180 days: review"),
        },
    )


@bp.get("/")
@requires(_LOOK)
def index():
    """Accounts within reach, narrowed by status, role and place."""
    return _list()


@bp.post("/find")
@requires(_LOOK, reads=True)
def find():
    """The same list by a person's name, which stands in no address."""
    return _list(name=request.form.get("name", "")[:120])


def _list(name: str = ""):
    places = users.places_within_reach(g.db, by=g.user)
    form = FilterForm(request.args, meta={"csrf": False})
    form.role.choices = {"": _l("All roles")} | _role_choices()
    form.place.choices = {"": _l("All places")} | _place_choices(places)
    filters = users.Filters(name=name)
    if not name and form.validate():
        filters = users.Filters(
            status=AccountStatus(form.status.data) if form.status.data else None,
            role=Role(form.role.data) if form.role.data else None,
            place=next((place for place in places if place.code == form.place.data), None),
            unused=form.show.data == "unused",
            dormant=form.show.data == "dormant",
            locked=form.show.data == "locked",
        )
    return page(
        "users/index.html",
        fragment="accounts",
        form=form,
        typed=name,
        found=users.find(g.db, filters, now=g.now, by=g.user),
        notices=access_notices.waiting(g.db, by=g.user),
        alerts=sign_in_alerts.waiting(g.db, by=g.user),
        is_locked=users.is_locked,
    )


def _role_choices() -> dict[str, str]:
    return {role.value: role.label for role in Role if role in MANAGES[g.user.role]}


def _place_choices(places) -> dict[str, str]:
    return {place.code: place.name for place in places}


class AccountForm(FlaskForm):
    first_name = StringField(_l("First name"), [InputRequired(_l("Type the first name.")), Length(max=60)])
    last_name = StringField(_l("Last name"), [InputRequired(_l("Type the last name.")), Length(max=60)])
    email = StringField(_l("E-mail address"), [InputRequired(_l("Type the e-mail address.")), Length(max=254), EMAIL])
    phone = StringField(_l("Work phone"), [InputRequired(_l("Type the work phone.")), Length(max=30)])
    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role."))])
    place = SelectField(_l("Place"), [InputRequired(_l("Choose a place."))])
    edition = IntegerField(_l("Edition"), [Optional(), NumberRange(0, 2**31 - 1)])

    def wanted(self) -> users.Wanted:
        return users.Wanted(
            first_name=self.first_name.data.strip(),
            last_name=self.last_name.data.strip(),
            email=self.email.data,
            phone=self.phone.data.strip(),
            role=Role(self.role.data),
            place=users.find_place(g.db, self.place.data, by=g.user),
        )


class NewAccountForm(AccountForm):
    starts_on = DateField(_l("First day of the role"), [Optional()])
    ends_on = DateField(_l("Last day of the role"), [Optional()])

    def wanted(self) -> users.Wanted:
        return replace(super().wanted(), starts_on=self.starts_on.data, ends_on=self.ends_on.data)


def account_form(form_class: type[AccountForm] = AccountForm, **values) -> AccountForm:
    """The form with the choices of this administrator."""
    form = form_class(**values)
    offer(form)
    return form


def offer(form) -> None:
    """Only the roles and places that the administrator may give can be chosen."""
    form.role.choices = {"": _l("Choose a role")} | _role_choices()
    form.place.choices = {"": _l("Choose a place")} | _place_choices(users.places_within_reach(g.db, by=g.user))


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.CREATE_USER_ACCOUNTS)
def new():
    """A new account. The answer itself shows the one-time password, once: no redirect, no cookie ever holds it."""
    form = account_form(NewAccountForm)
    if not form.validate_on_submit():
        return page("users/new.html", form=form, rights=rights_of(form.role.data), status=422 if form.errors else 200)
    try:
        return create_and_show(form.wanted())
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return page("users/new.html", form=form, rights=rights_of(form.role.data), status=422)


def create_and_show(wanted: users.Wanted, application: int | None = None):
    """Make the account, of an approved application where there is one, and show its password this once."""
    plain, password_hash = _one_time_password()
    if application is None:
        user = users.create(g.db, wanted, password_hash=password_hash, now=g.now, by=g.user)
    else:
        user = account_requests.create_account(
            g.db, application, wanted, password_hash=password_hash, now=g.now, by=g.user
        )
    g.about = {"user_id": user.id}
    return page("users/password.html", user=user, plain=plain, is_new=True)


def _one_time_password() -> tuple[str, str]:
    """The password and its hash, which takes its time: others may write meanwhile."""
    plain = passwords.one_time_password()
    release_lock()
    return plain, passwords.hash_password(plain)


@bp.get("/roles")
@requires(_LOOK)
def roles():
    """What each role may do, in words; with ?role= that role alone."""
    role = request.args.get("role", "")
    return page("users/roles.html", fragment="rights", rights=rights_of(role), everybody=_all_rights())


def rights_of(role: str | None):
    """The rights of a role that the administrator may give; None for any other word."""
    known = {one.value: one for one in MANAGES[g.user.role]}
    return GRANTS[known[role]] if role in known else None


def _all_rights():
    return {role: GRANTS[role] for role in Role if role in MANAGES[g.user.role]}


class CheckForm(FlaskForm):
    """How the caller was verified, before an unlock or a reset (A31, P7)."""

    check = RadioField(
        _l("How did you make sure who it is?"),
        [InputRequired(_l("Say how you made sure who it is."))],
        choices={check.name: capital_first(check.value) for check in account_steps.CallerCheck},
    )
    words = StringField(_l("Number called back, or a note"), [Length(max=200)])
    edition = IntegerField(_l("Edition"), [InputRequired()])

    def verified(self) -> dict[str, object]:
        return {
            "check": account_steps.CallerCheck[self.check.data],
            "words": self.words.data or "",
            "edition": self.edition.data,
        }


class ResetForm(CheckForm):
    lost_phone = BooleanField(_l("The phone with the authenticator app is lost"))


class ReasonForm(FlaskForm):
    reason = StringField(_l("Reason"), [InputRequired(_l("Write a reason."))])
    edition = IntegerField(_l("Edition"), [InputRequired()])

    def words(self) -> str:
        return self.reason.data


class DisableForm(FlaskForm):
    """One of the ready-made reasons, own words, or both (A2)."""

    why = RadioField(
        _l("Reason"),
        default=account_steps.DisableReason.OTHER.name,
        choices={one.name: one.value for one in account_steps.DisableReason},
    )
    reason = StringField(_l("Own words"))
    edition = IntegerField(_l("Edition"), [InputRequired()])

    def validate_reason(self, field) -> None:
        if self.why.data == account_steps.DisableReason.OTHER.name and not (field.data or "").strip():
            raise ValidationError(_l("Write a reason in your own words, or choose one from the list."))

    def words(self) -> str:
        return account_steps.disable_reason(account_steps.DisableReason[self.why.data], self.reason.data or "")


@bp.get("/<row_id:user_id>")
@requires(_LOOK)
def account(user_id):
    """One account: who, rights, status, history, and what can be done."""
    return account_page(user_id)


class RoleForm(FlaskForm):
    """A further role of an account, or the successor of one that ends."""

    role = SelectField(_l("Role"), [InputRequired(_l("Choose a role."))], id="role-role")
    place = SelectField(_l("Place"), [InputRequired(_l("Choose a place."))], id="role-place")
    starts_on = DateField(_l("First day"), [Optional()], id="role-starts")
    ends_on = DateField(_l("Last day"), [Optional()], id="role-ends")
    edition = IntegerField(_l("Edition"), [InputRequired()])

    def wanted(self) -> role_assignments.Wanted:
        return role_assignments.Wanted(
            role=Role(self.role.data),
            place=users.find_place(g.db, self.place.data, by=g.user),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
        )


def role_form(**values) -> RoleForm:
    """The form with the choices of this administrator."""
    form = RoleForm(**values)
    offer(form)
    return form


def account_page(user_id, fault: str = "", status: int = 200, giving: RoleForm | None = None):
    """The page of one account; `giving`: the form of a further role as it was typed."""
    user = users.get(g.db, user_id, by=g.user)
    application = account_requests.of_user(g.db, user)
    return page(
        "users/account.html",
        user=user,
        locked=users.is_locked(user),
        rights=GRANTS[user.role],
        used=access_use.last_used(g.db, user, actions(current_app)),
        history=users.history(g.db, user),
        assignments=role_assignments.of_user(g.db, user),
        today=days.today_of(user, g.now),
        most_roles=role_assignments.most_at_once(g.db, user),
        giving=giving or role_form(formdata=None),
        training_due=training.due_on(g.db, user),
        elsewhere=training.outside_of(g.db, user),
        notices=access_notices.waiting(g.db, by=g.user, user=user),
        application=application,
        kept_until=account_requests.kept_until(g.db, application) if application else None,
        checks=list(account_steps.CallerCheck),
        disable_reasons=list(account_steps.DisableReason),
        typed=request.form,
        fault=fault,
        status=status,
    )


@bp.route("/<row_id:user_id>/change", methods=["GET", "POST"])
@requires(Permission.ASSIGN_USER_ROLES)
def change(user_id):
    """Names, address, phone, role and place."""
    user = users.get(g.db, user_id, by=g.user)
    form = account_form(obj=user)
    if request.method == "GET":
        form.role.data, form.place.data = user.role.value, users.Place(user.state, user.region, user.district).code
    if not form.validate_on_submit():
        return _change_page(user, form, status=422 if form.errors else 200)
    try:
        users.change(g.db, user_id, form.wanted(), edition=_edition(form), now=g.now, by=g.user)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return _change_page(users.get(g.db, user_id, by=g.user), form, status=422)
    flash(_l("The account is changed."))
    return redirect(url_for(".account", user_id=user_id), 303)


def _edition(form) -> int:
    """The edition that the page showed; none at all fits no account."""
    return -1 if form.edition.data is None else form.edition.data


def _change_page(user, form, status):
    return page("users/change.html", user=user, form=form, rights=rights_of(form.role.data), status=status)


@bp.post("/<row_id:user_id>/disable")
@requires(_LOOK)
def disable(user_id):
    """Reversible: the person is away, or something must be looked into."""
    done = _l("The account is disabled. You can enable it again.")
    return _step(user_id, account_steps.Step.DISABLE, done, form_class=DisableForm)


@bp.post("/<row_id:user_id>/enable")
@requires(_LOOK)
def enable(user_id):
    return _step(user_id, account_steps.Step.ENABLE, _l("The account is enabled."))


@bp.post("/<row_id:user_id>/deactivate")
@requires(Permission.DEACTIVATE_USER_ACCOUNTS)
def deactivate(user_id):
    """Final: neither the user name nor the e-mail address is ever used again."""
    return _step(user_id, account_steps.Step.DEACTIVATE, _l("The account is deactivated for good."))


def _step(user_id, step: account_steps.Step, done: str, form_class: type[FlaskForm] = ReasonForm):
    form = form_class()
    if not form.validate_on_submit():
        return account_page(user_id, fault=first_fault(form), status=422)
    try:
        account_steps.take_step(
            g.db, user_id, step, reason=form.words(), edition=form.edition.data, now=g.now, by=g.user
        )
    except RuleBroken as rule:
        return account_page(user_id, fault=refuse(rule), status=422)
    flash(done)
    return redirect(url_for(".account", user_id=user_id), 303)


def first_fault(form) -> str:
    faults = [error for name, errors in form.errors.items() if name != "csrf_token" for error in errors]
    return faults[0] if faults else ""


@bp.post("/<row_id:user_id>/reset-password")
@requires(Permission.RESET_PASSWORDS)
def reset_password(user_id):
    """A new one-time password for a verified caller; shown once, in this answer."""
    form = ResetForm()
    if not form.validate_on_submit():
        return account_page(user_id, fault=first_fault(form), status=422)
    users.get(g.db, user_id, by=g.user)
    plain, password_hash = _one_time_password()
    try:
        user = account_steps.reset_password(
            g.db,
            user_id,
            password_hash=password_hash,
            lost_phone=form.lost_phone.data,
            now=g.now,
            by=g.user,
            **form.verified(),
        )
    except RuleBroken as rule:
        return account_page(user_id, fault=refuse(rule), status=422)
    return page("users/password.html", user=user, plain=plain, is_new=False)


@bp.post("/notices/<row_id:notice_id>/settle")
@requires(_LOOK)
def settle_notice(notice_id):
    """A person's notice about their own access is dealt with."""
    access_notices.settle(g.db, notice_id, now=g.now, by=g.user)
    flash(_l("The notice is settled."))
    return redirect(url_for(".index"), 303)
