"""The pairs of many State records that share a key: the keys of `matching_blocks` as numbers, column by column."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from msixlite.domain.matching_blocks import FIRST_LETTERS, skeleton
from msixlite.domain.matching_columns import Columns
from msixlite.domain.matching_comparisons import signs

Key = NDArray[np.uint64]
Rows = NDArray[np.int64]
LARGEST_BLOCK = 400
"""A key that more State records share brings no pairs: it is too usual to tell anything."""
TOGETHER = 500_000
"""Pairs that are made, or looked at, at once."""
MANY = 400_000
"""Records from which a pair must share two keys, or more than the key: chance pairs grow with the square."""
FEWEST_SIGNS = 3
"""Things in common at first sight without which a pair is not compared."""
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(31)


class _Forms(NamedTuple):
    """Numbers of what keys take of each word, by the word's number; 0 where there is no word."""

    heard: Rows
    heard_4: Rows
    start_3: Rows
    start_4: Rows


def pairs(records: Columns) -> tuple[Rows, Rows]:
    """Each pair of records that share a key, once: the lower and the higher row."""
    _, rows, starts, sizes = _blocks(records)
    made = [
        pair
        for size in np.unique(sizes).tolist()
        if 2 <= size <= LARGEST_BLOCK
        for pair in _pairs_of_blocks(rows, starts[sizes == size], size)
    ]
    del rows, starts, sizes
    both = np.concatenate(made) if made else np.empty(0, dtype=np.int64)
    del made
    both.sort()
    first = np.nonzero(np.diff(both, prepend=-1))[0]
    shared, both = np.diff(first, append=len(both)), both[first]
    low, high = both >> 32, both & 0xFFFFFFFF
    if len(records.numbers) < MANY:
        return low, high
    kept = (shared > 1) | _alike_at_first_sight(records, low, high, shared)
    return low[kept], high[kept]


def _alike_at_first_sight(records: Columns, low: Rows, high: Rows, shared: Rows) -> NDArray[np.bool_]:
    """Whether pairs that share one key have more in common than what the key is made of."""
    alike = np.zeros(len(low), dtype=np.bool_)
    once = np.nonzero(shared == 1)[0]
    for start in range(0, len(once), TOGETHER):
        some = once[start : start + TOGETHER]
        alike[some] = signs(records.rows(low[some]), records.rows(high[some])) > FEWEST_SIGNS
    return alike


def shared_keys(records: Columns) -> tuple[Key, Rows]:
    """The keys that bring pairs, each with a record that has it; in the order of the records, each once."""
    keys, rows, _starts, sizes = _blocks(records)
    kept = np.repeat((sizes >= 2) & (sizes <= LARGEST_BLOCK), sizes)
    both = np.unique(np.stack([rows[kept].astype(np.uint64), keys[kept]], axis=1), axis=0)
    return np.ascontiguousarray(both[:, 1]), both[:, 0].astype(np.int64)


def _blocks(records: Columns) -> tuple[Key, NDArray[np.int32], NDArray[np.intp], NDArray[np.intp]]:
    """All keys in order with their rows, and where each block begins and how many it holds."""
    found = list(_keys(records))
    keys = np.concatenate([key for key, _ in found])
    rows = np.concatenate([row for _, row in found])
    del found
    order = np.argsort(keys).astype(np.int32)
    keys, rows = keys[order], rows[order]
    starts = np.nonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))[0]
    return keys, rows, starts, np.diff(starts, append=len(keys))


def _pairs_of_blocks(rows: NDArray[np.int32], starts: NDArray[np.intp], size: int) -> Iterator[Rows]:
    """All pairs within blocks of one size, as low << 32 | high."""
    first, second = np.triu_indices(size, 1)
    step = max(1, TOGETHER // len(first))
    for begin in range(0, len(starts), step):
        members = rows[starts[begin : begin + step, None] + np.arange(size)].astype(np.int64)
        a, b = members[:, first].ravel(), members[:, second].ravel()
        two = a != b
        yield np.minimum(a, b)[two] << 32 | np.maximum(a, b)[two]


def _keys(records: Columns) -> Iterator[tuple[Key, NDArray[np.int32]]]:
    """Each kind of key of all the records that have it, and their rows."""
    rows = np.arange(len(records.numbers), dtype=np.int32)
    for letter, parts, there in _kinds(records):
        if there.any():
            yield _mixed(letter, [part[there] for part in parts]), rows[there]


def _mixed(letter: str, parts: list[NDArray[np.integer]]) -> Key:
    key = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in (np.full(len(key), ord(letter)), *parts):
        key = (key ^ part.astype(np.uint64)) * _ODD
        key ^= key >> _SHIFT
    return key


Kind = tuple[str, tuple[NDArray[np.integer], ...], NDArray[np.bool_]]


def _kinds(records: Columns) -> Iterator[Kind]:
    """As `matching_blocks.block_keys`: the first letter, what the key is made of, and which records have it."""
    forms = _forms(records.vocabulary.words)
    given, surnames = list(records["given"].T), list(records["surnames"].T)
    mother, father, city, area = (records[name][:, 0] for name in ("mother", "father", "city", "area"))
    for parent, first, last in product((mother, father), given[:2], surnames):
        yield "a", (forms.heard_4[first], forms.start_4[last], forms.start_4[parent]), _all(parent, first, last)
    for first in given[:2]:
        yield "b", (mother, father, forms.start_3[first]), _all(mother, father, first)
    silent = (mother == 0) & (father == 0)
    for last in surnames:
        yield "n", (*_ordered(forms.heard[given[0]], forms.heard[last]), area), silent & _all(given[0], last)
    for word in (given[0], surnames[0]):
        yield "n", (forms.heard[word], forms.start_4[city]), silent & _all(word, city)
    starts = _ordered(forms.start_4[given[0]], forms.start_4[surnames[0]])
    yield "n", (*starts, area), silent & _all(given[0], surnames[0])
    yield from _dated_kinds(records, forms, silent)


def _dated_kinds(records: Columns, forms: _Forms, silent: NDArray[np.bool_]) -> Iterator[Kind]:
    given, surnames = list(records["given"].T), list(records["surnames"].T)
    mother, father, city, area = (records[name][:, 0] for name in ("mother", "father", "city", "area"))
    year, month, of_month = (records[name][:, 0] for name in ("year", "month", "day"))
    day, dated = year * 10_000 + month * 100 + of_month, year != 0
    turned = np.minimum(month, of_month) * 100 + np.maximum(month, of_month)
    sound = records.vocabulary.table().sound
    yield "n", (day,), silent & dated
    for word in (*given, *surnames):
        yield "d", (day, forms.start_3[word]), dated & _all(word)
    for parent in (mother, father):
        yield "m", (day, sound[parent]), dated & _all(parent)
    for first in given[:2]:
        yield "s", (year, turned, forms.heard[first]), dated & _all(first)
    yield "c", (day, city, records["gender"][:, 0]), dated & _all(city)
    for first, parent in product(given[:2], (mother, father)):
        yield "p", (year, forms.heard[first], sound[parent], area), dated & _all(first, parent, area)
    for first, last in product(given[:2], surnames):
        heard, there = _ordered(forms.heard[first], forms.heard[last]), dated & _all(first, last)
        yield "y", (year, *heard), there
        yield "t", (turned, *heard), there
    starts = _ordered(forms.start_3[given[0]], forms.start_3[surnames[0]])
    for number, parts in enumerate(((year, month), (year, of_month), (month, of_month))):
        yield "x", (np.full(len(year), number), *parts, *starts), dated & _all(given[0], surnames[0])


def _all(*words: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether the record has all of these words."""
    return np.asarray(np.logical_and.reduce([word != 0 for word in words]))


def _ordered(a: Rows, b: Rows) -> tuple[Rows, Rows]:
    return np.minimum(a, b), np.maximum(a, b)


def _forms(words: list[str]) -> _Forms:
    numbers: dict[str, int] = {"": 0}

    def column(texts: list[str]) -> Rows:
        return np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)

    heard = [skeleton(word) for word in words]
    return _Forms(
        column(heard),
        column([text[:4] for text in heard]),
        column([word[:FIRST_LETTERS] for word in words]),
        column([word[:4] for word in words]),
    )
