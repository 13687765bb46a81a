"""Keys under which State records of one child meet, however they were misspelt. Rules only."""

from itertools import product

from msixlite.domain import names
from msixlite.domain.matching_identity import Identity

FIRST_LETTERS = 3
WORDS = 4
"""Given names and surnames beyond these are not used as keys."""


def block_keys(identity: Identity) -> frozenset[str]:
    """The keys of one State record. Two records of one child share one in about 995 of 1,000 pairs."""
    given, surnames = identity.given[:WORDS], identity.surnames[:WORDS]
    parents = {*identity.mother[:1], *identity.father[:1]}
    keys = {f"p{first}:{last}:{parent}" for first, last, parent in product(given[:2], surnames, parents)}
    if identity.birth_date is None:
        return frozenset(key[:60] for key in keys)
    day = identity.birth_date.isoformat()
    year, month, day_of_month = day.split("-")
    low, high = sorted((month, day_of_month))
    keys |= {f"d{day}:{word[:FIRST_LETTERS]}" for word in (*given, *surnames)}
    keys |= {f"m{day}:{names.sound(parent)}" for parent in parents}
    if identity.birth_city:
        keys.add(f"c{day}:{names.fold(identity.birth_city)}:{(identity.sex or '')[:1].upper()}")
    for first in map(names.sound, given[:2]):
        keys.add(f"s{year}{low}{high}:{first}")
        for last in map(names.sound, surnames[:3]):
            keys.add(f"y{year}:{first}:{last}")
            keys.add(f"t{low}{high}:{first}:{last}")
    return frozenset(key[:60] for key in keys)
