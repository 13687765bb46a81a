"""Move notices: the boxes, a new one from a child's record, its thread, and its evidence on paper."""

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from msixlite.domain import families, mail, move_routing, moves, moves_replies, moves_sending, pii_guard, students
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.exports import ExportKind
from msixlite.models.moves import Certainty, MoveKind, MoveStatus
from msixlite.models.words import _l, capital_first
from msixlite.web.access import requires
from msixlite.web.exports import print_out
from msixlite.web.families import beside, told_apart
from msixlite.web.language import flash
from msixlite.web.mail import send_soon
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("moves", __name__, url_prefix="/moves")
MOVE = Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE


def _words(*words: str) -> list[SelectChoice]:
    return [SelectChoice("", _l("– not said –")), *(SelectChoice(str(word), word) for word in words)]


class NoticeForm(FlaskForm):
    kind = RadioField(
        _l("What happened"),
        choices=[
            SelectChoice(str(MoveKind.ARRIVED.value), _l("They arrived here")),
            SelectChoice(str(MoveKind.DEPARTURE_PLANNED.value), _l("They will leave")),
            SelectChoice(str(MoveKind.DEPARTED.value), _l("They left")),
        ],
    )
    children = SelectMultipleField(
        _l("Children"), coerce=int, validators=[InputRequired(_l("Choose at least one child."))]
    )
    state = SelectField(_l("State"), validators=[InputRequired(_l("Choose the State."))])
    district = SelectField(_l("District"), coerce=int, validate_choice=False)
    city = StringField(_l("City"), [Length(max=60)])
    area = StringField(_l("ZIP code or county"), [Length(max=60)])
    moved_on = DateField(_l("Date"), [Optional()])
    certainty = RadioField(
        _l("How certain"), choices=[SelectChoice(str(one.value), capital_first(one.value)) for one in Certainty]
    )
    told_by = SelectField(_l("Who told us"), choices=_words(*moves_sending.TOLD_BY))
    reason = SelectField(_l("Reason"), choices=_words(*moves_sending.REASONS))
    services = SelectMultipleField(
        _l("Services in progress"), choices=[SelectChoice(str(word), word) for word in moves_sending.SERVICES]
    )
    text = TextAreaField(_l("Words for the e-mail"), [Length(max=1_000, message=_l("At most 1,000 letters."))])
    note = TextAreaField(_l("Note that stays inside"), [Length(max=4_000, message=_l("At most 4,000 letters."))])
    shown = HiddenField()
    """The recipients that the person saw: only they get the notice."""
    show = SubmitField(_l("Show who gets it"))

    def draft(self) -> moves_sending.Draft:
        return moves_sending.Draft(
            kind=MoveKind(self.kind.data),
            student_ids=frozenset(self.children.data),
            state_code=self.state.data,
            district_id=self.district.data or None,
            city=self.city.data or "",
            area=self.area.data or "",
            moved_on=self.moved_on.data,
            certainty=Certainty(self.certainty.data),
            reason=self.reason.data,
            told_by=self.told_by.data,
            services=tuple(self.services.data),
            text=self.text.data or "",
            note=self.note.data or "",
        )


@bp.get("/")
@requires(MOVE)
def index():
    """Notices to me and from me."""
    return page(
        "moves/index.html",
        boxes=((_l("To you"), moves.in_box(g.db, by=g.user)), (_l("From you"), moves.out_box(g.db, by=g.user))),
        failed=mail.not_gone_out(g.db, by=g.user),
        late=lambda notice: moves.reply_is_late(notice, now=g.now),
        overdue=lambda notice: moves.is_overdue(notice, now=g.now),
        soon=lambda notice: moves.is_due_soon(notice, now=g.now),
    )


@bp.route("/new/<msix_id:msix_id>", methods=["GET", "POST"])
@requires(MOVE)
def new(msix_id):
    """Tell the other side that a child, with brothers and sisters, moved."""
    student = students.get(g.db, msix_id, by=g.user)
    form = _form(student)
    if form.validate_on_submit() and not form.show.data:
        try:
            return _send(form)
        except moves_sending.SentAlready as rule:
            flash(refuse(rule), "info")
            return redirect(url_for(".notice", notice_id=rule.notice_id), 303)
        except RuleBroken as rule:
            _place_of(rule, form).errors = [refuse(rule)]
            student = students.get(g.db, msix_id, by=g.user)
    return _page(form, student, status=422 if form.errors else 200)


def _place_of(rule: RuleBroken, form: NoticeForm):
    """The field at which a broken rule is said."""
    if isinstance(rule, pii_guard.PersonalData):
        return form.text
    return form.moved_on if isinstance(rule, moves_sending.WrongDay) else form.state


@bp.post("/new/<msix_id:msix_id>/recipients")
@requires(MOVE, reads=True)
def recipients(msix_id):
    """The districts of the State chosen, and who would get the notice: asked while the form is filled."""
    student = students.get(g.db, msix_id, by=g.user)
    return _page(_form(student), student)


def _form(student) -> NoticeForm:
    state, district = moves_sending.likely_other_place(g.db, student, by=g.user)
    family = [student, *(one.student for one in families.relatives(g.db, student))]
    form = NoticeForm(
        kind=MoveKind.ARRIVED.value,
        certainty=Certainty.CERTAIN.value,
        children=[child.id for child in (family if request.args.get("family") else family[:1])],
        state=state,
        district=district or 0,
    )
    form.children.choices = [SelectChoice(number, label) for number, label in told_apart(family, _name).items()]
    form.state.choices = [
        SelectChoice("", _l("– choose –")),
        *(SelectChoice(one.code, one.name) for one in moves_sending.states(g.db)),
    ]
    of_state = moves_sending.districts(g.db, form.state.data) if form.state.data else []
    form.district.choices = [
        SelectChoice(0, _l("Not known")),
        *(SelectChoice(one.id, one.name) for one in of_state),
    ]
    if form.district.data not in {choice.value for choice in form.district.choices}:
        form.district.data = 0
    return form


def _name(student) -> str:
    born = students.shown_birth_date(student)
    return _l("%(name)s, born %(day)s", name=students.shown_name(student), day=f"{born:%m/%d/%Y}")


def _page(form: NoticeForm, student, status: int = 200):
    found, nobody = _recipients(form)
    form.shown.data = _numbers(found)
    form.shown.raw_data = None
    return page(
        "moves/new.html",
        fragment="recipients",
        status=status,
        form=form,
        student=student,
        child=_name(student),
        found=found,
        nobody=nobody,
    )


def _recipients(form: NoticeForm):
    if not form.state.data:
        return [], ""
    try:
        place = (form.state.data, form.district.data or None, form.area.data or "")
        return moves_sending.routes(g.db, *place, now=g.now), ""
    except RuleBroken as rule:
        return [], rule.sentence


def _numbers(found) -> str:
    return ",".join(str(route.user.id) for route in found)


def _send(form: NoticeForm):
    found, _ = _recipients(form)
    if found and form.shown.data != _numbers(found):
        raise RuleBroken(_l("Look who gets the notice, below, then send it."))
    notice = moves_sending.send(g.db, form.draft(), now=g.now, by=g.user)
    send_soon()
    flash(
        _l(
            "%(reference)s was sent to %(people)s.",
            reference=notice.reference,
            people=", ".join(route.user.full_name for route in found),
        )
    )
    return redirect(url_for(".notice", notice_id=notice.id), 303)


class ReplyForm(FlaskForm):
    status = SelectField(_l("What is so now"), validate_choice=False)
    text = TextAreaField(_l("Words for the other side"), [Length(max=2_000, message=_l("At most 2,000 letters."))])
    why_late = TextAreaField(_l("Why it came late"), [Length(max=2_000, message=_l("At most 2,000 letters."))])


@bp.get("/<row_id:notice_id>")
@requires(MOVE)
def notice(notice_id):
    """One notice with its clocks, its thread and what may follow."""
    return _notice_page(moves.get(g.db, notice_id, by=g.user), ReplyForm())


def _notice_page(found, form: ReplyForm):
    steps = moves.next_steps(found.status, moves.sides(g.db, found, by=g.user))
    form.status.choices = [
        SelectChoice("", _l("– only write –")),
        *(SelectChoice(str(step.value), capital_first(step.value)) for step in steps),
    ]
    return page(
        "moves/notice.html",
        notice=found,
        form=form,
        steps=steps,
        mails=mail.mails(g.db, by=g.user, reference=found.reference),
        late=moves.reply_is_late(found, now=g.now),
        overdue=moves.is_overdue(found, now=g.now),
        asks_why=MoveStatus.DISMISSED in steps and moves.is_solved_late(found, now=g.now),
        named=_name,
        beside=beside([one.student.survivor for one in found.children], _name),
        status=422 if form.errors else 200,
    )


@bp.post("/<row_id:notice_id>/reply")
@requires(MOVE)
def reply(notice_id):
    """Acknowledge, say what came of it, ask for more, or only write. One click is enough to acknowledge."""
    found = moves.get(g.db, notice_id, by=g.user)
    form = ReplyForm()
    if not form.validate_on_submit():
        return _notice_page(found, form)
    try:
        _reply(found, form)
    except RuleBroken as rule:
        place = form.why_late if isinstance(rule, moves_replies.LateWithoutReason) else form.text
        place.errors = [refuse(rule)]
        return _notice_page(moves.get(g.db, notice_id, by=g.user), form)
    flash(_l("%(reference)s: %(status)s.", reference=found.reference, status=found.status.value))
    return redirect(url_for(".notice", notice_id=notice_id), 303)


def _reply(found, form: ReplyForm) -> None:
    text = form.text.data or ""
    if not form.status.data:
        return moves_replies.write_line(g.db, found, text=text, now=g.now, by=g.user)
    if form.status.data not in {status.value for status in MoveStatus}:
        raise RuleBroken(_l("Choose what is so now."))
    why_late = form.why_late.data or ""
    moves_replies.reply(g.db, found, MoveStatus(form.status.data), text=text, why_late=why_late, now=g.now, by=g.user)
    return send_soon()


@bp.get("/<row_id:notice_id>.pdf")
@requires(MOVE)
def evidence(notice_id):
    """The notice, its recipients, times and thread on paper: the proof of what was done."""
    found = moves.get(g.db, notice_id, by=g.user)
    return print_out(
        "moves/pdf.html",
        kind=ExportKind.MOVE_PRINT,
        file_name=f"{found.reference}.pdf",
        back=url_for(".notice", notice_id=notice_id),
        subject=f"notice {notice_id}",
        note=found.reference,
        notice=found,
        mails=mail.mails(g.db, by=g.user, reference=found.reference),
        named=_name,
    )


def _people(users) -> list[SelectChoice]:
    return [SelectChoice(one.id, f"{one.full_name}, {one.place}") for one in users]


class RuleForm(FlaskForm):
    area = StringField(
        _l("ZIP code, its first three digits, or county"), [InputRequired(_l("Say which area.")), Length(max=60)]
    )
    user = SelectField(_l("Who receives its notices"), coerce=int, validate_choice=False)


@bp.route("/rules", methods=["GET", "POST"])
@requires(Permission.WORD_OUTGOING_MAIL)
def rules():
    """Who gets the notices of areas that are no districts."""
    form = RuleForm()
    people = [g.user, *move_routing.colleagues(g.db, by=g.user)]
    form.user.choices = _people(people)
    if form.validate_on_submit():
        try:
            move_routing.add_rule(g.db, area=form.area.data, user_id=form.user.data, by=g.user)
        except RuleBroken as rule:
            form.area.errors = [refuse(rule)]
        else:
            flash(_l("The rule is kept."))
            return redirect(url_for(".rules"), 303)
    found = move_routing.rules(g.db, by=g.user)
    return page("moves/rules.html", form=form, rules=found, status=422 if form.errors else 200)


@bp.post("/rules/<row_id:rule_id>/remove")
@requires(Permission.WORD_OUTGOING_MAIL)
def remove_rule(rule_id):
    """The rule holds no more."""
    move_routing.remove_rule(g.db, rule_id, by=g.user)
    flash(_l("The rule is removed."))
    return redirect(url_for(".rules"), 303)
