"""From scored pairs to children: groups grow only while what speaks for them outweighs all that speaks against."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Log = NDArray[np.float32]
VETO = -np.inf
"""Log odds of two records that must not be one child's, whatever the others say."""
LEAST, MOST = -6.0, 8.0
"""What one pair can say at most against and for: one bad pair does not outweigh many good ones, nor the reverse."""


def components(size: int, low: Iterable[int], high: Iterable[int]) -> list[list[int]]:
    """The groups of two and more among `size` rows that the pairs connect; each in ascending order."""
    parent = list(range(size))
    touched: set[int] = set()
    for a, b in zip(low, high, strict=True):
        touched |= {a, b}
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a != b:
            parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = defaultdict(list)
    for row in sorted(touched):
        root = row
        while parent[root] != root:
            root = parent[root]
        groups[root].append(row)
    return list(groups.values())


def settle(log_odds: Log, beginnings: Sequence[Sequence[int]], same_at: float) -> list[list[int]]:
    """Join groups, the likest two first, while the mean of their pairs' log odds reaches `same_at` and none vetoes.

    log_odds: square and symmetric. beginnings: the groups to begin with; rows in none of them stand alone.
    """
    begun = {row for group in beginnings for row in group}
    groups = [list(group) for group in beginnings] + [[row] for row in range(len(log_odds)) if row not in begun]
    owner = np.zeros((len(log_odds), len(groups)), dtype=np.float32)
    for number, group in enumerate(groups):
        owner[group, number] = 1.0
    vetoes = np.isneginf(log_odds)
    forbidden = (owner.T @ vetoes.astype(np.float32) @ owner) > 0
    sums = owner.T @ np.clip(np.where(vetoes, 0.0, log_odds), LEAST, MOST).astype(np.float32) @ owner
    sums[forbidden] = VETO
    np.fill_diagonal(sums, VETO)
    sizes = owner.sum(axis=0)
    while True:
        means = sums / np.outer(sizes, sizes)
        first, second = divmod(int(np.argmax(means)), len(groups))
        if not means[first, second] >= same_at:
            return [group for group in groups if group]
        first, second = min(first, second), max(first, second)
        groups[first] += groups[second]
        groups[second] = []
        sums[first] += sums[second]
        sums[:, first] += sums[:, second]
        sums[second] = sums[:, second] = sums[first, first] = VETO
        sizes[first] += sizes[second]
