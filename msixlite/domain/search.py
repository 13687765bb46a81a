"""Find a child by whatever a person has: an ID, names however spelt, a birth date. Every reader finds in all States.

How: two words look up pairs of words, not words: thousands have "garcia", few have "garcia" and "guadalupe". A search
goes from sure to doubtful: children of that birth date and of exactly those words; words one error away; words two
errors away and neighbouring dates; single rare words. It stops when a step has filled the page or found the child.
The date is a part of the likeness and never a filter. docs/benchmarks.md has the figures.
"""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from msixlite.domain import names, search_advanced, search_fields, search_names, search_numbers, search_words
from msixlite.domain.errors import NotAllowed
from msixlite.domain.permissions import Permission, allows
from msixlite.domain.search_fields import Fields
from msixlite.domain.search_hits import Hit
from msixlite.domain.search_listing import Listing, arrange
from msixlite.domain.search_pool import Pool, Ranked
from msixlite.domain.search_text import Criteria, read
from msixlite.models.users import User
from msixlite.models.words import _l

__all__ = ["Criteria", "Fields", "Found", "Hit", "Listing", "find", "find_by_fields", "read"]


@dataclass(frozen=True)
class Found:
    """A page of the hits, the likeliest first."""

    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    """Children on all pages, after the list was narrowed."""
    before: int = 0
    """Children before the list was narrowed."""
    too_little: str = ""
    """A sentence when less was typed than a search needs."""
    tried: list[str] = field(default_factory=list)

    @property
    def truncated(self) -> bool:
        return self.total > len(self.hits)


_FIRST_PAGE = Listing()


def find(
    db: Session, criteria: Criteria, *, by: User, listing: Listing = _FIRST_PAGE, today: date | None = None
) -> Found:
    """Children whom the criteria may mean, in all States."""
    _check(by)
    numbered, tried = search_numbers.find(db, criteria)
    if numbered:
        return _found(db, numbered, tried, listing, today)
    pool = search_words.understand(db, criteria)
    if sentence := _too_little(pool):
        return Found(tried=tried) if tried and not criteria.words else Found(too_little=sentence)
    ranked, ways = search_names.find(db, pool)
    return _found(db, ranked, tried + ways, listing, today)


def find_by_fields(db: Session, asked: Fields, *, by: User, today: date, listing: Listing = _FIRST_PAGE) -> Found:
    """Children who fit the form "More fields", in all States."""
    _check(by)
    if sentence := search_fields.too_little(asked):
        return Found(too_little=sentence)
    if asked.msix_id or asked.state_id:
        number = ((asked.id_state, asked.state_id),) if asked.state_id else ()
        ranked, tried = search_numbers.find(db, Criteria(msix_id=asked.msix_id, state_ids=number))
    else:
        ranked, tried = search_advanced.find(db, asked)
    return _found(db, ranked, tried, listing, today)


def _check(by: User) -> None:
    if not allows(by, Permission.SEARCH_STUDENTS):
        raise NotAllowed(_l("Your role may not search for students."))


def _found(db: Session, ranked: Ranked, tried: list[str], listing: Listing, today: date | None) -> Found:
    hits, total = arrange(db, ranked, listing, today=today or date.max)
    return Found(hits, total, len(ranked), tried=tried)


def _too_little(pool: Pool) -> str:
    """What to type more; empty when it is enough: two of surname, first name and birth date."""
    criteria, most = pool.criteria, max(pool.spellings, key=len)
    words = [word for word in most if len(word) == 1 or word not in names.PARTICLES]
    if not words and criteria.born:
        return _l("Type a name too.")
    if len(words) == 1 and not criteria.born:
        return _l("Type a birth date or another name too.")
    if len(words) > 1 and not criteria.born and max(map(len, words)) < 2:
        return _l("Type more than initials, or a birth date too.")
    if words:
        return ""
    return _l("Type a name and a birth date, an MSIX ID, or a State ID with its State, such as TX 44556677.")
