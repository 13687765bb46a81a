"""Sign-ins from two networks at nearly the same time: a password that is shared, or stolen (rule A18)."""

import ipaddress
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import accounts, clocks, mail, pii_guard, users
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission, Reach, reach_of
from msixlite.models.sign_in_alerts import SignInAlert
from msixlite.models.users import User, UserSession
from msixlite.models.words import _l

log = logging.getLogger(__name__)
IPV4_PREFIX, IPV6_PREFIX = 24, 48
"""Bits of an address that are one network: an office's neighborhood, a customer's own block."""
MAIL_AGAIN = timedelta(hours=24)
"""One e-mail for all alerts of a day."""
SHOWN = 50


def network(address: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network of an address; None where the address is not known."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped:
        known = known.ipv4_mapped
    return ipaddress.ip_network((known, IPV4_PREFIX if known.version == 4 else IPV6_PREFIX), strict=False)


def are_apart(address: str, other: str) -> bool:
    """Whether two known addresses lie in different networks. IPv4 and IPv6 are different ones."""
    first, second = network(address), network(other)
    return first is not None and second is not None and first != second


def compare(db: Session, session: UserSession, *, within: timedelta, now: datetime) -> SignInAlert | None:
    """Look at a sign-in that has just succeeded, beside the account's other sessions; an alert where they are apart.

    `within`: how long ago a session that the sign-in has ended was used at most; zero: no alerts at all. A session that
    goes on beside it counts as long as it lives.
    """
    if not within:
        return None
    others = db.scalars(_in_use(session, within, now).order_by(UserSession.last_active_at.desc()))
    other = next((one for one in others if are_apart(session.address, one.address)), None)
    if other is None:
        return None
    alert = SignInAlert(
        user_id=session.user_id,
        at=now,
        address=session.address,
        other_address=other.address,
        other_active_at=other.last_active_at,
    )
    _tell(db, session.user, now)
    db.add(alert)
    db.flush()
    return alert


def _in_use(session: UserSession, within: timedelta, now: datetime) -> Select[UserSession]:
    goes_on = and_(
        UserSession.ended_at.is_(None),
        UserSession.last_active_at >= now - session.idle_limit,
        UserSession.started_at >= now - clocks.SESSION_LIMIT,
    )
    ended_by_it = and_(
        UserSession.ended_at == session.started_at,
        UserSession.end_reason == accounts.SIGNED_IN_ELSEWHERE,
        UserSession.last_active_at >= now - min(within, session.idle_limit),
        UserSession.started_at >= now - clocks.SESSION_LIMIT,
    )
    return select(UserSession).where(
        UserSession.user_id == session.user_id, UserSession.id != session.id, or_(goes_on, ended_by_it)
    )


def _tell(db: Session, user: User, now: datetime) -> None:
    """An e-mail to the person, once a day: whoever has signed in may be somebody else."""
    lately = select(SignInAlert.id).where(SignInAlert.user_id == user.id, SignInAlert.at > now - MAIL_AGAIN)
    if db.scalar(lately.limit(1)) is not None:
        return
    values = {"when": f"{now:%m/%d/%Y %H:%M} UTC", "link": f"{mail.SITE}sessions/"}
    try:
        mail.write(db, kind="sign_in_alert", to=user, values=values, reference="", now=now, by=None)
    except pii_guard.PersonalData:
        log.warning("The guard held back a sign-in alert to account %s: see the State's wording.", user.id)


# The person


def unanswered(db: Session, *, by: User) -> Sequence[SignInAlert]:
    """One's own alerts that one has not answered, the newest first."""
    own = (SignInAlert.user_id == by.id, SignInAlert.answered_at.is_(None))
    return db.scalars(select(SignInAlert).where(*own).order_by(SignInAlert.id.desc()).limit(SHOWN)).all()


def answer(db: Session, alert_id: int, *, was_me: bool, session: UserSession, now: datetime, by: User) -> None:
    """Say of an own alert, and of those before it, whether it was oneself. If not, one's other sessions end."""
    found = db.get(SignInAlert, alert_id)
    if found is None or found.user_id != by.id:
        raise NotFound("alert")
    if found.answered_at is not None:
        raise RuleBroken(_l("You have answered this already."))
    for one in unanswered(db, by=by):
        if one.id <= alert_id:
            one.answered_at, one.was_me = now, was_me
    if not was_me:
        accounts.end_sessions(db, by, reason=_l("ended by the person"), now=now, but=session)


# The User Administrator


def waiting(db: Session, *, by: User) -> Sequence[SignInAlert]:
    """Alerts of accounts within reach that no administrator has looked into, the newest first."""
    return db.scalars(
        select(SignInAlert)
        .join(SignInAlert.user)
        .options(joinedload(SignInAlert.user))
        .where(SignInAlert.looked_at.is_(None), *users.within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION))
        .order_by(SignInAlert.id.desc())
        .limit(SHOWN)
    ).all()


def look_at(db: Session, alert_id: int, *, now: datetime, by: User) -> None:
    """The administrator has looked into it. What the person said of it is not enough: it may not be the person."""
    reach = users.within_reach(by, Permission.UPDATE_USER_ACCOUNT_INFORMATION)
    found = db.scalar(select(SignInAlert).join(SignInAlert.user).where(SignInAlert.id == alert_id, *reach))
    if found is None:
        raise NotFound("alert")
    if found.looked_at is not None:
        raise RuleBroken(_l("Somebody has looked into this already."))
    found.looked_at, found.looked_at_by_id = now, by.id


def since(db: Session, moment: datetime, *, by: User) -> Sequence[SignInAlert]:
    """For the report of unusual use: every alert since then of the accounts whose deeds the reader may see."""
    reach = reach_of(by, Permission.SEE_AUDIT_OF_ACCOUNTS)
    if reach is None:
        return []
    found = select(SignInAlert).join(SignInAlert.user).options(joinedload(SignInAlert.user))
    if reach is not Reach.NATION:
        found = found.where(User.state_code == by.state_code)
    return db.scalars(found.where(SignInAlert.at >= moment).order_by(SignInAlert.id)).all()
