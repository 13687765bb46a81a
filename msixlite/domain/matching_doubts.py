"""Links that no longer hold: a child's State records compared anew, without what was linked before.

State records come one after the other, and the machine never takes a link back. So two that were like enough when they
met may be found to stand apart later: when a third has come, when a State has sent one anew with other names, when a
name has become usual. Linked together from the start, they would not have joined.

What people merged is not doubted: State records are compared with those that were their child's before the merge.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain.linking import Linker
from msixlite.domain.matching import identity_of, load_frequencies
from msixlite.domain.matching_identity import Identity
from msixlite.domain.matching_scoring import pairs_within
from msixlite.models.merge_split import ChangeKind, IdentityChange
from msixlite.models.students import LinkDecision, StateRecord

Parts = list[list[StateRecord]]
"""A child's State records, those together that are alike, the largest part first."""


def apart(db: Session, children: Sequence[Sequence[StateRecord]]) -> list[StateRecord]:
    """The State records that would not link to their child today, but for what people merged."""
    merges = _merges(db, [records[0].student_id for records in children])
    groups = regrouped(db, [[identity_of(record) for record in records] for records in children])
    found: list[StateRecord] = []
    for records, group in zip(children, groups, strict=True):
        parts = [[records[place] for place in places] for places in group]
        for _main, *others in _before_merges(parts, merges):
            found += [record for part in others for record in part]
    return found


def _merges(db: Session, student_ids: Sequence[int]) -> list[dict[str, int]]:
    """State record → child before, of each merge that stands and that these children's State records went through; the
    last merge first."""
    belonged_to = (
        select(LinkDecision.student_id)
        .join(StateRecord, StateRecord.id == LinkDecision.state_record_id)
        .where(StateRecord.student_id.in_(student_ids))
    )
    standing = select(IdentityChange).where(
        IdentityChange.kind == ChangeKind.MERGE,
        IdentityChange.applied_number.is_not(None),
        IdentityChange.master_id.in_(belonged_to),
    )
    return [merge.snapshot["records"] for merge in db.scalars(standing.order_by(IdentityChange.applied_number.desc()))]


def _before_merges(parts: Parts, merges: Sequence[Mapping[str, int]]) -> list[Parts]:
    """The parts of each of the children whom people merged into this one."""
    sides = [parts]
    for before in merges:
        sides = [one for side in sides for one in _cut(side, before)]
    return sides


def _cut(parts: Parts, before: Mapping[str, int]) -> list[Parts]:
    """What stood on each side of a merge; a State record that came later is with those that it is like."""
    main = _side_of([record for part in parts for record in part], before, None)
    sides: dict[int | None, Parts] = defaultdict(list)
    for part in parts:
        own = _side_of(part, before, main)
        cut: dict[int | None, list[StateRecord]] = defaultdict(list)
        for record in part:
            cut[_side_of([record], before, own)].append(record)
        for side, records in cut.items():
            sides[side].append(records)
    return [sorted(side, key=len, reverse=True) for side in sides.values()]


def _side_of(records: Sequence[StateRecord], before: Mapping[str, int], otherwise: int | None) -> int | None:
    """The side of the first of them that stood on one."""
    return next((before[str(record.id)] for record in records if str(record.id) in before), otherwise)


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
