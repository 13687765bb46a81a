"""State records as columns of numbers, so that many pairs are compared at once."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from msixlite.domain import names
from msixlite.domain.matching_identity import Identity, generation, squeezed, words

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
GIVEN, SURNAMES, PARENTS = 3, 3, 2
"""Words of each kind of name that are compared; further ones are not."""
LAYOUT = {
    "given": GIVEN,
    "surnames": SURNAMES,
    "joined": 1,
    "joined_given": 1,
    "mother": 1,
    "father": 1,
    "mother_surnames": PARENTS,
    "father_surnames": PARENTS,
    "city": 1,
    "area": 1,
    "country": 1,
    "generation": 1,
    "state": 1,
    "gender": 1,
    "multiple": 1,
    "year": 1,
    "month": 1,
    "day": 1,
}
"""Column → how many numbers wide it is. Words stand as their number in the vocabulary, 0 for none."""
_STARTS = dict(zip(LAYOUT, np.cumsum([0, *LAYOUT.values()]).tolist(), strict=False))
WIDTH = sum(LAYOUT.values())


def places_of(columns: Iterable[str]) -> list[int]:
    """Where the numbers of some columns stand in the row of a record."""
    return [_STARTS[column] + place for column in columns for place in range(LAYOUT[column])]


NOT_REPORTED, TWINS_REPORTED = 1, 2
_MULTIPLE = {None: 0, False: 1, True: TWINS_REPORTED}
NAMES = 300_000
"""Names as written whose numbers are remembered."""
STEM = 3
"""Letters that words share at least, for a pair to be looked at closely."""
SETS = 4
"""Bit sets that the groups of nicknames stand in: 64 groups each."""


class Vocabulary:
    """Every word met, with what comparing it needs: letters, sound, nicknames, how usual it is."""

    def __init__(self, share: Callable[[str], float]) -> None:
        self._share = share
        self._numbers: dict[str, int] = {"": 0}
        self._sounds: dict[str, int] = {"": 0}
        self._stems: dict[str, int] = {"": 0}
        self._names: dict[tuple[str | None, str | None, int], tuple[int, ...]] = {}
        self._generations: dict[tuple[str | None, str | None], str] = {}
        self._places: dict[str, int] = {}
        self.words: list[str] = [""]
        self._traits: list[tuple[int, int, int, int, int, int, tuple[int, ...]]] = [(0,) * 6 + ((0,) * SETS,)]
        self._table: WordTable | None = None

    def number(self, word: str, heard: bool = True) -> int:
        """The word's number; a new word gets the next one. `heard`: whether it is a word that sounds like something."""
        known = self._numbers.get(word)
        return known if known is not None else self._add(word, heard)

    def name(self, first: str | None, second: str | None, width: int) -> tuple[int, ...]:
        """The numbers of the first words of a name in two fields, filled up with 0, and of all written as one."""
        if not (first or second):
            return (0,) * (width + 1)
        known = self._names.get((first, second, width))
        if known is None:
            if len(self._names) >= NAMES:
                self._names.clear()
            some = words(first, second)
            found = [self.number(word) for word in some[:width]] + [0] * (width - len(some))
            known = self._names[first, second, width] = (*found, _joined(some, self))
        return known

    def generation(self, suffix: str | None, last_2: str | None, last_1: str | None) -> int:
        """The number of the suffix, wherever it was written."""
        told = generation(suffix) if suffix else ""
        if not told:
            found = self._generations.get((last_2, last_1))
            if found is None:
                if len(self._generations) >= NAMES:
                    self._generations.clear()
                found = self._generations[last_2, last_1] = generation(last_2, last_1)
            told = found
        return self.number(told)

    def place(self, text: str | None) -> int:
        """The number of a town or an area."""
        if not text:
            return 0
        known = self._places.get(text)
        if known is None:
            known = self._places[text] = self.number(squeezed(text))
        return known

    def use(self, share: Callable[[str], float]) -> None:
        """Take another measure of how usual words are."""
        self._share, self._table = share, None

    def _add(self, word: str, heard: bool) -> int:
        number = self._numbers[word] = len(self.words)
        self.words.append(word)
        letters, sound, groups = traits(word) if heard else (letter_pairs(word), word, (0,) * SETS)
        stem = self._stems.setdefault(word[:STEM], len(self._stems))
        self._traits.append(
            (
                letters,
                self._sounds.setdefault(sound, len(self._sounds)),
                stem,
                len(word),
                ord(word[0]),
                ord(word[-1]),
                groups,
            )
        )
        self._table = None
        return number

    def table(self) -> "WordTable":
        """The traits of all words, as usual as they are now."""
        if self._table is None:
            bits = [-math.log2(max(self._share(word), 1e-9)) if word else 0.0 for word in self.words]
            letters, sounds, stems, lengths, firsts, lasts, nicknames = zip(*self._traits, strict=True)
            self._table = WordTable(
                np.array(letters, dtype=np.uint64),
                np.array(sounds, dtype=np.int32),
                np.array(stems, dtype=np.int32),
                np.array(lengths, dtype=np.int32),
                np.array(firsts, dtype=np.int32),
                np.array(lasts, dtype=np.int32),
                np.array(bits, dtype=np.float32),
                np.array(nicknames, dtype=np.uint64),
                np.array([any(sets) for sets in nicknames], dtype=np.bool_),
            )
        return self._table


class WordTable(NamedTuple):
    """What comparing words needs: one entry a word, by its number."""

    letters: NDArray[np.uint64]
    """Bit set of its pairs of letters."""
    sound: Ints
    """Number of how it sounds."""
    stem: Ints
    """Number of its first letters."""
    length: Ints
    first: Ints
    """First letter."""
    last: Ints
    """Last letter."""
    bits: Floats
    """What agreement on it tells."""
    nicknames: NDArray[np.uint64]
    """Bit sets of the groups of forms that it belongs to: words by `SETS`."""
    has_nickname: NDArray[np.bool_]


@lru_cache(maxsize=200_000)
def traits(word: str) -> tuple[int, str, tuple[int, ...]]:
    """The word's pairs of letters as a bit set, its sound, and its nickname groups as bit sets."""
    sets = [0] * SETS
    for group in names.nickname_groups(word):
        sets[group // 64 % SETS] |= 1 << (group & 63)
    return letter_pairs(word), names.sound(word), tuple(sets)


@lru_cache(maxsize=200_000)
def letter_pairs(word: str) -> int:
    """The word's pairs of letters as a bit set of 64; its ends count as letters."""
    letters = 0
    for first, second in pairwise(f"^{word}$"):
        letters |= 1 << ((ord(first) * 31 + ord(second) * 7) & 63)
    return letters


@dataclass(frozen=True)
class Columns:
    """State records side by side: row → record, column → `LAYOUT`."""

    numbers: Ints
    vocabulary: Vocabulary

    def __getitem__(self, column: str) -> Ints:
        start = _STARTS[column]
        return self.numbers[:, start : start + LAYOUT[column]]

    def rows(self, chosen: NDArray[np.int64]) -> "Columns":
        return Columns(self.numbers[chosen], self.vocabulary)


def columns_of(identities: Iterable[Identity], vocabulary: Vocabulary) -> Columns:
    numbers = [row_of(identity, vocabulary) for identity in identities]
    return Columns(np.array(numbers, dtype=np.int32).reshape(len(numbers), WIDTH), vocabulary)


def row_of(identity: Identity, vocabulary: Vocabulary) -> list[int]:
    """One State record as numbers, in the order of `LAYOUT`."""
    name, number = vocabulary.name, vocabulary.number
    given = name(identity.first_name, identity.middle_name, GIVEN)
    surnames = name(identity.last_name_1, identity.last_name_2, SURNAMES)
    born = identity.birth_date
    return [
        *given[:GIVEN],
        *surnames[:SURNAMES],
        surnames[SURNAMES],
        given[GIVEN],
        name(identity.female_parent_first_name, None, 1)[0],
        name(identity.male_parent_first_name, None, 1)[0],
        *name(identity.female_parent_last_name, None, PARENTS)[:PARENTS],
        *name(identity.male_parent_last_name, None, PARENTS)[:PARENTS],
        vocabulary.place(identity.birth_city),
        vocabulary.place(identity.birth_state),
        number(identity.country),
        vocabulary.generation(identity.suffix, identity.last_name_2, identity.last_name_1),
        number(identity.state_code),
        number(identity.gender),
        _MULTIPLE[identity.multiple_birth],
        born.year if born else 0,
        born.month if born else 0,
        born.day if born else 0,
    ]


def _joined(some: Sequence[str], vocabulary: Vocabulary) -> int:
    """The words written as one."""
    return vocabulary.number(some[0]) if len(some) == 1 else vocabulary.number("".join(some), heard=False)
