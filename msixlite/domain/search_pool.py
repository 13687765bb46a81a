"""The children whom a search considers, and how like each is to what was typed. Rules only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from msixlite.domain.search_likeness import (
    UNLIKE,
    WHY,
    Kind,
    Likeness,
    Naming,
    Typed,
    compare_birth_dates,
    compare_names,
    compare_span,
)
from msixlite.domain.search_text import Criteria
from msixlite.models.words import _l, joined

FULL = 25
"""Children with all the words begun right, after whom no doubtful ones are looked for."""
WHOLE, WHOLE_DATED = 1.1, 2.0
"""The cost of the name for each word typed, up to which the child is the one who was meant, if all words are alike."""
NEAR_DATE = 2.3
"""The cost of a date that is right but for one digit, or for day and month swapped."""

Ranked = list[tuple[int, str]]
"""Students, the likeliest first, each with why it was found."""


class Token(NamedTuple):
    """A word of the index that a typed word may mean."""

    id: int
    text: str
    children: int


@dataclass
class Pool:
    """The children considered so far, and how like they are."""

    criteria: Criteria
    spellings: list[tuple[str, ...]]
    """Ways to divide what was typed into words; the first one is as typed."""
    known: dict[str, Token]
    children: dict[int, tuple[float, Kind, float, date]] = field(default_factory=dict)
    """Student → cost in all, kind of the name, cost of the date, last seen."""
    meant: dict[str, list[tuple[float, Token]]] = field(default_factory=dict)
    """Typed word → what it may mean, each with the cost of the error."""
    pairs: set[int] = field(default_factory=set)
    """Pairs of words that were looked up."""
    population: int = 1

    def __post_init__(self) -> None:
        self.typed = [Typed(words) for words in self.spellings]

    def consider(self, rows: Iterable[Any]) -> None:
        """Compare the children of ChildName rows that were not compared before."""
        found: dict[int, list[Any]] = {}
        for row in rows:
            if row[0] not in self.children:
                found.setdefault(row[0], []).append(row)
        for student_id, listed in found.items():
            namings = [Naming(tuple(r[1].split()), tuple(r[2].split()), r[3]) for r in listed]
            self.children[student_id] = self._compared(namings, listed[0][4])

    def _compared(self, namings: list[Naming], seen: date) -> tuple[float, Kind, float, date]:
        name = compare_names(self.typed[0], namings)
        for typed in self.typed[1:]:
            other = compare_names(typed, namings)
            name = min(name, Likeness(other.cost + 0.2, other.kind))
        day = _date_cost(self.criteria, namings)
        return name.cost + day, name.kind, day, seen

    def ranked(self) -> Ranked:
        """The children like enough to show, the likeliest first, of equal ones the last seen first."""
        limit, limit_of_day = _limits(self.criteria)
        shown = [
            (round(cost, 2), -seen.toordinal(), student_id, kind, day)
            for student_id, (cost, kind, day, seen) in self.children.items()
            if cost <= (limit_of_day if day < 1 else limit)
        ]
        return [(student_id, _why(self.criteria, kind, day)) for *_, student_id, kind, day in sorted(shown)]

    def is_settled(self, cost: float) -> bool:
        """Whether a child of that cost was found, one whom all words are like, or a page of all words begun right."""
        found = self.children.values()
        likeliest = min((child[0] for child in found), default=UNLIKE)
        sure = sum(kind <= Kind.STARTS for _, kind, *_ in found)
        return likeliest <= cost or self._is_whole() or (sure >= FULL and not self.criteria.born)

    def _is_whole(self) -> bool:
        """Whether all of three words or more are like a child's, and the date but for one slip: that is no chance."""
        words = len(self.criteria.telling)
        most = words * (WHOLE_DATED if self.criteria.born else WHOLE)
        return words > 2 and any(
            kind < Kind.DIFFERS and day <= NEAR_DATE and cost - day <= most
            for cost, kind, day, _ in self.children.values()
        )


def _date_cost(criteria: Criteria, namings: Sequence[Naming]) -> float:
    if criteria.born:
        return compare_birth_dates(criteria.born, namings)
    return compare_span(criteria.between, namings) if criteria.between else 0.0


def _limits(criteria: Criteria) -> tuple[float, float]:
    """The cost above which a child is not worth showing, and the one for a child of the birth date typed."""
    words = len(criteria.telling)
    limit = 3.6 + 2.2 * words if criteria.born or words > 2 else 6.6
    return limit, UNLIKE * words if criteria.born else limit


def _why(criteria: Criteria, kind: Kind, day: float) -> str:
    if not criteria.born:
        return WHY[kind]
    if kind >= Kind.NEARLY and day < 1:
        return _l("birth date; name nearly") if kind is Kind.NEARLY else _l("birth date; name differs")
    if day < 1:
        return WHY[kind]
    return joined("; ", (WHY[kind], _l("birth date nearly") if day < 4 else _l("birth date differs")))
