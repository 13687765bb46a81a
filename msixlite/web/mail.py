"""E-mail on screen: what became of each, sending again, the State's wording, and the guard while a text is written."""

from concurrent.futures import ThreadPoolExecutor

from flask import Blueprint, Flask, abort, current_app, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField, TextAreaField

from msixlite import mail_senders
from msixlite.domain import mail, mail_templates, pii_guard
from msixlite.domain.errors import RuleBroken
from msixlite.domain.mail_templates import Wording
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l, _lp
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import after_commit, refuse
from msixlite.web.rendering import page

bp = Blueprint("mail", __name__, url_prefix="/mail")
GUARDED = ("subject", "text")
"""Fields whose text the guard reads as it is written."""


def init_app(app: Flask) -> None:
    """One worker: what a request wrote leaves as soon as it stands."""
    app.extensions["mail_pool"] = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def send_soon() -> None:
    """Send what this request has written, once it is committed."""
    app = current_app._get_current_object()
    after_commit(lambda: app.extensions["mail_pool"].submit(_deliver, app))


def _deliver(app: Flask) -> None:
    config = app.config
    mail.deliver_due(config["SESSIONS"], mail_senders.sender(config["SETTINGS"]), clock=config["CLOCK"])


@bp.get("/")
@requires(Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE)
def index():
    """The e-mails that one's deeds wrote; for a State Data Administrator all of the State's."""
    return page("mail/index.html", mails=mail.mails(g.db, by=g.user))


@bp.get("/<row_id:mail_id>")
@requires(Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE)
def one(mail_id):
    """One e-mail: its text, and each try to send it in the mail system's words."""
    return page("mail/one.html", mail=mail.get(g.db, mail_id, by=g.user), site=mail.SITE, address=_address())


def _address() -> str:
    return current_app.config["SETTINGS"].public_address + "/"


@bp.post("/<row_id:mail_id>/again")
@requires(Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE)
def again(mail_id):
    """Send anew what did not go out."""
    found = mail.get(g.db, mail_id, by=g.user)
    mail.send_again(g.db, found, now=g.now, by=g.user)
    send_soon()
    flash(_l("The e-mail is being sent again."))
    return redirect(url_for(".one", mail_id=mail_id), 303)


@bp.post("/check/<field>")
@requires(Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE, reads=True)
def check(field):
    """What the guard marks in a text that is being written. Nothing of the text is kept or logged."""
    if field not in GUARDED:
        abort(404)
    text = request.form.get(field, "")[: pii_guard.LONGEST]
    found = pii_guard.find(g.db, text, today=g.now.date(), allowed=[g.user.full_name])
    return page("mail/check.html", fragment="check", field=field, found=found, pieces=pii_guard.pieces(text, found))


class WordingForm(FlaskForm):
    subject = StringField(_lp("letter", "Subject"))
    text = TextAreaField(_l("Text"))
    preview = SubmitField(_l("Preview"))
    keep = SubmitField(_l("Keep this wording"))

    def wording(self) -> Wording:
        return Wording(self.subject.data or "", (self.text.data or "").replace("\r\n", "\n"))


@bp.get("/templates")
@requires(Permission.WORD_OUTGOING_MAIL)
def templates():
    """Each kind of e-mail, and whether the State words it itself."""
    changed = mail_templates.changed_keys(g.db, state=g.user.state_code)
    return page("mail/templates.html", kinds=mail_templates.KINDS.values(), changed=changed)


@bp.route("/templates/<key>", methods=["GET", "POST"])
@requires(Permission.WORD_OUTGOING_MAIL)
def template(key):
    """Change the State's wording, with a preview."""
    kind = mail_templates.kind_of(key)
    present = mail_templates.wording(g.db, key, state=g.user.state_code)
    form = WordingForm(subject=present.subject, text=present.body)
    preview = mail_templates.check(g.db, kind, present, now=g.now)
    if form.validate_on_submit():
        try:
            preview = mail_templates.check(g.db, kind, form.wording(), now=g.now)
            if form.keep.data:
                mail_templates.change(g.db, kind, form.wording(), now=g.now, by=g.user)
                flash(_l("The wording of “%(title)s” is kept.", title=kind.title))
                return redirect(url_for(".template", key=key), 303)
        except RuleBroken as rule:
            form.text.errors = [refuse(rule)]
    return page(
        "mail/template.html",
        kind=kind,
        form=form,
        preview=preview,
        own=key in mail_templates.changed_keys(g.db, state=g.user.state_code),
        status=422 if form.errors else 200,
    )


@bp.post("/templates/<key>/reset")
@requires(Permission.WORD_OUTGOING_MAIL)
def reset(key):
    """Back to the default wording."""
    kind = mail_templates.kind_of(key)
    mail_templates.reset(g.db, kind, by=g.user)
    flash(_l("“%(title)s” has its default wording again.", title=kind.title))
    return redirect(url_for(".template", key=key), 303)
