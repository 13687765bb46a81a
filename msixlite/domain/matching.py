"""Deciding that State records belong to one child.

`compare` is the one scoring function; `place` is what a submission asks: whose are these?
"""

import enum
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from msixlite.domain import matching_comparisons as comparisons
from msixlite.domain.matching_blocks import block_keys
from msixlite.domain.matching_comparisons import Frequencies, Weight
from msixlite.domain.matching_identity import Identity
from msixlite.models.search import BlockKey, NameToken
from msixlite.models.students import KnownDifferent, StateRecord, Student

__all__ = [
    "MODEL_VERSION",
    "Frequencies",
    "Identity",
    "Likeness",
    "Near",
    "Outcome",
    "Placement",
    "block_keys",
    "block_rows",
    "compare",
    "identity_of",
    "load_frequencies",
    "place",
]

T = TypeVar("T")
MODEL_VERSION = "2026.1"
PRIOR_BITS = 22.0
"""What must be told for a pair before it is as likely the same child as not."""
SAME_AT, NEAR_AT = 85.0, 40.0
"""Scores from which a pair links by itself, and from which a person is asked."""
BATCH = 4_000
"""Values that one query looks up."""


class Outcome(enum.Enum):
    SAME = "same"
    NEAR = "near"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Likeness:
    """How alike two State records are, for people."""

    score: float
    """0 to 100."""
    outcome: Outcome
    reasons: tuple[str, ...]
    guard: str
    """Why the pair does not link by itself though it is alike: possible twins, namesake …; empty without one."""


@dataclass(frozen=True)
class Near:
    """A child whom a newcomer resembles: a known student, or an earlier newcomer of the same call."""

    student: int | None
    newcomer: int | None
    likeness: Likeness


@dataclass(frozen=True)
class Placement:
    """Whose a newcomer is: a known student's, an earlier newcomer's, or (both None) a new child's."""

    student: int | None
    newcomer: int | None
    likeness: Likeness | None
    near: tuple[Near, ...]


_FIELDS = tuple(part.name for part in fields(Identity))


def identity_of(record: StateRecord) -> Identity:
    return Identity(**{name: getattr(record, name) for name in _FIELDS})


def block_rows(state_record_id: int, identity: Identity) -> list[dict[str, Any]]:
    """The rows of the BlockKey table for one State record."""
    return [{"key": key, "state_record_id": state_record_id} for key in sorted(block_keys(identity))]


def load_frequencies(db: Session, words: Collection[str] | None = None) -> Frequencies:
    """How usual each name word is among the children known; of the given words only, where they are given."""
    children = db.scalar(select(func.max(Student.id))) or 0
    query = select(NameToken.token, NameToken.children)
    queries = [query] if words is None else [query.where(NameToken.token.in_(some)) for some in _batches(sorted(words))]
    return Frequencies(children, {token: count for each in queries for token, count in db.execute(each)})


def compare(a: Identity, b: Identity, usual: Frequencies) -> Likeness:
    """How alike two State records are: the one scoring function."""
    weights = _weights(a, b, usual)
    bits = sum(weight.bits for weight in weights)
    score = round(100 / (1 + 2 ** ((PRIOR_BITS - bits) / 3)), 1)
    guard = _guard(a, b, {weight.reason for weight in weights})
    reasons = tuple(weight.reason for weight in weights if weight.reason)
    return Likeness(score, _outcome(score, guard), reasons, guard)


def _weights(a: Identity, b: Identity, usual: Frequencies) -> tuple[Weight, ...]:
    return (
        comparisons.compare_dates(a.birth_date, b.birth_date),
        comparisons.compare_given(a, b, usual),
        comparisons.compare_surnames(a, b, usual),
        comparisons.compare_sex(a.sex, b.sex),
        comparisons.compare_parents(a, b, usual),
        comparisons.compare_places(a, b),
    )


def _guard(a: Identity, b: Identity, reasons: set[str]) -> str:
    """Why two State records must not be linked without a person, whatever their score."""
    if a.generation and b.generation and a.generation != b.generation:
        return "suffix differs"
    if "same birth date" in reasons and (
        "given name differs" in reasons or (_multiple(a, b) and "one given name the same" in reasons)
    ):
        return "possible twins"
    if (
        reasons & {"birth date differs", "birth date not known to the day"}
        or a.birth_date is None
        or b.birth_date is None
    ):
        return "namesake"
    if a.state_code == b.state_code and not (a.given == b.given and {"same surnames", "same guardian"} <= reasons):
        return "two numbers in one State"
    return ""


def _multiple(a: Identity, b: Identity) -> bool:
    return bool(a.multiple_birth or b.multiple_birth)


def _outcome(score: float, guard: str) -> Outcome:
    if score < NEAR_AT:
        return Outcome.DIFFERENT
    return Outcome.SAME if score >= SAME_AT and not guard else Outcome.NEAR


@dataclass
class _Child:
    """A child in the course of a call: a known student, or one that begins with a newcomer."""

    student: int | None
    newcomer: int | None
    members: list[Identity] = field(default_factory=list)
    record_ids: set[int] = field(default_factory=set)


def place(db: Session, newcomers: Sequence[Identity]) -> list[Placement]:
    """Whose each newcomer is, among all State records known and the earlier newcomers of the same call.

    A newcomer links to a child only if no State record of that child speaks against it, and never against what a
    person decided. A State record that is known already is not compared with itself.
    """
    if not newcomers:
        return []
    usual = load_frequencies(db, {word for identity in newcomers for word in (*identity.given, *identity.surnames)})
    own_ids = _own_ids(db, newcomers)
    apart = _known_different(db, set(own_ids.values()))
    keys = [block_keys(identity) for identity in newcomers]
    by_key = _known_children(db, {key for found in keys for key in found})
    placements = []
    for index, identity in enumerate(newcomers):
        own = own_ids.get(_natural_key(identity))
        met = {id(child): child for key in keys[index] for child in by_key[key]}
        placement, child = _place_one(identity, own, list(met.values()), apart.get(own or 0, set()), usual)
        placements.append(placement)
        if child is None:
            child = _Child(None, index)
        child.members.append(identity)
        for key in keys[index]:
            by_key[key].append(child)
    return placements


def _place_one(
    identity: Identity, own: int | None, met: list[_Child], apart: set[int], usual: Frequencies
) -> tuple[Placement, _Child | None]:
    """The placement among the children met, and the child that it joins."""
    found = [
        (likeness, child)
        for child in met
        if not child.record_ids & apart and (likeness := _likeness_to_child(identity, child, usual)) is not None
    ]
    found.sort(key=lambda pair: (pair[0].outcome is Outcome.SAME, pair[0].score), reverse=True)
    best = found[0] if found and found[0][0].outcome is Outcome.SAME else None
    near = tuple(Near(child.student, child.newcomer, likeness) for likeness, child in found[1 if best else 0 :])
    if best is None:
        return Placement(None, None, None, near), None
    likeness, child = best
    return Placement(child.student, child.newcomer, likeness, near), child


def _likeness_to_child(identity: Identity, child: _Child, usual: Frequencies) -> Likeness | None:
    """The best likeness to a child's State records, no more than near if any other speaks against it."""
    found = [
        compare(identity, member, usual) for member in child.members if _natural_key(member) != _natural_key(identity)
    ]
    best = max(found, key=lambda likeness: likeness.score, default=None)
    if best is None or best.outcome is Outcome.DIFFERENT:
        return None
    against = next((likeness for likeness in found if likeness.guard or likeness.outcome is Outcome.DIFFERENT), None)
    if against is not None and best.outcome is Outcome.SAME:
        return Likeness(best.score, Outcome.NEAR, best.reasons, against.guard)
    return best


def _natural_key(identity: Identity) -> tuple[str, str, str]:
    return identity.state_code, identity.state_student_id, identity.id_type


def _own_ids(db: Session, newcomers: Sequence[Identity]) -> dict[tuple[str, str, str], int]:
    """The ids of the newcomers that are State records already, by State, identifier and its type."""
    wanted = {_natural_key(identity) for identity in newcomers}
    query = select(StateRecord.id, StateRecord.state_code, StateRecord.state_student_id, StateRecord.id_type)
    return {
        (state_code, state_student_id, id_type): record_id
        for batch in _batches(sorted({key[1] for key in wanted}))
        for record_id, state_code, state_student_id, id_type in db.execute(
            query.where(StateRecord.state_student_id.in_(batch))
        )
        if (state_code, state_student_id, id_type) in wanted
    }


def _known_different(db: Session, record_ids: set[int]) -> dict[int, set[int]]:
    """State record → those that a person found to be another child."""
    apart: dict[int, set[int]] = defaultdict(set)
    for batch in _batches(sorted(record_ids)):
        pairs = select(KnownDifferent.low_id, KnownDifferent.high_id)
        for query in (pairs.where(KnownDifferent.low_id.in_(batch)), pairs.where(KnownDifferent.high_id.in_(batch))):
            for low, high in db.execute(query):
                apart[low].add(high)
                apart[high].add(low)
    return apart


def _known_children(db: Session, keys: set[str]) -> dict[str, list[_Child]]:
    """The students with a State record under each of the keys, with all their State records."""
    met: dict[str, set[int]] = defaultdict(set)
    for batch in _batches(sorted(keys)):
        for key, student_id in db.execute(
            select(BlockKey.key, StateRecord.student_id)
            .join(StateRecord, StateRecord.id == BlockKey.state_record_id)
            .where(BlockKey.key.in_(batch))
            .distinct()
        ):
            met[key].add(student_id)
    children = {student: _Child(student, None) for students in met.values() for student in students}
    columns = [getattr(StateRecord, name) for name in _FIELDS]
    for some in _batches(sorted(children)):
        for record_id, student_id, *values in db.execute(
            select(StateRecord.id, StateRecord.student_id, *columns).where(StateRecord.student_id.in_(some))
        ):
            children[student_id].record_ids.add(record_id)
            children[student_id].members.append(Identity(*values))
    return defaultdict(list, {key: [children[student] for student in sorted(ids)] for key, ids in met.items()})


def _batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]
