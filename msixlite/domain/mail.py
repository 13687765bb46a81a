"""The outbox: e-mail is written in the deed's own transaction and sent afterwards by whichever process claims it.

A mail is lost in no case, and sent twice in none: until its last line goes out a broken connection only puts it off;
after that, where no answer comes, it is "uncertain" and a person decides.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Update, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload, sessionmaker

from msixlite.domain import clocks, mail_templates, pii_guard
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.mail_templates import KINDS, Wording, filled
from msixlite.domain.permissions import Permission, allows
from msixlite.models.base import OurSession, random_token
from msixlite.models.mail import MailAttempt, MailStatus, OutgoingMail
from msixlite.models.users import User
from msixlite.models.words import _l

SITE = "site:/"
"""Begins every link in the outbox; the sender puts the site's own address there."""
SEALED_PART = "token:/"
"""Stands in a body for the random token of a link, which the mail holds sealed until it has ended."""
ABANDONED = timedelta(minutes=15)
"""A claim that is older belongs to a process that ended: longer than every timeout of a sender together."""
FAILED = (MailStatus.REFUSED, MailStatus.GIVEN_UP, MailStatus.UNCERTAIN)
SHOWN = 200


class PutOff(Exception):
    """Not now: the mail system cannot be reached, or says so (4xx). The message is its answer."""


class Refused(Exception):
    """Never: the mail system refuses this mail (5xx)."""


class Unanswered(Exception):
    """Handed over whole, and no answer: it may have arrived."""


Send = Callable[[OutgoingMail, Callable[[], None]], None]
"""Sends one mail; calls its second argument before the last line goes out. Raises PutOff, Refused or Unanswered."""


def write(
    db: Session,
    *,
    kind: str,
    to: User,
    values: Mapping[str, str],
    reference: str,
    now: datetime,
    by: User | None,
    text: str = "",
    allowed: Collection[str] = (),
) -> OutgoingMail:
    """Put a mail into the outbox, the sender's own words at its end. Raises PersonalData where it holds any.

    `allowed`: names that may stand in it beside the recipient's and the sender's.
    """
    state = by.state_code if by else to.state_code
    wording = mail_templates.wording(db, kind, state=state)
    subject = mail_templates.filled(wording.subject, values)
    body = mail_templates.filled(wording.body, values)
    if text.strip():
        body += f"\nThe sender writes:\n{text.strip()}\n"
    named = [to.full_name, *([by.full_name] if by else []), *allowed]
    pii_guard.check(db, {pii_guard.SUBJECT: subject, pii_guard.TEXT: body}, today=now.date(), allowed=named)
    made = _waiting(kind, Wording(subject, body), state=state, now=now)
    made.reference, made.sender_id, made.recipient_id = reference, by.id if by else None, to.id
    db.add(made)
    db.flush()
    return made


def write_to_address(
    db: Session, *, kind: str, address: str, state: str, values: Mapping[str, str], sealed_token: str, now: datetime
) -> OutgoingMail:
    """Put a mail into the outbox for somebody who has no account: fixed words, a day, and a link.

    `sealed_token` takes the place of SEALED_PART in the body when it leaves. Nothing that a visitor typed is in it.
    """
    wording = KINDS[kind].default
    made = _waiting(kind, Wording(filled(wording.subject, values), filled(wording.body, values)), state=state, now=now)
    made.recipient_address, made.sealed_token = address, sealed_token
    db.add(made)
    db.flush()
    return made


def _waiting(kind: str, wording: Wording, *, state: str | None, now: datetime) -> OutgoingMail:
    return OutgoingMail(
        message_id=f"<{random_token()}@msixlite>",
        template=kind,
        reference="",
        state_code=state,
        subject=" ".join(wording.subject.split()),
        body=wording.body,
        written_at=now,
        next_try_at=now,
        try_until=now + clocks.MAIL_LAST_WORD,
        status=MailStatus.WAITING,
        tries=0,
    )


# Sending


def deliver_due(sessions: sessionmaker[OurSession], send: Send, *, clock: Callable[[], datetime]) -> int:
    """Send all that is due, one after the other, each in transactions of its own; returns how many were tried."""
    with sessions() as db, db.begin():
        release_abandoned(db, now=clock())
    tried = 0
    while (claimed := _claim_next(sessions, now=clock())) is not None:
        _deliver(sessions, send, claimed, clock)
        tried += 1
    return tried


def _claim_next(sessions: sessionmaker[OurSession], *, now: datetime) -> OutgoingMail | None:
    with sessions() as db, db.begin():
        return claim_next(db, now=now)


def claim_next(db: Session, *, now: datetime) -> OutgoingMail | None:
    """The mail that waits longest, claimed: of several processes only one gets it."""
    due = (OutgoingMail.status == MailStatus.WAITING, OutgoingMail.next_try_at <= now)
    while True:
        number = db.scalar(
            select(OutgoingMail.id).where(*due).order_by(OutgoingMail.next_try_at, OutgoingMail.id).limit(1)
        )
        if number is None:
            return None
        claim = random_token()
        taken = _set(OutgoingMail.id == number, *due).values(
            status=MailStatus.SENDING, claim=claim, claimed_at=now, handed_over_at=None, tries=OutgoingMail.tries + 1
        )
        if db.execute(taken).rowcount:  # type: ignore[attr-defined]
            return db.scalar(_whole().where(OutgoingMail.claim == claim).execution_options(populate_existing=True))


def _set(*where: ColumnElement[bool]) -> Update:
    return update(OutgoingMail).where(*where).execution_options(synchronize_session=False)


def _deliver(sessions: sessionmaker[OurSession], send: Send, mail: OutgoingMail, clock: Callable[[], datetime]) -> None:
    def hand_over() -> None:
        with sessions() as db, db.begin():
            kept = db.execute(_set(OutgoingMail.claim == mail.claim).values(handed_over_at=clock()))
        if not kept.rowcount:  # type: ignore[attr-defined]
            raise PutOff("Another process took this mail over.")

    result = _result_of(send, mail, hand_over)
    with sessions() as db, db.begin():
        _finish(db, mail, result, now=clock())


@dataclass(frozen=True)
class Result:
    """What one try came to, and the mail system's answer."""

    status: MailStatus
    answer: str


def _result_of(send: Send, mail: OutgoingMail, hand_over: Callable[[], None]) -> Result:
    try:
        send(mail, hand_over)
    except Refused as answer:
        return Result(MailStatus.REFUSED, str(answer))
    except Unanswered as answer:
        return Result(MailStatus.UNCERTAIN, str(answer))
    except PutOff as answer:
        return Result(MailStatus.WAITING, str(answer))
    return Result(MailStatus.SENT, "")


_OUTCOMES = {
    MailStatus.SENT: "sent",
    MailStatus.WAITING: "put off",
    MailStatus.GIVEN_UP: "put off",
    MailStatus.REFUSED: "refused",
    MailStatus.UNCERTAIN: "uncertain",
}


def _finish(db: Session, mail: OutgoingMail, result: Result, *, now: datetime) -> None:
    status, again_at = result.status, mail.next_try_at
    if status is MailStatus.WAITING:
        again_at = clocks.next_mail_try(mail.tries, now=now)
        status = MailStatus.WAITING if again_at < mail.try_until else MailStatus.GIVEN_UP
    values = {"status": status, "claim": None, "next_try_at": again_at, "ended_at": now}
    values |= {"ended_at": None} if status is MailStatus.WAITING else {"sealed_token": None}
    kept = db.execute(_set(OutgoingMail.claim == mail.claim).values(values))
    if kept.rowcount:  # type: ignore[attr-defined]
        _note(db, mail.id, _OUTCOMES[status], result.answer, now)


def _note(db: Session, mail_id: int, outcome: str, answer: str, now: datetime) -> None:
    db.add(MailAttempt(mail_id=mail_id, at=now, outcome=outcome, answer=" ".join(answer.split())[:300]))


def release_abandoned(db: Session, *, now: datetime) -> None:
    """Mails of a process that ended while sending: they wait again, unless they may have arrived."""
    old = or_(OutgoingMail.claimed_at < now - ABANDONED, OutgoingMail.claimed_at > now + ABANDONED)
    left = db.scalars(select(OutgoingMail).where(OutgoingMail.status == MailStatus.SENDING, old).with_for_update())
    for mail in left:
        mail.status = MailStatus.UNCERTAIN if mail.handed_over_at else MailStatus.WAITING
        mail.ended_at = now if mail.handed_over_at else None
        mail.sealed_token = None if mail.handed_over_at else mail.sealed_token
        mail.claim = None
        _note(db, mail.id, _OUTCOMES[mail.status], "The program ended while it was sending this mail.", now)


def returned(db: Session, message_id: str, answer: str, *, now: datetime) -> None:
    """A mail came back later (a bounce), by its Message-ID."""
    mail = db.scalar(select(OutgoingMail).where(OutgoingMail.message_id == message_id.strip()))
    if mail is None:
        raise NotFound("mail")
    mail.status, mail.ended_at = MailStatus.REFUSED, now
    _note(db, mail.id, "returned", answer, now)


# What people see of it


def _whole() -> Select[OutgoingMail]:
    return select(OutgoingMail).options(
        joinedload(OutgoingMail.recipient), joinedload(OutgoingMail.sender), selectinload(OutgoingMail.attempts)
    )


def _within_reach(by: User) -> ColumnElement[bool]:
    """One's own mails; for those who word the State's e-mails also all of the State."""
    mine = OutgoingMail.sender_id == by.id
    if allows(by, Permission.WORD_OUTGOING_MAIL):
        return or_(mine, OutgoingMail.state_code == by.state_code)
    return mine


def mails(db: Session, *, by: User, reference: str = "") -> list[OutgoingMail]:
    """Mails within reach, those that did not go out first, then the newest."""
    found = _whole().where(_within_reach(by))
    if reference:
        found = found.where(OutgoingMail.reference == reference)
    failed = OutgoingMail.status.in_(FAILED)
    return list(db.scalars(found.order_by(failed.desc(), OutgoingMail.id.desc()).limit(SHOWN)))


def not_gone_out(db: Session, *, by: User) -> list[OutgoingMail]:
    """One's own mails that did not go out and wait for a decision."""
    mine = (OutgoingMail.sender_id == by.id, OutgoingMail.status.in_(FAILED))
    return list(db.scalars(_whole().where(*mine).order_by(OutgoingMail.id.desc()).limit(SHOWN)))


def get(db: Session, mail_id: int, *, by: User) -> OutgoingMail:
    """The mail with its tries, if it lies within reach."""
    found: OutgoingMail | None = db.scalar(_whole().where(OutgoingMail.id == mail_id, _within_reach(by)))
    if found is None:
        raise NotFound("mail")
    return found


def send_again(db: Session, mail: OutgoingMail, *, now: datetime, by: User) -> None:
    """Try anew a mail that did not go out. Its Message-ID stays, so that a copy that did arrive is known as one."""
    if mail.status not in FAILED:
        raise RuleBroken(_l("This mail went out or is still being tried; there is nothing to send again."))
    if SEALED_PART in mail.body:
        raise RuleBroken(
            _l("The link in this mail was removed when it ended: the applicant saves the application anew.")
        )
    mail.status, mail.next_try_at, mail.ended_at = MailStatus.WAITING, now, None
    mail.try_until, mail.tries = now + clocks.MAIL_LAST_WORD, 0
    _note(db, mail.id, "again", f"Sent again by {by.full_name}.", now)
