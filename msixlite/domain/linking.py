"""Linking whole files of State records without a database: which are one child's, and which a person must see."""

import csv
import gc
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from msixlite.domain import matching_pairs, matching_second_look, matching_twins
from msixlite.domain.linking_files import read_records
from msixlite.domain.matching_clusters import VETO, components, settle
from msixlite.domain.matching_columns import TWINS_REPORTED, WIDTH, Columns, Floats, row_of
from msixlite.domain.matching_frequencies import Frequencies
from msixlite.domain.matching_identity import Identity
from msixlite.domain.matching_model import Model, load
from msixlite.domain.matching_scoring import Places, Scorer, Scores, pairs_within, twins_of_one_state

RECORDS_PER_CHILD = 1.9
"""State records of a child, on average: turns the size of a file into a number of children."""


@dataclass(frozen=True)
class ToReview:
    """Two clusters that a person must look at, by their likest State records."""

    low: int
    high: int
    log_odds: float


@dataclass(frozen=True)
class Linked:
    """What was found. Rows are State records in the order they were added."""

    clusters: NDArray[np.int64]
    """Row → number of its cluster: the lowest row in it."""
    to_review: list[ToReview]
    """The likest first; each pair of clusters once."""


class Linker:
    """Takes State records one after the other, then links them all."""

    def __init__(self, model: Model | None = None) -> None:
        self.size = 0
        self.model = model or load()
        self._numbers = array("i")
        self.scorer = Scorer(Frequencies(0), self.model)

    def add(self, identity: Identity) -> None:
        self._numbers.extend(row_of(identity, self.scorer.vocabulary))
        self.size += 1

    def link(self) -> Linked:
        """The clusters of all records added, and the pairs of clusters for a person."""
        if not self.size:
            return Linked(np.empty(0, dtype=np.int64), [])
        records = self.columns()
        low, high = matching_pairs.pairs(records)
        scores = self.scorer.scores(records, low, high)
        clusters = self._clusters(records, low, high, scores)
        clusters = matching_second_look.join(clusters, records, low, high, scores, self.scorer)
        return Linked(clusters, _to_review(clusters, low, high, scores.log_odds, self.model.near_at))

    def frequencies(self) -> Frequencies:
        children = max(1, round(self.size / RECORDS_PER_CHILD))
        words = self.scorer.vocabulary.words
        shares = _records_with(self.records(), len(words)) / RECORDS_PER_CHILD
        counts = dict(zip(words, np.rint(shares).astype(int).tolist(), strict=True))
        return Frequencies(children, counts, self.model.usual)

    def columns(self) -> Columns:
        """All records as columns, with words as usual as they are in all of them."""
        self.scorer.use(self.frequencies())
        return self.records()

    def records(self) -> Columns:
        """All records as columns, with words as usual as the scorer was told."""
        numbers = np.frombuffer(self._numbers, dtype=np.int32).reshape(self.size, WIDTH)
        return Columns(numbers, self.scorer.vocabulary)

    def clusters(self, low: Places, high: Places) -> NDArray[np.int64]:
        """Row → its cluster where these pairs alone are compared, with words as usual as the scorer was told."""
        records = self.records()
        return self._clusters(records, low, high, self.scorer.scores(records, low, high))

    def _clusters(self, records: Columns, low: Places, high: Places, scores: Scores) -> NDArray[np.int64]:
        strong = self.scorer.guarded(scores) >= self.model.same_at
        return self.settled(records, components(self.size, low[strong].tolist(), high[strong].tolist()))

    def settled(self, records: Columns, groups: Sequence[Sequence[int]]) -> NDArray[np.int64]:
        """The clusters within groups of rows that links connect: a group of two is one child, a larger one is looked
        at as a whole, and so are two of which one reports twins."""
        clusters = np.arange(self.size, dtype=np.int64)
        reported = records["multiple"][:, 0] == TWINS_REPORTED
        larger = []
        for group in groups:
            if len(group) > 2 or reported[group].any():
                larger.append(group)
            else:
                clusters[group[1]] = group[0]
        first_rows, second_rows = pairs_within(larger)
        log_odds = self.scorer.guarded(self.scorer.scores(records, first_rows, second_rows))
        sizes = np.array([len(group) * (len(group) - 1) // 2 for group in larger], dtype=np.int64)
        pairs = matching_twins.Within(first_rows, second_rows, np.repeat(np.arange(len(larger)), sizes))
        unclear = matching_twins.unclear(records, pairs, log_odds >= self.model.same_at, self.scorer)
        log_odds[unclear] = self.model.same_at - 1
        for group, scored in zip(larger, np.split(log_odds, np.cumsum(sizes)[:-1]) if larger else (), strict=True):
            if scored.min() >= self.model.same_at and not reported[group].any():
                clusters[group] = min(group)
                continue
            square = _square(len(group), scored)
            for first, second in _twins(records.rows(np.array(group))) if len(group) > 2 else ():
                square[first, second] = square[second, first] = VETO
            for child in settle(square, (), self.model.same_at):
                clusters[[group[place] for place in child]] = group[min(child)]
        return clusters


def _records_with(records: Columns, words: int) -> NDArray[np.int64]:
    """Word → how many records have it among their names."""
    some = np.sort(np.concatenate([records["given"], records["surnames"]], axis=1), axis=1)
    again = np.zeros(some.shape, dtype=np.bool_)
    again[:, 1:] = some[:, 1:] == some[:, :-1]
    counts = np.bincount(some[~again], minlength=words)
    counts[0] = 0
    return counts


def _twins(records: Columns) -> list[tuple[int, int]]:
    born = map(tuple, np.concatenate([records["year"], records["month"], records["day"]], axis=1).tolist())
    reported = (records["multiple"][:, 0] == TWINS_REPORTED).tolist()
    return twins_of_one_state(list(born), records["state"][:, 0].tolist(), reported)


def _square(size: int, scored: Floats) -> Floats:
    """The log odds of all pairs of a group, in the order of `pairs_within`, in a symmetric square."""
    square = np.full((size, size), VETO, dtype=np.float32)
    low, high = np.triu_indices(size, 1)
    square[low, high] = square[high, low] = scored
    return square


def _to_review(
    clusters: NDArray[np.int64], low: Places, high: Places, log_odds: Floats, near_at: float
) -> list[ToReview]:
    near = np.nonzero((log_odds >= near_at) & (clusters[low] != clusters[high]))[0]
    near = near[np.argsort(-log_odds[near], kind="stable")]
    first, second = clusters[low[near]], clusters[high[near]]
    between = np.minimum(first, second) << 32 | np.maximum(first, second)
    likest = near[np.sort(np.unique(between, return_index=True)[1])]
    return [ToReview(int(low[at]), int(high[at]), float(log_odds[at])) for at in likest]


def link_files(files: Sequence[Path], folder: Path, say: Callable[[str], None] = lambda _line: None) -> Linked:
    """Link State files, and write links.csv and review.csv into the folder."""
    gc.disable()  # millions of small things that all live to the end: looking for garbage among them takes a tenth
    try:
        return _link_files(files, folder, say)
    finally:
        gc.enable()


def _link_files(files: Sequence[Path], folder: Path, say: Callable[[str], None]) -> Linked:
    linker = Linker()
    keys: list[tuple[str, str]] = []
    for state, identity in read_records(files):
        linker.add(identity)
        keys.append((state, identity.state_student_id))
    say(f"{linker.size:,} State records read.")
    linked = linker.link()
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "links.csv",
        ("state", "state_student_id", "cluster_id"),
        ((*key, cluster) for key, cluster in zip(keys, linked.clusters.tolist(), strict=True)),
    )
    _write(folder / "review.csv", _REVIEW, _review_rows(linked, linker, files))
    say(f"{len(set(linked.clusters.tolist())):,} children; {len(linked.to_review):,} pairs for a person.")
    return linked


_REVIEW = ("state_a", "state_student_id_a", "state_b", "state_student_id_b", "score", "reasons")


def _review_rows(linked: Linked, linker: Linker, files: Sequence[Path]) -> Iterator[tuple[object, ...]]:
    """The pairs for a person with their reasons; reads the files again for those State records alone."""
    wanted = {row for pair in linked.to_review for row in (pair.low, pair.high)}
    found = dict(zip(sorted(wanted), read_records(files, wanted), strict=True))
    scorer = Scorer(linker.frequencies(), linker.model)
    pairs = [(found[pair.low], found[pair.high]) for pair in linked.to_review]
    likenesses = scorer.likenesses([(a, b) for (_, a), (_, b) in pairs]) if pairs else ()
    for ((state_a, a), (state_b, b)), likeness in zip(pairs, likenesses, strict=True):
        reasons = "; ".join((*likeness.reasons, *filter(None, [likeness.guard])))
        yield state_a, a.state_student_id, state_b, b.state_student_id, likeness.score, reasons


def _write(file: Path, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(heading)
        writer.writerows(rows)
