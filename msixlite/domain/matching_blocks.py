"""Keys under which State records of one child meet, however they were misspelt.

`matching_pairs` makes the same keys as numbers, for many State records at once: a change here is a change there.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

from msixlite.domain import names
from msixlite.domain.matching_identity import Identity

_VOWELS = re.compile("[aeiou]")
FIRST_LETTERS = 3
LONGEST = 60
"""Characters of the key's column in the database."""


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
        keys += _silent_keys(identity, given, surnames, heard)
    if identity.birth_date is not None:
        keys += _dated_keys(identity, given, surnames, heard)
    return frozenset([key[:LONGEST] for key in keys])


def _silent_keys(
    identity: Identity, given: tuple[str, ...], surnames: tuple[str, ...], heard: list[str]
) -> Iterable[str]:
    """Of a record that tells no parent."""
    for first, last in product(heard[:1], map(skeleton, surnames)):
        pair = f"{first}:{last}" if first < last else f"{last}:{first}"
        yield f"n{pair}:{identity.area}"
    for word in (*given[:1], *surnames[:1]):
        if identity.city:
            yield f"n{skeleton(word)}:{identity.city[:4]}"
    for first, last in product(given[:1], surnames[:1]):
        low, high = sorted((first[:4], last[:4]))
        yield f"n{low}:{high}:{identity.area}"
    if identity.birth_date is not None:
        yield f"n{identity.birth_date}"


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
