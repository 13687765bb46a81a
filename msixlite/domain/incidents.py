"""Incident reports: what a person saw, an immediate lock of the own account, and who must look (rules A16, P5)."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import accounts
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import GRANTS, Permission, Reach
from msixlite.models.incidents import IncidentKind, IncidentReport
from msixlite.models.users import AccountStatus, User
from msixlite.models.words import _l

KINDS = {
    IncidentKind.MISUSE: _l("Somebody else may have used my account"),
    IncidentKind.SOCIAL_ENGINEERING: _l("Somebody asked me for my password or for a child's data"),
    IncidentKind.ODD_CONTENT: _l("Odd pictures or text on a page"),
    IncidentKind.WRONG_FORMAT: _l("Data in a wrong form, such as a name in place of a date"),
    IncidentKind.MISSING_DATA: _l("Data that were there are missing"),
    IncidentKind.OUTAGE: _l("A page fails or is very slow"),
    IncidentKind.LOST_COPY: _l("A print, file or device with children's data is lost"),
    IncidentKind.OTHER: _l("Something else"),
}
"""The signs to watch for (specification, Other Considerations)."""
SELF_LOCKED = _l("locked by the person with an incident report")


def report(
    db: Session, *, kind: IncidentKind, text: str, page: str, lock: bool, now: datetime, by: User
) -> IncidentReport:
    """Keep what the person saw. `lock`: disable the own account at once; a User Administrator opens it again."""
    made = IncidentReport(
        reported_at=now,
        reported_by_id=by.id,
        kind=kind,
        text=text.strip(),
        page=page[:80],
        self_locked=lock,
    )
    db.add(made)
    if lock:
        by.status, by.status_reason = AccountStatus.DISABLED, SELF_LOCKED
        accounts.end_sessions(db, by, reason=SELF_LOCKED[:40], now=now)
    db.flush()
    return made


def open_reports(db: Session, *, by: User, limit: int = 50) -> list[IncidentReport]:
    """Reports within reach that nobody has seen yet, the newest first."""
    return list(
        db.scalars(
            _with_people()
            .where(IncidentReport.seen_at.is_(None), *_within_reach(by))
            .order_by(IncidentReport.id.desc())
            .limit(limit)
        )
    )


def recent(db: Session, *, by: User, limit: int = 200) -> list[IncidentReport]:
    """Reports within reach, seen ones too, the newest first."""
    return list(db.scalars(_with_people().where(*_within_reach(by)).order_by(IncidentReport.id.desc()).limit(limit)))


def seen(db: Session, report_id: int, *, answer: str, now: datetime, by: User) -> IncidentReport:
    """Say what was done about a report. The first word stands."""
    found = db.scalar(
        select(IncidentReport).where(IncidentReport.id == report_id, *_within_reach(by)).with_for_update()
    )
    if found is None:
        raise NotFound("incident report")
    if found.seen_at is not None:
        raise RuleBroken(_l("This report has already been answered."))
    if not answer.strip():
        raise RuleBroken(_l("Say what you did about it."))
    found.seen_at, found.seen_by_id, found.answer = now, by.id, answer.strip()
    return found


def _with_people() -> Select[IncidentReport]:
    return select(IncidentReport).options(joinedload(IncidentReport.reported_by), joinedload(IncidentReport.seen_by))


def _within_reach(by: User) -> list[ColumnElement[bool]]:
    """Reports of people of the own State; those of the Department's own people go to its User Administrator."""
    reach = GRANTS[by.role].get(Permission.SEE_INCIDENT_REPORTS)
    if reach is None:
        return [IncidentReport.id.is_(None)]
    if reach is Reach.NATION:
        return []
    return [IncidentReport.reported_by_id.in_(select(User.id).where(User.state_code == by.state_code))]
