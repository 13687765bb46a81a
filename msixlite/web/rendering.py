"""Turning results into pages: whole pages, fragments for htmx, filters and macros."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request, url_for

from msixlite.domain import moves, worklist
from msixlite.domain.permissions import Permission, allows


@dataclass(frozen=True)
class Entry:
    """A link of the main menu."""

    label: str
    url: str
    here: bool
    count: int = 0


MENU = (
    ("Home", "home.index", Permission.USE_OWN_ACCOUNT),
    ("Worklist", "worklist.index", Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS),
    ("Moves", "moves.index", Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE),
    ("Uploads", "uploads.index", Permission.UPLOAD_SUBMISSIONS),
    ("E-mail", "mail.index", Permission.WORD_OUTGOING_MAIL),
    ("My account", "account.index", Permission.USE_OWN_ACCOUNT),
)


def page(name: str, *, fragment: str | None = None, status: int = 200, **values: Any) -> tuple[str, int]:
    """The whole page, or its named block alone when htmx asks for it."""
    template = current_app.jinja_env.get_template(name)
    current_app.update_template_context(values)
    if fragment and request.htmx and not request.htmx.history_restore_request:  # type: ignore[attr-defined]
        return "".join(template.blocks[fragment](template.new_context(values))), status
    return template.render(values), status


def menu() -> list[Entry]:
    """The links that the person may follow, and no others."""
    return [
        Entry(label, url_for(endpoint), request.endpoint == endpoint, _waiting(endpoint))
        for label, endpoint, permission in MENU
        if may(permission)
    ]


def _waiting(endpoint: str) -> int:
    if endpoint == "moves.index":
        return moves.count_waiting(g.db, by=g.user)
    return worklist.count_open(g.db, by=g.user) if endpoint == "worklist.index" else 0


def may(permission: Permission) -> bool:
    """For templates: whether the person who looks has the right."""
    return g.user is not None and allows(g.user, permission)


def us_date(value: date | datetime | str | None) -> str:
    """MM/DD/YYYY; a month without a day as MM/YYYY."""
    if not value:
        return ""
    if isinstance(value, str):
        parts = value.split("-")
        return "/".join((*parts[1:], parts[0]))
    return value.strftime("%m/%d/%Y")


def us_moment(value: datetime | None) -> str:
    """Date, time and zone at the reader's State: 11/24/2026 11:05 CST."""
    if value is None:
        return ""
    state = g.user.state if g.get("user") else None
    return value.astimezone(ZoneInfo(state.time_zone if state else "America/New_York")).strftime("%m/%d/%Y %H:%M %Z")


def msix_id_groups(value: str) -> str:
    """123456789012 as 1234 5678 9012, for the eye."""
    return " ".join((value[:4], value[4:8], value[8:]))


def plural(count: int, one: str, many: str = "") -> str:
    """1 child, 2 children."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def init_app(app: Flask) -> None:
    """Filters, macros and functions that every template sees."""
    environment = app.jinja_env
    environment.filters.update(us_date=us_date, us_moment=us_moment, msix_id=msix_id_groups, plural=plural)
    environment.globals.update(may=may, menu=menu, Permission=Permission, demo=app.config["DEMO"])
    environment.globals["ui"] = environment.get_template("_ui.html").module
    environment.trim_blocks = environment.lstrip_blocks = True
