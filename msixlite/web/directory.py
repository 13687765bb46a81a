"""User Administrator Search, open to everybody: whom to ask."""

from flask import Blueprint, g, request
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Length

from msixlite.domain import directory, places
from msixlite.models.words import _l
from msixlite.web.access import public
from msixlite.web.middleware import limiter
from msixlite.web.rendering import page

bp = Blueprint("directory", __name__, url_prefix="/user-administrators")
limiter.limit("60 per minute", methods=["POST"])(bp)


class SearchForm(FlaskForm):
    state = SelectField(_l("State"))
    part = SelectField(_l("Region or district"))
    name = StringField(_l("Name, or a part of it"), [Length(max=60)])


@bp.route("/", methods=["GET", "POST"])
@public
def index():
    """By State, region, district or name. A form, so that no name stands in an address."""
    form = SearchForm(data={"state": request.args.get("state", "")})
    parts = places.parts_of(g.db, form.state.data or "")
    form.state.choices = {"": _l("Any State")} | {state.code: state.name for state in places.all_states(g.db)}
    form.part.choices = {"": _l("Any")} | parts
    if form.part.data not in parts:
        form.part.data = ""
    kind, _, number = (form.part.data or "").partition("-")
    found = directory.find(
        g.db,
        state=form.state.data or "",
        region_id=int(number) if kind == "region" else None,
        district_id=int(number) if kind == "district" else None,
        name=form.name.data or "",
    )
    asked = bool(form.state.data or form.name.data)
    return page("directory/index.html", form=form, found=found, asked=asked)
