"""The list of results: narrowed, in an order, by pages."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from msixlite.domain import names
from msixlite.domain.search_hits import Hit, load
from msixlite.domain.search_pool import Ranked
from msixlite.models.words import _l

SIZES = (10, 25, 50, 100)
"""Children on a page; the first is what a screen shows."""
FLAGS = ("EL", "IDEA", "PFS", "MEDICAL ALERT")


class Sort(enum.Enum):
    BEST = "best"
    NAME = "name"
    BORN = "born"
    SEEN = "seen"

    @property
    def label(self) -> str:
        return _SORT_LABELS[self]


_SORT_LABELS = {
    Sort.BEST: _l("Best match first"),
    Sort.NAME: _l("By name"),
    Sort.BORN: _l("By birth date"),
    Sort.SEEN: _l("Last seen first"),
}


@dataclass(frozen=True)
class Listing:
    """How a list is narrowed and ordered, and which page of it is shown. Nothing of it names a child."""

    state: str = ""
    """Of the last enrollment."""
    grade: str = ""
    flag: str = ""
    eligible: bool = False
    """Only children whose eligibility is still open."""
    enrolled: str = ""
    """now: not withdrawn; left: withdrawn; empty: either."""
    sort: Sort = Sort.BEST
    size: int = SIZES[0]
    page: int = 1

    @property
    def narrows(self) -> bool:
        return bool(self.state or self.grade or self.flag or self.eligible or self.enrolled)

    def takes(self, hit: Hit, today: date) -> bool:
        """Whether a child stays in the list."""
        return (
            self.state in ("", hit.last_state)
            and self.grade in ("", hit.grade or "")
            and (not self.flag or self.flag in hit.flags)
            and (not self.eligible or (hit.eligible_to is not None and hit.eligible_to >= today))
            and self._takes_stay(hit)
        )

    def _takes_stay(self, hit: Hit) -> bool:
        if self.enrolled == "now":
            return hit.enrolled_on is not None and hit.withdrawn_on is None
        return self.enrolled != "left" or hit.withdrawn_on is not None


_KEYS: dict[Sort, Callable[[Hit], Any]] = {
    Sort.NAME: lambda hit: names.fold(hit.name),
    Sort.BORN: lambda hit: hit.birth_date,
    Sort.SEEN: lambda hit: -(hit.withdrawn_on or hit.enrolled_on or date.min).toordinal(),
}


def arrange(db: Session, ranked: Ranked, listing: Listing, *, today: date) -> tuple[list[Hit], int]:
    """The hits of the page, and how many there are on all pages. Only what the page shows is loaded, if it can be."""
    if not listing.narrows and listing.sort is Sort.BEST:
        return load(db, ranked[_page(listing, len(ranked))]), len(ranked)
    hits = [hit for hit in load(db, ranked) if listing.takes(hit, today)]
    if listing.sort is not Sort.BEST:
        hits.sort(key=_KEYS[listing.sort])
    return hits[_page(listing, len(hits))], len(hits)


def _page(listing: Listing, total: int) -> slice:
    """The rows of the page; of a page that is not there, those of the last one."""
    page = min(listing.page, max(-(-total // listing.size), 1))
    return slice((page - 1) * listing.size, page * listing.size)
