"""The Help Desk: unlock an account for a verified caller. There is no password on this path (A27, C2)."""

from flask import Blueprint, g, redirect, url_for

from msixlite.domain import account_steps, directory, help_desk
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import may, page
from msixlite.web.users import CheckForm

bp = Blueprint("help_desk", __name__, url_prefix="/help-desk")


@bp.get("/")
@requires(Permission.UNLOCK_ACCOUNTS)
def index():
    """Locked accounts, and whom to send callers to who forgot their password."""
    return _index()


def _index(fault: str = "", status: int = 200):
    return page(
        "help_desk/index.html",
        locked=help_desk.locked(g.db, by=g.user),
        administrators=directory.find(g.db, state=g.user.state_code or ""),
        checks=list(account_steps.CallerCheck),
        fault=fault,
        status=status,
    )


@bp.post("/<row_id:user_id>/unlock")
@requires(Permission.UNLOCK_ACCOUNTS)
def unlock(user_id):
    """The person may try their own password again."""
    form = CheckForm()
    if not form.validate_on_submit():
        return _index(fault=_l("Say how you made sure who it is."), status=422)
    try:
        user = help_desk.unlock(g.db, user_id, now=g.now, by=g.user, **form.verified())
    except RuleBroken as rule:
        return _index(fault=refuse(rule), status=422)
    flash(_l("%(full_name)s can sign in again with the password they have.", full_name=user.full_name))
    to_account = may(Permission.UPDATE_USER_ACCOUNT_INFORMATION)
    return redirect(url_for("users.account", user_id=user_id) if to_account else url_for(".index"), 303)
