"""Merges and splits: pick, compare, begin; their history; withdraw and undo."""

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import Length

from msixlite.domain import days, merge_split, merge_split_sides, worklist_decisions, worklist_sheet
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.merge_split import ChangeKind
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("merge_split", __name__)
_BEGIN = Permission.INITIATE_MERGE_AND_SPLIT
_DECIDE = Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS


class BeginForm(FlaskForm):
    master = StringField(_l("Master record"), [Length(max=12)])
    reason = TextAreaField(_l("Reason"), [Length(max=500, message=_l("Use at most 500 characters."))])
    accept = BooleanField(_l("I have looked at this; my reason says why they are one child all the same."))


@bp.get("/merges/")
@requires(_BEGIN)
def merges():
    """Merges that concern one's place, the newest first."""
    return _history(ChangeKind.MERGE)


@bp.get("/splits/")
@requires(_BEGIN)
def splits():
    """Splits that concern one's place, the newest first."""
    return _history(ChangeKind.SPLIT)


def _history(kind: ChangeKind):
    return page("merge_split/index.html", kind=kind, changes=merge_split.history(g.db, kind, by=g.user))


@bp.route("/merges/new", methods=["GET", "POST"])
@requires(_BEGIN)
def new_merge():
    """Pick two or more records, look at them side by side, choose the master record, give the reason."""
    form = BeginForm()
    picked = [_digits(one) for one in request.values.getlist("msix_id") if _digits(one)]
    try:
        children = merge_split_sides.merge_sides(g.db, picked, by=g.user) if picked else []
        if children and form.validate_on_submit():
            return _begin_merge(children, form)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
    except NotFound:
        form.form_errors.append(_l("There is no child with one of these MSIX IDs."))
    return _merge_page(form, picked)


def _digits(typed: str) -> str:
    return "".join(typed.split())[:12]


def _begin_merge(children, form: BeginForm):
    master = next((child for child in children if child.msix_id == form.master.data), None)
    if master is None:
        raise RuleBroken(_l("Choose the master record: the MSIX ID that is kept."))
    change = merge_split.begin_merge(
        g.db,
        children,
        master=master,
        reason=form.reason.data or "",
        accept_obstacles=form.accept.data,
        now=g.now,
        by=g.user,
    )
    flash(_l("The merge was sent to validation. Until it is validated every child keeps its own MSIX ID."))
    return redirect(url_for(".merge", change_id=change.id), 303)


def _merge_page(form: BeginForm, picked: list[str]):
    sides, compared, against = [], {"fields": [], "result": []}, []
    try:
        children = merge_split_sides.merge_sides(g.db, picked, by=g.user)
    except (RuleBroken, NotFound):
        children = []
    if children:
        sides = worklist_sheet.of_students(children)
        compared = worklist_sheet.compared(sides)
        against = merge_split_sides.obstacles(g.db, [side.records for side in sides])
    return page(
        "merge_split/new_merge.html",
        status=422 if form.errors else 200,
        form=form,
        picked=picked,
        sides=sides,
        obstacles=against,
        every_field=request.args.get("fields") == "all",
        **compared,
    )


@bp.route("/splits/new/<msix_id:msix_id>", methods=["GET", "POST"])
@requires(_BEGIN)
def new_split(msix_id):
    """Choose which State records are another child's, and give the reason."""
    student = merge_split_sides.split_side(g.db, msix_id, by=g.user)
    form = BeginForm()
    if form.validate_on_submit():
        try:
            groups = {record.id: _group(record.id) for record in student.state_records}
            change = merge_split.begin_split(
                g.db, student, groups=groups, reason=form.reason.data or "", now=g.now, by=g.user
            )
        except RuleBroken as rule:
            form.form_errors.append(refuse(rule))
        else:
            flash(_l("The split was sent to validation. Until it is validated nothing changes."))
            return redirect(url_for(".split", change_id=change.id), 303)
    sides = worklist_sheet.of_records(student)
    return page(
        "merge_split/new_split.html",
        status=422 if form.errors else 200,
        form=form,
        student=student,
        sides=sides,
        groups={side.records[0].id: _group(side.records[0].id) for side in sides},
        every_field=request.args.get("fields") == "all",
        **worklist_sheet.compared(sides),
    )


def _group(record_id: int) -> int:
    chosen = request.form.get(f"record_{record_id}", "0")
    return int(chosen) if chosen in ("0", "1", "2", "3") else 0


@bp.get("/merges/<row_id:change_id>")
@requires(_BEGIN)
def merge(change_id):
    """One merge: who, why, where it stands."""
    return _change_page(change_id, ChangeKind.MERGE)


@bp.get("/splits/<row_id:change_id>")
@requires(_BEGIN)
def split(change_id):
    """One split: who, why, where it stands."""
    return _change_page(change_id, ChangeKind.SPLIT)


class UndoForm(FlaskForm):
    reason = TextAreaField(_l("Reason"), [Length(max=500, message=_l("Use at most 500 characters."))])


def _change_page(change_id: int, kind: ChangeKind, form: UndoForm | None = None):
    change = merge_split.get(g.db, change_id, kind, by=g.user)
    form = form or UndoForm()
    return page(
        "merge_split/change.html",
        status=422 if form.errors else 200,
        change=change,
        sides=worklist_sheet.of_change(g.db, change),
        item=worklist_decisions.item_of(g.db, change, today=days.today_of(g.user, g.now), by=g.user),
        may_undo=merge_split.may_undo(g.db, change, by=g.user),
        form=form,
    )


@bp.post("/merges/<row_id:change_id>/withdraw")
@requires(_BEGIN)
def withdraw_merge(change_id):
    """Take one's own merge back before it is decided."""
    return _withdraw(change_id, ChangeKind.MERGE)


@bp.post("/splits/<row_id:change_id>/withdraw")
@requires(_BEGIN)
def withdraw_split(change_id):
    """Take one's own split back before it is decided."""
    return _withdraw(change_id, ChangeKind.SPLIT)


def _withdraw(change_id: int, kind: ChangeKind):
    change = merge_split.get(g.db, change_id, kind, by=g.user)
    worklist_decisions.withdraw(g.db, change, now=g.now, by=g.user)
    flash(_l("%(title)s is withdrawn.", title=change.title))
    return redirect(url_for(f".{kind.value}", change_id=change_id), 303)


@bp.post("/merges/<row_id:change_id>/undo")
@requires(_DECIDE)
def undo_merge(change_id):
    """Un-merge: everybody is again who they were before."""
    return _undo(change_id, ChangeKind.MERGE)


@bp.post("/splits/<row_id:change_id>/undo")
@requires(_DECIDE)
def undo_split(change_id):
    """Un-split: the child is one again."""
    return _undo(change_id, ChangeKind.SPLIT)


def _undo(change_id: int, kind: ChangeKind):
    change = merge_split.get(g.db, change_id, kind, by=g.user)
    form = UndoForm()
    if not form.validate():
        return _change_page(change_id, kind, form)
    try:
        merge_split.undo(g.db, change, reason=form.reason.data or "", now=g.now, by=g.user)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return _change_page(change_id, kind, form)
    flash(_l("%(title)s is undone. What came since stays with the side that it belongs to.", title=change.title))
    return redirect(url_for(f".{kind.value}", change_id=change_id), 303)
