"""Keys under which State records of one child meet, however they were misspelt, and the pairs that they bring."""

import re
from array import array
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from msixlite.domain import names
from msixlite.domain.matching_identity import Identity

_VOWELS = re.compile("[aeiou]")
FIRST_LETTERS = 3
LONGEST = 60
"""Characters of the key's column in the database."""
LARGEST_BLOCK = 400
"""A key that more State records share brings no pairs: it is too usual to tell anything."""


def block_keys(identity: Identity) -> frozenset[str]:
    """The keys of one State record. Two records of one child share one in about 995 of 1,000 pairs.

    Each key begins with a letter: a, names and a parent; b, a given name and both parents; n, names and birthplace
    where no parent is known; of those with a date see `_dated_keys`.
    """
    given, surnames = identity.given[:2], identity.surnames[:3]
    mother, father = identity.mother[:1], identity.father[:1]
    heard = [skeleton(word) for word in given]
    keys = [
        f"a{first[:4]}:{last[:4]}:{parent[:4]}"
        for parent in {*mother, *father}
        for first, last in product(heard, surnames)
    ]
    if mother and father:
        keys += [f"b{mother[0]}:{father[0]}:{first[:3]}" for first in given]
    if not (mother or father):
        keys += [f"n{first}:{last}:{identity.area}" for first, last in product(heard[:1], map(skeleton, surnames))]
        keys += [f"n{skeleton(word)}:{identity.city}" for word in (*given[:1], *surnames[:1]) if identity.city]
    if identity.birth_date is not None:
        keys += _dated_keys(identity, given, surnames, heard)
    return frozenset([key[:LONGEST] for key in keys])


def _dated_keys(
    identity: Identity, given: tuple[str, ...], surnames: tuple[str, ...], heard: list[str]
) -> Iterable[str]:
    """d: date and first letters of a name; m: date and a parent; c: date, city and sex; s: date with day and month in
    either place, and a given name; y: year and names; p: year, given name, parent, area; t: day, month and names; x:
    two parts of the date and first letters of names. Names stand in either order, so that swapped ones meet."""
    day = str(identity.birth_date)
    year, month, of_month = day[:4], day[5:7], day[8:]
    turned = month + of_month if month < of_month else of_month + month
    parents = {*identity.mother[:1], *identity.father[:1]}
    keys = [f"d{day}:{word[:FIRST_LETTERS]}" for word in (*identity.given[:3], *surnames)]
    keys += [f"m{day}:{names.sound(parent)}" for parent in parents]
    keys += [f"s{year}{turned}:{first}" for first in heard]
    if identity.city:
        keys.append(f"c{day}:{identity.city}:{identity.gender}")
    if identity.area:
        keys += [f"p{year}:{first}:{names.sound(parent)}:{identity.area}" for first in heard for parent in parents]
    for first, last in product(heard, map(skeleton, surnames)):
        pair = f"{first}:{last}" if first < last else f"{last}:{first}"
        keys += (f"y{year}:{pair}", f"t{turned}:{pair}")
    if given and surnames:
        low, high = sorted((given[0][:FIRST_LETTERS], surnames[0][:FIRST_LETTERS]))
        keys += [f"x{parts}:{low}:{high}" for parts in (f"{year}{month}", f"{year}-{of_month}", f"{month}{of_month}")]
    return keys


@lru_cache(maxsize=200_000)
def skeleton(word: str) -> str:
    """The consonants that are heard, after the first letter: emily = emely."""
    heard = names.sound(word)
    return heard[:1] + _VOWELS.sub("", heard[1:]) if len(heard) > 2 else heard


class Blocks:
    """The keys of many State records, as numbers, to find all pairs that share one."""

    def __init__(self) -> None:
        self._keys, self._records = array("q"), array("i")

    def add(self, record: int, keys: Iterable[str]) -> None:
        numbers = [hash(key) for key in keys]
        self._keys.extend(numbers)
        self._records.extend([record] * len(numbers))

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Each pair of records that share a key, once: the lower and the higher record."""
        keys = np.frombuffer(self._keys, dtype=np.int64)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        records = np.frombuffer(self._records, dtype=np.int32)[order].astype(np.int64)
        starts = np.nonzero(np.diff(keys, prepend=keys[:1] - 1))[0]
        sizes = np.diff(starts, append=len(keys))
        found = [
            _pairs_of_blocks(records, starts[sizes == size], size)
            for size in np.unique(sizes).tolist()
            if 2 <= size <= LARGEST_BLOCK
        ]
        pairs = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
        return pairs >> 32, pairs & 0xFFFFFFFF


def _pairs_of_blocks(records: NDArray[np.int64], starts: NDArray[np.intp], size: int) -> NDArray[np.int64]:
    """All pairs within blocks of one size, as low << 32 | high."""
    members = records[starts[:, None] + np.arange(size)]
    first, second = np.triu_indices(size, 1)
    a, b = members[:, first].ravel(), members[:, second].ravel()
    return np.unique(np.minimum(a, b) << 32 | np.maximum(a, b))
