"""Incident reports: what a person saw, an immediate lock of the own account, and who must look (rules A16, P5)."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import accounts, mail, pii_guard, users
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import GRANTS, Permission, Reach
from msixlite.models.incidents import IncidentKind, IncidentReport
from msixlite.models.places import State
from msixlite.models.users import AccountStatus, DeedKind, User
from msixlite.models.words import _l

log = logging.getLogger(__name__)
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
ASKED_BEFORE_SIGN_IN = _l("Asked before sign-in, with user name and password, that the account be locked.")
QUIET_HOUR = timedelta(hours=1)
"""After an e-mail about a report of nobody, further ones about the same State wait on screen only."""


def report(
    db: Session, *, kind: IncidentKind, text: str, page: str, lock: bool, now: datetime, by: User
) -> IncidentReport:
    """Keep what the person saw, and tell those who must look.

    `lock`: disable the own account at once; a User Administrator opens it again.
    """
    made = _keep(
        db,
        IncidentReport(
            reported_at=now,
            reported_by_id=by.id,
            state_code=by.state_code,
            kind=kind,
            text=text.strip(),
            page=page[:80],
            self_locked=lock,
        ),
    )
    if lock:
        by.status, by.status_reason, by.status_changed_at = AccountStatus.DISABLED, SELF_LOCKED, now
        by.edition += 1
        users.note(db, by, DeedKind.DISABLED, words=SELF_LOCKED, now=now, by=by)
        accounts.end_sessions(db, by, reason=SELF_LOCKED[:40], now=now)
        db.flush()
    _tell(db, made, but=by, now=now)
    return made


def report_unsigned(
    db: Session, *, kind: IncidentKind, text: str, page: str, state: str, contact: str, now: datetime
) -> IncidentReport:
    """Keep what somebody saw who is not signed in. It goes to the State that they name, else to the Department.

    An e-mail about it leaves at most once an hour for each State: nobody can flood mailboxes from outside.
    """
    if state and db.get(State, state) is None:
        raise RuleBroken(_l("Choose a State from the list."))
    told_lately = db.scalar(
        select(IncidentReport.id)
        .where(
            IncidentReport.reported_by_id.is_(None),
            IncidentReport.state_code == (state or None),
            IncidentReport.reported_at > now - QUIET_HOUR,
        )
        .limit(1)
    )
    made = _keep(
        db,
        IncidentReport(
            reported_at=now,
            state_code=state or None,
            contact=contact.strip(),
            kind=kind,
            text=text.strip(),
            page=page[:80],
        ),
    )
    if told_lately is None:
        _tell(db, made, but=None, now=now)
    return made


def lock_before_sign_in(db: Session, attempt: accounts.SignInAttempt, *, fits: bool, now: datetime) -> IncidentReport:
    """Lock the account of somebody who knows its password. The try was counted like one at sign-in.

    Raises RuleBroken where the try may not succeed; whoever asks must not learn which it was.
    """
    user = accounts.confirm_password(db, attempt, fits=fits)
    place = "incidents.lock_account"
    return report(db, kind=IncidentKind.MISUSE, text=ASKED_BEFORE_SIGN_IN, page=place, lock=True, now=now, by=user)


def _keep(db: Session, made: IncidentReport) -> IncidentReport:
    db.add(made)
    db.flush()
    return made


def _tell(db: Session, made: IncidentReport, *, but: User | None, now: datetime) -> None:
    """A pointer e-mail to each who must look, but the reporter."""
    values = {"reference": made.reference, "link": f"{mail.SITE}incidents/#report-{made.id}"}
    for user in _who_must_look(db, made.state_code):
        if user is but:
            continue
        try:
            mail.write(db, kind="incident_report", to=user, values=values, reference=made.reference, now=now, by=None)
        except pii_guard.PersonalData:
            log.warning("The guard held back the e-mail about report %s: see the State's wording.", made.id)


def _who_must_look(db: Session, state: str | None) -> Sequence[User]:
    """User Administrators and the lead of the State; the Department's where there is no State, or nobody in it."""
    active = select(User).where(User.status == AccountStatus.ACTIVE).order_by(User.id)
    of_state = [role for role, rights in GRANTS.items() if rights.get(Permission.SEE_INCIDENT_REPORTS) is Reach.STATE]
    found = db.scalars(active.where(User.role.in_(of_state), User.state_code == state)).all() if state else []
    of_nation = [role for role, rights in GRANTS.items() if rights.get(Permission.SEE_INCIDENT_REPORTS) is Reach.NATION]
    return found or db.scalars(active.where(User.role.in_(of_nation))).all()


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
    people = (IncidentReport.reported_by, IncidentReport.seen_by, IncidentReport.state)
    return select(IncidentReport).options(*(joinedload(one) for one in people))


def _within_reach(by: User) -> list[ColumnElement[bool]]:
    """Reports of people of the own State, and those of nobody that name it.

    Those of the Department's own people, and of nobody without a State, go to its User Administrator, who sees all.
    """
    reach = GRANTS[by.role].get(Permission.SEE_INCIDENT_REPORTS)
    if reach is None:
        return [IncidentReport.id.is_(None)]
    if reach is Reach.NATION:
        return []
    own_people = IncidentReport.reported_by_id.in_(select(User.id).where(User.state_code == by.state_code))
    of_nobody = and_(IncidentReport.reported_by_id.is_(None), IncidentReport.state_code == by.state_code)
    return [or_(own_people, of_nobody)]
