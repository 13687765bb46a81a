"""A State's own approved text of the family page, with a preview."""

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import SubmitField, TextAreaField
from wtforms.validators import Length

from msixlite.domain import family_page
from msixlite.domain.errors import RuleBroken
from msixlite.domain.family_page import Wording
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("family_page", __name__, url_prefix="/settings/family")
EXAMPLE = {"child": "Lucía", "school": "Seabreeze Junior High, TX, (555) 555-0111", "office": "(555) 555-0148"}
"""The made-up child of the preview."""


class TextForm(FlaskForm):
    spanish = TextAreaField(_l("Spanish text"), [Length(max=family_page.LONGEST * 2)])
    english = TextAreaField(_l("English text"), [Length(max=family_page.LONGEST * 2)])
    preview = SubmitField(_l("Preview"))
    keep = SubmitField(_l("Keep this text"))

    def wording(self) -> Wording:
        return Wording(english=self.english.data or "", spanish=self.spanish.data or "")


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.SET_STATE_POLICY)
def index():
    """Write the State's text; it replaces the built-in one on every family page printed from this State."""
    own = family_page.wording(g.db, g.user.state_code)
    form = TextForm(obj=own)
    shown = own
    if form.validate_on_submit():
        try:
            family_page.check(form.wording())
            shown = form.wording()
            if form.keep.data:
                family_page.change(g.db, form.wording(), now=g.now, by=g.user)
                flash(_l("The State's text of the family page is kept."))
                return redirect(url_for(".index"), 303)
        except RuleBroken as rule:
            form.spanish.errors = [refuse(rule)]
    return page(
        "family_page/index.html",
        form=form,
        own=own,
        shown=shown,
        blocks=family_page.blocks,
        fields=family_page.FIELDS,
        example=EXAMPLE,
        status=422 if form.errors else 200,
    )


@bp.post("/reset")
@requires(Permission.SET_STATE_POLICY)
def reset():
    """Back to the built-in text."""
    family_page.reset(g.db, by=g.user)
    flash(_l("The family page has its built-in text again."))
    return redirect(url_for(".index"), 303)
