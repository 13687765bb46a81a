"""Turning results into pages: whole pages, fragments for htmx, filters and macros."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException
from wtforms import SelectChoice

from msixlite.domain import (
    account_requests,
    account_steps,
    audit_words,
    clocks,
    correction_clocks,
    correction_elements,
    correction_intake,
    correction_revisions,
    data_quality,
    days,
    move_routing,
    moves,
    moves_replies,
    provided,
    record_history,
    requests,
    requests_answers,
    sessions,
    sign_in_alerts,
    students,
    worklist_lists,
)
from msixlite.domain.permissions import Permission, allows
from msixlite.models.sign_in_alerts import SignInAlert
from msixlite.models.words import _l
from msixlite.web import access
from msixlite.web.translations import speaking
from msixlite.web.turns import in_turns


@dataclass(frozen=True)
class Entry:
    """A link of the main menu."""

    label: str
    url: str
    here: bool
    count: int = 0


MENU = (
    (_l("Home"), "home.index", Permission.USE_OWN_ACCOUNT),
    (_l("Summary"), "summary.index", Permission.SUMMARY_STANDARD_AND_ADHOC_QUERIES),
    (_l("Worklist"), "worklist.index", Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS),
    (_l("Merges"), "merge_split.merges", Permission.INITIATE_MERGE_AND_SPLIT),
    (_l("Moves"), "moves.index", Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE),
    (_l("Requests"), "requests.index", Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE),
    (_l("Corrections"), "corrections.index", Permission.SEE_CORRECTIONS),
    (_l("Disputes"), "disputes.index", Permission.ENTER_DISPUTE_STATEMENTS),
    (_l("Uploads"), "uploads.index", Permission.UPLOAD_SUBMISSIONS),
    (_l("E-mail"), "mail.index", Permission.WORD_OUTGOING_MAIL),
    (_l("Accounts"), "users.index", Permission.UPDATE_USER_ACCOUNT_INFORMATION),
    (_l("Applications"), "account_requests.index", Permission.CREATE_USER_ACCOUNTS),
    (_l("District staff"), "access_notices.staff", Permission.FORWARD_ACCESS_NOTICES),
    (_l("Locked accounts"), "help_desk.index", Permission.UNLOCK_ACCOUNTS),
    (_l("Regions"), "regions.index", Permission.EDIT_REGIONS),
    (_l("Audit"), "audit.index", Permission.SEE_AUDIT_TRAIL),
    (_l("Incidents"), "incidents.index", Permission.SEE_INCIDENT_REPORTS),
    (_l("Settings"), "policy.index", Permission.SET_STATE_POLICY),
    (_l("My account"), "account.index", Permission.USE_OWN_ACCOUNT),
)


def page(name: str, *, fragment: str | None = None, status: int = 200, **values: Any) -> tuple[str, int]:
    """The whole page, or its named block alone when htmx asks for it."""
    template = current_app.jinja_env.get_template(name)
    current_app.update_template_context(values)
    if fragment and request.htmx and not request.htmx.history_restore_request:  # type: ignore[attr-defined]
        return "".join(template.blocks[fragment](template.new_context(values))), status
    return template.render(values), status


def paper(name: str, **values: Any) -> str:
    """A page to be printed: English, whatever language its reader has chosen, because the next office reads it."""
    template = current_app.jinja_env.get_template(name)
    current_app.update_template_context(values)
    with speaking("en"):
        return "".join(in_turns(template.generate(values)))


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
    if endpoint == "requests.index":
        return requests.count_waiting(g.db, today=days.today_of(g.user, g.now), by=g.user)
    if endpoint == "worklist.index":
        return worklist_lists.count_open(g.db, today=days.today_of(g.user, g.now), by=g.user)
    if endpoint == "corrections.index":
        return correction_clocks.count_open(g.db, by=g.user)
    return account_requests.count_open(g.db, by=g.user) if endpoint == "account_requests.index" else 0


def private_tabs() -> bool:
    """Whether names and birth dates may be blurred, so that the keyboard must reach them."""
    return g.get("user") is not None and (g.user.privacy_mode or g.user.blur_after_seconds > 0)


def may(permission: Permission) -> bool:
    """For templates: whether the person who looks has the right."""
    return g.user is not None and allows(g.user, permission)


def own_alerts() -> Sequence[SignInAlert]:
    """For every page: sign-ins from two networks that the person has not yet answered (A18)."""
    return [] if g.get("user") is None or g.gate else sign_in_alerts.unanswered(g.db, by=g.user)


def next_look() -> int:
    """Seconds until the page looks whether the session is about to end, or to be locked.

    A page that a person opened begins the idle time anew when it is sent.
    """
    active_at = g.user_session.last_active_at if request.endpoint == "sessions.left" else g.now
    soonest = sessions.warns_at(g.user_session, active_at=active_at)
    if g.settings.lock_after_minutes:
        soonest = min(soonest, active_at + timedelta(minutes=g.settings.lock_after_minutes))
    return max(int((soonest - g.now).total_seconds()), 0) + 1


def us_date(value: date | datetime | str | None) -> str:
    """MM/DD/YYYY; a month without a day as MM/YYYY; of a moment the day that it was at the reader's State."""
    if not value:
        return ""
    if isinstance(value, datetime):
        value = _here(value)
    if isinstance(value, str):
        parts = value.split("-")
        return "/".join((*parts[1:], parts[0]))
    return value.strftime("%m/%d/%Y")


def us_moment(value: datetime | None) -> str:
    """Date, time and zone at the reader's State: 11/24/2026 11:05 CST."""
    return "" if value is None else _here(value).strftime("%m/%d/%Y %H:%M %Z")


def _here(moment: datetime) -> datetime:
    """The moment by the clock of the reader's State."""
    state = g.user.state if g.get("user") else None
    return moment.astimezone(ZoneInfo(state.time_zone if state else clocks.WASHINGTON))


def msix_id_groups(value: str) -> str:
    """123456789012 as 1234 5678 9012, for the eye."""
    return " ".join((value[:4], value[4:8], value[8:]))


def groups(text: str) -> str:
    """A key in groups of four, for the eye."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def choices(pairs: Iterable[tuple[str, str]], *, any_: bool = False) -> list[SelectChoice]:
    """Values and words for a list to choose from; `any_` puts "Any" first."""
    return [SelectChoice(str(value), words) for value, words in ([("", _l("Any"))] if any_ else []) + list(pairs)]


def plural(count: int, one: str, many: str = "") -> str:
    """1 child, 2 children."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def own_page(address: str | None, *, otherwise: str) -> str:
    """The address, if it leads to a page of this site that a person may GET; any other place is not gone to."""
    address = address or ""
    if not address.startswith("/") or address.startswith(("//", "/\\")) or not address.isprintable():
        return otherwise
    try:
        path = address.partition("?")[0]
        endpoint, _ = current_app.url_map.bind("localhost").match(path, method="GET")
    except (HTTPException, RoutingException):
        return otherwise
    return otherwise if "\\" in address or endpoint == "static" else address


def init_app(app: Flask) -> None:
    """Filters, macros and functions that every template sees."""
    environment = app.jinja_env
    environment.filters["row_words"] = correction_elements.row_words
    environment.filters["account_words"] = account_steps.stored_reason
    environment.filters["counted_words"] = clocks.counted
    environment.filters["correction_words"] = correction_revisions.by_system
    environment.filters["step_words"] = correction_intake.of_person
    environment.filters["fault_words"] = data_quality.said
    environment.filters["reason_words"] = record_history.reason
    environment.filters["route_words"] = move_routing.why
    environment.filters["notice_words"] = moves_replies.by_clock
    environment.filters["provided_words"] = provided.said
    environment.filters["request_words"] = requests_answers.by_clock
    environment.filters.update(
        us_date=us_date,
        us_moment=us_moment,
        msix_id=msix_id_groups,
        plural=plural,
        groups=groups,
        action_words=audit_words.words,
        child_name=students.shown_name,
        child_born=students.shown_birth_date,
    )
    environment.globals.update(
        may=may, menu=menu, own_alerts=own_alerts, next_look=next_look, private_tabs=private_tabs, Permission=Permission
    )
    environment.globals.update(demo=app.config["DEMO"], practice=app.config["PRACTICE"])
    environment.globals["element_name"] = correction_elements.name_of
    environment.globals["functions"] = access.functions(app)
    environment.globals["ui"] = environment.get_template("_ui.html").module
    environment.trim_blocks = environment.lstrip_blocks = True
