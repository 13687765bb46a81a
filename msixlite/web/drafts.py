"""Forms that arrived after sign-out: kept for their writer, offered after the next sign-in, put back but never sent."""

from typing import Any

from flask import Blueprint, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import ValidationError, validate_csrf
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from msixlite.domain import accounts, drafts
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.users import User
from msixlite.models.words import _l
from msixlite.web import wanted
from msixlite.web.access import Access, requires
from msixlite.web.language import flash
from msixlite.web.rendering import page

bp = Blueprint("drafts", __name__, url_prefix="/drafts")
SECRET_FIELDS = frozenset(("password", "present", "new", "again", "code", "passphrase"))
"""What nobody keeps, not even sealed."""
HELD = "_draft"
"""The field that says: show this form filled in, and do nothing."""


def keep_late(access: Access | None, user: User | None = None) -> bool:
    """Keep the form of this request, which leads nowhere now. Without `user`: of the session that has just run out."""
    if request.method != "POST" or access is None or access.reads or request.headers.get("HX-Request"):
        return False
    if not _token_fits():
        return False
    late = user or accounts.late_writer(g.db, session.get("_user_id", ""), now=g.now)
    if late is None:
        return False
    fields = {
        name: values
        for name, values in request.form.lists()
        if name not in SECRET_FIELDS | {HELD} and not name.endswith("csrf_token")
    }
    path = request.full_path.rstrip("?")
    return drafts.keep(g.db, late, endpoint=request.endpoint or "", path=path, fields=fields, seal=_seal(), now=g.now)


def _token_fits() -> bool:
    """A page of another site keeps nothing."""
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True


def _seal() -> Any:
    return current_app.config["DRAFT_SEAL"]


def hold_back() -> None:
    """A form that is put back is shown with what was written, and fails its check: nobody has sent it yet."""
    if request.method == "POST" and HELD in request.form:
        g.held_draft, g.csrf_valid = request.form[HELD], False
        request.form = ImmutableMultiDict(  # type: ignore[misc]
            [one for one in request.form.items(multi=True) if one[0] not in ("csrf_token", HELD)]
        )


def after_holding(response: Response) -> Response:
    """What the view did is undone already. A page is an answer; anything else leads back to the drafts."""
    if response.status_code in (200, 422) and response.mimetype == "text/html":
        drafts.remove_any(g.db, g.held_draft, by=g.user)
        return response
    if 300 <= response.status_code < 400:
        session.pop("_flashes", None)
        flash(_l("This form cannot be filled in again by itself. Take your text from here."), "info")
        return redirect(url_for("drafts.index"), 303)
    return response


def next_page(user: User, *, otherwise: str) -> str:
    """Where to go after signing in: to what one was writing, if anything, and to no other page later."""
    if not drafts.own(g.db, now=g.now, by=user):
        return otherwise
    wanted.take()
    return url_for("drafts.index")


@bp.get("/")
@requires(Permission.USE_OWN_ACCOUNT)
def index():
    """What I was writing when I was signed out."""
    return page("drafts/index.html", drafts=[_opened(one) for one in drafts.own(g.db, now=g.now, by=g.user)], held=HELD)


def _opened(draft):
    try:
        fields = drafts.fields_of(draft, seal=_seal())
    except RuleBroken:
        fields = {}
    return {"draft": draft, "fields": fields}


@bp.post("/<row_id:draft_id>/throw-away")
@requires(Permission.USE_OWN_ACCOUNT)
def throw_away(draft_id):
    """I do not need it any more."""
    drafts.remove(g.db, draft_id, by=g.user)
    flash(_l("It is thrown away."))
    return redirect(url_for(".index"), 303)
