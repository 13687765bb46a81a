"""Scores of many pairs of State records at once, and what they mean in words. Rules only: no session."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from msixlite.domain import matching_comparisons as comparisons
from msixlite.domain import matching_model
from msixlite.domain.matching_clusters import VETO
from msixlite.domain.matching_columns import Columns, Floats, Vocabulary, columns_of
from msixlite.domain.matching_comparisons import FEATURES, INITIAL, LOOSE, NICKNAME, ONE_EDIT, SOUND
from msixlite.domain.matching_frequencies import Frequencies
from msixlite.domain.matching_identity import Identity
from msixlite.domain.matching_model import Model
from msixlite.domain.matching_pairs import FEWEST_SIGNS
from msixlite.models.words import _l

SMALLEST_POPULATION = 8_000
"""Fewer children than these are scored as if they were so many: chance likeness is not learned from a handful."""
HOPELESS = -6.0
"""Additive log odds below which a pair is not looked at further."""
TWO_DATES_SAY = -6.0
"""Log odds that two numbers of one State with two birth dates have at most: these are siblings of one name."""
FAR = -12.0
"""The log odds of a pair that is not looked at."""
CHUNK = 8_192
Places = NDArray[np.int64]


class Outcome(enum.Enum):
    SAME = "same"
    NEAR = "near"
    DIFFERENT = "different"


class Guard(enum.IntEnum):
    """Why a pair does not link by itself though it may be alike."""

    NONE = 0
    SUFFIX = 1
    TWINS_TOLD = 2
    """Twins are reported, and the two have different second names or are two children of one State."""
    TWINS = 3
    """Same date, no given name in common. A third record with both names may still join them."""
    NAMESAKE = 4
    TWO_NUMBERS = 5
    TWO_DATES = 6
    """Two numbers in one State, and two birth dates."""

    @property
    def words(self) -> str:
        return _GUARD_WORDS[self]


NOT_LINKED = _l("not linked by itself: %(guard)s")
_TWO_NUMBERS = _l("two numbers in one State")
_GUARD_WORDS = {
    Guard.NONE: "",
    Guard.SUFFIX: _l("suffix differs"),
    Guard.TWINS_TOLD: _l("possible twins"),
    Guard.TWINS: _l("possible twins"),
    Guard.NAMESAKE: _l("namesake"),
    Guard.TWO_NUMBERS: _TWO_NUMBERS,
    Guard.TWO_DATES: _TWO_NUMBERS,
}


@dataclass(frozen=True)
class Likeness:
    """How alike two State records are, for people."""

    score: float
    """0 to 100."""
    outcome: Outcome
    reasons: tuple[str, ...]
    guard: str
    """Why the pair does not link by itself though it is alike: possible twins, namesake …; empty without one."""

    @property
    def told(self) -> list[str]:
        """The reasons, and the guard, as a near match tells them."""
        return [*self.reasons, *([NOT_LINKED.about(guard=self.guard)] if self.guard else [])]


@dataclass(frozen=True)
class Scores:
    """Log odds and guard of each pair."""

    log_odds: Floats
    guards: NDArray[np.int8]


class Scorer:
    """Scores pairs of State records against one population."""

    def __init__(self, usual: Frequencies, model: Model | None = None) -> None:
        self.usual = usual
        self.model = model or matching_model.load()
        self.vocabulary = Vocabulary(usual.share)
        self.words = comparisons.Words(self.vocabulary)

    def use(self, usual: Frequencies) -> None:
        """Score against another population from here on: the one that was collected meanwhile."""
        self.usual = usual
        self.vocabulary.use(usual.share)

    def columns(self, identities: Iterable[Identity]) -> Columns:
        return columns_of(identities, self.vocabulary)

    def compared(self, left: Columns, right: Columns) -> Floats:
        """All comparisons, row by row: pairs by `FEATURES`."""
        children = max(self.usual.children, SMALLEST_POPULATION)
        return comparisons.compare(left, right, self.words, children)

    def scores(
        self,
        records: Columns,
        low: Places,
        high: Places,
        *,
        one_state: bool = True,
        kept: dict[int, Floats] | None = None,
    ) -> Scores:
        """Scores of pairs of rows. Hopeless pairs are not looked at closely and stand as FAR.

        one_state: whether it counts that both records of a pair are one State's. kept: takes the comparisons of the
        pairs that were looked at, by their place, for `told`.
        """
        log_odds = np.full(len(low), FAR, dtype=np.float32)
        guards = np.zeros(len(low), dtype=np.int8)
        for start in range(0, len(low), CHUNK):
            left, right = records.rows(low[start : start + CHUNK]), records.rows(high[start : start + CHUNK])
            open_at = np.nonzero(comparisons.signs(left, right) >= FEWEST_SIGNS)[0]
            compared = self.compared(left.rows(open_at), right.rows(open_at))
            if not one_state:
                compared[:, _AT["same_state"]] = 0
            log_odds[start + open_at], guards[start + open_at] = self._judge(compared)
            if kept is not None:
                kept.update(zip((start + open_at).tolist(), compared, strict=True))
        return Scores(log_odds, guards)

    def _judge(self, compared: Floats) -> tuple[Floats, NDArray[np.int8]]:
        evidence = self.model.evidence(compared)
        log_odds = np.full(len(compared), FAR, dtype=np.float32)
        open_at = np.nonzero(evidence > HOPELESS)[0]
        log_odds[open_at] = evidence[open_at] + self.model.correction(compared[open_at])
        return log_odds, guards_of(compared)

    def guarded(self, scores: Scores) -> Floats:
        """Log odds with what the guards allow: told twins and other suffixes veto, the others stay below linking."""
        vetoes = (scores.guards == Guard.TWINS_TOLD) | (scores.guards == Guard.SUFFIX)
        most = np.where(scores.guards == Guard.TWO_DATES, TWO_DATES_SAY, self.model.same_at - 1)
        held = np.where(scores.guards != Guard.NONE, np.minimum(scores.log_odds, most), scores.log_odds)
        return np.where(vetoes, VETO, held).astype(np.float32)

    def likeness(self, a: Identity, b: Identity) -> Likeness:
        """The likeness of two State records with its reasons."""
        return self.likenesses([(a, b)])[0]

    def likenesses(self, pairs: Sequence[tuple[Identity, Identity]]) -> list[Likeness]:
        """The likeness of each pair, with its reasons."""
        left, right = (self.columns(pair[side] for pair in pairs) for side in (0, 1))
        compared = self.compared(left, right)
        found = zip(pairs, compared.tolist(), self.model.log_odds(compared).tolist(), guards_of(compared), strict=True)
        return [self._in_words(pair, values, log_odds, Guard(int(guard))) for pair, values, log_odds, guard in found]

    def told(self, a: Identity, b: Identity, compared: Floats, log_odds: float) -> Likeness:
        """The likeness of two State records whose comparisons and log odds are known."""
        guard = Guard(int(guards_of(compared[None, :])[0]))
        return self._in_words((a, b), compared.tolist(), log_odds, guard)

    def _in_words(
        self, pair: tuple[Identity, Identity], values: list[float], log_odds: float, guard: Guard
    ) -> Likeness:
        told = reasons(*pair, dict(zip(FEATURES, values, strict=True)))
        return Likeness(score_of(log_odds), self.outcome(log_odds, guard), told, guard.words)

    def outcome(self, log_odds: float, guard: Guard) -> Outcome:
        if log_odds < self.model.near_at:
            return Outcome.DIFFERENT
        return Outcome.SAME if log_odds >= self.model.same_at and guard is Guard.NONE else Outcome.NEAR


def score_of(log_odds: float) -> float:
    """Log odds as 0 to 100 for people: 50 is as likely as not, with one decimal."""
    return round(100 / (1 + float(np.exp(-log_odds))), 1)


def twins_of_one_state(
    born: Sequence[object], states: Sequence[object], reported: Sequence[bool]
) -> list[tuple[int, int]]:
    """The pairs of a group of records, by place, that are twins: of one State and date, where one reports twins."""
    if not any(reported):
        return []
    seen: dict[tuple[object, object], list[int]] = {}
    for place, day_and_state in enumerate(zip(born, states, strict=True)):
        seen.setdefault(day_and_state, []).append(place)
    return [pair for places in seen.values() for pair in combinations(places, 2)]


_AT = {name: index for index, name in enumerate(FEATURES)}


def guards_of(compared: Floats) -> NDArray[np.int8]:
    """Why each pair must not be linked without a person, whatever its score."""

    def of(name: str) -> Floats:
        return np.asarray(compared[:, _AT[name]], dtype=np.float32)

    guards = np.zeros(len(compared), dtype=np.int8)
    told = np.maximum.reduce([of(name) for name in ("mother", "father", "parents_crossed", "city")]) >= LOOSE
    surname = np.maximum(of("surname"), of("surname_told")) >= LOOSE
    proven = (of("date") > 0.95) & (of("given") >= ONE_EDIT) & surname & told
    guards[(of("same_state") > 0) & ~proven] = Guard.TWO_NUMBERS
    guards[(of("same_state") > 0) & (of("date") >= 0) & (of("date") < 0.95)] = Guard.TWO_DATES
    guards[(of("date") < 0.35) & ~((of("date") < 0) & told)] = Guard.NAMESAKE
    same_day = of("date") > 0.65
    unnamed = (of("given") < INITIAL) | ((of("given") == INITIAL) & (of("given_first") < INITIAL))
    guards[same_day & (of("given_count") > 0) & unnamed & (of("crossed") < LOOSE)] = Guard.TWINS
    second, reported = of("given_second"), of("multiple") > 0
    guards[reported & (second >= 0) & (second < SOUND) & (second != INITIAL)] = Guard.TWINS_TOLD
    guards[reported & same_day & (of("same_state") > 0)] = Guard.TWINS_TOLD
    guards[of("suffix") == 0] = Guard.SUFFIX
    return guards


DATES = (
    (0.95, _l("same birth date")),
    (0.85, _l("day and month swapped")),
    (0.78, _l("one digit of the birth date differs")),
    (0.72, _l("birth date a day or a month off")),
    (0.65, _l("birth year differs by one")),
    (0.55, _l("digits of the day turned")),
    (0.45, _l("birth date not known to the day")),
    (-0.5, _l("birth date differs")),
    (-1.5, _l("birth date missing")),
)


def reasons(a: Identity, b: Identity, values: dict[str, float]) -> tuple[str, ...]:
    """What tells for and against one child, in words, the most telling first."""
    found = (
        next(words for least, words in DATES if values["date"] >= least),
        _given_reason(a, b, values),
        _surname_reason(a, b, values),
        *_parent_reasons(values, told=all(one.mother or one.father for one in (a, b))),
        *_birth_reasons(values),
        _l("twins are reported") if values["multiple"] else "",
    )
    return tuple(reason for reason in found if reason)


def _given_reason(a: Identity, b: Identity, values: dict[str, float]) -> str:
    if set(a.given) == set(b.given):
        return _l("same given names") if a.given == b.given else _l("given names in other order")
    if values["given"] < INITIAL:
        return _l("given name swapped with a surname") if values["crossed_both"] >= LOOSE else _l("given name differs")
    if values["given"] == 1.0:
        return (
            _l("one given name the same")
            if values["given_open"] == 0
            else _l("one given name the same, another differs")
        )
    return _l("another form of the given name") if values["given"] >= NICKNAME else _l("given name spelled differently")


def _surname_reason(a: Identity, b: Identity, values: dict[str, float]) -> str:
    if a.surnames == b.surnames:
        return _l("same surnames")
    if set(a.surnames) == set(b.surnames):
        return _l("surnames in other order")
    if values["joined"] == 1.0:
        return _l("surnames written as one")
    if values["surname"] == 1.0:
        return (
            _l("one surname the same") if values["surname_open"] == 0 else _l("one surname the same, another differs")
        )
    if values["surname"] >= LOOSE or values["joined"] >= LOOSE:
        return _l("surname spelled differently")
    return _l("surname of a parent") if values["surname_told"] >= LOOSE else _l("surname differs")


def _parent_reasons(values: dict[str, float], told: bool) -> Iterable[str]:
    best = max(values["mother"], values["father"], values["parents_crossed"])
    if best >= LOOSE:
        yield _l("same guardian")
    if -0.5 < min(values["mother"], values["father"]) < INITIAL or (told and best < INITIAL):
        yield _l("guardian differs")


def _birth_reasons(values: dict[str, float]) -> Iterable[str]:
    if values["city"] >= LOOSE:
        yield _l("same birthplace")
    elif values["city"] >= 0 or values["area"] == 0:
        yield _l("birthplace differs")
    if values["sex"] == 0:
        yield _l("sex differs")
    if values["suffix"] == 0:
        yield _l("suffix differs")


def pairs_within(groups: Sequence[Sequence[int]]) -> tuple[Places, Places]:
    """All pairs inside each group: lower and higher row."""
    low = [a for group in groups for index, a in enumerate(group) for _ in group[index + 1 :]]
    high = [b for group in groups for index, _ in enumerate(group) for b in group[index + 1 :]]
    first, second = np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)
    return np.minimum(first, second), np.maximum(first, second)
