"""Deciding that State records belong to one child: what a submission asks.

`compare` scores two State records; `place` finds whose many are. The rules stand in the files beside this one:
identity, blocks, columns, comparisons, frequencies, model, scoring, clusters.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations
from typing import Any

import numpy as np
from sqlalchemy import CompoundSelect, Select, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from msixlite.domain import matching_model, matching_twins
from msixlite.domain.among import among
from msixlite.domain.matching_blocks import block_keys
from msixlite.domain.matching_clusters import MOST, VETO, components, settle
from msixlite.domain.matching_columns import Columns, Floats, row_of
from msixlite.domain.matching_frequencies import Frequencies
from msixlite.domain.matching_identity import Identity
from msixlite.domain.matching_scoring import Guard, Likeness, Outcome, Scorer, twins_of_one_state
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

MODEL_VERSION: str = matching_model.load().version
BATCH = 4_000
"""Values that one query looks up."""
MOST_NEAR = 5
"""Children that one newcomer is said to be near to, at most: beyond these a person learns nothing."""


@dataclass(frozen=True)
class Near:
    """A child whom a newcomer resembles: a known student, or an earlier newcomer of the same call.

    Its likeness is SAME where the newcomer would have linked to this child as well: then two known children are one.
    """

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

# The queries, on plain tables and built once: a single newcomer must not wait for them to be put together.
_record, _key, _word, _apart = (model.__table__.c for model in (StateRecord, BlockKey, NameToken, KnownDifferent))
_CHILDREN = select(literal("").label("token"), func.max(Student.__table__.c.id).label("children"))
_ALL_WORDS = union_all(_CHILDREN, select(_word.token, _word.children))
_WORDS = union_all(_CHILDREN, select(_word.token, _word.children).where(among(_word.token, "some")))
_RECORDS_OF_KEYS = select(_key.key, _key.state_record_id).where(among(_key.key, "some"))
_ALL_RECORDS = select(_record.id, _record.student_id, *(_record[name] for name in _FIELDS))
_RECORDS = _ALL_RECORDS.where(among(_record.id, "some"))
_RECORDS_WITH_KEYS = _ALL_RECORDS.where(_record.id.in_(select(_key.state_record_id).where(among(_key.key, "some"))))
_RECORDS_OF_STUDENTS = _ALL_RECORDS.where(among(_record.student_id, "some"))
_OWN = select(_record.state_code, _record.state_student_id, _record.id_type, _record.id).where(
    _record.state_code == bindparam("state"), among(_record.state_student_id, "some")
)
_ALL_APART = select(_apart.low_id, _apart.high_id)
_APART_LOW = _ALL_APART.where(among(_apart.low_id, "some"))
_APART_HIGH = _ALL_APART.where(among(_apart.high_id, "some"))


def _look_up(
    db: Session, query: Select[Any] | CompoundSelect[Any], wanted: Collection[Any], **bound: str
) -> Iterator[Any]:
    """The rows of a query for the wanted values, so many at a time as a database takes."""
    values, connection = sorted(wanted), db.connection()
    for start in range(0, len(values), BATCH):
        yield from connection.execute(query, {"some": values[start : start + BATCH], **bound}).all()


def identity_of(record: StateRecord) -> Identity:
    return Identity(**{name: getattr(record, name) for name in _FIELDS})


def block_rows(state_record_id: int, identity: Identity) -> list[dict[str, Any]]:
    """The rows of the BlockKey table for one State record."""
    return [{"key": key, "state_record_id": state_record_id} for key in sorted(block_keys(identity))]


def load_frequencies(db: Session, words: Collection[str] | None = None) -> Frequencies:
    """How usual each name word is among the children known; of the given words only, where they are given."""
    rows: Iterable[Any] = db.execute(_ALL_WORDS) if words is None else _look_up(db, _WORDS, {*words, ""})
    counts: dict[str, int] = dict(map(tuple, rows))
    children = counts.pop("") or 0
    return Frequencies(children, counts, matching_model.load().usual)


def compare(a: Identity, b: Identity, usual: Frequencies) -> Likeness:
    """How alike two State records are: the one scoring function."""
    return Scorer(usual).likeness(a, b)


def place(db: Session, newcomers: Sequence[Identity]) -> list[Placement]:
    """Whose each newcomer is, among all State records known and the other newcomers of the call.

    A newcomer links to a child only if the State records of that child taken together speak for it and none vetoes;
    never against what a person decided. A State record that is known already is not compared with itself.
    """
    if not newcomers:
        return []
    db.flush()
    return _Placing(db, newcomers).placements()


@dataclass(frozen=True)
class _Known:
    """A State record that the database holds."""

    record_id: int
    student_id: int
    identity: Identity


@dataclass(frozen=True)
class _Scored:
    """What is between two rows."""

    log_odds: float
    """What the records themselves say."""
    settled: float
    """The same after guards and people's decisions: VETO where the two must stay apart."""


class _Placing:
    """One call of `place`. Rows: the newcomers in their order, then the known State records in the order read."""

    def __init__(self, db: Session, newcomers: Sequence[Identity]) -> None:
        self.db, self.newcomers = db, newcomers
        self.scorer = Scorer(load_frequencies(db, {word for one in newcomers for word in (*one.given, *one.surnames)}))
        self.model = self.scorer.model
        self.own = _own_ids(db, newcomers)
        self.apart = _known_different(db, set(self.own.values()))
        self.known: list[_Known] = []
        self.row_of_record: dict[int, int] = {}
        self.rows_of_student: dict[int, list[int]] = defaultdict(list)
        self.scored: dict[tuple[int, int], _Scored] = {}
        """Pairs of rows, the lower first and a newcomer."""
        self.compared: dict[tuple[int, int], Floats] = {}
        """What was found between those that were looked at closely."""
        self.numbers: dict[int, list[int]] = {}
        """Rows as columns take them."""
        self.unclear: set[tuple[int, int]] = set()
        """Pairs that may be two twins."""

    def placements(self) -> list[Placement]:
        self._score(self._pairs_by_key())
        self._read_siblings()
        child_of = {row: [row] for row in range(len(self.newcomers))}
        child_of.update({row: rows for rows in self.rows_of_student.values() for row in rows})
        for group in self._groups():
            for child in self._settle(group):
                child_of.update(dict.fromkeys(child, child))
        near = self._near_rows()
        told: set[tuple[int, int]] = set()
        return [self._placement(row, child_of, near[row], told) for row in range(len(self.newcomers))]

    def _pairs_by_key(self) -> set[tuple[int, int]]:
        """Rows that share a key, a newcomer first; reads the known State records among them."""
        if len(self.newcomers) == 1:
            self._read(_RECORDS_WITH_KEYS, block_keys(self.newcomers[0]))
            return {(0, row) for row in self.row_of_record.values()}
        by_key: dict[str, list[int]] = defaultdict(list)
        pairs: set[tuple[int, int]] = set()
        for row, identity in enumerate(self.newcomers):
            for key in block_keys(identity):
                pairs.update((earlier, row) for earlier in by_key[key])
                by_key[key].append(row)
        met = [(key, record_id) for key, record_id in _look_up(self.db, _RECORDS_OF_KEYS, by_key)]
        self._read(_RECORDS, {record_id for _key, record_id in met})
        for key, record_id in met:
            if record_id in self.row_of_record:
                pairs.update((row, self.row_of_record[record_id]) for row in by_key[key])
        return pairs

    def _read(self, query: Select[Any], wanted: Collection[Any]) -> None:
        """Read the State records that the query finds, but for those read and the newcomers' own."""
        passed = {*self.row_of_record, *self.own.values()}
        for record_id, student_id, *values in _look_up(self.db, query, wanted):
            if record_id not in passed:
                row = self.row_of_record[record_id] = len(self.newcomers) + len(self.known)
                self.known.append(_Known(record_id, student_id, Identity(*values)))
                self.rows_of_student[student_id].append(row)

    def _read_siblings(self) -> None:
        """Read the other State records of each known child that a newcomer may link to or resembles."""
        least = min(self.model.near_at, self.model.same_at)
        alike = {high for (_low, high), found in self.scored.items() if found.log_odds >= least}
        self._read(_RECORDS_OF_STUDENTS, {known.student_id for row in alike if (known := self._known(row))})

    def _known(self, row: int) -> _Known | None:
        return self.known[row - len(self.newcomers)] if row >= len(self.newcomers) else None

    def _identity(self, row: int) -> Identity:
        known = self._known(row)
        return known.identity if known else self.newcomers[row]

    def _score(self, pairs: Iterable[tuple[int, int]]) -> None:
        wanted = sorted(set(pairs) - self.scored.keys())
        if not wanted:
            return
        rows = sorted({row for pair in wanted for row in pair})
        place_of = {row: place for place, row in enumerate(rows)}
        columns = self._columns(rows)
        low = np.array([place_of[low] for low, _ in wanted], dtype=np.int64)
        high = np.array([place_of[high] for _, high in wanted], dtype=np.int64)
        kept: dict[int, Floats] = {}
        scores = self.scorer.scores(columns, low, high, kept=kept)
        self.compared.update({wanted[place]: row for place, row in kept.items()})
        guarded = self.scorer.guarded(scores).tolist()
        for pair, log_odds, settled in zip(wanted, scores.log_odds.tolist(), guarded, strict=True):
            self.scored[pair] = self._decided(pair, _Scored(log_odds, settled))

    def _columns(self, rows: Iterable[int]) -> Columns:
        """The rows as columns; each is made once."""
        made, vocabulary = self.numbers, self.scorer.vocabulary
        chosen = list(rows)
        for row in chosen:
            if row not in made:
                made[row] = row_of(self._identity(row), vocabulary)
        return Columns(np.array([made[row] for row in chosen], dtype=np.int32), vocabulary)

    def _decided(self, pair: tuple[int, int], found: _Scored) -> _Scored:
        """What people decided goes before what was scored; and one number of one State is one child."""
        low, high = pair
        known = self._known(high)
        if known is None:
            same = _natural_key(self.newcomers[low]) == _natural_key(self.newcomers[high])
            return _Scored(MOST, MOST) if same else found
        own = self.own.get(_natural_key(self.newcomers[low]), 0)
        return _Scored(VETO, VETO) if known.record_id in self.apart.get(own, ()) else found

    def _groups(self) -> list[list[int]]:
        """Groups of rows within which newcomers may join; all pairs in them are scored."""
        links = [pair for pair, found in self.scored.items() if found.settled >= self.model.same_at]
        links += [(rows[0], row) for rows in self.rows_of_student.values() for row in rows[1:]]
        size = len(self.newcomers) + len(self.known)
        groups = components(size, (low for low, _ in links), (high for _, high in links))
        with_newcomers = [group for group in groups if group[0] < len(self.newcomers)]
        self._score(
            (low, high)
            for group in with_newcomers
            for place, low in enumerate(group)
            for high in group[place + 1 :]
            if low < len(self.newcomers)
        )
        for group in with_newcomers:
            self._hold_unclear(group)
        return with_newcomers

    def _hold_unclear(self, group: list[int]) -> None:
        """Take from a group the links between records that may be two twins."""
        if not matching_twins.may_know([self._identity(row) for row in group]):
            return
        records = self._columns(range(len(self.newcomers) + len(self.known)))
        pairs = list(combinations(group, 2))
        low, high = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
        links = np.array([self._links(*pair) for pair in pairs], dtype=np.bool_)
        within = matching_twins.Within(low, high, np.zeros(len(pairs), dtype=np.int64))
        for place in np.nonzero(matching_twins.unclear(records, within, links, self.scorer))[0].tolist():
            self.unclear.add(pairs[place])
            self.scored[pairs[place]] = replace(self.scored[pairs[place]], settled=self.model.same_at - 1)

    def _links(self, low: int, high: int) -> bool:
        """Whether likeness links two rows, and not that they are one number of one State."""
        alike = self._between(low, high).settled >= self.model.same_at
        return alike and _natural_key(self._identity(low)) != _natural_key(self._identity(high))

    def _settle(self, group: list[int]) -> list[list[int]]:
        """The children of a group of rows. Two known children are never joined here: that is for people."""
        log_odds = np.full((len(group), len(group)), VETO, dtype=np.float32)
        for first, second in combinations(range(len(group)), 2):
            found = self.scored.get((group[first], group[second]))
            if found is not None:
                log_odds[first, second] = log_odds[second, first] = found.settled
        told = [self._identity(row) for row in group]
        for first, second in twins_of_one_state(
            [one.birth_date for one in told],
            [one.state_code for one in told],
            [bool(one.multiple_birth) for one in told],
        ):
            log_odds[first, second] = log_odds[second, first] = VETO
        students: dict[int, list[int]] = defaultdict(list)
        for place, row in enumerate(group):
            known = self._known(row)
            if known:
                students[known.student_id].append(place)
        children = settle(log_odds, list(students.values()), self.model.same_at)
        return [[group[place] for place in child] for child in children]

    def _near_rows(self) -> dict[int, list[int]]:
        """Newcomer → rows near to it."""
        near: dict[int, list[int]] = defaultdict(list)
        for (low, high), found in self.scored.items():
            if found.log_odds >= self.model.near_at:
                near[low].append(high)
                near[high].append(low)
        return near

    def _placement(
        self, row: int, child_of: dict[int, list[int]], near: list[int], told: set[tuple[int, int]]
    ) -> Placement:
        child = child_of[row]
        student, first = self._name(child)
        met_before = [other for other in child if other < row or other >= len(self.newcomers)]
        likest = max(met_before, key=lambda other: self._between(row, other).settled, default=None)
        return Placement(
            student=student,
            newcomer=first if student is None and first < row else None,
            likeness=None if likest is None else self._likeness(row, likest),
            near=tuple(self._near(row, child_of, near, told)),
        )

    def _name(self, child: list[int]) -> tuple[int | None, int]:
        """The student whom a child is known as, and its lowest row: its first newcomer where it has one."""
        known = self._known(max(child))
        return (known.student_id if known else None), min(child)

    def _near(
        self, row: int, child_of: dict[int, list[int]], near: list[int], told: set[tuple[int, int]]
    ) -> Iterator[Near]:
        """Other children whom the newcomer resembles, the likest first; each pair of children is told once."""
        mine, yielded = min(child_of[row]), 0
        for other in sorted(near, key=lambda other: -self._between(row, other).log_odds):
            student, first = self._name(child_of[other])
            pair = (min(mine, first), max(mine, first))
            if child_of[other] is child_of[row] or pair in told or (student is None and first > row):
                continue
            told.add(pair)
            yield Near(student, None if student is not None else first, self._near_likeness(row, child_of[other]))
            yielded += 1
            if yielded == MOST_NEAR:
                return

    def _between(self, row: int, other: int) -> _Scored:
        return self.scored.get((min(row, other), max(row, other)), _Scored(VETO, VETO))

    def _likeness(self, row: int, other: int) -> Likeness:
        a, b, pair = self._identity(row), self._identity(other), (min(row, other), max(row, other))
        compared = self.compared.get(pair)
        if compared is None:
            found = self.scorer.likeness(a, b)
        else:
            found = self.scorer.told(a, b, compared, self.scored[pair].log_odds)
        return replace(found, outcome=Outcome.NEAR, guard=Guard.TWINS.words) if pair in self.unclear else found

    def _near_likeness(self, row: int, child: list[int]) -> Likeness:
        """The likeness to the child's likest record; SAME only if all its records together say so and none vetoes."""
        between = [self._between(row, member) for member in child]
        likest = max(child, key=lambda member: self._between(row, member).log_odds)
        found = self._likeness(row, likest)
        if sum(each.settled for each in between) / len(between) >= self.model.same_at:
            return replace(found, outcome=Outcome.SAME)
        against = min(child, key=lambda member: self._between(row, member).settled)
        return replace(found, outcome=Outcome.NEAR, guard=found.guard or self._likeness(row, against).guard)


def _natural_key(identity: Identity) -> tuple[str, str, str]:
    return identity.state_code, identity.state_student_id, identity.id_type


def _own_ids(db: Session, newcomers: Sequence[Identity]) -> dict[tuple[str, str, str], int]:
    """The ids of the newcomers that are State records already, by State, identifier and its type."""
    wanted = {_natural_key(identity) for identity in newcomers}
    own = {}
    for state in sorted({key[0] for key in wanted}):
        numbers = {key[1] for key in wanted if key[0] == state}
        for code, number, kind, record_id in _look_up(db, _OWN, numbers, state=state):
            own[code, number, kind] = record_id
    return {key: record_id for key, record_id in own.items() if key in wanted}


def _known_different(db: Session, record_ids: set[int]) -> dict[int, set[int]]:
    """State record → those that a person found to be another child."""
    apart: dict[int, set[int]] = defaultdict(set)
    for query in (_APART_LOW, _APART_HIGH):
        for low, high in _look_up(db, query, record_ids):
            apart[low].add(high)
            apart[high].add(low)
    return apart
