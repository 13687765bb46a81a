"""Security and privacy training: the module of one's role and its quiz; for administrators, who must train."""

from flask import Blueprint, abort, current_app, g, redirect, request, send_file, url_for
from flask_babel import get_locale
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, TextAreaField
from wtforms.validators import InputRequired, Length

from msixlite.domain import kept_files, training, users
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.files import read_attachment
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("training", __name__, url_prefix="/training")


@bp.get("/")
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def index():
    """The module of one's own role."""
    return page(
        "training/index.html",
        module=_own_module(),
        state_text=training.state_text(g.db, g.user.state_code),
        must_train=training.must_train(g.db, g.user, now=g.now),
        due_on=training.due_on(g.db, g.user),
    )


def _own_module() -> training.Module:
    return training.module_of(g.user.role, str(get_locale()))


class QuizForm(FlaskForm):
    """The answers are radio buttons named question-1, question-2 …"""


@bp.route("/quiz", methods=["GET", "POST"])
@requires(Permission.USE_OWN_ACCOUNT, gate=True)
def quiz():
    """The questions; a wrong answer is explained, and one may try again."""
    module = _own_module()
    if not QuizForm().validate_on_submit():
        return page("training/quiz.html", module=module, answers={}, result=None)
    answers = _answers(len(module.questions))
    percent = current_app.config["SETTINGS"].training_pass_percent
    result = training.take_quiz(g.db, answers, pass_percent=percent, now=g.now, by=g.user)
    if not result.passed:
        return page("training/quiz.html", module=module, answers=answers, result=result)
    flash(
        _l(
            "You passed: %(right)s of %(questions)s right. The training is due again in a year.",
            right=result.right,
            questions=len(module.questions),
        )
    )
    return redirect(url_for("home.index"), 303)


def _answers(count: int) -> dict[int, int]:
    """Question number to choice number; what is not a number is no answer."""
    sent = {number: request.form.get(f"question-{number}", "") for number in range(1, count + 1)}
    return {number: int(choice) for number, choice in sent.items() if choice.isdecimal() and len(choice) == 1}


@bp.get("/due")
@requires(Permission.UPDATE_USER_ACCOUNT_INFORMATION)
def due():
    """Who must train: within 30 days, overdue, or for the first time."""
    return page("training/due.html", due=training.due_soon(g.db, now=g.now, by=g.user), today=g.now.date())


class OutsideForm(FlaskForm):
    taken_on = DateField(_l("Date of the training"), [InputRequired(_l("Give the date of the training."))])
    certificate = FileField(_l("Certificate (PDF)"), [FileRequired(_l("Choose the certificate."))])


@bp.route("/elsewhere/<row_id:user_id>", methods=["GET", "POST"])
@requires(Permission.UPDATE_USER_ACCOUNT_INFORMATION)
def outside(user_id):
    """Training that a person took elsewhere: its date and its certificate (A3)."""
    user = users.get(g.db, user_id, by=g.user)
    form = OutsideForm()
    if not form.validate_on_submit():
        return page("training/outside.html", form=form, user=user, status=422 if form.errors else 200)
    try:
        _record(user, form)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        user = users.get(g.db, user_id, by=g.user)
        return page("training/outside.html", form=form, user=user, status=422)
    flash(_l("The training is entered."))
    return redirect(url_for("users.account", user_id=user_id), 303)


def _record(user, form):
    content = read_attachment(form.certificate.data, what=_l("certificate"))
    folder = g.settings.training_certificates
    token = kept_files.keep(content, folder=folder)
    try:
        training.record_outside(g.db, user, taken_on=form.taken_on.data, token=token, now=g.now, by=g.user)
    except RuleBroken:
        (folder / token).unlink()
        raise


@bp.get("/certificates/<row_id:training_id>.pdf")
@requires(Permission.UPDATE_USER_ACCOUNT_INFORMATION)
def certificate(training_id):
    """The certificate, to be saved: it is never shown inside the site."""
    found = training.get_outside(g.db, training_id, by=g.user)
    path = g.settings.training_certificates / found.certificate_token
    if not path.is_file():
        abort(404)
    return send_file(
        path, mimetype="application/pdf", as_attachment=True, download_name=f"training-certificate-{found.id}.pdf"
    )


class StateTextForm(FlaskForm):
    text = TextAreaField(_l("Text of your State"), [Length(max=20_000)])


@bp.route("/state-text", methods=["GET", "POST"])
@requires(Permission.WRITE_TRAINING_TEXT)
def state_text():
    """What the State adds above every module (H1)."""
    form = StateTextForm(obj=training.state_text(g.db, g.user.state_code))
    if not form.validate_on_submit():
        return page("training/state_text.html", form=form, status=422 if form.errors else 200)
    training.write_state_text(g.db, text=form.text.data or "", now=g.now, by=g.user)
    flash(_l("The text is kept. Everybody of your State sees it above the training."))
    return redirect(url_for(".state_text"), 303)
