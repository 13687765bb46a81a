"""Calendar feeds of due dates (RFC 5545) by secret link: numbers and days, nothing personal."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from msixlite.domain import accounts, clocks, correction_clocks, moves, worklist_lists
from msixlite.domain.errors import NotFound
from msixlite.domain.permissions import Permission, allows
from msixlite.models.base import random_token
from msixlite.models.corrections import CorrectionRequest
from msixlite.models.feeds import CalendarFeed
from msixlite.models.moves import MoveNotice
from msixlite.models.users import User

LINE = 73
"""Octets of a line before it is folded (RFC 5545, 3.1: at most 75 with the line break's sign)."""


@dataclass(frozen=True)
class DueDate:
    """One day in the calendar. `key` is the same at every reading, so that a moved date moves the entry."""

    key: str
    day: date
    title: str


def make(db: Session, *, now: datetime, by: User) -> str:
    """A new secret link's token, shown once; earlier links of the person stop working."""
    revoke(db, now=now, by=by)
    token = random_token()
    db.add(CalendarFeed(user_id=by.id, token_hash=_hash(token), made_at=now))
    return token


def revoke(db: Session, *, now: datetime, by: User) -> None:
    """The person's link stops working at once."""
    for feed in db.scalars(_living().where(CalendarFeed.user_id == by.id)):
        feed.revoked_at = now


def present(db: Session, *, by: User) -> CalendarFeed | None:
    """The person's link, if there is one."""
    return db.scalar(_living().where(CalendarFeed.user_id == by.id))


def _living() -> Select[CalendarFeed]:
    return select(CalendarFeed).where(CalendarFeed.revoked_at.is_(None))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


UNIVERSAL_TIME = (
    "BEGIN:VTIMEZONE",
    "TZID:Etc/UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)
"""A calendar has at least one component, also when nothing is due (RFC 5545, section 3.6)."""


def owner(db: Session, token: str, *, now: datetime) -> User:
    """Whose link it is, while the link and the account are open; otherwise there is no such link."""
    feed = db.scalar(_living().where(CalendarFeed.token_hash == _hash(token)))
    if feed is None or not accounts.is_in_use(feed.user, now):
        raise NotFound("calendar feed")
    return feed.user


def due_dates(db: Session, *, now: datetime, by: User) -> list[DueDate]:
    """What is due of the person: worklist items, move notices and corrections, by number only."""
    found: list[DueDate] = []
    if allows(by, Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS):
        rows = worklist_lists.rows(db, worklist_lists.Filter(), now=now, by=by)
        found += [DueDate(f"item-{row.item.id}", row.item.due_on, f"Worklist item {row.item.id} due") for row in rows]
    if allows(by, Permission.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE):
        received, sent = moves.in_box(db, by=by), moves.out_box(db, by=by)
        found += [due for notice in received for due in _of_outcome(notice)]
        found += [due for notice in {*received, *sent} for due in _of_update(notice, by, now)]
    if allows(by, Permission.TAKE_IN_CORRECTIONS):
        for correction in correction_clocks.open_rows(db, now=now, by=by):
            found += _of_correction(correction.request)
    return sorted(found, key=lambda due: (due.day, due.key))


def _of_outcome(notice: MoveNotice) -> Iterable[DueDate]:
    if notice.dismissed_at is None and notice.status not in moves.FOUND:
        yield DueDate(f"notice-{notice.id}", notice.due_on, f"{notice.reference}: outcome due")


def _of_update(notice: MoveNotice, by: User, now: datetime) -> Iterable[DueDate]:
    """The State that the children left owes what is new, whoever sent the notice; to dismiss it ends no duty early."""
    if notice.update_due_on is None or notice.update_state_code != by.state_code:
        return
    owes = notice.own_state if notice.update_state_code == notice.own_state_code else notice.other_state
    if notice.dismissed_at is None or clocks.day_in(now, owes.time_zone) <= notice.update_due_on:
        yield DueDate(f"update-{notice.id}", notice.update_due_on, f"{notice.reference}: send what is new")


def _of_correction(request: CorrectionRequest) -> Iterable[DueDate]:
    for clock in correction_clocks.of_request(request):
        if clock.runs:
            key = f"correction-{request.id}-{clock.key.replace(' ', '-')}"
            yield DueDate(key, clock.due_on, f"{request.reference}: {clock.key.split()[0]} due")


def as_ics(due: Iterable[DueDate], *, address: str, now: datetime) -> str:
    """The calendar's text (RFC 5545), each due date a whole day. `address`: the site's own."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//msixlite//due dates//EN", "X-WR-CALNAME:msixlite due dates"]
    lines += UNIVERSAL_TIME
    for one in due:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.key}@msixlite",
            f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{one.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(one.title)}",
            f"URL:{address}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _escaped(text: str) -> str:
    for sign in "\\;,":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """A long line goes on after a line break and a blank."""
    return "\r\n ".join(line[at : at + LINE] for at in range(0, len(line), LINE))
