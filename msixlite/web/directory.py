"""User Administrator Search, open to everybody: whom to ask."""

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from msixlite.domain import directory, places
from msixlite.domain.directory import LONGEST, Letter
from msixlite.domain.errors import RuleBroken
from msixlite.models.words import _l
from msixlite.web.access import public
from msixlite.web.mail import send_soon
from msixlite.web.middleware import limiter, refuse
from msixlite.web.rendering import page

bp = Blueprint("directory", __name__, url_prefix="/user-administrators")
limiter.limit("60 per minute", methods=["POST"])(bp)
limiter.limit("10 per hour", methods=["POST"], exempt_when=lambda: request.endpoint != "directory.write")(bp)


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


def _at_most(part: str) -> Length:
    return Length(max=LONGEST[part], message=_l("Use at most %(count)s characters.", count=LONGEST[part]))


class LetterForm(FlaskForm):
    name = StringField(_l("Your name"), [InputRequired(_l("Type your name.")), _at_most("name")])
    office = StringField(_l("Your school or office (if you like)"), [_at_most("office")])
    reply_to = StringField(
        _l("Your e-mail address"), [InputRequired(_l("Type your e-mail address.")), _at_most("reply_to")]
    )
    text = TextAreaField(_l("Message"), [InputRequired(_l("Write your message.")), _at_most("text")])

    def letter(self) -> Letter:
        text = (self.text.data or "").replace("\r\n", "\n")
        return Letter(self.name.data, self.office.data or "", self.reply_to.data.strip(" "), text)


@bp.route("/<row_id:user_id>/write", methods=["GET", "POST"])
@public
def write(user_id):
    """Write to a User Administrator whom the search shows, without their address."""
    user, form = directory.get(g.db, user_id), LetterForm()
    if not form.validate_on_submit():
        return page("directory/write.html", user=user, form=form, status=422 if form.errors else 200)
    try:
        directory.write(g.db, user_id, form.letter(), now=g.now)
    except RuleBroken as rule:
        form.form_errors.append(refuse(rule))
        return page("directory/write.html", user=directory.get(g.db, user_id), form=form, status=422)
    send_soon()
    return redirect(url_for(".sent"), 303)


@bp.get("/sent")
@public
def sent():
    """The same answer whatever became of the letter."""
    return page("directory/sent.html")
