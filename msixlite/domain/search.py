"""Find a child by whatever a person has: an ID, names however spelt, a birth date. Every reader finds in all States.

How: two words look up pairs of words, not words: thousands have "garcia", few have "garcia" and "guadalupe". A search
goes from sure to doubtful: children of that birth date and of exactly those words; words one error away; words two
errors away and neighbouring dates; single rare words. It stops when a step has filled the page or found the child.
The date is a part of the likeness and never a filter. docs/benchmarks.md has the figures.
"""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from msixlite.domain import names, search_names, search_numbers, search_words
from msixlite.domain.errors import NotAllowed
from msixlite.domain.permissions import Permission, allows
from msixlite.domain.search_hits import Hit, load
from msixlite.domain.search_pool import Pool
from msixlite.domain.search_text import Criteria, read
from msixlite.models.users import User

__all__ = ["Criteria", "Found", "Hit", "find", "read"]

PAGE = 25


@dataclass(frozen=True)
class Found:
    """The best hits, the likeliest first."""

    hits: list[Hit] = field(default_factory=list)
    truncated: bool = False
    too_little: str = ""
    """A sentence when less was typed than a search needs."""
    tried: list[str] = field(default_factory=list)


def find(db: Session, criteria: Criteria, *, by: User) -> Found:
    """Children whom the criteria may mean, in all States."""
    if not allows(by, Permission.SEARCH_STUDENTS):
        raise NotAllowed("Your role may not search for students.")
    numbered, tried = search_numbers.find(db, criteria)
    if numbered:
        return Found(load(db, numbered), tried=tried)
    pool = search_words.understand(db, criteria)
    if sentence := _too_little(pool):
        return Found(tried=tried) if tried and not criteria.words else Found(too_little=sentence)
    ranked, ways = search_names.find(db, pool)
    return Found(load(db, ranked[:PAGE]), len(ranked) > PAGE, tried=tried + ways)


def _too_little(pool: Pool) -> str:
    """What to type more; empty when it is enough: two of surname, first name and birth date."""
    criteria, most = pool.criteria, max(pool.spellings, key=len)
    words = [word for word in most if len(word) == 1 or word not in names.PARTICLES]
    if not words and criteria.born:
        return "Type a name too."
    if len(words) == 1 and not criteria.born:
        return "Type a birth date or another name too."
    if len(words) > 1 and not criteria.born and max(map(len, words)) < 2:
        return "Type more than initials, or a birth date too."
    return (
        "" if words else "Type a name and a birth date, an MSIX ID, or a State ID with its State, such as TX 44556677."
    )
