"""What is done to an account: disable, enable, deactivate, reset; by an administrator, the daily run or the machine."""

import enum
import re
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import accounts, roles_in_force, second_factor, training, users
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.users import AccountStatus, DeedKind, User
from msixlite.models.words import Sentence, _l, joined, kept


class CallerCheck(enum.Enum):
    """How a caller was known to be who they say they are (rules A31, P7)."""

    CALL_BACK = _l("called back at a number that was known before")
    IN_PERSON = _l("spoke in person")
    IDENTITY_DOCUMENT = _l("saw an identity document")


class DisableReason(enum.Enum):
    """Ready-made reasons to disable an account; the value is kept and shown (rule A2)."""

    RULES_BREACH = _l("Rules of Behavior breach")
    LEFT = _l("left the office")
    ABSENT = _l("long absence")
    MISUSE_SUSPECTED = _l("suspected misuse, being looked into")
    TRAINING_MISSING = _l("training not done")
    OTHER = _l("other")
    """Says nothing by itself: it needs words."""


LONGEST_REASON = 200
"""Characters of a reason; a longer one is refused, never cut."""


class Step(enum.Enum):
    """What moves an account from one status to another."""

    DISABLE = "disable"
    ENABLE = "enable"
    DEACTIVATE = "deactivate"


STEPS: dict[tuple[AccountStatus, Step], AccountStatus] = {
    (AccountStatus.ACTIVE, Step.DISABLE): AccountStatus.DISABLED,
    (AccountStatus.DISABLED, Step.ENABLE): AccountStatus.ACTIVE,
    (AccountStatus.ACTIVE, Step.DEACTIVATE): AccountStatus.DEACTIVATED,
    (AccountStatus.DISABLED, Step.DEACTIVATE): AccountStatus.DEACTIVATED,
}
"""What may follow what (C3, C19). From deactivated nothing leads back."""
_DEED_OF = {
    Step.DISABLE: DeedKind.DISABLED,
    Step.ENABLE: DeedKind.ENABLED,
    Step.DEACTIVATE: DeedKind.DEACTIVATED,
}
_RIGHT_OF = {
    Step.DISABLE: Permission.UPDATE_USER_ACCOUNT_INFORMATION,
    Step.ENABLE: Permission.UPDATE_USER_ACCOUNT_INFORMATION,
    Step.DEACTIVATE: Permission.DEACTIVATE_USER_ACCOUNTS,
}


_WHY = {
    Step.DISABLE: _l("Write why you disable the account."),
    Step.ENABLE: _l("Write why you enable the account."),
    Step.DEACTIVATE: _l("Write why you deactivate the account."),
}
NOT_USED = _l("not used for %(days)s days")
FACTOR_OFF = _l("%(how)s; second factor off")


def stored_reason(text: str) -> Sentence:
    """Why an account is as it is, as it was stored: a person's own words, or ours, or both."""
    why, _, words = text.partition(": ")
    if words and why in {one.value for one in DisableReason}:
        return joined(": ", (kept(why), words))
    return kept(text, NOT_USED, FACTOR_OFF, training.TAKEN)


def take_step(db: Session, user_id: int, step: Step, *, reason: str, edition: int, now: datetime, by: User) -> User:
    """Disable, enable or deactivate: a reason is kept, sessions end."""
    user = users.open_for_change(db, user_id, _RIGHT_OF[step], edition=edition, by=by)
    if not reason.strip():
        raise RuleBroken(_WHY[step])
    check_reason(reason.strip())
    if step is Step.ENABLE and users.is_locked(user):
        raise RuleBroken(_l("This account is locked by wrong passwords. Unlock it, or reset its password."))
    _move(db, user, step, reason=reason.strip(), now=now, by=by)
    return user


def disable_reason(why: DisableReason, words: str) -> str:
    """The reason as it is kept: the ready-made one, and the administrator's own words where there are any."""
    if why is DisableReason.OTHER:
        return words.strip()
    return f"{why.value}: {words.strip()}" if words.strip() else why.value


def check_reason(reason: str) -> None:
    """Raise RuleBroken where a reason would have to be cut, or is the one that a right code takes back (A25)."""
    if len(reason) > LONGEST_REASON:
        raise RuleBroken(
            _l(
                "The reason has %(length)s characters, and %(most)s are kept. Nothing was changed: shorten it.",
                length=len(reason),
                most=LONGEST_REASON,
            )
        )
    if reason in (second_factor.DISABLED_REASON, *roles_in_force.WAITS):
        raise RuleBroken(_l("The site itself gives this reason, and takes it back. Write it in other words."))


def _move(db: Session, user: User, step: Step, *, reason: str, now: datetime, by: User | None) -> None:
    after = STEPS.get((user.status, step))
    if after is None:
        raise RuleBroken(
            _l(
                "An account that is %(status)s cannot be %(deed)s.",
                status=user.status.value,
                deed=_DEED_OF[step].value,
            )
        )
    if step is Step.ENABLE and not roles_in_force.opens(user, now):
        raise RuleBroken(_l("No role of this account is in force today. Give it one first."))
    user.status, user.status_reason, user.status_changed_at = after, reason, now
    user.failed_attempts = 0
    if step is not Step.ENABLE:
        accounts.end_sessions(db, user, reason=_DEED_OF[step].value, now=now)
    if step is Step.ENABLE:
        user.status_reason = ""
    if step is Step.DEACTIVATE:
        roles_in_force.end_all(db, user, reason=_DEED_OF[step].value, now=now)
    users.note(db, user, _DEED_OF[step], words=reason, now=now, by=by)


def reset_password(
    db: Session,
    user_id: int,
    *,
    check: CallerCheck,
    words: str,
    password_hash: str,
    edition: int,
    now: datetime,
    by: User,
    lost_phone: bool = False,
) -> User:
    """A new one-time password for a caller who was verified. It clears a lock too (C2).

    `lost_phone`: the second factor is forgotten as well; where the role needs one, it is set up anew at sign-in.
    """
    how = verified(check, words)
    user = users.open_for_change(db, user_id, Permission.RESET_PASSWORDS, edition=edition, by=by)
    if user.status is not AccountStatus.ACTIVE and not users.is_locked(user):
        raise RuleBroken(
            _l("This account is %(status)s. Only an account in use gets a new password.", status=user.status.value)
        )
    accounts.give_one_time_password(db, user, password_hash=password_hash, now=now)
    user.status, user.status_reason, user.failed_attempts = AccountStatus.ACTIVE, "", 0
    if lost_phone:
        second_factor.switch_off(db, user)
    users.note(
        db, user, DeedKind.PASSWORD_RESET, words=FACTOR_OFF.about(how=how) if lost_phone else how, now=now, by=by
    )
    return user


def by_system(db: Session, user_name: str, deed: str, *, reason: str, password_hash: str, now: datetime) -> User:
    """A deed from the command line, on an account of any role: unlock, reset, or a step of `Step`."""
    user = db.scalar(select(User).where(User.user_name == user_name.strip().lower()).with_for_update())
    if user is None:
        raise RuleBroken(_l("There is no account “%(user_name)s”.", user_name=user_name))
    check_reason(reason)
    user.edition += 1
    if deed not in ("unlock", "reset"):
        _move(db, user, Step(deed), reason=reason, now=now, by=None)
        return user
    if user.status is not AccountStatus.ACTIVE and not users.is_locked(user):
        raise RuleBroken(
            _l("This account is %(status)s; it must be enabled first, if it can be.", status=user.status.value)
        )
    kind = DeedKind.UNLOCKED
    if deed == "reset":
        kind = DeedKind.PASSWORD_RESET
        accounts.give_one_time_password(db, user, password_hash=password_hash, now=now)
    user.status, user.status_reason, user.failed_attempts = AccountStatus.ACTIVE, "", 0
    users.note(db, user, kind, words=reason, now=now, by=None)
    return user


def verified(check: CallerCheck, words: str) -> str:
    """How the caller was verified, as the history keeps it. A call back needs its number."""
    if check is CallerCheck.CALL_BACK and not re.search(r"\d{3}.*\d{4}", words):
        raise RuleBroken(_l("Write the number that you called back."))
    return f"{check.value}: {words.strip()}" if words.strip() else check.value


def disable_unused(db: Session, *, unused_for: timedelta, now: datetime) -> list[User]:
    """Disable the accounts that nobody used for so long (A35). Running it again does nothing more."""
    unused = db.scalars(
        select(User).where(User.status == AccountStatus.ACTIVE, users.unused_since(now - unused_for))
    ).all()
    for user in unused:
        user.edition += 1
        _move(db, user, Step.DISABLE, reason=NOT_USED.about(days=str(unused_for.days)), now=now, by=None)
    return list(unused)
