"""User Administrator Search: whom to ask for an account or a new password; open before sign-in (A28)."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from msixlite.domain import mail, names, pii_guard
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.mail import OutgoingMail
from msixlite.models.places import District, Region
from msixlite.models.users import AccountStatus, Role, User
from msixlite.models.words import _l

_ADMINISTRATORS = (Role.STATE_USER_ADMINISTRATOR, Role.REGIONAL_USER_ADMINISTRATOR)
LONGEST = {"name": 80, "office": 120, "reply_to": 254, "text": 1_000}
"""Characters of each part of a letter."""
MOST_A_DAY = 20
"""Letters that one administrator gets in 24 hours; more are dropped, and nobody outside hears of it."""
_KIND = "directory_message"
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
LEFT_OUT = "(Left out: the words looked like personal data, which no e-mail may hold. Ask the sender to name no child.)"
log = logging.getLogger(__name__)


def find(
    db: Session, *, state: str, region_id: int | None = None, district_id: int | None = None, name: str = ""
) -> list[User]:
    """The active User Administrators of a State, those of the region or district first; or by a part of their name.

    With a region or district: those who serve it, regional and State. Without State and name: nobody.
    """
    asked = names.fold(name).split()
    if not state and not asked:
        return []
    wanted = _shown()
    if state:
        wanted.append(User.state_code == state)
    region = _region_of(db, district_id) if district_id else region_id
    if region or district_id:
        wanted.append(or_(User.role == Role.STATE_USER_ADMINISTRATOR, User.region_id == region))
    found = db.scalars(
        select(User)
        .outerjoin(User.region)
        .options(joinedload(User.state), joinedload(User.region))
        .where(*wanted)
        .order_by(User.state_code, User.role, User.last_name, User.first_name)
    )
    return [user for user in found if all(word in names.fold(user.full_name) for word in asked)]


def _region_of(db: Session, district_id: int) -> int | None:
    return db.scalar(select(District.region_id).where(District.id == district_id))


def _shown() -> list[ColumnElement[bool]]:
    """Whom the search shows; the region is joined."""
    return [
        User.role.in_(_ADMINISTRATORS),
        User.status == AccountStatus.ACTIVE,
        or_(User.region_id.is_(None), Region.disabled_at.is_(None)),
    ]


def get(db: Session, user_id: int) -> User:
    """An administrator whom the search shows; nobody else exists for a stranger."""
    found = select(User).outerjoin(User.region).options(joinedload(User.state), joinedload(User.region))
    user = db.scalar(found.where(User.id == user_id, *_shown()))
    if user is None:
        raise NotFound("User Administrator")
    return user


@dataclass(frozen=True)
class Letter:
    """What a stranger writes to a User Administrator."""

    name: str
    office: str
    reply_to: str
    text: str


def write(db: Session, user_id: int, letter: Letter, *, now: datetime) -> None:
    """Put the letter into the outbox. Raises RuleBroken for what shows by the letter's own form.

    What depends on the database (children's names, how much the administrator has got today) changes nothing that the
    stranger sees: otherwise the form would tell who is here.
    """
    to = get(db, user_id)
    _check(letter, now)
    today = (OutgoingMail.recipient_id == to.id, OutgoingMail.written_at > now - timedelta(days=1))
    got = select(func.count()).where(OutgoingMail.template == _KIND, *today)
    if (db.scalar(got) or 0) >= MOST_A_DAY:
        log.warning("Account %s got %s letters today; one more is dropped.", to.id, MOST_A_DAY)
        return
    if not _send(db, to, letter, now) and not _send(db, to, Letter(letter.name, "", letter.reply_to, LEFT_OUT), now):
        log.warning("The guard held back a letter to account %s.", to.id)


def _check(letter: Letter, now: datetime) -> None:
    for part, longest in LONGEST.items():
        words = getattr(letter, part)
        if len(words) > longest:
            raise RuleBroken(
                _l(
                    "This is too long: at most %(longest)s characters for each part, %(most)s for the message.",
                    longest=longest,
                    most=LONGEST["text"],
                )
            )
        lines = re.split(r"\r?\n", words) if part == "text" else [words]
        if not all(line.replace("\t", " ").isprintable() for line in lines):
            raise RuleBroken(_l("Name, office and e-mail address are one line each, without control characters."))
    if not letter.name.strip() or not letter.text.strip():
        raise RuleBroken(_l("Write your name and your message."))
    if not _ADDRESS.fullmatch(letter.reply_to):
        raise RuleBroken(_l("Type an e-mail address such as name@district.org."))
    found = pii_guard.by_form("\n".join((letter.name, letter.office, letter.reply_to, letter.text)), today=now.date())
    if found:
        raise RuleBroken(_l("This goes by e-mail. Please leave out: %(kinds)s.", kinds=pii_guard.listed(found)))


def _send(db: Session, to: User, letter: Letter, now: datetime) -> bool:
    """Whether the guard let it pass. The sender's own name may stand in it."""
    values = {
        "name": letter.name.strip(),
        "office": letter.office.strip() or "not given",
        "reply_to": letter.reply_to,
        "link": f"{mail.SITE}users/",
    }
    own = (letter.name, " ".join(re.findall(r"[^\W\d_]+", letter.reply_to.partition("@")[0])))
    try:
        mail.write(db, kind=_KIND, to=to, values=values, reference="", now=now, by=None, text=letter.text, allowed=own)
    except pii_guard.PersonalData:
        return False
    return True
