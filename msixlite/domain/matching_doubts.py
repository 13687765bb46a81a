"""Links that no longer hold: a child's State records compared anew, without what was linked before.

State records come one after the other, and the machine never takes a link back. So two that were like enough when they
met may be found to stand apart later: when a third has come, when a State has sent one anew with other names, when a
name has become usual. Linked together from the start, they would not have joined.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from msixlite.domain.linking import Linker
from msixlite.domain.matching import load_frequencies
from msixlite.domain.matching_identity import Identity
from msixlite.domain.matching_scoring import pairs_within


def regrouped(db: Session, children: Sequence[Sequence[Identity]]) -> list[list[list[int]]]:
    """Each child's State records in the groups that they would be linked in today; places within the child, the group
    with most of them first."""
    linker, groups = Linker(), []
    for records in children:
        groups.append(list(range(linker.size, linker.size + len(records))))
        for identity in records:
            linker.add(identity)
    words = {word for records in children for one in records for word in (*one.given, *one.surnames)}
    linker.scorer.use(load_frequencies(db, words))
    clusters = linker.clusters(*pairs_within(groups)).tolist()
    return [_parts(group, clusters) for group in groups]


def _parts(group: Sequence[int], clusters: Sequence[int]) -> list[list[int]]:
    parts: dict[int, list[int]] = {}
    for place, row in enumerate(group):
        parts.setdefault(clusters[row], []).append(place)
    return sorted(parts.values(), key=len, reverse=True)
