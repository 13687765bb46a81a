"""How like a child's names and birth date are to what was typed. Rules only.

A likeness is a cost: 0 where nothing differs, and about 1 more for each factor of e by which the error is rarer. The
costs of names and date add up, so that a right date outweighs a garbled name and a right name a wrong date.
"""

import enum
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from msixlite.domain import names
from msixlite.domain.search_dates import as_date, neighbours
from msixlite.domain.search_noise import is_noise
from msixlite.models.words import _l

LONG = 6
"""From so many letters on, a word may have two typing errors."""
UNLIKE = 5.0
"""A word typed that the child does not have."""
NO_NAME = 1.5
"""Such a word that may be none of the names typed: Texas, school."""
OTHER_DATE = 6.0
"""A birth date that has nothing to do with the one typed."""
OTHER_YEAR = 4.0
OMITTED_FIRST, OMITTED_SURNAME, OMITTED_GIVEN = 0.6, 0.2, 0.15
"""Names of the child that were not typed: the first of the surnames or given names, another surname or given name."""


class Kind(enum.IntEnum):
    """How a typed word was found; the greatest of a name says why the child is among the results."""

    EXACT = 0
    STARTS = 1
    NICKNAME = 2
    SOUNDS = 3
    NEARLY = 4
    DIFFERS = 5


WHY = {
    Kind.EXACT: _l("exact name"),
    Kind.STARTS: _l("starts with"),
    Kind.NICKNAME: _l("nickname"),
    Kind.SOUNDS: _l("sounds like"),
    Kind.NEARLY: _l("spelled nearly so"),
    Kind.DIFFERS: _l("one name differs"),
}


class Likeness(NamedTuple):
    cost: float
    kind: Kind


class Naming(NamedTuple):
    """One way in which a child is named and dated."""

    surnames: tuple[str, ...]
    given: tuple[str, ...]
    born: date

    @property
    def words(self) -> tuple[str, ...]:
        return self.surnames + self.given


_EXACT = Likeness(0.0, Kind.EXACT)
_INITIAL = Likeness(1.0, Kind.STARTS)
_INITIAL_KNOWN = Likeness(2.7, Kind.STARTS)
"""A word typed whole, of which a State has the first letter only: one in fifteen begins so by chance."""
_NICKNAME = Likeness(1.2, Kind.NICKNAME)
_UNLIKE = Likeness(UNLIKE, Kind.DIFFERS)
_MOST_WRONG = 0.7
"""The share of letters that may differ in words which nothing but their spelling or sound connects."""


def compare_words(typed: str, word: str, unfinished: bool) -> Likeness:
    """A typed word and a word of a child's names; `unfinished` where more letters may follow."""
    if typed == word:
        return _EXACT
    if len(typed) == 1 or len(word) == 1:
        initial = _INITIAL if len(typed) == 1 else _INITIAL_KNOWN
        return initial if typed[0] == word[0] else _UNLIKE
    likeness = _NICKNAME if word in names.nicknames(typed) else _UNLIKE
    if unfinished or word.startswith(typed):
        likeness = min(likeness, _as_beginning(typed, word, unfinished))
    distance = OSA.distance(typed, word)
    share = distance / max(len(typed), len(word))
    if share > _MOST_WRONG:
        return likeness
    return min(likeness, _as_edited(typed, word, distance, share), _as_heard(typed, word, distance))


class Typed:
    """Words that were typed, the last one perhaps unfinished, and how like the words met so far are to each."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.alike = [_Alike(word, place == len(words) - 1) for place, word in enumerate(words)]


class _Alike(dict[str, Likeness | None]):
    """Word → how like it is to a typed word, worked out once; none where it is not."""

    def __init__(self, typed: str, unfinished: bool) -> None:
        super().__init__()
        self.typed, self.unfinished = typed, unfinished

    def __missing__(self, word: str) -> Likeness | None:
        likeness = compare_words(self.typed, word, self.unfinished)
        known = self[word] = likeness if likeness.cost < UNLIKE else None
        return known


def _as_beginning(typed: str, word: str, unfinished: bool) -> Likeness:
    missing = len(word) - len(typed)
    if word.startswith(typed):
        return Likeness(0.4 + 0.04 * missing if unfinished else 1.6 + 1.2 / len(typed), Kind.STARTS)
    if unfinished and len(typed) > 3 and missing > 0 and OSA.distance(typed, word[: len(typed)]) == 1:
        return Likeness(2.4, Kind.NEARLY)
    return _UNLIKE


def _as_edited(typed: str, word: str, distance: int, share: float) -> Likeness:
    if distance > (2 if max(len(typed), len(word)) >= LONG else 1):
        return Likeness(min(2.0 + 4.5 * share, UNLIKE), Kind.NEARLY if share <= 0.5 else Kind.DIFFERS)
    short, wrong_start = min(len(typed), len(word)) <= 3, typed[0] != word[0]
    return Likeness(1.6 * distance + 1.4 * short + 0.3 * wrong_start, Kind.NEARLY)


def _as_heard(typed: str, word: str, distance: int) -> Likeness:
    if names.sound(typed) == names.sound(word):
        share = distance / max(len(typed), len(word))
        return Likeness(min(0.4 + 0.3 * distance + 2.0 * share, 2.4), Kind.SOUNDS)
    heard = names.skeleton(typed)
    if len(heard) > 1 and heard in (names.skeleton(word), names.skeleton(word.removeprefix("h"))):
        return Likeness(min(1.2 + 0.4 * distance, 3.5), Kind.SOUNDS)
    return _UNLIKE


def compare_names(typed: Typed, namings: Sequence[Naming]) -> Likeness:
    """The words typed, in any order, and all the words that any State has for the child; each counts once."""
    left = list(namings[0].words) if len(namings) == 1 else _all_words(namings)
    rest, taken = [], set()
    for place, one in enumerate(typed.words):
        if one in left:
            left.remove(one)
            taken.add(one)
        else:
            rest.append(place)
    cost, kind = _compare_rest(typed, rest, left, taken) if rest else _EXACT
    return Likeness(cost + min(_omitted(naming, taken) for naming in namings), kind)


def _compare_rest(typed: Typed, rest: list[int], left: list[str], taken: set[str]) -> tuple[float, Kind]:
    """The words typed that stand nowhere just so: each with the word that it is likest to."""
    alike = []
    for place in rest:
        known = typed.alike[place]
        for at, word in enumerate(left):
            if likeness := known[word]:
                alike.append((likeness, place, at))
    alike.sort()
    cost, kind = 0.0, Kind.EXACT
    matched: set[int] = set()
    used: set[int] = set()
    for likeness, place, at in alike:
        if place not in matched and at not in used:
            matched.add(place)
            used.add(at)
            cost += likeness.cost
            kind = max(kind, likeness.kind)
    taken.update(left[at] for at in used)
    for place in rest:
        if place not in matched:
            noise = is_noise(typed.words[place])
            cost += NO_NAME if noise else UNLIKE
            kind = kind if noise else Kind.DIFFERS
    return cost, kind


def _all_words(namings: Sequence[Naming]) -> list[str]:
    """The words of the longest naming, and those that only others have."""
    words = [*max((naming.words for naming in namings), key=lambda words: len(words))]
    return words + list({word: None for naming in namings for word in naming.words if word not in words})


def _omitted(naming: Naming, taken: set[str]) -> float:
    cost = 0.0
    for words, usual in ((naming.surnames, OMITTED_SURNAME), (naming.given, OMITTED_GIVEN)):
        for word in words:
            if word not in taken:
                cost += OMITTED_FIRST if word == words[0] else usual
    return cost


@lru_cache(maxsize=100_000)
def compare_dates(typed: str, born: date) -> float:
    """Eight digits typed, and a birth date."""
    digits = f"{born.year:04}{born.month:02}{born.day:02}"
    if typed == digits:
        return 0.0
    if typed == digits[:4] + digits[6:] + digits[4:6]:
        return 1.5
    distance = OSA.distance(typed, digits)
    if distance == 1:
        return 2.0
    if (day := as_date(typed)) and born in neighbours(day):
        return 2.0
    same = (typed[:4] == digits[:4]) + (typed[4:6] == digits[4:6]) + (typed[6:] == digits[6:])
    return 3.2 if same == 2 else 4.5 if same and distance == 2 else OTHER_DATE


def compare_birth_dates(born: Sequence[str], namings: Sequence[Naming]) -> float:
    """The readings of a typed date, the likeliest first, and all birth dates that any State has for the child."""
    return min(
        compare_dates(typed, naming.born) + 0.3 * place for place, typed in enumerate(born) for naming in namings
    )


def compare_span(between: tuple[date, date], namings: Sequence[Naming]) -> float:
    """The days of a month, a year or an age, and all birth dates that any State has for the child."""
    return min(_outside(between, naming.born) for naming in namings)


def _outside(between: tuple[date, date], born: date) -> float:
    days = max((between[0] - born).days, (born - between[1]).days, 0)
    return min(1.0 + days / 365, OTHER_YEAR) if days else 0.0
