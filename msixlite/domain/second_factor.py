"""The second factor: one-time codes of an authenticator app (RFC 6238) and recovery codes."""

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from msixlite.domain.errors import RuleBroken
from msixlite.domain.export_files import ALPHABET
from msixlite.domain.seals import Seal, is_sealed
from msixlite.models.users import AccountStatus, RecoveryCode, Role, SecondFactor, User
from msixlite.models.words import _l

STEP = 30
"""Seconds that one code lives."""
DRIFT = 1
"""Steps that the clock of a phone may be early or late."""
WRONG_CODES = 3
"""The third wrong code in a row disables the account, like the third wrong password (A25)."""
RECOVERY_CODES = 10
WRONG_CODE = _l("This code does not fit, or was used before. Wait for the next one.")
DISABLED_REASON = _l("three wrong codes in a row")


def required_roles(text: str) -> frozenset[Role]:
    """The roles that a setting names. Raises ValueError."""
    named = [one.strip() for one in text.split(",") if one.strip()]
    return frozenset(Role) if named == ["all"] else frozenset(map(Role, named))


def find(db: Session, *, by: User) -> SecondFactor | None:
    """One's own second factor, confirmed or begun."""
    return db.get(SecondFactor, by.id)


def is_on(db: Session, user: User) -> bool:
    """Whether sign-in asks for a code."""
    return bool(db.scalar(select(SecondFactor.confirmed_at).where(SecondFactor.user_id == user.id)))


def begin(db: Session, *, seal: Seal, now: datetime, by: User) -> SecondFactor:
    """A new secret for the app. It counts only once a first code has confirmed it."""
    factor = find(db, by=by)
    if factor is not None and factor.confirmed_at is not None:
        raise RuleBroken(_l("Your second factor is on already. Switch it off first."))
    if factor is None:
        factor = SecondFactor(user_id=by.id, last_step=0, failed_attempts=0)
        db.add(factor)
    factor.secret, factor.begun_at = seal.close(pyotp.random_base32()), now
    db.flush()
    return factor


def seal_plain(db: Session, *, seal: Seal) -> int:
    """Seal the secrets of a site that kept them in the clear before; returns how many."""
    plain = [factor for factor in db.scalars(select(SecondFactor)) if not is_sealed(factor.secret)]
    for factor in plain:
        factor.secret = seal.close(factor.secret)
    return len(plain)


def address_for_app(secret: str, *, by: User) -> str:
    """What the QR code says to the authenticator app, of the opened secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=by.user_name, issuer_name="msixlite")


def confirm(db: Session, code: str, *, seal: Seal, now: datetime, by: User) -> list[str]:
    """The app shows the right code: from now on sign-in asks for one. Returns the recovery codes, shown once."""
    factor = find(db, by=by)
    if factor is None or factor.confirmed_at is not None:
        raise RuleBroken(_l("There is no second factor to confirm. Begin anew."))
    _use_code(factor, code, seal, now)
    factor.confirmed_at = now
    return _new_recovery_codes(db, by)


def begin_check(db: Session, *, by: User) -> int:
    """Count a try before the code is looked at, so that tries side by side count too. The third disables at once."""
    factor = db.get(SecondFactor, by.id, with_for_update=True, populate_existing=True)
    if factor is None or factor.confirmed_at is None:
        raise RuleBroken(_l("Your second factor is off."))
    db.get(User, by.id, with_for_update=True, populate_existing=True)
    if by.status is not AccountStatus.ACTIVE:
        raise RuleBroken(WRONG_CODE)
    if factor.failed_attempts >= WRONG_CODES:
        factor.failed_attempts = 0  # an administrator has enabled the account since
    factor.failed_attempts += 1
    if factor.failed_attempts >= WRONG_CODES:
        by.status, by.status_reason = AccountStatus.DISABLED, DISABLED_REASON
    db.flush()
    return factor.failed_attempts


def finish_check(db: Session, code: str, *, number: int, seal: Seal, now: datetime, by: User) -> None:
    """A code of the app or a recovery code fits, and will not fit again. Raises RuleBroken."""
    factor = db.get(SecondFactor, by.id, with_for_update=True, populate_existing=True)
    if factor is None or factor.failed_attempts != number or number > WRONG_CODES:
        raise RuleBroken(WRONG_CODE)
    typed = _plain(code)
    if len(typed) == RECOVERY_LENGTH:
        _use_recovery_code(db, typed, now, by)
    else:
        _use_code(factor, typed, seal, now)
    factor.failed_attempts = 0
    db.get(User, by.id, with_for_update=True, populate_existing=True)
    if by.status_reason == DISABLED_REASON:
        by.status, by.status_reason = AccountStatus.ACTIVE, ""


def _use_code(factor: SecondFactor, code: str, seal: Seal, now: datetime) -> None:
    """Accept a code of this half minute or its neighbours, later than the last one accepted (RFC 6238, 5.2)."""
    step = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(seal.open(factor.secret))
    for one in range(step - DRIFT, step + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(one).encode(), _plain(code).encode()) and one > factor.last_step:
            factor.last_step = one
            return
    raise RuleBroken(WRONG_CODE)


RECOVERY_LENGTH = 16


def new_recovery_codes(db: Session, *, by: User) -> list[str]:
    """New recovery codes in place of the old ones. The caller has checked a code."""
    return _new_recovery_codes(db, by)


def _new_recovery_codes(db: Session, by: User) -> list[str]:
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == by.id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    db.add_all(RecoveryCode(user_id=by.id, code_hash=_hash(by, code)) for code in codes)
    db.flush()
    return ["-".join(code[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4)) for code in codes]


def _use_recovery_code(db: Session, code: str, now: datetime, by: User) -> None:
    found = db.scalar(
        select(RecoveryCode)
        .where(RecoveryCode.user_id == by.id, RecoveryCode.code_hash == _hash(by, code))
        .with_for_update()
    )
    if found is None or found.used_at is not None:
        raise RuleBroken(WRONG_CODE)
    found.used_at = now


def _hash(by: User, code: str) -> str:
    """80 random bits need no slow hash."""
    return hashlib.sha256(f"{by.id}:{code}".encode()).hexdigest()


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()


def codes_left(db: Session, *, by: User) -> int:
    """Recovery codes that still work."""
    unused = select(func.count()).where(RecoveryCode.user_id == by.id, RecoveryCode.used_at.is_(None))
    return db.scalar(unused) or 0


def switch_off(db: Session, user: User) -> None:
    """Forget the secret and the recovery codes: by the person, or by a User Administrator when the phone is lost."""
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    db.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
