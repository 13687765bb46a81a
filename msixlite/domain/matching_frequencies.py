"""How usual each name word is: what agreement on it tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PRIOR_CHILDREN = 2_000
"""How many children the shares known beforehand count for, beside the children seen."""
RARE = 1e-4
"""Share of children with a word of which nothing is known beforehand."""


@dataclass(frozen=True)
class Frequencies:
    """How usual each name word is among the children of whom a file or the database tells."""

    children: int
    """Children seen."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Folded word → children who have it."""
    beforehand: Mapping[str, float] = field(default_factory=dict)
    """Folded word → share of children, as far as it is known beforehand."""

    def share(self, word: str) -> float:
        """Share of children who have the word, between 0 and 1; never 0."""
        before = self.beforehand.get(word, RARE) * PRIOR_CHILDREN
        return min(1.0, (self.counts.get(word, 0) + before) / (self.children + PRIOR_CHILDREN))
