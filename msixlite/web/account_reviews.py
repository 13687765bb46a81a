"""The yearly review of accounts: keep, change or close each, then sign (A36)."""

from flask import Blueprint, g, redirect, url_for
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from msixlite.domain import account_reviews
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.account_reviews import ReviewDecision
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("account_reviews", __name__, url_prefix="/account-reviews")
_RIGHT = Permission.UPDATE_USER_ACCOUNT_INFORMATION


class StartForm(FlaskForm):
    pass


@bp.route("/", methods=["GET", "POST"])
@requires(_RIGHT)
def index():
    """The reviews of one's reach; the button that begins the next."""
    if not StartForm().validate_on_submit():
        return _index()
    try:
        review = account_reviews.start(g.db, now=g.now, by=g.user)
    except RuleBroken as rule:
        return _index(fault=refuse(rule), status=422)
    return redirect(url_for(".review", review_id=review.id), 303)


def _index(fault: str = "", status: int = 200):
    reviews = account_reviews.find(g.db, by=g.user)
    due = account_reviews.is_due(g.db, now=g.now, by=g.user)
    return page("account_reviews/index.html", reviews=reviews, due=due, fault=fault, status=status)


@bp.get("/<row_id:review_id>")
@requires(_RIGHT)
def review(review_id):
    """Every account of the review with three choices; below, the signature."""
    return _review(review_id)


def _review(review_id, fault: str = "", status: int = 200):
    found = account_reviews.get(g.db, review_id, by=g.user)
    return page(
        "account_reviews/review.html",
        review=found,
        lines=account_reviews.lines(g.db, found, by=g.user),
        fault=fault,
        status=status,
    )


class DecisionForm(FlaskForm):
    decision = RadioField(
        _l("Decision"),
        [InputRequired(_l("Choose keep, change or close."))],
        choices={str(decision.value): decision.value.capitalize() for decision in ReviewDecision},
    )
    words = StringField(_l("Note"), [Length(max=200)])
    edition = IntegerField(_l("Edition"), [InputRequired()])


@bp.post("/<row_id:review_id>/lines/<row_id:line_id>")
@requires(Permission.DEACTIVATE_USER_ACCOUNTS)
def decide(review_id, line_id):
    """One account: keep, change or close."""
    form = DecisionForm()
    account_reviews.get(g.db, review_id, by=g.user)
    if not form.validate_on_submit():
        return _review(review_id, fault="Choose keep, change or close.", status=422)
    try:
        account_reviews.decide(
            g.db,
            line_id,
            ReviewDecision(form.decision.data),
            words=form.words.data or "",
            edition=form.edition.data,
            now=g.now,
            by=g.user,
        )
    except RuleBroken as rule:
        return _review(review_id, fault=refuse(rule), status=422)
    return redirect(url_for(".review", review_id=review_id, _anchor=f"line-{line_id}"), 303)


class SignForm(FlaskForm):
    looked = BooleanField(_l("I looked at every account"), [InputRequired(_l("Tick the box to sign."))])


@bp.post("/<row_id:review_id>/sign")
@requires(_RIGHT)
def sign(review_id):
    """The signature: with it the review is finished."""
    if not SignForm().validate_on_submit():
        return _review(review_id, fault="Tick the box to sign.", status=422)
    try:
        account_reviews.sign(g.db, review_id, now=g.now, by=g.user)
    except RuleBroken as rule:
        return _review(review_id, fault=refuse(rule), status=422)
    flash(_l("The review is signed. The next one is due in a year."))
    return redirect(url_for(".index"), 303)
