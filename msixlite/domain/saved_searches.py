"""Searches under a token: kept for the address of their results, or saved under a name. Names stay on the server."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, func, select
from sqlalchemy.orm import Session

from msixlite.domain import clocks, search_fields
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.search_fields import Fields
from msixlite.domain.search_listing import Listing, Sort
from msixlite.models.base import random_token
from msixlite.models.saved_searches import SavedSearch
from msixlite.models.users import PastSearch, User
from msixlite.models.words import _l

MOST = 20
"""Searches that one person may keep."""
_TOKEN: BindParameter[str] = bindparam("token")
_OWN: BindParameter[int] = bindparam("user_id")
_PAST = select(PastSearch).where(PastSearch.token == _TOKEN, PastSearch.user_id == _OWN)
_SAVED = select(SavedSearch).where(SavedSearch.token == _TOKEN, SavedSearch.user_id == _OWN)


@dataclass(frozen=True)
class Asked:
    """What was searched for: the text of the one box, or the fields of the form."""

    text: str = ""
    fields: Fields | None = None
    filters: dict[str, Any] | None = None
    """How a saved search narrows its list."""

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() and self.fields is None


def keep(
    db: Session, text: str, *, now: datetime, by: User, fields: Fields | None = None, token: str | None = None
) -> str:
    """Keep what was searched for and return its token: names do not belong into addresses.

    Under a token of its own a text is kept once.
    """
    if token and db.get(PastSearch, token):
        return token
    token = token or random_token()
    stored = fields.to_json() if fields else None
    db.add(PastSearch(token=token, user_id=by.id, text=text[:200].replace("\0", ""), fields=stored, searched_at=now))
    return token


def of_token(db: Session, token: str, *, by: User) -> Asked:
    """One's own earlier or saved search; empty for anything else."""
    if not token:
        return Asked()
    past = db.scalar(_PAST, {"token": token, "user_id": by.id})
    if past:
        return Asked(past.text, _fields(past.fields))
    saved = db.scalar(_SAVED, {"token": token, "user_id": by.id})
    return Asked(saved.text, _fields(saved.fields), saved.filters) if saved else Asked()


def _fields(stored: dict[str, Any] | None) -> Fields | None:
    return search_fields.from_json(stored) if stored else None


def mine(db: Session, *, by: User) -> Sequence[SavedSearch]:
    """One's own saved searches by name."""
    return db.scalars(select(SavedSearch).where(SavedSearch.user_id == by.id).order_by(SavedSearch.name)).all()


def save(db: Session, token: str, *, name: str, listing: Listing, now: datetime, by: User) -> SavedSearch:
    """Keep the search of a token under a name of one's own."""
    asked, name = of_token(db, token, by=by), " ".join(name.split())
    if asked.is_empty:
        raise RuleBroken(_l("There is no search to save. Search first."))
    if not name:
        raise RuleBroken(_l("Type a name for the search."))
    saved = mine(db, by=by)
    if name.casefold() in {one.name.casefold() for one in saved}:
        raise RuleBroken(_l("You have a saved search of this name. Choose another one."))
    if len(saved) >= MOST:
        raise RuleBroken(_l("You have %(most)s saved searches, the most there can be. Delete one first.", most=MOST))
    kept = SavedSearch(
        user_id=by.id,
        name=name[:60],
        token=random_token(),
        text=asked.text,
        fields=asked.fields.to_json() if asked.fields else None,
        filters=filters_of(listing),
        saved_at=now,
    )
    db.add(kept)
    db.flush()
    return kept


def filters_of(listing: Listing) -> dict[str, Any]:
    """What of a listing differs from the first page of the whole list."""
    plain = asdict(Listing())
    wanted = {name: value for name, value in asdict(listing).items() if value != plain[name] and name != "page"}
    return {name: value.value if isinstance(value, Sort) else value for name, value in wanted.items()}


def remove(db: Session, saved_id: int, *, by: User) -> None:
    """Delete one of one's own."""
    saved = db.scalar(select(SavedSearch).where(SavedSearch.id == saved_id, SavedSearch.user_id == by.id))
    if saved is None:
        raise NotFound("saved search")
    db.delete(saved)


def forget_past(db: Session, *, now: datetime) -> int:
    """Past searches are personal data: their addresses work for a while, and then they are gone."""
    kept_from = now - clocks.PAST_SEARCH_LIFE
    gone = db.scalar(select(func.count()).select_from(PastSearch).where(PastSearch.searched_at < kept_from)) or 0
    db.execute(delete(PastSearch).where(PastSearch.searched_at < kept_from))
    return gone
