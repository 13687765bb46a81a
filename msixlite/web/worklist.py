"""The worklist: lists, one item, the decisions, and the bar that takes them back."""

from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import TypeVar

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from msixlite.domain import days, exports, policy, worklist, worklist_decisions, worklist_lists, worklist_sheet
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.domain.worklist_lists import Due, Filter, View
from msixlite.models.exports import ExportKind
from msixlite.models.words import _l, _ln
from msixlite.models.worklist import WorklistItem, WorklistKind, WorklistStatus
from msixlite.web.access import requires
from msixlite.web.exports import export_list
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("worklist", __name__, url_prefix="/worklist")
_RIGHT = Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS
_Choice = TypeVar("_Choice", bound=Enum)


class PickedForm(FlaskForm):
    to = IntegerField(_l("Assign to"), [Optional()])
    until = DateField(_l("Wait until"), [Optional()])


@bp.get("/")
@requires(_RIGHT)
def index():
    """What waits within reach, the first due first; the last decision can be taken back from here."""
    return _index(PickedForm())


def _index(form: PickedForm, status: int = 200):
    wanted = _filter()
    return page(
        "worklist/index.html",
        fragment="items",
        status=status,
        rows=worklist_lists.rows(g.db, wanted, now=g.now, by=g.user),
        counts=worklist_lists.counts(g.db, now=g.now, by=g.user),
        wanted=wanted,
        address=_address(),
        views=View,
        kinds=WorklistKind,
        dues=Due,
        people=worklist.colleagues(g.db, by=g.user),
        form=form,
        undo=_undoable(),
    )


def _filter() -> Filter:
    return Filter(
        view=_chosen(View, "view") or View.ALL,
        kind=_chosen(WorklistKind, "kind"),
        state=request.args.get("state", "")[:2].upper() or None,
        due=_chosen(Due, "due"),
    )


def _chosen(choices: type[_Choice], name: str) -> _Choice | None:
    """The choice that the address names; anything else is none."""
    return next((one for one in choices if one.value == request.args.get(name)), None)


def _undoable() -> WorklistItem | None:
    """The item whose decision the address offers to take back, if this person decided it."""
    item_id = request.args.get("undo", type=int)
    if item_id is None or not 0 < item_id < 2**31:
        return None
    try:
        item = worklist.get(g.db, item_id, today=days.today_of(g.user, g.now), by=g.user)
    except NotFound:
        return None
    return item if item.resolved_by_id == g.user.id and item.status is not WorklistStatus.WITHDRAWN else None


@bp.route("/export", methods=["GET", "POST"])
@requires(Permission.EXPORT_STUDENT_RECORDS_TO_FILE, reads=True)
def export():
    """The list as it is filtered, as a protected file; both clocks are columns of their own."""
    found = worklist_lists.rows(g.db, _filter(), now=g.now, by=g.user, limit=100_000)
    by_clock = policy.of(g.db, g.user.state_code).late_by_clock
    return export_list(
        exports.worklist_sheets(found, now=g.now, late_by_clock=by_clock),
        title=_l("Export the worklist"),
        lead=_ln("%(num)s item as the list is filtered.", "%(num)s items as the list is filtered.", len(found)),
        back=url_for(".index", **request.args),
        kind=ExportKind.WORKLIST_FILE,
        name="worklist",
    )


def _address() -> dict[str, str]:
    return {key: request.args[key] for key in ("view", "kind", "state", "due") if request.args.get(key)}


@bp.post("/picked")
@requires(_RIGHT)
def picked():
    """One deed for all picked items: claim, assign, escalate, wait."""
    form = PickedForm()
    item_ids = [int(one) for one in request.form.getlist("item") if one.isascii() and one.isdigit() and len(one) < 10]
    if not form.validate():
        return _index(form, 422)
    try:
        said = _all(request.form.get("deed", ""), item_ids, form)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return _index(form, 422)
    flash(said)
    return redirect(url_for(".index", **{key: request.args[key] for key in request.args if key != "undo"}), 303)


def _all(deed: str, item_ids: list[int], form: PickedForm) -> str:
    if deed == "claim":
        return _ln(
            "%(num)s item claimed.", "%(num)s items claimed.", worklist.claim_all(g.db, item_ids, now=g.now, by=g.user)
        )
    if deed == "escalate":
        return _ln(
            "%(num)s item sent up.",
            "%(num)s items sent up.",
            worklist.escalate_all(g.db, item_ids, now=g.now, by=g.user),
        )
    if deed == "wait":
        until = form.until.data or date.min
        return _ln(
            "%(num)s item put off.",
            "%(num)s items put off.",
            worklist.wait_all(g.db, item_ids, until=until, now=g.now, by=g.user),
        )
    if deed == "assign":
        count = worklist.reassign_all(g.db, item_ids, to_id=form.to.data or 0, now=g.now, by=g.user)
        return _ln("%(num)s item assigned.", "%(num)s items assigned.", count)
    raise RuleBroken(_l("Choose what to do with the picked items."))


class DeedForm(FlaskForm):
    seen = HiddenField(validators=[Length(max=64)])
    master = StringField(_l("Keep the MSIX ID of"), [Length(max=12)])
    reason = TextAreaField(_l("Reason"), [Length(max=500, message=_l("Use at most 500 characters."))])
    accept = BooleanField(_l("I have looked at this; my reason says why they are one child all the same."))
    alone = BooleanField(_l("I began this myself and I validate it alone, as my State's single administrator."))
    note = TextAreaField(_l("In a few words"), [Length(max=500, message=_l("Use at most 500 characters."))])
    state = StringField(_l("State"), [Length(max=2)])
    to = IntegerField(_l("Assign to"), [Optional(), NumberRange(min=1, max=2**31 - 1)])
    until = DateField(_l("Wait until"), [Optional()])


@bp.get("/<row_id:item_id>")
@requires(_RIGHT)
def item(item_id):
    """One item: the children side by side with the reasons, or the fault with the way to mend it."""
    return _item_page(item_id, DeedForm(), 200)


def _item_page(item_id: int, form: DeedForm, status: int):
    found = worklist.get(g.db, item_id, today=days.today_of(g.user, g.now), by=g.user)
    queue = worklist_lists.queue(g.db, now=g.now, by=g.user)
    return page(
        "worklist/item.html",
        fragment="sheet",
        status=status,
        sheet=worklist_sheet.read(g.db, found, now=g.now, by=g.user),
        form=form,
        every_field=request.args.get("fields") == "all",
        following=worklist_lists.after(queue, item_id),
        position=queue.index(item_id) + 1 if item_id in queue else None,
        waiting=len(queue),
        undo=_undoable(),
    )


def _do(item_id: int, deed: Callable[[DeedForm], WorklistItem], *, stay: bool = False):
    """Validate the form, do the deed, open the next item; errors come back with everything typed."""
    form = DeedForm()
    if not form.validate():
        return _item_page(item_id, form, 422)
    try:
        done = deed(form)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return _item_page(item_id, form, 422)
    if stay:
        return redirect(url_for(".item", item_id=item_id), 303)
    following = worklist_lists.after(worklist_lists.queue(g.db, now=g.now, by=g.user), item_id)
    undo = done.id if not done.is_open else None
    if done.is_open:
        flash(_l("%(title)s: %(done)s.", title=done.title, done=_where_it_went(done)))
    if following is None:
        return redirect(url_for(".index", undo=undo), 303)
    return redirect(url_for(".item", item_id=following, undo=undo), 303)


def _where_it_went(done: WorklistItem) -> str:
    if done.status is WorklistStatus.ASKED:
        return _l("%(state)s was asked", state=done.asked_state)
    if done.status is WorklistStatus.WAITING:
        return _l("waits until %(day)s", day=f"{done.waits_until:%m/%d/%Y}")
    return _l("given to %(name)s", name=done.owner.full_name) if done.owner else _l("sent up")


@bp.post("/<row_id:item_id>/same")
@requires(_RIGHT)
def same(item_id):
    """Same child: begins the merge, to be validated."""
    return _do(
        item_id,
        lambda form: worklist_decisions.same_child(
            g.db,
            item_id,
            master=form.master.data or "",
            reason=form.reason.data or "",
            accept_obstacles=form.accept.data,
            seen=form.seen.data or "",
            now=g.now,
            by=g.user,
        ),
    )


@bp.post("/<row_id:item_id>/different")
@requires(_RIGHT)
def different(item_id):
    """Different children: remembered."""
    return _do(
        item_id,
        lambda form: worklist_decisions.different_children(
            g.db, item_id, reason=form.reason.data or "", seen=form.seen.data or "", now=g.now, by=g.user
        ),
    )


@bp.post("/<row_id:item_id>/validate")
@requires(_RIGHT)
def validate(item_id):
    """Make the merge or split true."""

    def deed(form: DeedForm) -> WorklistItem:
        done = worklist_decisions.validate(
            g.db,
            item_id,
            seen=form.seen.data or "",
            accept_obstacles=form.accept.data,
            confirm_alone=form.alone.data,
            now=g.now,
            by=g.user,
        )
        if done.change and done.change.by_single_administrator:
            g.detail = {"marked": "validated by the initiator alone: single administrator"}
        return done

    return _do(item_id, deed)


@bp.post("/<row_id:item_id>/reject")
@requires(_RIGHT)
def reject(item_id):
    """Turn the merge or split down."""
    return _do(
        item_id,
        lambda form: worklist_decisions.reject(g.db, item_id, reason=form.reason.data or "", now=g.now, by=g.user),
    )


@bp.post("/<row_id:item_id>/undo")
@requires(_RIGHT)
def undo(item_id):
    """Take the decision back: the item is open again."""
    return _do(item_id, lambda _form: worklist_decisions.undo(g.db, item_id, now=g.now, by=g.user), stay=True)


@bp.post("/<row_id:item_id>/claim")
@requires(_RIGHT)
def claim(item_id):
    """Take the item up."""
    return _do(item_id, lambda _form: worklist.claim(g.db, item_id, now=g.now, by=g.user), stay=True)


@bp.post("/<row_id:item_id>/assign")
@requires(_RIGHT)
def assign(item_id):
    """Give the item to somebody, down or sideways."""
    return _do(item_id, lambda form: worklist.reassign(g.db, item_id, to_id=form.to.data or 0, now=g.now, by=g.user))


@bp.post("/<row_id:item_id>/escalate")
@requires(_RIGHT)
def escalate(item_id):
    """Send the item up."""
    return _do(item_id, lambda form: worklist.escalate(g.db, item_id, note=form.note.data or "", now=g.now, by=g.user))


@bp.post("/<row_id:item_id>/ask")
@requires(_RIGHT)
def ask(item_id):
    """Put a question to the other State."""
    return _do(
        item_id,
        lambda form: worklist.ask(
            g.db, item_id, state=form.state.data or "", note=form.note.data or "", now=g.now, by=g.user
        ),
    )


@bp.post("/<row_id:item_id>/wait")
@requires(_RIGHT)
def wait(item_id):
    """Put the item off until a day."""
    return _do(
        item_id,
        lambda form: worklist.wait(
            g.db, item_id, until=form.until.data or date.min, note=form.note.data or "", now=g.now, by=g.user
        ),
    )


@bp.post("/<row_id:item_id>/resolve")
@requires(_RIGHT)
def resolve(item_id):
    """Close an item by hand, saying what was done."""
    return _do(item_id, lambda form: worklist.resolve(g.db, item_id, note=form.note.data or "", now=g.now, by=g.user))
