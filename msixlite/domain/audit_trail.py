"""Reading the audit trail: who did what, filtered, within reach. Writing it is the work of `audit`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, and_, cast, literal, not_, or_, select
from sqlalchemy.orm import Session

from msixlite.domain import audit_words, purposes
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import GRANTS, Permission, Reach, allows
from msixlite.models.audit import AuditEvent
from msixlite.models.places import District, Region, State
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User
from msixlite.models.words import _l

PAGE = 50
EXPORTED = 50_000
"""Events in one file, the newest."""
ACCOUNT_FEATURES = (
    *("access_notices", "account", "account_requests", "account_reviews", "audit", "auth", "daily", "directory"),
    *("drafts", "feeds", "help", "help_desk", "home", "incidents", "policy", "regions", "rules", "second_factor"),
    *("sessions", "sign_in_alerts", "status", "training", "users"),
)
"""Features that concern accounts; all others concern children."""
ACCOUNT_TABLES = frozenset(
    (
        *("access_notice", "account_deed", "account_request", "account_review", "district", "outside_training"),
        *("past_email", "recovery_code", "region", "reminder", "request_decision", "review_line"),
        *("rules_acceptance", "rules_of_behavior", "second_factor", "sign_in_alert", "state_training_text"),
        *("training_attempt", "user"),
    )
)
OUTCOMES = {
    "ok": _l("done"),
    "denied": _l("not allowed"),
    "refused": _l("refused by a rule"),
    "not found": _l("not found or out of reach"),
    "bad request": _l("not readable"),
    "too many": _l("too many tries"),
    "error": _l("failed"),
}


@dataclass(frozen=True)
class Filter:
    """What to look for; what is empty does not matter."""

    user_id: int | None = None
    msix_id: str = ""
    action: str = ""
    place: str = ""
    """Of the person who acted: a State "TX", a region "region-3" or a district "district-12"."""
    since: date | None = None
    until: date | None = None
    """The last day that counts."""
    outcome: str = ""

    def as_arguments(self) -> dict[str, str]:
        """The filter as the arguments of an address: numbers and codes, no names."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: str(value) for name, value in values.items() if value}


def read_filter(given: dict[str, str]) -> Filter:
    """A filter from the arguments of an address; what cannot be read does not matter."""
    return Filter(
        user_id=read_number(given.get("user_id", "")),
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
        **{name: given.get(name, "")[:80] for name in ("msix_id", "action", "place", "outcome")},
    )


def read_number(text: str) -> int | None:
    """The number of a row; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Entry:
    """One event for the eye, without what the reader may not see."""

    event: AuditEvent
    name: str
    """Of the person; empty: nobody was signed in."""
    role: str
    place: str
    did: str
    whom: str
    outcome: str
    detail: dict[str, Any] = field(default_factory=dict)
    changes: Sequence[Sequence[Any]] = ()


def entries(
    db: Session, wanted: Filter, *, by: User, before: int | None = None, limit: int | None = PAGE
) -> list[Entry]:
    """The events within reach that fit, the newest first, older than the event `before`."""
    found = (
        select(AuditEvent, User)
        .outerjoin(User, User.id == AuditEvent.user_id)
        .where(*within_reach(by), *_fitting(db, wanted, by))
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    if before is not None:
        found = found.where(AuditEvent.id < before)
    return [_entry(event, user, by) for event, user in db.execute(found)]


def _entry(event: AuditEvent, user: User | None, by: User) -> Entry:
    sees_children = allows(by, Permission.SEE_AUDIT_OF_CHILDREN)
    changes = [one for one in event.changes if sees_children or one[0] in ACCOUNT_TABLES]
    concerns_child = not is_of_accounts(event.action) or event.subject.startswith("msix ")
    return Entry(
        event=event,
        name=user.full_name if user else "",
        role=user.role.label if user else "",
        place=user.place if user else "",
        did=audit_words.words(event.action, event.detail.get("method", "")),
        whom=event.subject if sees_children or not concerns_child else _l("(a child)") if event.subject else "",
        outcome=event.outcome,
        detail=event.detail if sees_children or not concerns_child else {"method": event.detail.get("method")},
        changes=changes,
    )


def is_of_accounts(action: str) -> bool:
    """Whether an action concerns accounts and no child: a feature of accounts, or a command of the machine."""
    return action.partition(".")[0] in ACCOUNT_FEATURES or action.startswith("command")


def within_reach(by: User) -> list[ColumnElement[bool]]:
    """What accounts of the own State did; what was done with children there, and with its children anywhere."""
    rights = GRANTS[by.role]
    accounts, children = rights.get(Permission.SEE_AUDIT_OF_ACCOUNTS), rights.get(Permission.SEE_AUDIT_OF_CHILDREN)
    if Reach.NATION in (accounts, children):
        return []
    own_people = select(User.id).where(User.state_code == by.state_code)
    seen: list[ColumnElement[bool]] = []
    if accounts:
        own_subjects = select(literal("user ") + cast(User.id, String)).where(User.state_code == by.state_code)
        seen += [AuditEvent.user_id.in_(own_people), AuditEvent.subject.in_(own_subjects)]
    if children:
        own_children = (
            select(literal("msix ") + Student.msix_id)
            .join(StateRecord, StateRecord.student_id == Student.id)
            .where(StateRecord.state_code == by.state_code)
        )
        accounts_only = (AuditEvent.action.startswith(f"{one}.", autoescape=True) for one in ACCOUNT_FEATURES)
        of_children = not_(or_(AuditEvent.action == "daily", AuditEvent.action.startswith("command"), *accounts_only))
        seen.append(and_(of_children, or_(AuditEvent.user_id.in_(own_people), AuditEvent.subject.in_(own_children))))
    return [or_(*seen)] if seen else [AuditEvent.id.is_(None)]


def _fitting(db: Session, wanted: Filter, by: User) -> list[ColumnElement[bool]]:
    zone = ZoneInfo(by.state.time_zone if by.state else "America/New_York")
    found: list[ColumnElement[bool]] = []
    if wanted.user_id is not None:
        found.append(or_(AuditEvent.user_id == wanted.user_id, AuditEvent.subject == f"user {wanted.user_id}"))
    if wanted.msix_id and allows(by, Permission.SEE_AUDIT_OF_CHILDREN):
        found.append(AuditEvent.subject == f"msix {wanted.msix_id}")
    if wanted.action:
        found.append(AuditEvent.action == wanted.action)
    if wanted.place:
        found.append(AuditEvent.user_id.in_(_people_of(wanted.place)))
    if wanted.since:
        found.append(AuditEvent.at >= _midnight(wanted.since, zone))
    if wanted.until:
        found.append(AuditEvent.at < _midnight(wanted.until + timedelta(days=1), zone))
    if wanted.outcome:
        found.append(AuditEvent.outcome.startswith(wanted.outcome, autoescape=True))
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _people_of(place: str) -> Any:
    kind, _, number = place.rpartition("-")
    if kind not in ("region", "district"):
        return select(User.id).where(User.state_code == place)
    column = User.region_id if kind == "region" else User.district_id
    return select(User.id).where(column == read_number(number))


def places(db: Session, *, by: User) -> list[tuple[str, str]]:
    """The places that a reader may filter by: States for the Nation, otherwise the own regions and districts."""
    if by.state_code is None:
        known = select(State.code, State.name).join(User, User.state_code == State.code).distinct().order_by(State.name)
        return [(code, name) for code, name in db.execute(known)]
    regions = db.scalars(select(Region).where(Region.state_code == by.state_code).order_by(Region.name))
    districts = db.scalars(select(District).where(District.state_code == by.state_code).order_by(District.name))
    return [
        *((f"region-{region.id}", _l("Region %(name)s", name=region.name)) for region in regions),
        *((f"district-{district.id}", district.name) for district in districts),
    ]


def export_rows(db: Session, wanted: Filter, *, by: User) -> list[dict[str, Any]]:
    """The events that fit as rows of a file. Who sees all gets what the hashes were made of."""
    return [_row(one) for one in entries(db, wanted, by=by, limit=EXPORTED)]


def _row(one: Entry) -> dict[str, Any]:
    event = one.event
    return {
        "id": event.id,
        "at": event.at.astimezone(UTC).isoformat(),
        "user_id": event.user_id,
        "name": one.name,
        "role": one.role,
        "place": one.place,
        "action": event.action,
        "did": one.did,
        "subject": one.whom,
        "outcome": event.outcome,
        "address": event.address,
        "detail": one.detail,
        "changes": list(one.changes),
        "previous_hash": event.previous_hash,
        "hash": event.hash,
        "whole": (one.whom, one.detail, list(one.changes)) == (event.subject, event.detail, event.changes),
    }


def person(db: Session, user_id: int, *, by: User) -> User | None:
    """The account of a number, if its deeds lie within reach."""
    found = db.get(User, user_id)
    return found if found is not None and by.state_code in (None, found.state_code) else None


def find_person(db: Session, user_name: str, *, by: User) -> User:
    """The account of a user name, if its deeds lie within reach."""
    found = db.scalar(select(User).where(User.user_name == user_name.strip().lower()))
    if found is None or by.state_code not in (None, found.state_code):
        raise RuleBroken(_l("There is no account of this user name within your reach."))
    return found


def purpose_words(detail: dict[str, Any]) -> str:
    """The purpose of use that an event names, with its reference."""
    words = purposes.label(detail.get("purpose", ""))
    return f"{words}: {detail['reference']}" if detail.get("reference") else words
