"""Matching the whole population again: two children who are found to be one, and one who is found to be two, are shown
to a person.

Nothing links or parts by itself here. The population is read, compared without holding anybody up, and asked about in
small transactions, each of which looks first whether people decided meanwhile.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from msixlite.domain import audit, data_quality, matching, worklist, worklist_decisions
from msixlite.domain.errors import RuleBroken
from msixlite.domain.linking import Linker
from msixlite.domain.matching_identity import Identity
from msixlite.domain.matching_scoring import Guard, Likeness, Scorer
from msixlite.domain.upload_children import chunks
from msixlite.models.students import KnownDifferent, StateRecord
from msixlite.models.words import _l
from msixlite.models.worklist import WorklistItem, WorklistKind, WorklistStatus

TOGETHER = 100
"""Proposals that one transaction writes."""
Engine = Callable[[Linker], NDArray[np.int64]]
"""The cluster of each State record that a Linker holds."""


@dataclass(frozen=True)
class Population:
    """Every State record as it stood when it was read, row by row."""

    record_ids: list[int]
    students: list[int]
    identities: list[Identity]


@dataclass(frozen=True)
class Proposal:
    """Two children who may be one, by their likest State records."""

    record_id: int
    student_id: int
    """Whose the State record was when the population was read."""
    candidate_id: int
    candidate_record_id: int
    likeness: Likeness


@dataclass(frozen=True)
class Found:
    """What comparing everybody found that differs from what is linked."""

    proposals: list[Proposal]
    """The likest first."""
    divided: list[int]
    """Children whose State records are not all in one cluster."""


@dataclass(frozen=True)
class Report:
    records: int
    proposed: int
    known: int
    """Pairs of children that people decided, or have on their worklist already."""
    decided_meanwhile: int
    """Pairs of which a State record went to another child since the population was read."""
    doubted: int = 0
    """State records that may be another child's, and of which nobody was asked before."""

    def summary(self) -> str:
        """One sentence for the command line."""
        sentence = f"{self.records:,} State records compared; {self.proposed:,} near matches proposed"
        sentence += f"; {self.doubted:,} may be another child's" if self.doubted else ""
        sentence += f"; {self.known:,} are decided or on a worklist already" if self.known else ""
        if self.decided_meanwhile:
            sentence += f"; {self.decided_meanwhile:,} were left, because people decided on these children meanwhile"
        return f"{sentence}."


def own_engine(linker: Linker) -> NDArray[np.int64]:
    return linker.link().clusters


def rematch(sessions: sessionmaker[Session], engine: Engine = own_engine, *, now: datetime) -> Report:
    """Compare everybody with everybody, and put what is found on the worklist."""
    with sessions() as db:
        population = read(db)
    found = compare(population, engine)
    doubted = doubt(sessions, found.divided, now=now)
    report = propose(sessions, found.proposals, len(population.record_ids), now=now)
    return replace(report, doubted=doubted)


def read(db: Session) -> Population:
    """All State records."""
    fields = [getattr(StateRecord, name) for name in Identity.__dataclass_fields__]
    rows = db.execute(select(StateRecord.id, StateRecord.student_id, *fields).order_by(StateRecord.id)).all()
    return Population([row[0] for row in rows], [row[1] for row in rows], [Identity(*row[2:]) for row in rows])


def compare(population: Population, engine: Engine) -> Found:
    """The pairs of children in one cluster, none whose State records forbid it; and the children in several."""
    linker = Linker()
    for identity in population.identities:
        linker.add(identity)
    members: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    clusters: dict[int, set[int]] = defaultdict(set)
    for row, cluster in enumerate(engine(linker).tolist() if linker.size else ()):
        members[cluster][population.students[row]].append(row)
        clusters[population.students[row]].add(cluster)
    scorer = Scorer(linker.frequencies(), linker.model)
    found = [one for children in members.values() if len(children) > 1 for one in _among(children, population, scorer)]
    divided = [student for student, several in clusters.items() if len(several) > 1]
    return Found(sorted(found, key=lambda one: -one.likeness.score), divided)


def _among(children: dict[int, list[int]], population: Population, scorer: Scorer) -> Iterator[Proposal]:
    """The first child of a cluster with each of the others."""
    first, *others = sorted(children)
    for other in others:
        pairs = list(product(children[other], children[first]))
        likenesses = scorer.likenesses([(population.identities[a], population.identities[b]) for a, b in pairs])
        if any(likeness.guard in (Guard.SUFFIX.words, Guard.TWINS_TOLD.words) for likeness in likenesses):
            continue
        (mine, theirs), likeness = max(zip(pairs, likenesses, strict=True), key=lambda pair: pair[1].score)
        yield Proposal(population.record_ids[mine], other, first, population.record_ids[theirs], likeness)


def doubt(sessions: sessionmaker[Session], divided: Sequence[int], *, now: datetime) -> int:
    """Ask about the State records of these children that stand apart today; how many of them nobody was asked about."""
    doubted = 0
    for some in chunks(divided, TOGETHER):
        with sessions() as db, db.begin():
            opened = data_quality.check(db, some, now=now)
            doubted += sum(fault == data_quality.DOUBT for _, fault in opened)
            audit.record(db, at=now, action="command line: match", outcome="ok", subject=f"{len(some)} children")
    return doubted


def propose(sessions: sessionmaker[Session], found: Sequence[Proposal], records: int, *, now: datetime) -> Report:
    """Write the near matches, so many in a transaction; what people decided meanwhile is left alone."""
    proposed = known = decided = 0
    for some in chunks(found, TOGETHER):
        with sessions() as db, db.begin():
            for one in some:
                try:
                    proposed += _propose(db, one, now)
                except RuleBroken:
                    decided += 1
            audit.record(db, at=now, action="command line: match", outcome="ok", subject=f"{len(some)} pairs")
    known = len(found) - proposed - decided
    return Report(records, proposed, known, decided)


def _propose(db: Session, one: Proposal, now: datetime) -> bool:
    """Whether the near match was opened. Raises RuleBroken where one of the records is another child's by now."""
    both = (one.record_id, one.candidate_record_id)
    held = select(StateRecord.id, StateRecord.student_id).where(StateRecord.id.in_(both)).with_for_update()
    owners = {row.id: row.student_id for row in db.execute(held)}
    if owners != {one.record_id: one.student_id, one.candidate_record_id: one.candidate_id}:
        raise RuleBroken(_l("People decided on these children meanwhile. Nothing was changed."))
    records = {
        student: list(db.scalars(select(StateRecord.id).where(StateRecord.student_id == student)))
        for student in (one.student_id, one.candidate_id)
    }
    earlier = _asked_before(db, records)
    waits = earlier is not None and (earlier.is_open or earlier.status is WorklistStatus.SAME_CHILD)
    if waits or _decided_different(db, records):
        return False
    if earlier:
        worklist_decisions.raise_again(db, earlier, one.likeness, now=now)
        return True
    worklist.open_item(
        db,
        WorklistKind.NEAR_MATCH,
        state=db.get_one(StateRecord, one.record_id).state_code,
        records=[record_id for some in records.values() for record_id in some],
        now=now,
        state_record_id=one.record_id,
        candidate_id=one.candidate_id,
        score=one.likeness.score,
        reasons=one.likeness.told,
        model_version=matching.MODEL_VERSION,
    )
    return True


def _decided_different(db: Session, records: dict[int, list[int]]) -> bool:
    """Whether people found the two children to be different, and nothing that tells them apart has changed since."""
    its, others = records.values()
    low, high = KnownDifferent.low_id, KnownDifferent.high_id
    apart = select(KnownDifferent.id).where(or_(low.in_(its) & high.in_(others), low.in_(others) & high.in_(its)))
    return db.scalar(apart.limit(1)) is not None


def _asked_before(db: Session, records: dict[int, list[int]]) -> WorklistItem | None:
    """The near match of the two children, whatever became of it."""
    (one, its), (other, others) = records.items()
    asked = select(WorklistItem).where(
        WorklistItem.kind == WorklistKind.NEAR_MATCH,
        or_(
            WorklistItem.state_record_id.in_(its) & (WorklistItem.candidate_id == other),
            WorklistItem.state_record_id.in_(others) & (WorklistItem.candidate_id == one),
        ),
    )
    return db.scalars(asked.order_by(WorklistItem.resolved_at.desc().nulls_first())).first()
