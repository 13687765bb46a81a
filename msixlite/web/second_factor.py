"""The second factor: switching it on with a QR code, giving a code at sign-in, recovery codes."""

import segno
from flask import Blueprint, current_app, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from msixlite.domain import second_factor
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import limiter, refuse, release_lock
from msixlite.web.rendering import page

bp = Blueprint("second_factor", __name__, url_prefix="/second-factor")
limiter.limit("60 per minute", methods=["POST"])(bp)


class CodeForm(FlaskForm):
    code = StringField(_l("Code"), [InputRequired(_l("Type the code.")), Length(max=40)])


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def index():
    """Whether it is on; while it is being switched on, the QR code and the first code."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _index(form, status=422 if form.errors else 200)
    try:
        codes = second_factor.confirm(g.db, form.code.data, seal=_seal(), now=g.now, by=g.user)
    except RuleBroken as rule:
        form.code.errors = [refuse(rule)]
        return _index(form, status=422)
    g.user_session.second_factor_at = g.now
    return page("second_factor/codes.html", codes=codes)


def _index(form, *, status):
    factor = second_factor.find(g.db, by=g.user)
    secret = _seal().open(factor.secret) if factor and not factor.confirmed_at else ""
    return page(
        "second_factor/index.html",
        form=form,
        factor=factor,
        secret=secret,
        qr=_qr(second_factor.address_for_app(secret, by=g.user)) if secret else None,
        codes_left=second_factor.codes_left(g.db, by=g.user),
        required=g.user.role in current_app.config["SECOND_FACTOR_ROLES"],
        status=status,
    )


def _seal():
    return current_app.config["SECOND_FACTOR_SEAL"]


def _qr(text):
    """The QR code as its width and the path of its dark squares, four squares of white around (ISO/IEC 18004)."""
    code = segno.make(text, error="m", micro=False)
    dark = [(x, y) for y, row in enumerate(code.matrix_iter(border=4)) for x, is_dark in enumerate(row) if is_dark]
    return {"width": code.symbol_size(border=4)[0], "path": "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)}


@bp.post("/begin")
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def begin():
    """A new secret for the app; it does not count before its first code."""
    second_factor.begin(g.db, seal=_seal(), now=g.now, by=g.user)
    return redirect(url_for(".index"), 303)


@bp.post("/codes")
@requires(Permission.USE_OWN_ACCOUNT)
def renew():
    """New recovery codes, for a code."""
    if not _give_code():
        return redirect(url_for(".index"), 303)
    return page("second_factor/codes.html", codes=second_factor.new_recovery_codes(g.db, by=g.user))


@bp.post("/off")
@requires(Permission.USE_OWN_ACCOUNT)
def switch_off():
    """Off, for a code; not where the role needs it."""
    if g.user.role in current_app.config["SECOND_FACTOR_ROLES"]:
        raise RuleBroken(_l("A %(role)s needs a second factor on this site.", role=g.user.role.label))
    if _give_code():
        second_factor.switch_off(g.db, g.user)
        flash(_l("Your second factor is off."))
    return redirect(url_for(".index"), 303)


@bp.route("/check", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def check():
    """After the password: the code. Until then nothing else is open."""
    if g.user_session.second_factor_at or not second_factor.is_on(g.db, g.user):
        return redirect(url_for("home.index"), 303)
    form = CodeForm()
    if not form.validate_on_submit():
        return page("second_factor/check.html", form=form, status=422 if form.errors else 200)
    try:
        _check(form.code.data)
    except RuleBroken as rule:
        form.code.errors = [refuse(rule)]
        return page("second_factor/check.html", form=form, status=422)
    g.user_session.second_factor_at = g.now
    return redirect(url_for("home.index"), 303)


def _give_code() -> bool:
    """Whether the form's code fits; where not, the next page says so."""
    form = CodeForm()
    try:
        if not form.validate_on_submit():
            raise RuleBroken(_l("Type the code."))
        _check(form.code.data)
    except RuleBroken as rule:
        flash(refuse(rule), "error")
        return False
    return True


def _check(code):
    number = second_factor.begin_check(g.db, by=g.user)
    release_lock()
    second_factor.finish_check(g.db, code, number=number, seal=_seal(), now=g.now, by=g.user)
