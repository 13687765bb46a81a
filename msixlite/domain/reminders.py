"""Reminders by e-mail: 30 and 7 days before training, Rules of Behavior or a password are due (A4, A22).

And once when a State's file has not come by its schedule (C12).
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import clocks, mail, pii_guard, policy, training, upload_schedule
from msixlite.models.reminders import Reminder, Renewal
from msixlite.models.users import AccountStatus, Role, RulesAcceptance, User

log = logging.getLogger(__name__)

WORDS = {
    Renewal.TRAINING: "Your yearly training",
    Renewal.RULES: "Reading the Rules of Behavior again",
    Renewal.PASSWORD: "A new password",
}
LINKS = {Renewal.TRAINING: "training/", Renewal.RULES: "rules", Renewal.PASSWORD: "password"}
"""Where each is renewed, after the site's address."""
Due = tuple[User, Renewal, date]


def remind(db: Session, *, password_age: timedelta, now: datetime) -> list[Reminder]:
    """Write the e-mails that are due, one for each person, renewal and threshold, however often the clock comes."""
    known = {
        (one.user_id, one.renewal, one.due_on, one.days_before)
        for one in db.scalars(select(Reminder).where(Reminder.due_on >= now.date()))
    }
    made = []
    for user, renewal, due_on in _due(db, password_age):
        days = _threshold(due_on, password_age if renewal is Renewal.PASSWORD else None, now)
        if days is None or (user.id, renewal, due_on, days) in known or not _write(db, user, renewal, due_on, now):
            continue
        made.append(Reminder(user_id=user.id, renewal=renewal, due_on=due_on, days_before=days, made_at=now))
    db.add_all(made)
    db.flush()
    return made


def remind_of_uploads(db: Session, *, now: datetime) -> list[Reminder]:
    """Tell a State's Data Administrators that its file did not come by its schedule: once for each day missed (C12)."""
    leads = (User.role == Role.STATE_DATA_ADMINISTRATOR, User.status == AccountStatus.ACTIVE)
    made = []
    for user in db.scalars(select(User).options(joinedload(User.state)).where(*leads).order_by(User.id)):
        expected = upload_schedule.expected(db, user.state) if user.state else None
        if user.state is None or expected is None or expected >= clocks.day_in(now, user.state.time_zone):
            continue
        known = (Reminder.user_id == user.id, Reminder.renewal == Renewal.UPLOAD, Reminder.due_on == expected)
        if db.scalar(select(Reminder.id).where(*known)) is not None or not _write_upload(db, user, expected, now):
            continue
        made.append(Reminder(user_id=user.id, renewal=Renewal.UPLOAD, due_on=expected, days_before=0, made_at=now))
    db.add_all(made)
    db.flush()
    return made


def _write_upload(db: Session, user: User, expected: date, now: datetime) -> bool:
    schedule = policy.of(db, user.state_code or "").upload_schedule
    values = {
        "due": expected.strftime("%m/%d/%Y"),
        "schedule": schedule.value,
        "link": f"{mail.SITE}uploads/schedule/",
    }
    return _put_out(db, "upload_overdue", user, values, now)


def _due(db: Session, password_age: timedelta) -> Iterator[Due]:
    """The last day of each renewal of everybody whose account is in use."""
    people = db.scalars(select(User).where(User.status == AccountStatus.ACTIVE).order_by(User.id)).all()
    last = select(RulesAcceptance.user_id, func.max(RulesAcceptance.accepted_at)).group_by(RulesAcceptance.user_id)
    accepted = dict(db.execute(last).all())
    for user, until in training.due_dates(db, people):
        if until is not None:
            yield user, Renewal.TRAINING, until
        if user.id in accepted:
            yield user, Renewal.RULES, (accepted[user.id] + clocks.RULES_YEAR).date()
        if not user.must_change_password:
            yield user, Renewal.PASSWORD, (user.password_changed_at + password_age).date()


def _threshold(due_on: date, life: timedelta | None, now: datetime) -> int | None:
    """30 or 7, whichever the day has reached; None before that, and when the day is over.

    `life`: how long the thing lives at all; a threshold as long as that reminds of nothing.
    """
    left = due_on - now.date()
    reached = [one.days for one in clocks.REMINDERS if timedelta(0) <= left <= one and (life is None or one < life)]
    return min(reached, default=None)


def _write(db: Session, user: User, renewal: Renewal, due_on: date, now: datetime) -> bool:
    values = {
        "what": WORDS[renewal],
        "due": due_on.strftime("%m/%d/%Y"),
        "days": str((due_on - now.date()).days),
        "link": f"{mail.SITE}{LINKS[renewal]}",
    }
    return _put_out(db, "renewal_due", user, values, now)


def _put_out(db: Session, kind: str, user: User, values: dict[str, str], now: datetime) -> bool:
    try:
        mail.write(db, kind=kind, to=user, values=values, reference="", now=now, by=None)
    except pii_guard.PersonalData:
        log.warning("The guard held back a reminder to account %s: see the State's wording.", user.id)
        return False
    return True
