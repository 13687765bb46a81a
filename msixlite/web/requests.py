"""Data requests: the boxes, a new one from a child's record, its thread, and its evidence on paper."""

from collections.abc import Callable

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import Length

from msixlite.domain import (
    days,
    exports,
    mail,
    pii_guard,
    requests,
    requests_answers,
    requests_asking,
    students,
)
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.exports import ExportKind
from msixlite.models.requests import RequestReason
from msixlite.models.words import _l, _ln
from msixlite.web.access import requires
from msixlite.web.exports import export_list, print_out
from msixlite.web.language import flash
from msixlite.web.mail import send_soon
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("requests", __name__, url_prefix="/requests")
ASK = Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE
ANSWER = Permission.RESOLVE_DATA_QUALITY_ISSUES


@bp.get("/")
@requires(ASK)
def index():
    """Requests to my desk and from my side, with counts."""
    return page(
        "requests/index.html",
        boxes=[(title, box, requests.counts(box, now=g.now)) for title, box in _boxes().items()],
        late=lambda one: requests.acknowledgement_is_late(one, now=g.now),
        overdue=lambda one: requests.is_overdue(one, now=g.now),
    )


def _boxes():
    received = requests.received(g.db, today=days.today_of(g.user, g.now), by=g.user)
    return {_l("To you"): received, _l("From you"): requests.sent(g.db, by=g.user)}


@bp.route("/export", methods=["GET", "POST"])
@requires(Permission.EXPORT_STUDENT_RECORDS_TO_FILE, reads=True)
def export():
    """Both boxes as a protected file, each element asked for a line."""
    boxes = _boxes()
    found = {one.id: one for box in boxes.values() for one in box}.values()
    return export_list(
        exports.request_sheets(boxes, now=g.now),
        title=_l("Export the data requests"),
        lead=_ln(
            "%(num)s request to you or from you, each element a line.",
            "%(num)s requests to you and from you, each element a line.",
            len(found),
        ),
        back=url_for(".index"),
        kind=ExportKind.REQUESTS_FILE,
        name="data-requests",
        msix_ids=list(dict.fromkeys(one.state_record.student.msix_id for one in found)),
    )


class AskForm(FlaskForm):
    elements = SelectMultipleField(_l("Elements"), validate_choice=False)
    reason = SelectField(_l("Why"), choices=[SelectChoice(str(one.value), one.label) for one in RequestReason])
    notice = SelectField(_l("Started by a move notice"), coerce=int)
    note = TextAreaField(_l("Note that stays inside"), [Length(max=2_000, message=_l("At most 2,000 letters."))])
    text = TextAreaField(_l("Words for the e-mail"), [Length(max=1_000, message=_l("At most 1,000 letters."))])

    def draft(self) -> requests_asking.Draft:
        return requests_asking.Draft(
            wanted=tuple(filter(None, map(_wanted, self.elements.data or ()))),
            reason=RequestReason(self.reason.data),
            notice_id=self.notice.data or None,
            note=self.note.data or "",
            text=self.text.data or "",
        )


def _wanted(choice: str) -> requests_asking.Wanted | None:
    """What a tick stands for: the number of a State record, a bar, the element's name."""
    number, bar, name = choice.partition("|")
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    return (int(number), name) if bar and is_number else None


@bp.route("/new/<msix_id:msix_id>", methods=["GET", "POST"])
@requires(ASK)
def new(msix_id):
    """Ask the States for what is missing of a child: each element a tick, one request for each State."""
    student = students.get(g.db, msix_id, by=g.user)
    offers = requests_asking.offers(g.db, student, today=days.today_of(g.user, g.now), by=g.user)
    form = _form(student, offers)
    if form.validate_on_submit():
        try:
            return _send(student, form)
        except RuleBroken as rule:
            place = form.text if isinstance(rule, pii_guard.PersonalData) else form.elements
            place.errors = [refuse(rule)]
            student = students.get(g.db, msix_id, by=g.user)
            offers = requests_asking.offers(g.db, student, today=days.today_of(g.user, g.now), by=g.user)
    return page("requests/new.html", form=form, student=student, offers=offers, status=422 if form.errors else 200)


def _form(student, offers) -> AskForm:
    abroad = any(not offer.is_own for offer in offers)
    ticked = [f"{offer.record.id}|{name}" for offer in offers if _is_ticked(offer, abroad) for name in offer.missing]
    reason = RequestReason.INTERSTATE_MOVE if abroad else RequestReason.ENROLLMENT
    notices = requests_asking.notices_of(g.db, student, by=g.user)
    form = AskForm(elements=ticked, reason=reason.value, notice=notices[0].id if notices else 0)
    form.notice.choices = [
        SelectChoice(0, _l("No")),
        *(SelectChoice(one.id, f"{one.reference}, {one.from_place} → {one.to_place}") for one in notices),
    ]
    return form


def _is_ticked(offer, abroad: bool) -> bool:
    """What is asked at first: other States, where somebody answers; the own State only where it is the only one."""
    return bool(offer.people) and not (offer.is_own and abroad)


def _send(student, form: AskForm):
    made = requests_asking.ask(g.db, student, form.draft(), now=g.now, by=g.user)
    send_soon()
    flash(
        _ln(
            "%(num)s request was sent: %(references)s.",
            "%(num)s requests were sent: %(references)s.",
            len(made),
            references=", ".join(one.reference for one in made),
        )
    )
    if len(made) == 1:
        return redirect(url_for(".one", request_id=made[0].id), 303)
    return redirect(url_for(".index"), 303)


class ReplyForm(FlaskForm):
    elements = SelectMultipleField(_l("Elements"), coerce=int, validate_choice=False)
    text = TextAreaField(_l("Text"), [Length(max=2_000, message=_l("At most 2,000 letters."))])


@bp.get("/<row_id:request_id>")
@requires(ASK)
def one(request_id):
    """One request with its elements, clocks, thread and what may follow."""
    return _request_page(_get(request_id), ReplyForm(), "")


def _get(request_id: int):
    return requests.get(g.db, request_id, today=days.today_of(g.user, g.now), by=g.user)


def _request_page(found, form: ReplyForm, failed: str):
    sides = requests.sides(g.db, found, today=days.today_of(g.user, g.now), by=g.user)
    return page(
        "requests/one.html",
        asked=found,
        form=form,
        failed=failed,
        errors=[error for of_field in form.errors.values() for error in of_field],
        steps={step.name for step in requests.next_steps(found.status, sides)},
        answers=requests.Side.ASKED in sides,
        mails=mail.mails(g.db, by=g.user, reference=found.reference),
        late=requests.acknowledgement_is_late(found, now=g.now),
        overdue=requests.is_overdue(found, now=g.now),
        status=422 if form.errors else 200,
    )


def _do(request_id: int, name: str, deed: Callable):
    """One deed on a request within reach; errors come back with everything typed, at the form they belong to."""
    found, form = _get(request_id), ReplyForm()
    if not form.validate_on_submit():
        return _request_page(found, form, name)
    try:
        deed(found, form)
    except RuleBroken as rule:
        form.text.errors = [refuse(rule)]
        return _request_page(_get(request_id), form, name)
    send_soon()
    flash(_l("%(reference)s: %(status)s.", reference=found.reference, status=found.status.value))
    return redirect(url_for(".one", request_id=request_id), 303)


@bp.post("/<row_id:request_id>/acknowledge")
@requires(ANSWER)
def acknowledge(request_id):
    """“I have it”, in one click."""
    return _do(
        request_id,
        "acknowledge",
        lambda found, _form: requests_answers.acknowledge(g.db, found, now=g.now, by=g.user),
    )


@bp.post("/<row_id:request_id>/answer")
@requires(ANSWER)
def answer(request_id):
    """State why the ticked elements are not available."""
    return _do(
        request_id,
        "answer",
        lambda found, form: requests_answers.answer(
            g.db,
            found,
            element_ids=form.elements.data or (),
            text=form.text.data or "",
            now=g.now,
            by=g.user,
        ),
    )


@bp.post("/<row_id:request_id>/write")
@requires(ASK)
def write(request_id):
    """A line of the correspondence."""
    return _do(
        request_id,
        "write",
        lambda found, form: requests_answers.write_line(g.db, found, text=form.text.data or "", now=g.now, by=g.user),
    )


@bp.post("/<row_id:request_id>/reopen")
@requires(ASK)
def reopen(request_id):
    """Still missing: the ticked elements wait again."""
    return _do(
        request_id,
        "reopen",
        lambda found, form: requests_answers.reopen(
            g.db,
            found,
            element_ids=form.elements.data or (),
            text=form.text.data or "",
            now=g.now,
            by=g.user,
        ),
    )


@bp.post("/<row_id:request_id>/close")
@requires(ASK)
def close(request_id):
    """The asker has what was needed."""
    return _do(
        request_id,
        "close",
        lambda found, form: requests_answers.close(g.db, found, text=form.text.data or "", now=g.now, by=g.user),
    )


@bp.post("/<row_id:request_id>/withdraw")
@requires(ASK)
def withdraw(request_id):
    """The asker takes the request back."""
    return _do(
        request_id,
        "withdraw",
        lambda found, form: requests_answers.withdraw(g.db, found, text=form.text.data or "", now=g.now, by=g.user),
    )


@bp.get("/<row_id:request_id>.pdf")
@requires(ASK)
def evidence(request_id):
    """The request, its elements, times and thread on paper: the proof of what was done."""
    found = _get(request_id)
    return print_out(
        "requests/pdf.html",
        kind=ExportKind.REQUEST_PRINT,
        file_name=f"{found.reference}.pdf",
        back=url_for(".one", request_id=request_id),
        subject=f"msix {found.state_record.student.survivor.msix_id}",
        note=found.reference,
        asked=found,
        mails=mail.mails(g.db, by=g.user, reference=found.reference),
    )
