"""Forms that arrived after their session had ended or locked: kept for their writer, sealed, for twelve hours (A13)."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from msixlite.domain import clocks
from msixlite.domain.errors import NotFound
from msixlite.domain.seals import Seal
from msixlite.models.drafts import FormDraft
from msixlite.models.users import User

Fields = Mapping[str, Sequence[str]]
LARGEST = 200_000
"""Characters of one form; a larger one is not kept."""
MOST = 5
"""Forms of one person; the oldest goes first."""


def keep(db: Session, user: User, *, endpoint: str, path: str, fields: Fields, seal: Seal, now: datetime) -> bool:
    """Keep what somebody had written, if anything; a form to the same address takes the place of the one before."""
    written = json.dumps({name: list(values) for name, values in fields.items()})
    if len(written) > LARGEST or len(path) > 500 or not any(any(values) for values in fields.values()):
        return False
    db.execute(delete(FormDraft).where(FormDraft.user_id == user.id, FormDraft.path == path))
    db.add(FormDraft(user_id=user.id, endpoint=endpoint, path=path, fields=seal.close(written), kept_at=now))
    db.flush()
    kept = db.scalars(select(FormDraft.id).where(FormDraft.user_id == user.id).order_by(FormDraft.id.desc())).all()
    db.execute(delete(FormDraft).where(FormDraft.id.in_(kept[MOST:])))
    return True


def own(db: Session, *, now: datetime, by: User) -> Sequence[FormDraft]:
    """One's own forms that wait, the newest first."""
    fresh = (FormDraft.user_id == by.id, FormDraft.kept_at > now - clocks.DRAFT_LIFE)
    return db.scalars(select(FormDraft).where(*fresh).order_by(FormDraft.id.desc())).all()


def fields_of(draft: FormDraft, *, seal: Seal) -> dict[str, list[str]]:
    """What was written, by the name of the field."""
    opened: dict[str, list[str]] = json.loads(seal.open(draft.fields))
    return opened


def remove(db: Session, draft_id: int, *, by: User) -> None:
    """Throw an own one away."""
    draft = db.scalar(select(FormDraft).where(FormDraft.id == draft_id, FormDraft.user_id == by.id))
    if draft is None:
        raise NotFound("draft")
    db.delete(draft)


def remove_any(db: Session, number: str, *, by: User) -> None:
    """The same for a number as a form sends it; one that is no draft of theirs removes nothing."""
    if number.isascii() and number.isdigit() and len(number) < 10:
        db.execute(delete(FormDraft).where(FormDraft.id == int(number), FormDraft.user_id == by.id))


def forget(db: Session, *, now: datetime) -> int:
    """Remove those whose time is over; returns how many."""
    old = db.scalars(select(FormDraft).where(FormDraft.kept_at <= now - clocks.DRAFT_LIFE)).all()
    for draft in old:
        db.delete(draft)
    return len(old)
