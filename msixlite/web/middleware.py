"""The security rules, in the order in which every request passes them. `init_app` is the policy."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_limiter import Limiter
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as AnyResponse

from msixlite.domain import accounts, audit, clocks, purposes, second_factor, sessions, training, unusual_use
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import allows
from msixlite.models.users import UserSession
from msixlite.models.words import _l
from msixlite.web import wanted
from msixlite.web.access import Access, access_of
from msixlite.web.drafts import after_holding, hold_back, keep_late
from msixlite.web.language import flash
from msixlite.web.limits import DatabaseStorage, network_of_request

limiter = Limiter(
    network_of_request,
    storage_uri=f"{DatabaseStorage.STORAGE_SCHEME[0]}://",
    strategy="fixed-window",
    headers_enabled=False,
)
csrf = CSRFProtect()
login_manager = LoginManager()
log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect")),
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}
RETRY_AFTER = {429: 60, 503: 10}
"""Seconds after which a program may try again."""
WAYS_IN = (
    *("auth.consent", "auth.sign_in", "account_requests.new", "directory.write"),
    *("incidents.report_unsigned", "incidents.lock_account"),
)
"""Public pages whose POSTs are audited: there is nobody signed in yet."""


class SignedIn(UserMixin):
    """What Flask-Login keeps: the session's token in the cookie, never the account's number."""

    def __init__(self, token: str, live: UserSession) -> None:
        self.token, self.session, self.user = token, live, live.user

    def get_id(self) -> str:
        return self.token


def init_app(app: Flask) -> None:
    """Put the rules in front of every view: the order is the policy."""
    app.before_request(open_session)
    limiter.init_app(app)
    login_manager.init_app(app)
    app.before_request(load_user)
    app.before_request(account_gates)
    app.before_request(check_access)
    app.before_request(purpose_gate)
    csrf.init_app(app)
    app.before_request(hold_back)
    app.after_request(headers)  # Flask runs these from the last to the first: finish, then headers
    app.after_request(finish)
    app.teardown_request(close_session)


def open_session() -> None:
    """A session on the database for all that follows. Requests that only read never wait for a writer."""
    g.now = current_app.config["CLOCK"]()
    g.settings = current_app.config["SETTINGS"]
    g.user = g.user_session = g.gate = None
    g.locked = False
    g.user_id = g.session_id = None
    g.searching = ""
    access = access_of(current_app, request.endpoint)
    g.db = current_app.config["SESSIONS"]()
    if request.method in ("GET", "HEAD", "OPTIONS") or (access and access.reads):
        g.db.reading()
    _await_body(access)


def _await_body(access: Access | None) -> None:
    """All of a form is here before the database is asked: a slow sender holds no lock."""
    if request.method == "POST" and access is not None and current_app.config["SESSION_COOKIE_NAME"] in request.cookies:
        with suppress(RequestEntityTooLarge):  # said again where the form is read
            _ = request.form


@login_manager.user_loader
def _signed_in(token: str) -> SignedIn | None:
    try:
        found = accounts.find_session(g.db, token, now=g.now)
    except OperationalError:
        if not _is_public():
            raise
        g.db.rollback()  # the database does not answer, and the status page says so to everybody
        return None
    return SignedIn(token, found) if found else None


def _is_public() -> bool:
    access = access_of(current_app, request.endpoint)
    return access is not None and access.permission is None


def load_user() -> None:
    """Who asks, by the server's own clock: so many minutes without activity as its State sets end a session (A13)."""
    if request.endpoint == "static" or not current_user.is_authenticated:
        return
    g.user, g.user_session = current_user.user, current_user.session
    g.user_id, g.session_id = g.user.id, g.user_session.id
    g.searching, g.active_at = g.user_session.searching, g.user_session.last_active_at
    lock_after = timedelta(minutes=g.settings.lock_after_minutes)
    g.locked = sessions.is_locked(g.user_session, lock_after=lock_after, now=g.now)


def account_gates() -> AnyResponse | None:
    """Nothing is open before one's own password, the Rules of Behavior and the training (A1, A3, A4, A19).

    Nothing at all is open while the session is locked (A34).
    """
    if g.user is None:
        return None
    access = access_of(current_app, request.endpoint)
    g.gate = _barrier()
    if g.gate:
        return _keep_out(access)
    g.gate = _gate()
    if g.gate is None or access is None or access.gate:
        return None
    keep_late(access, g.user)
    return _go(url_for(g.gate))


def _barrier() -> str | None:
    """The page beyond which nothing is open, not even one's own password."""
    if g.user_session.second_factor_at is None and second_factor.is_on(g.db, g.user):
        return "second_factor.check"
    return "sessions.resume" if g.locked else None


def _keep_out(access: Access | None) -> AnyResponse | None:
    if access is None or access.permission is None or request.endpoint in (g.gate, "auth.sign_out"):
        return None
    if g.locked:
        keep_late(access, g.user)
    goes_back = g.locked and request.method == "GET" and not access.background
    return _go(url_for(g.gate, next=request.full_path.rstrip("?") if goes_back else None))


def _gate() -> str | None:
    if accounts.must_change_password(g.user, now=g.now, age=timedelta(days=g.settings.password_days)):
        return "auth.password"
    if accounts.must_accept_rules(g.db, g.user, now=g.now):
        return "auth.rules"
    if g.user_session.second_factor_at is None and g.user.role in current_app.config["SECOND_FACTOR_ROLES"]:
        return "second_factor.index"
    if training.must_train(g.db, g.user, now=g.now):
        return "training.index"
    return None


def check_access() -> AnyResponse | None:
    """The view's permission against the ONE table of rights."""
    access = access_of(current_app, request.endpoint)
    if access is None or access.permission is None:
        return None
    if g.user is None:
        return _ask_to_sign_in(access)
    if not allows(g.user, access.permission):
        abort(403)
    return None


def purpose_gate() -> AnyResponse | None:
    """A child outside one's own scope opens only for a stated purpose, remembered for the visit (P4, P10)."""
    access = access_of(current_app, request.endpoint)
    msix_id = (request.view_args or {}).get("msix_id")
    if not msix_id or access is None or access.permission is None or not access.asks_purpose:
        return None
    g.purpose = purposes.of_opening(g.db, msix_id, session=g.user_session, by=g.user)
    if g.purpose:
        return None
    g.outcome = "asked for the purpose"
    keep_late(access, g.user)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return _go(url_for("purposes.index", msix_id=msix_id, next=back))


def _ask_to_sign_in(access: Access) -> AnyResponse:
    g.outcome = "denied: not signed in"
    if "_user_id" in session:
        kept = keep_late(access)
        minutes = accounts.idle_minutes(g.db, session["_user_id"])
        session.clear()
        flash(_why_signed_out(minutes), "info")
        if kept:
            flash(_l("What you had written is kept: sign in again, and you find it."), "info")
    wanted.remember(access)
    return _go(url_for("auth.sign_in"))


def _why_signed_out(minutes: int | None) -> str:
    if minutes is None:
        return _l("You were signed out, because your session ended.")
    return _l(
        "You were signed out, because nothing was done for %(minutes)s minutes or your session ended.", minutes=minutes
    )


def _go(address: str) -> AnyResponse:
    """Lead to a page: an htmx request must be told to leave the one it stands on."""
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)


def finish(response: Response) -> Response:
    """Roll back what failed; then one audit event; then the one commit of the request.

    What no database answers stands in the log alone: its error page still goes out, with all headers.
    """
    try:
        return _finish(response)
    except SQLAlchemyError:
        if response.status_code < 500:
            raise
        log.exception("Not in the audit trail: %s %s.", request.method, request.endpoint)
        g.db.rollback()
        return response


def _finish(response: Response) -> Response:
    if request.endpoint == "static" or "db" not in g:
        return response
    is_held = g.get("held_draft") is not None
    if response.status_code >= 400 or is_held:
        g.db.rollback()
    if is_held and g.user is not None:
        g.outcome, response = "put back, not sent", after_holding(response)
    if not _is_audited():
        g.db.commit()
        return response
    if not g.db.writes:
        g.db.writing()
    access = access_of(current_app, request.endpoint) or Access(None)
    if g.session_id and not access.background and not g.locked:
        accounts.touch_session(g.db, g.session_id, now=g.now, searching=g.get("typing", ""))
    if access.is_typing and response.status_code < 400 and not _was_left():
        g.db.commit()
        return response
    _record(response, _subject(), {**g.get("purpose", {}), **_searched(access), **g.get("detail", {})})
    for subject, why in g.get("further", {}).items():
        _record(response, subject, {**why, **g.get("detail", {})})
    g.db.commit()
    for begin in () if is_held else g.get("after_commit", ()):
        begin()
    return response


def _record(response: Response, subject: str, detail: dict[str, Any]) -> None:
    """One event. A paper or file that tells of several children leaves one for each (`g.further`)."""
    audit.record(
        g.db,
        at=g.now,
        action=request.endpoint or "no such page",
        outcome=g.get("outcome") or _outcome(response.status_code),
        user_id=g.user_id,
        subject=subject,
        address=request.remote_addr or "",
        detail={"method": request.method, **detail},
    )


def _is_audited() -> bool:
    access = access_of(current_app, request.endpoint)
    protected = access is not None and access.permission is not None
    return protected or g.user_id is not None or (request.method == "POST" and request.endpoint in WAYS_IN)


def _searched(access: Access) -> dict[str, str]:
    """What stood in the search box and was not logged: with the next thing that the person does, it is."""
    return {"searched": g.searching} if g.searching and not access.background else {}


def _was_left() -> bool:
    """Whether what was typed before rested for a while, or is something else than what is typed now."""
    before, now = g.searching, g.get("typing", "")
    goes_on = now.startswith(before) or before.startswith(now)
    return bool(before) and before != now and (not goes_on or g.now - g.active_at >= clocks.TYPING_RESTS)


def _outcome(status: int) -> str:
    words = {400: "bad request", 403: "denied", 404: "not found", 422: "refused", 429: "too many"}
    return words.get(status, "ok" if status < 400 else f"error {status}")


def _subject() -> str:
    """Whom or what the request was about, from its address."""
    about: dict[str, Any] = g.get("about") or request.view_args or {}
    return ", ".join(f"{name.removesuffix('_id')} {value}" for name, value in sorted(about.items()))[:80]


def headers(response: Response) -> Response:
    """What every answer carries, errors too."""
    if isinstance(request.routing_exception, RequestRedirect):  # its address holds whatever host the request named
        response.location = urlsplit(request.routing_exception.new_url)._replace(scheme="", netloc="").geturl()
        response.data = b""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.status_code in RETRY_AFTER:
        response.headers.setdefault("Retry-After", str(RETRY_AFTER[response.status_code]))
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("HX-Request")
    return response


def close_session(_error: BaseException | None) -> None:
    """Whatever was not committed is gone."""
    if "db" in g:
        g.db.close()


def release_lock() -> None:
    """Commit what was done so far and let others write: before a password is hashed, which is slow by intent."""
    if g.get("held_draft") is not None:
        raise RuleBroken(_l("Nobody has sent this form yet."))
    g.db.commit()


def after_commit(begin: Callable[[], object]) -> None:
    """Begin work elsewhere once this request's deed stands: another thread must be able to see it."""
    g.setdefault("after_commit", []).append(begin)


def unusual_limits() -> unusual_use.Limits:
    """What this site takes for usual."""
    return unusual_use.Limits(
        records_a_day=g.settings.unusual_records,
        exports_a_day=g.settings.unusual_exports,
        failures=g.settings.unusual_failures,
        opens_at=g.settings.office_opens,
        closes_at=g.settings.office_closes,
    )


def refuse(rule: RuleBroken) -> str:
    """The sentence of a broken rule, after undoing whatever the deed had begun."""
    g.db.rollback()
    return rule.sentence
