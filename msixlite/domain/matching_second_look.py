"""A second look at what stayed apart, where the files themselves show that likeness is no chance in them.

A State has one record of a child. So two records of one State that look alike are two children: twins, namesakes,
chance. How many of them there are, among the records that stayed alone, tells how many of the like pairs of two States
are wrong. Where nearly none are, what stayed apart joins: each with its likest, if that one knows no likelier. Where
there are twins and namesakes, as among real families, nothing joins here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from msixlite.domain.matching_columns import Columns, Floats, Ints
from msixlite.domain.matching_scoring import Guard, Places, Scorer, Scores

WRONG = 0.002
"""Links of 1,000 that may be wrong by what the States' own records tell: 2."""
FLOOR = -7.0
"""Log odds below which nothing is looked at again."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class _Pairs:
    """Pairs of clusters by the pair of records that was scored, the likest first."""

    low: Places
    high: Places
    log_odds: Floats
    guards: NDArray[np.int8]

    def only(self, chosen: Mask) -> "_Pairs":
        return _Pairs(self.low[chosen], self.high[chosen], self.log_odds[chosen], self.guards[chosen])


def join(clusters: Places, records: Columns, low: Places, high: Places, scores: Scores, scorer: Scorer) -> Places:
    """The clusters after the second look; the same where nothing may join."""
    sources = records["state"][:, 0]
    allowed = WRONG * (len(clusters) - len(np.unique(clusters)))
    scale = _pairs_between_to_within(sources)
    if allowed < scale:
        return clusters
    within = sources[low] == sources[high]
    scored = _Pairs(low, high, scores.log_odds, scores.guards)
    apart = _looked_at(scored.only(~within & (clusters[low] != clusters[high])))
    apart = apart.only(~_share_a_source(clusters, sources, apart.low, apart.high))
    twins = scored.only(within & (scores.guards == Guard.TWINS))
    if _one_surname(records, twins.low, twins.high).sum() * scale > allowed:
        apart = apart.only(apart.guards != Guard.TWINS)
    several = _in_several_sources(clusters, sources)
    alone = within & ~several[low] & ~several[high]
    chance = _as_if_of_two_states(records, low[alone], high[alone], scorer)
    like, decoys = _likest_of_each_other(apart, clusters), _likest_of_each_other(chance, clusters)
    chosen = like.only(like.log_odds >= _least(decoys.log_odds, allowed / scale))
    joined = clusters.copy()
    for first, second in zip(clusters[chosen.low].tolist(), clusters[chosen.high].tolist(), strict=True):
        joined[clusters == max(first, second)] = min(first, second)
    return joined


def _pairs_between_to_within(sources: Ints) -> float:
    """How many pairs of records of two States there are for one pair of one State."""
    sizes = np.unique(sources, return_counts=True)[1].astype(np.float64)
    within = float((sizes * (sizes - 1)).sum())
    return (float(sizes.sum()) ** 2 - float((sizes**2).sum())) / within if within else np.inf


def _in_several_sources(clusters: Places, sources: Ints) -> Mask:
    """Record → whether its cluster holds records of two States or more."""
    lowest, highest = (np.full(len(clusters), start, dtype=np.int32) for start in (np.iinfo(np.int32).max, -1))
    np.minimum.at(lowest, clusters, sources)
    np.maximum.at(highest, clusters, sources)
    return np.asarray((lowest != highest)[clusters])


def _share_a_source(clusters: Places, sources: Ints, low: Places, high: Places) -> Mask:
    """Pair → whether one State has a record in both clusters: then they are two children."""
    held: dict[int, set[int]] = {}
    for cluster, source in zip(clusters.tolist(), sources.tolist(), strict=True):
        held.setdefault(cluster, set()).add(source)
    first, second = clusters[low].tolist(), clusters[high].tolist()
    return np.array([not held[a].isdisjoint(held[b]) for a, b in zip(first, second, strict=True)], dtype=np.bool_)


def _as_if_of_two_states(records: Columns, low: Places, high: Places, scorer: Scorer) -> _Pairs:
    scores = scorer.scores(records, low, high, one_state=False)
    return _looked_at(_Pairs(low, high, scores.log_odds, scores.guards))


def _looked_at(pairs: _Pairs) -> _Pairs:
    return pairs.only((pairs.log_odds >= FLOOR) & ~np.isin(pairs.guards, (Guard.SUFFIX, Guard.TWINS_TOLD)))


def _one_surname(records: Columns, low: Places, high: Places) -> Mask:
    a, b = records["surnames"][low], records["surnames"][high]
    return np.asarray(((a[:, :, None] == b[:, None, :]) & (a[:, :, None] != 0)).any(axis=(1, 2)))


def _likest_of_each_other(pairs: _Pairs, clusters: Places) -> _Pairs:
    """The pairs of which each cluster is the other's likest."""
    order = np.argsort(-pairs.log_odds, kind="stable")
    both = list(zip(clusters[pairs.low[order]].tolist(), clusters[pairs.high[order]].tolist(), strict=True))
    likest: dict[int, int] = {}
    for place, pair in enumerate(both):
        for cluster in pair:
            likest.setdefault(cluster, place)
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order] = [likest[a] == likest[b] == place for place, (a, b) in enumerate(both)]
    return pairs.only(chosen)


def _least(chance: Floats, allowed: float) -> float:
    """The log odds from which so many pairs are chance at most, one more counted than was seen."""
    some = np.sort(chance)[::-1]
    reached = int(allowed) - 1
    return FLOOR if reached >= len(some) else float(np.nextafter(some[reached], np.float32(np.inf)))
