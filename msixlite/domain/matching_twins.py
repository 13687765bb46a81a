"""Twins whom State records do not tell apart: which pairs within a group must wait for a person.

Twins share date, surnames, parents and birthplace; the given names alone tell them apart. Where twins are known of,
and one record tells a given name that the other leaves out, the two may be one child or two: María, and María Elena,
who has a sister María José. Nothing in these two records can say which, but the other records can: where a child of
another first name was born to the same family on that day, the twin is found, and it is neither of these. Rules only.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from msixlite.domain.matching_columns import NOT_REPORTED, TWINS_REPORTED, Columns
from msixlite.domain.matching_comparisons import FEATURES, INITIAL, LOOSE, SOUND, Words
from msixlite.domain.matching_identity import Identity
from msixlite.domain.matching_scoring import Places, Scorer

Mask = NDArray[np.bool_]
_AT = {name: index for index, name in enumerate(FEATURES)}
_PARENTS = [_AT[name] for name in ("mother", "father", "parents_crossed")]


@dataclass(frozen=True)
class Within:
    """All pairs within groups of records: the rows of each, and the number of its group."""

    low: Places
    high: Places
    group: Places

    def only(self, chosen: Mask | Places) -> "Within":
        return Within(self.low[chosen], self.high[chosen], self.group[chosen])


def may_know(group: Sequence[Identity]) -> bool:
    """Whether State records may tell of twins: one reports them, or two States have two records of one birth date."""
    if any(one.multiple_birth for one in group):
        return True
    counted = Counter((one.state_code, one.birth_date) for one in group)
    return len({state for (state, _born), count in counted.items() if count > 1}) > 1


def unclear(records: Columns, pairs: Within, alike: Mask, scorer: Scorer) -> Mask:
    """Pair → whether it would link, by `alike`, but may be two twins.

    So it is in a group that knows of twins where one record tells a given name that the other does not, or where both
    tell less than some third one of the group, whose child or whose twin each of them may be; unless the twin is found.
    """
    held = np.zeros(len(pairs.low), dtype=np.bool_)
    told = np.nonzero(_know_of_twins(records, pairs, scorer.words)[pairs.group])[0]
    some = pairs.only(told)
    low_less, high_less = _tell_less(records, some, scorer.words)
    fits_both = np.zeros(len(records.numbers), dtype=np.bool_)
    fits_both[some.low[low_less & ~high_less]] = fits_both[some.high[high_less & ~low_less]] = True
    open_at = np.nonzero(alike[told] & (low_less | high_less | (fits_both[some.low] & fits_both[some.high])))[0]
    held[told[open_at]] = ~_twin_found(records, pairs, some.only(open_at), scorer)
    return held


def _know_of_twins(records: Columns, pairs: Within, words: Words) -> Mask:
    """Group → whether its records tell of twins: as many report them as deny them, or two States each have two records
    of one birth date, which given names tell apart."""
    size = int(pairs.group.max(initial=-1)) + 1
    members = np.unique(np.stack([np.tile(pairs.group, 2), np.concatenate([pairs.low, pairs.high])]), axis=1)
    told = records["multiple"][members[1], 0]
    yes, no = (np.bincount(members[0][told == answer], minlength=size) for answer in (TWINS_REPORTED, NOT_REPORTED))
    state, born = records["state"][:, 0], _born(records)
    double = (state[pairs.low] == state[pairs.high]) & (born[pairs.low] == born[pairs.high]) & (born[pairs.low] > 0)
    some = pairs.only(np.nonzero(double)[0])
    apart = np.logical_or(*_tell_less(records, some, words))
    where = np.unique(np.stack([some.group[apart], state[some.low[apart]]]), axis=1)
    return np.asarray(((yes > 0) & (yes >= no)) | (np.bincount(where[0], minlength=size) > 1))


def _tell_less(records: Columns, pairs: Within, words: Words) -> tuple[Mask, Mask]:
    """Pair → whether its lower, and its higher row lacks a given name that the other tells."""
    left, right = records.rows(pairs.low), records.rows(pairs.high)
    return _lacks(left, right, words), _lacks(right, left, words)


def _lacks(one: Columns, other: Columns, words: Words) -> Mask:
    """Whether a given name of the other stands nowhere among the one's names, not as initial or pet name either."""
    given = other["given"]
    mine = np.concatenate([one[name] for name in ("given", "surnames", "joined", "joined_given")], axis=1)
    found = words.each(given, mine)
    joined = words.each(one["joined_given"], other["joined_given"])[:, :, 0] >= SOUND
    length = words.vocabulary.table().length
    initial = np.minimum(length[given][:, :, None], length[mine][:, None, :]) == 1
    there = ((found >= SOUND) | (initial & (found == INITIAL))).any(axis=2)
    return np.asarray(((given != 0) & ~there & ~joined).any(axis=1))


def _twin_found(records: Columns, pairs: Within, some: Within, scorer: Scorer) -> Mask:
    """Of some of the pairs, whether a record of their group's day and family is of another first name than both."""
    concerned = pairs.only(np.isin(pairs.group, some.group))
    of_group = np.full(len(records.numbers), -1, dtype=np.int64)
    of_group[concerned.low], of_group[concerned.high] = concerned.group, concerned.group
    rows, others = _of_one_day_and_surname(records, np.nonzero(of_group >= 0)[0])
    family = _one_family(scorer, records.rows(rows), records.rows(others))
    found = np.unique(np.stack([of_group[rows[family]], others[family]]), axis=1)
    at, place = _ranges(found[0], some.group)
    named = [
        _first_names_differ(records.rows(side[place]), records.rows(found[1][at]), scorer.words)
        for side in (some.low, some.high)
    ]
    twin = np.zeros(len(some.low), dtype=np.bool_)
    twin[place[named[0] & named[1]]] = True
    return twin


def _ranges(ordered: Places, wanted: Places) -> tuple[Places, Places]:
    """Where each wanted value stands among the ordered ones: the places there, and the place of the wanted value."""
    first, last = np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right")
    times = last - first
    before = np.cumsum(times) - times
    return np.repeat(first - before, times) + np.arange(times.sum()), np.repeat(np.arange(len(wanted)), times)


def _of_one_day_and_surname(records: Columns, asked: Places) -> tuple[Places, Places]:
    """Each asked row with every other that was born on the same day and has a surname that begins like one of its."""
    born = _born(records)
    keys, rows = _keys(records, born, np.nonzero(np.isin(born, born[asked]))[0])
    wanted, askers = _keys(records, born, asked)
    order = np.argsort(keys, kind="stable")
    at, place = _ranges(keys[order], wanted)
    return askers[place], rows[order][at]


def _keys(records: Columns, born: Places, rows: Places) -> tuple[Places, Places]:
    """Day and beginning of each surname as numbers, and the row that has them."""
    surnames = records["surnames"][rows]
    keys = born[rows][:, None] << 32 | records.vocabulary.table().stem[surnames].astype(np.int64)
    there = (surnames != 0) & (born[rows] > 0)[:, None]
    return keys[there], np.broadcast_to(rows[:, None], keys.shape)[there]


def _first_names_differ(left: Columns, right: Columns, words: Words) -> Mask:
    """Whether both have a first given name, and neither stands among the given names of the other."""
    first, other = left["given"][:, :1], right["given"][:, :1]
    alike = [words.each(*sides).max(axis=(1, 2)) for sides in ((first, right["given"]), (other, left["given"]))]
    unlike = np.maximum(*alike) < INITIAL
    return np.asarray((first[:, 0] != 0) & (other[:, 0] != 0) & unlike)


def _one_family(scorer: Scorer, left: Columns, right: Columns) -> Mask:
    """Whether a surname and a parent agree; where no parent is told in both, the birthplace or the State instead."""
    compared = scorer.compared(left, right)
    unknown = compared[:, [_AT["mother"], _AT["father"]]].max(axis=1) < 0
    placed = (compared[:, _AT["city"]] >= LOOSE) | (compared[:, _AT["same_state"]] > 0)
    parents = compared[:, _PARENTS].max(axis=1) >= LOOSE
    return np.asarray((compared[:, _AT["surname"]] >= LOOSE) & (parents | (unknown & placed)))


def _born(records: Columns) -> Places:
    """Row → its birth date as one number, 0 where it is not known."""
    year, month, day = (records[part][:, 0].astype(np.int64) for part in ("year", "month", "day"))
    return year * 10_000 + month * 100 + day
