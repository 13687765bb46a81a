"""Unusual use: signs in the audit trail that somebody should look at (rule A15)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import audit_trail, clocks, names, sign_in_alerts
from msixlite.domain.permissions import Permission, allows
from msixlite.models.audit import AuditEvent
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import User

OPENING = (
    "students.record",
    "students.history",
    "students.pdf",
    "packet.index",
    "packet.family",
    "worklist.item",
    "exports.record_file",
)
LEAVING = (
    *("audit.child_pdf", "audit.export", "exports.record_file", "moves.evidence"),
    *("packet.family", "packet.index", "students.export", "students.pdf", "worklist.export"),
)
AT_ONCE = 500


@dataclass(frozen=True)
class Limits:
    """What counts as usual; settings of the site."""

    records_a_day: int = 60
    exports_a_day: int = 20
    failures: int = 2
    opens_at: int = 6
    closes_at: int = 20
    """Hours of the person's own State between which work is usual, Monday to Friday, no federal holidays."""


@dataclass(frozen=True)
class Finding:
    """A person, what was seen of them, and how often."""

    user: User
    on: date | None
    """The day, where the sign is counted by the day."""
    count: int
    children: tuple[str, ...] = ()
    """MSIX IDs, where the sign is about single children."""


@dataclass(frozen=True)
class Report:
    """The six signs, each the most striking first."""

    many_records: list[Finding]
    after_hours: list[Finding]
    own_surname: list[Finding]
    failed_sign_ins: list[Finding]
    many_exports: list[Finding]
    two_networks: list[Finding]


@dataclass(frozen=True)
class _Act:
    at: datetime
    """In the time of the person's State."""
    user: User
    action: str
    child: str


def report(db: Session, *, since: datetime, limits: Limits, by: User) -> Report:
    """What was unusual since then, within the reader's reach."""
    acts = _acts(db, since, by)
    opened = [act for act in acts if act.action in OPENING]
    sees_children = allows(by, Permission.SEE_AUDIT_OF_CHILDREN)
    return Report(
        many_records=_by_day(opened, limits.records_a_day, distinct=True),
        after_hours=_by_day([act for act in opened if _is_after_hours(act.at, limits)], 1),
        own_surname=_own_surname(db, opened) if sees_children else [],
        failed_sign_ins=_failed_sign_ins(db, since, limits.failures, by),
        many_exports=_by_day([act for act in acts if act.action in LEAVING], limits.exports_a_day),
        two_networks=_two_networks(db, since, by),
    )


def _two_networks(db: Session, since: datetime, by: User) -> list[Finding]:
    """People who signed in while a session from another network was in use, by the day of their State (A18)."""
    alerts = sign_in_alerts.since(db, since, by=by)
    counted = Counter((one.user, one.at.astimezone(_zone(one.user)).date()) for one in alerts)
    return [Finding(user, on, count) for (user, on), count in counted.most_common()]


def _acts(db: Session, since: datetime, by: User) -> list[_Act]:
    found = db.execute(
        select(AuditEvent.at, AuditEvent.action, AuditEvent.subject, User)
        .join(User, User.id == AuditEvent.user_id)
        .where(
            AuditEvent.at >= since,
            AuditEvent.outcome == "ok",
            AuditEvent.action.in_({*OPENING, *LEAVING}),
            *audit_trail.within_reach(by),
        )
        .order_by(AuditEvent.id)
    )
    return [_Act(at.astimezone(_zone(user)), user, action, subject) for at, action, subject, user in found]


def _zone(user: User) -> ZoneInfo:
    return ZoneInfo(user.state.time_zone if user.state else "America/New_York")


def _is_after_hours(at: datetime, limits: Limits) -> bool:
    return not clocks.is_working_day(at.date()) or not limits.opens_at <= at.hour < limits.closes_at


def _by_day(acts: Iterable[_Act], least: int, *, distinct: bool = False) -> list[Finding]:
    """People and days with at least so many acts; `distinct` counts each child once."""
    days: dict[tuple[User, date], list[str]] = defaultdict(list)
    for act in acts:
        days[act.user, act.at.date()].append(act.child)
    counted = [(user, on, len(set(seen) if distinct else seen)) for (user, on), seen in days.items()]
    found = [Finding(user, on, count) for user, on, count in counted if count >= least]
    return sorted(found, key=lambda one: (-one.count, one.on or date.min))


def _own_surname(db: Session, opened: Iterable[_Act]) -> list[Finding]:
    """People who opened a child of their own surname."""
    pairs: dict[User, set[str]] = defaultdict(set)
    for act in opened:
        if act.child.startswith("msix "):
            pairs[act.user].add(act.child.removeprefix("msix "))
    surnames = _surnames(db, set().union(*pairs.values()) if pairs else set())
    found = []
    for user, children in pairs.items():
        own = set(names.fold(user.last_name).split())
        same = sorted(child for child in children if own & surnames.get(child, set()))
        if same:
            found.append(Finding(user, None, len(same), tuple(same)))
    return sorted(found, key=lambda one: -one.count)


def _surnames(db: Session, msix_ids: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    rest = iter(sorted(msix_ids))
    while some := list(islice(rest, AT_ONCE)):
        rows = db.execute(
            select(Student.msix_id, StateRecord.last_name_1, StateRecord.last_name_2)
            .join(StateRecord, StateRecord.student_id == Student.id)
            .where(Student.msix_id.in_(some))
        )
        for msix_id, first, second in rows:
            found[msix_id] |= set(names.fold(f"{first} {second or ''}").split()) - names.PARTICLES
    return found


PASSWORD_ASKED = ("auth.sign_in", "incidents.lock_account")
"""Pages that ask nobody's password before sign-in; wrong ones count alike on both."""


def _failed_sign_ins(db: Session, since: datetime, least: int, by: User) -> list[Finding]:
    if not allows(by, Permission.SEE_AUDIT_OF_ACCOUNTS):
        return []
    subjects = db.scalars(
        select(AuditEvent.subject).where(
            AuditEvent.at >= since,
            AuditEvent.action.in_(PASSWORD_ASKED),
            AuditEvent.outcome == "refused",
            AuditEvent.subject.startswith("user "),
            *audit_trail.within_reach(by),
        )
    )
    counted = Counter(int(subject.removeprefix("user ")) for subject in subjects)
    people = {user.id: user for user in db.scalars(select(User).where(User.id.in_(counted)))}
    return [Finding(people[one], None, count) for one, count in counted.most_common() if count >= least]
