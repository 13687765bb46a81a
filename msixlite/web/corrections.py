"""Correction requests on screen: the list, the intake in English and Spanish, a request with its clocks and steps."""

from datetime import date

from flask import Blueprint, g, redirect, request, url_for
from wtforms import DateField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from msixlite.domain import (
    attachments,
    clocks,
    correction_clocks,
    correction_elements,
    correction_inquiries,
    correction_intake,
    correction_letters,
    correction_reach,
    correction_revisions,
    corrections,
    exports,
    spanish,
    students,
)
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.corrections import AskedBy, Channel, Language, Requester
from msixlite.models.words import _l, capital_first, joined
from msixlite.web import attachments as evidence
from msixlite.web.access import requires
from msixlite.web.attachments import EvidenceForm, MeantForm
from msixlite.web.language import flash
from msixlite.web.mail import send_soon
from msixlite.web.middleware import refuse
from msixlite.web.rendering import choices, page

bp = Blueprint("corrections", __name__, url_prefix="/corrections")
CHANNELS = tuple(one for one in Channel if one is not Channel.ANOTHER_STATE)
LANGUAGES = {Language.ENGLISH: _l("English"), Language.SPANISH: _l("Spanish / Español")}


@bp.get("/")
@requires(Permission.SEE_CORRECTIONS)
def index():
    """Requests within reach: those on which a clock runs, the first due first; then the ended ones."""
    return page(
        "corrections/index.html",
        running=correction_clocks.open_rows(g.db, now=g.now, by=g.user),
        ended=correction_clocks.ended_rows(g.db, now=g.now, by=g.user),
    )


class IntakeForm(MeantForm):
    requester = RadioField(_l("Who asks"), choices=choices((one.value, capital_first(one.value)) for one in Requester))
    name = StringField(_l("Name"), [InputRequired(_l("Write the requester’s name.")), Length(max=120)])
    address = TextAreaField(_l("Postal address"), [InputRequired(_l("Write the postal address.")), Length(max=400)])
    phone = StringField(_l("Telephone"), [Length(max=30)])
    language = RadioField(
        _l("Language of the letters"), choices=choices((one.value, LANGUAGES[one]) for one in Language)
    )
    channel = RadioField(_l("How it came"), choices=choices((one.value, capital_first(one.value)) for one in CHANNELS))
    received_on = DateField(_l("Day on which it came"), [InputRequired(_l("Write the day on which it came."))])
    text = TextAreaField(
        _l("What is wrong, in the family’s words"),
        [InputRequired(_l("Write what is wrong.")), Length(max=correction_intake.LONGEST_TEXT)],
    )

    def intake(self, offered) -> correction_intake.Intake:
        return correction_intake.Intake(
            requester=Requester(self.requester.data),
            name=self.name.data,
            address=self.address.data,
            phone=self.phone.data or "",
            language=Language(self.language.data),
            channel=Channel(self.channel.data),
            text=self.text.data,
            received_on=self.received_on.data,
            meant=self.meant(offered),
        )


@bp.route("/new/<msix_id:msix_id>", methods=["GET", "POST"])
@requires(Permission.TAKE_IN_CORRECTIONS)
def new(msix_id):
    """Take in what a parent, guardian or child asks; with the questions in Spanish beside the English ones."""
    student = students.get(g.db, msix_id, by=g.user)
    if not correction_reach.may_take_in(g.db, student, by=g.user):
        raise NotFound("student")
    in_spanish = request.args.get("beside") == Language.SPANISH.value
    form = IntakeForm(
        requester=Requester.PARENT.value,
        language=Language.SPANISH.value if in_spanish else Language.ENGLISH.value,
        channel=Channel.LETTER.value,
        received_on=clocks.day_in(g.now, g.user.state.time_zone),
    )
    offered = correction_elements.offered(g.db, student)
    form.offer(offered, _label(in_spanish))
    if form.more.data:
        form.form_errors.clear()
        return _intake_page(form, student, in_spanish, 200)
    if form.validate_on_submit():
        try:
            return _take_in(form, student, offered)
        except RuleBroken as rule:
            form.form_errors.append(refuse(rule))
            student = students.get(g.db, msix_id, by=g.user)
    return _intake_page(form, student, in_spanish, 422 if form.errors else 200)


def _label(in_spanish):
    def label(one):
        name = f"{one.name} / {spanish.ELEMENTS[one.key]}" if in_spanish else one.name
        return joined(": ", (name, one.value or _l("not reported")))

    return label


def _intake_page(form, student, in_spanish, status):
    other = spanish.INTAKE if in_spanish else {}
    return page("corrections/new.html", form=form, student=student, in_spanish=in_spanish, other=other, status=status)


def _take_in(form, student, offered):
    intake = form.intake(offered)
    kept = evidence.keep(evidence.read(form.files))
    try:
        made = correction_intake.take_in(g.db, student, intake, files=kept, now=g.now, by=g.user)
    except RuleBroken:
        evidence.forget(kept)
        raise
    flash(
        _l(
            "%(reference)s is entered. The answer is due on %(due_on)s.",
            reference=made.reference,
            due_on=f"{made.due_on:%m/%d/%Y}",
        )
    )
    return redirect(url_for(".correction", correction_id=made.id), 303)


class WordsForm(EvidenceForm):
    """What a step brings with it; which of it is needed, the deed knows."""

    text = TextAreaField(
        _l("Words"), [Length(max=correction_intake.LONGEST_TEXT, message=_l("At most 4,000 letters."))]
    )


@bp.get("/<row_id:correction_id>")
@requires(Permission.SEE_CORRECTIONS)
def correction(correction_id):
    """One request with its clocks, what is meant, what was changed, its letters and its steps."""
    return _page(correction_id)


def _page(correction_id, *, failed="", fault="", status=200):
    """`failed`: the form whose deed was refused; what was typed into it stays."""
    found = corrections.get(g.db, correction_id, by=g.user)
    return page(
        "corrections/correction.html",
        correction=found,
        row=correction_clocks.row_of(found, now=g.now),
        clocks=correction_clocks.of_request(found),
        today=clocks.day_in(g.now, found.state.time_zone),
        steps=[one.value for one in corrections.next_steps(found, by=g.user)],
        forwards=corrections.may_forward(found, by=g.user),
        revisions=correction_revisions.of_request(g.db, found),
        letters=correction_letters.possible(found),
        printed=exports.letters(g.db, found.reference),
        askers={str(one.value): one.value for one in AskedBy},
        failed=failed,
        fault=fault,
        typed=request.form if failed else {},
        status=status,
    )


def _deed(correction_id, name, done, deed):
    """One deed by a form of the page: 303 with a sentence, or the page again with the reason."""
    form = WordsForm()
    try:
        if not form.validate_on_submit():
            raise RuleBroken(next(error for errors in form.errors.values() for error in errors))
        deed(form)
    except RuleBroken as rule:
        return _page(correction_id, failed=name, fault=refuse(rule), status=422)
    flash(done)
    return redirect(url_for(".correction", correction_id=correction_id), 303)


@bp.post("/<row_id:correction_id>/acknowledge")
@requires(Permission.TAKE_IN_CORRECTIONS)
def acknowledge(correction_id):
    """The family was told in writing."""
    return _step(correction_id, "acknowledge", _l("Acknowledged. Print the letter below."), corrections.acknowledge)


@bp.post("/<row_id:correction_id>/investigate")
@requires(Permission.TAKE_IN_CORRECTIONS)
def investigate(correction_id):
    """What was looked at and found."""
    return _step(correction_id, "investigate", _l("What you found is kept."), corrections.investigate)


@bp.post("/<row_id:correction_id>/notify")
@requires(Permission.DECIDE_CORRECTIONS)
def notify(correction_id):
    """The family was told the decision."""
    return _step(correction_id, "notify", _l("The requester is notified."), corrections.notify)


@bp.post("/<row_id:correction_id>/forward")
@requires(Permission.DECIDE_CORRECTIONS)
def forward(correction_id):
    """The State whose data are meant answers as if asked directly."""
    answer = _step(correction_id, "forward", _l("Forwarded. Print the letter below."), corrections.forward)
    send_soon()
    return answer


def _step(correction_id, name, done, deed):
    def step(form):
        deed(g.db, correction_id, text=form.text.data or "", now=g.now, by=g.user)

    return _deed(correction_id, name, done, step)


@bp.post("/<row_id:correction_id>/decide")
@requires(Permission.DECIDE_CORRECTIONS)
def decide(correction_id):
    """Which of the State's elements are corrected, and why."""
    accepted = {
        int(one) for one in request.form.getlist("accepted") if one.isascii() and one.isdigit() and len(one) < 10
    }

    def deed(form):
        reasons = form.text.data or ""
        corrections.decide(g.db, correction_id, accepted=accepted, reasons=reasons, now=g.now, by=g.user)

    return _deed(correction_id, "decide", _l("The decision is kept. Tell the family now."), deed)


@bp.post("/<row_id:correction_id>/inquiries")
@requires(Permission.TAKE_IN_CORRECTIONS)
def inquire(correction_id):
    """A question of another State or of the Department about the request."""

    def deed(form):
        asked_by = request.form.get("asked_by", "")
        if asked_by not in {one.value for one in AskedBy}:
            raise RuleBroken(_l("Choose who asks."))
        correction_inquiries.add(
            g.db,
            correction_id,
            asked_by=AskedBy(asked_by),
            asker=request.form.get("asker", "")[:120],
            received_on=_day(request.form.get("received_on", "")),
            text=form.text.data or "",
            now=g.now,
            by=g.user,
        )

    return _deed(correction_id, "inquire", _l("The inquiry is entered."), deed)


def _day(text):
    """A day as a date field sends it. Raises RuleBroken."""
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise RuleBroken(_l("Write the day on which it came.")) from fault


@bp.post("/<row_id:correction_id>/inquiries/<row_id:inquiry_id>/answer")
@requires(Permission.TAKE_IN_CORRECTIONS)
def answer(correction_id, inquiry_id):
    """The written answer to an inquiry."""

    def deed(form):
        words = form.text.data or ""
        correction_inquiries.answer(g.db, correction_id, inquiry_id, text=words, now=g.now, by=g.user)

    return _deed(correction_id, f"answer {inquiry_id}", _l("The answer is kept."), deed)


@bp.post("/<row_id:correction_id>/files")
@requires(Permission.TAKE_IN_CORRECTIONS)
def attach(correction_id):
    """Further evidence beside the request."""

    def deed(form):
        there = corrections.get(g.db, correction_id, by=g.user)
        sent = evidence.read(form.files, already=len(there.attachments))
        if not sent:
            raise RuleBroken(_l("Choose a file."))
        correction_inquiries.attach(g.db, correction_id, files=evidence.keep(sent), now=g.now, by=g.user)

    return _deed(correction_id, "attach", _l("The evidence is kept."), deed)


@bp.get("/<row_id:correction_id>/files/<row_id:file_id>")
@requires(Permission.SEE_CORRECTIONS)
def attachment(correction_id, file_id):
    """One file of a request within reach, to be saved."""
    found = corrections.get(g.db, correction_id, by=g.user)
    return evidence.save(attachments.among(found.attachments, file_id), name=f"{found.reference}-{file_id}")
