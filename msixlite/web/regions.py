"""Regions of a State: create, rename, switch off and on; move districts between them by select."""

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from msixlite.domain import regions
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l, _ln
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("regions", __name__, url_prefix="/regions")


class NameForm(FlaskForm):
    name = StringField(_l("Name of the region"), [InputRequired(_l("Type a name.")), Length(max=120)])
    was = StringField(_l("Name before"), [Length(max=120)])


@bp.get("/")
@requires(Permission.EDIT_REGIONS)
def index():
    """The regions with their districts and administrators."""
    return _index(NameForm())


def _index(form, status: int = 200):
    without = regions.districts(g.db, by=g.user, without=True)
    return page(
        "regions/index.html", form=form, overview=regions.overview(g.db, by=g.user), without=without, status=status
    )


@bp.post("/")
@requires(Permission.CREATE_REGIONS)
def create():
    """A new region."""
    form = NameForm()
    if not form.validate_on_submit():
        return _index(form, 422)
    try:
        made = regions.create(g.db, name=form.name.data, by=g.user)
    except RuleBroken as rule:
        form.name.errors = [refuse(rule)]
        return _index(form, 422)
    flash(_l("The region %(made)s is there. Now put districts into it.", made=made.name))
    return redirect(url_for(".districts"), 303)


@bp.route("/<row_id:region_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_REGIONS)
def region(region_id):
    """One region: rename it, switch it off or on; its districts."""
    found = regions.get(g.db, region_id, by=g.user)
    form = NameForm(obj=found)
    if not form.validate_on_submit():
        return _region(found, form, 422 if form.errors else 200)
    try:
        regions.rename(g.db, region_id, name=form.name.data, was=form.was.data or "", by=g.user)
    except RuleBroken as rule:
        form.name.errors = [refuse(rule)]
        return _region(regions.get(g.db, region_id, by=g.user), form, 422)
    flash(_l("The region is renamed."))
    return redirect(url_for(".region", region_id=region_id), 303)


def _region(found, form, status: int):
    inside = regions.districts(g.db, by=g.user, region_id=found.id)
    return page("regions/region.html", region=found, form=form, districts=inside, status=status)


@bp.post("/<row_id:region_id>/disable")
@requires(Permission.ENABLE_DISABLE_REGIONAL_STRUCTURE)
def disable(region_id):
    """Switch it off: open items move up to the State."""
    off = regions.disable(g.db, region_id, now=g.now, by=g.user)
    flash(_l("%(off)s is turned off. What waited there is now the State's.", off=off.name))
    return redirect(url_for(".region", region_id=region_id), 303)


@bp.post("/<row_id:region_id>/enable")
@requires(Permission.ENABLE_DISABLE_REGIONAL_STRUCTURE)
def enable(region_id):
    """Switch it on again."""
    on = regions.enable(g.db, region_id, by=g.user)
    flash(_l("%(on)s is in use again.", on=on.name))
    return redirect(url_for(".region", region_id=region_id), 303)


@bp.route("/districts", methods=["GET", "POST"])
@requires(Permission.ASSOCIATE_DISTRICTS_TO_REGIONS)
def districts():
    """Every district with its region in a select; one button keeps all changes, or none."""
    if request.method == "GET":
        return _districts()
    try:
        moved = regions.associate(g.db, _moves(), by=g.user)
    except RuleBroken as rule:
        return _districts(fault=refuse(rule), status=422)
    flash(_ln("%(num)s district moved.", "%(num)s districts moved.", moved))
    return redirect(url_for(".districts", show=request.args.get("show")), 303)


def _districts(fault: str = "", status: int = 200):
    without = request.args.get("show") == "without"
    return page(
        "regions/districts.html",
        districts=regions.districts(g.db, by=g.user, without=without),
        overview=regions.overview(g.db, by=g.user),
        without=without,
        fault=fault,
        status=status,
    )


def _moves() -> dict[int, regions.Move]:
    """Fields region-17 (chosen) and was-17 (as the page showed it); empty: no region."""
    numbers = [name.removeprefix("region-") for name in request.form if name.startswith("region-")]
    return {
        _number(number): regions.Move(
            was=_number(request.form.get(f"was-{number}", "")), to=_number(request.form[f"region-{number}"])
        )
        for number in numbers
    }


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise RuleBroken(_l("Choose a region from the list."))
    return int(text)
