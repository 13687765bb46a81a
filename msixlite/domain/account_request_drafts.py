"""Applications that are not sent yet (status Draft): sealed, for whoever has their random token, fourteen days (A30).

The token stands in the applicant's link alone: the database keeps its hash, and the outbox holds it sealed until the
e-mail has ended.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from msixlite.domain import clocks, mail
from msixlite.domain.errors import RuleBroken
from msixlite.domain.seals import Seal
from msixlite.models.account_requests import RequestDraft
from msixlite.models.base import random_token
from msixlite.models.mail import OutgoingMail
from msixlite.models.words import _l

SEALED_FOR = "unfinished applications"
"""The purpose of the seal on what was typed."""
LONGEST_FIELD = 1_000
"""Characters of one field; the rest of a longer one is not kept."""
MAILS_A_DAY = 3
"""Links that leave for one address in a day: nobody can flood a mailbox from outside."""
OVER = _l(
    "This link does not work any more. An application that is not sent is kept for 14 days and removed once it is "
    "sent. Please begin a new one."
)


@dataclass(frozen=True)
class Draft:
    """An unfinished application, opened."""

    row: RequestDraft
    fields: dict[str, str]


def save(
    db: Session, fields: Mapping[str, str], *, state: str, seal: Seal, now: datetime, token: str = ""
) -> tuple[RequestDraft, str]:
    """Keep what was typed for 14 days from now; returns the row and its token.

    `token`: of the draft that it goes on; where that one is over, a new one is made.
    """
    row = _find(db, token, now)
    if row is None:
        token = random_token()
        row = RequestDraft(token_hash=_hash(token))
    kept = {name: value[:LONGEST_FIELD] for name, value in fields.items()}
    row.state_code, row.fields = state, seal.close(json.dumps(kept))
    row.saved_at, row.ends_at = now, now + clocks.APPLICATION_DRAFT_LIFE
    db.add(row)
    db.flush()
    return row, token


def opened(db: Session, token: str, *, seal: Seal, now: datetime) -> Draft:
    """The draft of a token. Raises RuleBroken where there is none any more."""
    row = _find(db, token, now)
    if row is None:
        raise RuleBroken(OVER)
    return Draft(row, json.loads(seal.open(row.fields)))


def _find(db: Session, token: str, now: datetime) -> RequestDraft | None:
    return db.scalar(select(RequestDraft).where(RequestDraft.token_hash == _hash(token), RequestDraft.ends_at > now))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def send_link(db: Session, row: RequestDraft, token: str, *, address: str, seal: Seal, now: datetime) -> bool:
    """The link by e-mail, once for each draft and at most three a day to one address; returns whether it leaves."""
    folded = address.strip().lower()
    lately = select(func.count(OutgoingMail.id)).where(
        OutgoingMail.recipient_address == folded, OutgoingMail.written_at > now - timedelta(days=1)
    )
    if row.is_mailed or not folded or (db.scalar(lately) or 0) >= MAILS_A_DAY:
        return False
    values = {
        "due": row.ends_at.strftime("%m/%d/%Y"),
        "link": f"{mail.SITE}get-an-account?state={row.state_code}&draft={mail.SEALED_PART}",
    }
    mail.write_to_address(
        db,
        kind="application_draft",
        address=folded,
        state=row.state_code,
        values=values,
        sealed_token=seal.close(token),
        now=now,
    )
    row.is_mailed = True
    return True


def remove(db: Session, token: str) -> None:
    """The application was sent: its draft is needed no more."""
    db.execute(delete(RequestDraft).where(RequestDraft.token_hash == _hash(token)))


def forget(db: Session, *, now: datetime) -> int:
    """Remove the drafts whose fourteen days are over; returns how many."""
    gone = db.execute(delete(RequestDraft).where(RequestDraft.ends_at <= now))
    return int(gone.rowcount)  # type: ignore[attr-defined]
