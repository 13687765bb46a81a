"""How two State records agree: each comparison gives a weight in bits and, where it tells, a reason in words."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from msixlite.domain import names
from msixlite.domain.matching_identity import Identity

USUAL_SHARE = 0.002
"""Share of children who have a name word of which nothing is known."""
PRIOR_CHILDREN = 2_000
"""How many children the built-in shares count for beside the children seen."""


@dataclass(frozen=True)
class Frequencies:
    """How usual each name word is."""

    children: int
    """Children seen."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Folded word → children who have it."""

    def bits(self, word: str) -> float:
        """What agreement on the word tells: 3 for a very usual one, above 12 for a rare one."""
        known = self.counts.get(word, 0) + USUAL_SHARE * PRIOR_CHILDREN
        return -math.log2(min(1.0, known / (self.children + PRIOR_CHILDREN)))


@dataclass(frozen=True)
class Weight:
    """What one comparison tells: bits for (+) or against (-) the same child, with a reason; empty: not worth a word."""

    bits: float
    reason: str = ""


def alike(a: str, b: str) -> float:
    """How alike two folded words are: 1 the same, .9 nickname or sound, .8 typing error or cut short, 0 different."""
    if a == b:
        return 1.0
    if b in names.nicknames(a) or names.sound(a) == names.sound(b):
        return 0.9
    shorter, longer = sorted((a, b), key=len)
    if longer.startswith(shorter):
        return 0.8 if len(shorter) > 2 else 0.5
    if len(shorter) > 3 and (DamerauLevenshtein.distance(a, b) <= 1 or JaroWinkler.similarity(a, b) > 0.92):
        return 0.8
    return 0.0


def compare_words(a: Iterable[str], b: Iterable[str], usual: Frequencies) -> tuple[float, float]:
    """The best agreement between two sets of words (0-1) and its bits, order-free, joined words too."""
    return max(
        (
            (likeness, likeness * min(usual.bits(x), usual.bits(y)))
            for x in a
            for y in b
            if (likeness := alike(x, y)) > 0
        ),
        key=lambda found: found[1],
        default=(0.0, 0.0),
    )


def compare_given(a: Identity, b: Identity, usual: Frequencies) -> Weight:
    if not a.given or not b.given:
        return Weight(0.0)
    likeness, bits = compare_words(a.given, b.given, usual)
    if likeness == 0:
        return Weight(-7.0, "given name differs")
    if set(a.given) == set(b.given):
        return Weight(bits + 1.0, "same given names")
    if likeness == 1.0:
        return Weight(bits - 0.5, "one given name the same")
    return Weight(bits * 0.8, "given name alike")


def compare_surnames(a: Identity, b: Identity, usual: Frequencies) -> Weight:
    if not a.surnames or not b.surnames:
        return Weight(0.0)
    if a.surnames == b.surnames:
        return Weight(sum(usual.bits(word) for word in a.surnames[:2]), "same surnames")
    if set(a.surnames) == set(b.surnames):
        return Weight(sum(usual.bits(word) for word in a.surnames[:2]), "surnames in other order")
    if names.joined(a.surnames) & {*b.surnames} or names.joined(b.surnames) & {*a.surnames}:
        return Weight(10.0, "surnames written as one")
    likeness, bits = compare_words(a.surnames, b.surnames, usual)
    if likeness == 0:
        return Weight(-4.0, "surname differs")
    return Weight(bits * 0.8, "one surname the same" if likeness == 1.0 else "surname alike")


def is_placeholder(day: date) -> bool:
    """Whether a birth date may stand for one that nobody knew: 1 January."""
    return (day.month, day.day) == (1, 1)


def compare_dates(a: date | None, b: date | None) -> Weight:
    if a is None or b is None:
        return Weight(0.0)
    if a == b:
        return Weight(2.0) if is_placeholder(a) else Weight(10.0 if a.day == 1 else 12.5, "same birth date")
    if (a.year, a.month, a.day) == (b.year, b.day, b.month):
        return Weight(8.0, "day and month swapped")
    differing = sum(x != y for x, y in zip(a.isoformat(), b.isoformat(), strict=True))
    if differing == 1:
        return Weight(5.0, "one digit of the birth date differs")
    if (a.month, a.day) == (b.month, b.day) and abs(a.year - b.year) == 1:
        return Weight(4.0, "birth year differs by one")
    if (is_placeholder(a) or is_placeholder(b)) and a.year == b.year:
        return Weight(1.0, "birth date not known to the day")
    return Weight(-3.0 if a.year == b.year else -8.0, "birth date differs")


def compare_sex(a: str | None, b: str | None) -> Weight:
    if not a or not b:
        return Weight(0.0)
    return Weight(1.0) if a[0].upper() == b[0].upper() else Weight(-4.5, "sex differs")


def compare_places(a: Identity, b: Identity) -> Weight:
    if not a.birth_city or not b.birth_city:
        return Weight(0.0)
    likeness = alike(names.fold(a.birth_city), names.fold(b.birth_city))
    return Weight(5.0, "same birthplace") if likeness else Weight(-3.0, "birthplace differs")


def compare_parents(a: Identity, b: Identity, usual: Frequencies) -> Weight:
    """Mother and father by their given names, in either place."""
    ours, theirs = (*a.mother[:1], *a.father[:1]), (*b.mother[:1], *b.father[:1])
    if not ours or not theirs:
        return Weight(0.0)
    likeness, bits = compare_words(ours, theirs, usual)
    return Weight(bits * 0.8, "same guardian") if likeness else Weight(-2.0, "guardian differs")
