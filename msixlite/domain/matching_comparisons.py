"""How pairs of State records agree, many pairs at once: one column of numbers for each comparison."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler

from msixlite.domain.matching_columns import Columns, Floats, Ints, Vocabulary, WordTable, places_of

Mask = NDArray[np.bool_]
Alike = Mapping[str, Floats]
SAME, NICKNAME, SOUND, ONE_EDIT, CUT_SHORT, LOOSE, GENDER, INITIAL = 1.0, 0.94, 0.92, 0.88, 0.82, 0.7, 0.6, 0.5
"""How alike two words are: equal; pet name; heard the same; one slip; one begins or ends the other; two slips;
his and hers (Juan, Juana); first letter only."""
LETTER_A = ord("a")
UNKNOWN = -1.0
"""Stands where one of the two records does not tell."""


REMEMBERED = 3_000_000
"""Pairs of words whose likeness is remembered."""


class Words:
    """How alike words of one vocabulary are. Remembers what it has found."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._found: dict[int, float] = {}

    def each(self, first: NDArray[np.int32], second: NDArray[np.int32]) -> Floats:
        """Likeness of words by their numbers, row by row each with each; 0 where either is missing."""
        sides = np.broadcast_arrays(first[:, :, None], second[:, None, :])
        return self.alike(*(side.ravel() for side in sides)).reshape(sides[0].shape)

    def alike(self, first: NDArray[np.int32], second: NDArray[np.int32]) -> Floats:
        """Likeness of words by their numbers, side by side; 0 where either is missing."""
        result = np.zeros(len(first), dtype=np.float32)
        result[(first == second) & (first != 0)] = SAME
        open_at = np.nonzero((first != second) & (first != 0) & (second != 0))[0]
        if open_at.size:
            result[open_at] = self._unequal(first[open_at], second[open_at])
        return result

    def _unequal(self, a: NDArray[np.int32], b: NDArray[np.int32]) -> Floats:
        table = self.vocabulary.table()
        found = np.zeros(len(a), dtype=np.float32)
        letters = table.letters[a], table.letters[b]
        shared = np.bitwise_count(letters[0] & letters[1])
        fewest = np.minimum(np.bitwise_count(letters[0]), np.bitwise_count(letters[1]))
        shortest = np.minimum(table.length[a], table.length[b])
        close = np.nonzero((shared * 5 >= fewest * 2) & (shortest > 1))[0]
        found[close] = self._spelled(a[close], b[close])
        heard = np.nonzero((table.sound[a] == table.sound[b]) & (shortest > 1))[0]
        his_and_hers = (table.last[a[heard]] == LETTER_A) != (table.last[b[heard]] == LETTER_A)
        found[heard] = np.where(his_and_hers, GENDER, np.maximum(found[heard], SOUND))
        found[(shortest == 1) & (table.first[a] == table.first[b])] = INITIAL
        named = np.nonzero(table.has_nickname[a] & table.has_nickname[b])[0]
        short = named[(table.nicknames[a[named]] & table.nicknames[b[named]]).any(axis=1)]
        found[short] = np.maximum(found[short], NICKNAME)
        return found

    def _spelled(self, a: NDArray[np.int32], b: NDArray[np.int32]) -> Floats:
        """Likeness of pairs of different words by their letters: each pair of words is looked at once."""
        low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
        pairs, places = np.unique(low << 32 | high, return_inverse=True)
        if len(self._found) > REMEMBERED:
            self._found.clear()
        known, spelling = self._found, self.vocabulary.words
        values = np.empty(len(pairs), dtype=np.float32)
        for index, pair in enumerate(pairs.tolist()):
            value = known.get(pair)
            if value is None:
                value = known[pair] = spelled_alike(spelling[pair >> 32], spelling[pair & 0xFFFFFFFF])
            values[index] = value
        return values[places]


def spelled_alike(a: str, b: str) -> float:
    """Likeness of two different words by their letters alone."""
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    if longer == shorter + "a" or (a[:-1] == b[:-1] and {a[-1], b[-1]} == {"a", "o"}):
        return GENDER
    if len(shorter) >= 3 and (longer.startswith(shorter) or (len(shorter) >= 4 and longer.endswith(shorter))):
        return CUT_SHORT
    edits = OSA.distance(a, b, score_cutoff=3)
    if edits == 1 and len(longer) >= 4:
        return ONE_EDIT
    if (edits == 2 and len(shorter) >= 6) or (edits == 1 and len(longer) == 3):
        return LOOSE
    similar = JaroWinkler.similarity(a, b)
    return LOOSE if similar >= 0.9 and len(shorter) >= 4 else max(0.0, min(0.6, (similar - 0.5) * 1.2))


def compare(left: Columns, right: Columns, words: Words, children: float) -> Floats:
    """Compare row by row: pairs by `FEATURES`. `children`: among how many the pairs were found."""
    table = left.vocabulary.table()
    alike = _words_alike(left, right, words)
    found = {
        **_dates(left, right),
        **_names(left, right, alike, table),
        **_parents(left, right, alike, table),
        **_birth(left, right, alike),
        **_rest(left, right),
        "population": np.full(len(left.numbers), np.log2(children), dtype=np.float32),
    }
    return np.stack([found[name] for name in FEATURES], axis=1)


NAMES, PARENTS = ("given", "surnames"), ("mother", "father")
PARENTS_SURNAMES = ("mother_surnames", "father_surnames")
BESIDE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "names": (NAMES, NAMES),
    "joined": (("joined",), ("joined",)),
    "joined_right": (("surnames",), ("joined",)),
    "joined_left": (("joined",), ("surnames",)),
    "given_joined_right": (("given",), ("joined_given",)),
    "given_joined_left": (("joined_given",), ("given",)),
    "parents": (PARENTS, PARENTS),
    "told_right": (("surnames",), PARENTS_SURNAMES),
    "told_left": (PARENTS_SURNAMES, ("surnames",)),
    "mother_surnames": (("mother_surnames",), ("mother_surnames",)),
    "father_surnames": (("father_surnames",), ("father_surnames",)),
    "city": (("city",), ("city",)),
}
"""Comparison of words → the columns of the left and of the right record that are compared each with each."""


def _places() -> tuple[NDArray[np.intp], NDArray[np.intp], dict[str, tuple[int, int, int]]]:
    """The numbers of both records that stand side by side, and where each comparison begins: place, height, width."""
    lefts: list[int] = []
    rights: list[int] = []
    shapes = {}
    for name, (left, right) in BESIDE.items():
        one, other = places_of(left), places_of(right)
        shapes[name] = (len(lefts), len(one), len(other))
        lefts += [place for place in one for _ in other]
        rights += other * len(one)
    return np.array(lefts, dtype=np.intp), np.array(rights, dtype=np.intp), shapes


_LEFT, _RIGHT, _SHAPES = _places()


def _words_alike(left: Columns, right: Columns, words: Words) -> dict[str, Floats]:
    """Likeness of all words that are compared: pairs by words of the left by words of the right record.

    All are looked up together: for a few pairs the calls cost more than the comparing.
    """
    first, second = left.numbers.take(_LEFT, axis=1), right.numbers.take(_RIGHT, axis=1)
    found = words.alike(first.ravel(), second.ravel()).reshape(first.shape)
    return {
        name: found[:, start : start + height * width].reshape(-1, height, width)
        for name, (start, height, width) in _SHAPES.items()
    }


def signs(left: Columns, right: Columns) -> Ints:
    """How many things a pair of State records has in common at first sight.

    The birth date counts two, parents of whom nothing is told one.
    """
    stem = left.vocabulary.table().stem

    def met(one: str, other: str) -> Mask:
        a, b = stem[left[one]], stem[right[other]]
        return np.asarray(((a[:, :, None] == b[:, None, :]) & (a[:, :, None] != 0)).any(axis=(1, 2)))

    parts = [(_only(left, part) == _only(right, part)).astype(np.int32) for part in ("year", "month", "day")]
    turned = (_only(left, "month") == _only(right, "day")) & (_only(left, "day") == _only(right, "month"))
    dates = np.maximum(parts[0] + parts[1] + parts[2] - 1, turned)
    names = met("given", "given").astype(np.int32) + met("surnames", "surnames")
    crossed = met("given", "surnames") | met("surnames", "given")
    parents = met("mother", "mother").astype(np.int32) + met("father", "father")
    crossed_parents = met("mother", "father") | met("father", "mother")
    silent = [(_only(side, "mother") == 0) & (_only(side, "father") == 0) for side in (left, right)]
    about_parents = np.where(silent[0] | silent[1], 1, np.maximum(parents, crossed_parents))
    return np.asarray(dates + np.maximum(names, crossed) + about_parents + met("city", "city"))


def _only(columns: Columns, name: str) -> NDArray[np.int32]:
    return columns[name][:, 0]


def _dates(left: Columns, right: Columns) -> dict[str, Floats]:
    """date: 1 equal, .9 day and month swapped, .8 one digit, .75 a day or month off, .7 a year off, .6 two digits
    turned, .5 placeholder of the same year, .4 two slips, .2 same year, 0 else; -1 unknown."""
    year, month, day = ((_only(left, part), _only(right, part)) for part in ("year", "month", "day"))
    same_year, same_month, same_day = year[0] == year[1], month[0] == month[1], day[0] == day[1]
    slips = _digits_apart(*year, 4) + _digits_apart(*month, 2) + _digits_apart(*day, 2)
    first = [(month[side] == 1) & (day[side] == 1) for side in (0, 1)]
    one_unit = (
        same_year & same_month & (abs(day[0] - day[1]) == 1),
        same_year & same_day & (abs(month[0] - month[1]) % 10 == 1),
    )
    levels: list[tuple[Mask, float]] = [
        (same_year, 0.2),
        ((slips == 2) & (same_year | (same_month & same_day)), 0.4),
        (same_year & (first[0] | first[1] | (same_month & ((day[0] == 1) | (day[1] == 1)))), 0.5),
        (same_year & same_month & (day[0] // 10 == day[1] % 10) & (day[0] % 10 == day[1] // 10), 0.6),
        ((abs(year[0] - year[1]) == 1) & same_month & same_day, 0.7),
        (one_unit[0] | one_unit[1], 0.75),
        (slips == 1, 0.8),
        (same_year & (month[0] == day[1]) & (day[0] == month[1]), 0.9),
        (same_year & same_month & same_day, 1.0),
        ((year[0] == 0) | (year[1] == 0), UNKNOWN),
    ]
    date = np.zeros(len(slips), dtype=np.float32)
    for where, level in levels:
        date[where] = level
    placeholder = np.where(first[0] & first[1], 2.0, np.where(same_day & (day[0] == 1), 1.0, 0.0))
    return {
        "date": date,
        "placeholder": placeholder.astype(np.float32),
        "years_apart": abs(year[0] - year[1]).clip(0, 5).astype(np.float32),
    }


def _digits_apart(a: NDArray[np.int32], b: NDArray[np.int32], width: int) -> NDArray[np.int32]:
    """How many decimal digits differ."""
    apart = np.zeros(len(a), dtype=np.int32)
    for power in range(width):
        apart += (a // 10**power) % 10 != (b // 10**power) % 10
    return apart


def _names(left: Columns, right: Columns, found: Alike, table: WordTable) -> dict[str, Floats]:
    """Given names and surnames, word by word, each also against the other kind."""
    given, surnames = (left["given"], right["given"]), (left["surnames"], right["surnames"])
    width = given[0].shape[1]
    everything = [np.concatenate([given[side], surnames[side]], axis=1) for side in (0, 1)]
    alike = found["names"]
    lengths = [table.length[some] for some in everything]
    bits = np.minimum(table.bits[everything[0]][:, :, None], table.bits[everything[1]][:, None, :])
    worth = alike * (bits - 4.0 * (alike < 1))
    within_given, within_surnames = alike[:, :width, :width], alike[:, width:, width:]
    joined = np.maximum.reduce([found[name].max(axis=(1, 2)) for name in ("joined", "joined_right", "joined_left")])
    joined_given = np.maximum(found["given_joined_left"].max(axis=(1, 2)), found["given_joined_right"].max(axis=(1, 2)))
    full = [(lengths[side] > 1) for side in (0, 1)]
    best = [np.maximum(alike.max(axis=2), 0), np.maximum(alike.max(axis=1), 0)]
    open_given = [(full[side][:, :width] & (best[side][:, :width] < INITIAL)).sum(axis=1) for side in (0, 1)]
    open_surnames = [(full[side][:, width:] & (best[side][:, width:] < INITIAL)).sum(axis=1) for side in (0, 1)]
    crossed = [alike[:, :width, width:].max(axis=(1, 2)), alike[:, width:, :width].max(axis=(1, 2))]
    counts = [[(some != 0).sum(axis=1) for some in kind] for kind in (given, surnames)]
    return _floats(
        given=np.maximum(within_given.max(axis=(1, 2)), joined_given),
        given_first=within_given[:, 0, 0],
        given_second=np.where((given[0][:, 1] == 0) | (given[1][:, 1] == 0), UNKNOWN, within_given[:, 1, 1]),
        given_bits=worth[:, :width, :width].max(axis=2).sum(axis=1),
        given_open=np.minimum(*open_given),
        given_open_most=np.maximum(*open_given),
        given_count=np.minimum(*counts[0]),
        surname=within_surnames.max(axis=(1, 2)),
        surname_first=within_surnames[:, 0, 0],
        surname_second=np.where((surnames[0][:, 1] == 0) | (surnames[1][:, 1] == 0), UNKNOWN, within_surnames[:, 1, 1]),
        surname_bits=worth[:, width:, width:].max(axis=2).sum(axis=1),
        surname_open=np.minimum(*open_surnames),
        surname_open_most=np.maximum(*open_surnames),
        surname_count=np.minimum(*counts[1]),
        joined=joined,
        crossed=np.maximum(*crossed),
        crossed_both=np.minimum(*crossed),
        crossed_bits=np.maximum(worth[:, :width, width:].max(axis=(1, 2)), worth[:, width:, :width].max(axis=(1, 2))),
        name_bits=np.minimum(worth.max(axis=2).sum(axis=1), worth.max(axis=1).sum(axis=1)),
        slips=((best[0] > INITIAL) & (best[0] < 1)).sum(axis=1) + ((best[1] > INITIAL) & (best[1] < 1)).sum(axis=1),
    )


def _parents(left: Columns, right: Columns, found: Alike, table: WordTable) -> dict[str, Floats]:
    """Mother and father by given name and surname, also crosswise, and the child's surnames among theirs."""
    mother, father = (left["mother"], right["mother"]), (left["father"], right["father"])
    parents = [np.concatenate([mother[side], father[side]], axis=1) for side in (0, 1)]
    alike = found["parents"]
    bits = np.minimum(table.bits[parents[0]][:, :, None], table.bits[parents[1]][:, None, :])
    straight = alike * (bits - 3.0 * (alike < 1))
    theirs = [np.concatenate([side["mother_surnames"], side["father_surnames"]], axis=1) for side in (left, right)]
    explained = [_explained(found["told_right"], theirs[1]), _explained(found["told_left"], theirs[0])]
    return _floats(
        mother=_known(alike[:, 0, 0], mother),
        father=_known(alike[:, 1, 1], father),
        parents_crossed=np.maximum(alike[:, 0, 1], alike[:, 1, 0]),
        parent_bits=straight.max(axis=2).sum(axis=1),
        mother_surname=_known_words(found["mother_surnames"], left["mother_surnames"], right["mother_surnames"]),
        father_surname=_known_words(found["father_surnames"], left["father_surnames"], right["father_surnames"]),
        surname_told=np.maximum(*explained),
        surname_told_both=np.minimum(*explained),
    )


def _explained(told: Floats, theirs: NDArray[np.int32]) -> Floats:
    """How well the child's surnames stand among the other record's parents' surnames; -1 where these are missing."""
    best = told.max(axis=(1, 2))
    return np.where((theirs != 0).any(axis=1), best, UNKNOWN).astype(np.float32)


def _known(alike: Floats, sides: tuple[NDArray[np.int32], NDArray[np.int32]]) -> Floats:
    return np.where((sides[0][:, 0] == 0) | (sides[1][:, 0] == 0), UNKNOWN, alike).astype(np.float32)


def _known_words(alike: Floats, a: NDArray[np.int32], b: NDArray[np.int32]) -> Floats:
    return _known(alike.max(axis=(1, 2)), (a, b))


def _birth(left: Columns, right: Columns, found: Alike) -> dict[str, Floats]:
    return _floats(
        city=_known(found["city"][:, 0, 0], (left["city"], right["city"])),
        area=_equal(left["area"], right["area"]),
        country=_equal(left["country"], right["country"]),
    )


def _rest(left: Columns, right: Columns) -> dict[str, Floats]:
    generation = (left["generation"], right["generation"])
    multiple = (_only(left, "multiple"), _only(right, "multiple"))
    return _floats(
        sex=_equal(left["gender"], right["gender"]),
        suffix=np.where((generation[0][:, 0] != 0) != (generation[1][:, 0] != 0), 0.5, _equal(*generation)),
        multiple=(multiple[0] == 2) * 1.0 + (multiple[1] == 2),
        same_state=(_only(left, "state") == _only(right, "state")) * 1.0,
    )


def _equal(a: NDArray[np.int32], b: NDArray[np.int32]) -> Floats:
    """1 equal, 0 different, -1 unknown."""
    return _known((a[:, 0] == b[:, 0]).astype(np.float32), (a, b))


def _floats(**columns: NDArray[Any]) -> dict[str, Floats]:
    return {name: column.astype(np.float32) for name, column in columns.items()}


FEATURES: tuple[str, ...] = (
    "date", "placeholder", "years_apart",
    "given", "given_first", "given_second", "given_bits", "given_open", "given_open_most", "given_count",
    "surname", "surname_first", "surname_second", "surname_bits", "surname_open", "surname_open_most",
    "surname_count", "joined", "crossed", "crossed_both", "crossed_bits", "name_bits", "slips",
    "mother", "father", "parents_crossed", "parent_bits", "mother_surname", "father_surname",
    "surname_told", "surname_told_both",
    "city", "area", "country",
    "sex", "suffix", "multiple", "same_state", "population",
)  # fmt: skip
