"""Linking whole files of State records without a database: which are one child's, and which a person must see."""

import csv
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from msixlite.domain import mde, names
from msixlite.domain.errors import RuleBroken
from msixlite.domain.matching_blocks import Blocks, block_keys
from msixlite.domain.matching_clusters import VETO, components, settle
from msixlite.domain.matching_columns import WIDTH, Columns, Floats, row_of
from msixlite.domain.matching_frequencies import Frequencies
from msixlite.domain.matching_identity import Identity
from msixlite.domain.matching_model import Model, load
from msixlite.domain.matching_scoring import Places, Scorer, pairs_within

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
        self.counts: Counter[str] = Counter()
        self.size = 0
        self.model = model or load()
        self._numbers = array("i")
        self._blocks = Blocks()
        self._scorer = Scorer(Frequencies(0), self.model)

    def add(self, identity: Identity) -> None:
        self._numbers.extend(row_of(identity, self._scorer.vocabulary))
        self._blocks.add(self.size, block_keys(identity))
        self.counts.update({*identity.given, *identity.surnames})
        self.size += 1

    def link(self) -> Linked:
        """The clusters of all records added, and the pairs of clusters for a person."""
        if not self.size:
            return Linked(np.empty(0, dtype=np.int64), [])
        records = self._columns()
        low, high = self._blocks.pairs()
        scores = self._scorer.scores(records, low, high)
        clusters = self._clusters(records, low, high, self._scorer.guarded(scores))
        return Linked(clusters, _to_review(clusters, low, high, scores.log_odds, self.model.near_at))

    def frequencies(self) -> Frequencies:
        children = max(1, round(self.size / RECORDS_PER_CHILD))
        counts = {word: round(count / RECORDS_PER_CHILD) for word, count in self.counts.items()}
        return Frequencies(children, counts, self.model.usual)

    def _columns(self) -> Columns:
        """All records as columns, with words as usual as they are in all of them."""
        self._scorer.use(self.frequencies())
        numbers = np.frombuffer(self._numbers, dtype=np.int32).reshape(self.size, WIDTH)
        return Columns(numbers, self._scorer.vocabulary)

    def _clusters(self, records: Columns, low: Places, high: Places, log_odds: Floats) -> NDArray[np.int64]:
        strong = log_odds >= self.model.same_at
        groups = components(self.size, low[strong].tolist(), high[strong].tolist())
        clusters = np.arange(self.size, dtype=np.int64)
        larger = [group for group in groups if len(group) > 2]
        for first, second in (group for group in groups if len(group) == 2):
            clusters[second] = first
        first_rows, second_rows = pairs_within(larger)
        scores = self._scorer.scores(records, first_rows, second_rows)
        scored = iter(self._scorer.guarded(scores).tolist())
        for group in larger:
            for child in settle(_square(len(group), scored), (), self.model.same_at):
                clusters[[group[place] for place in child]] = group[min(child)]
        return clusters


def _square(size: int, scored: Iterator[float]) -> Floats:
    """The log odds of all pairs of a group, as they come, in a symmetric square."""
    square = np.full((size, size), VETO, dtype=np.float32)
    for low in range(size):
        for high in range(low + 1, size):
            square[low, high] = square[high, low] = next(scored)
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


# Files


ALIASES = {
    "state_code": ("state", "state code", "submitting state", "reporting state"),
    "state_student_id": ("student id", "state id", "state student id", "state student number", "id"),
    "birth_date": ("date of birth", "dob", "birthdate", "birthday"),
    "multiple_birth": ("multiple birth flag", "multiple birth indicator", "twin"),
    "first_name": ("given name", "first"),
    "middle_name": ("second name", "middle"),
    "last_name_1": ("last name", "surname", "family name", "paternal surname", "last"),
    "last_name_2": ("second surname", "maternal surname", "second last name"),
    "sex": ("gender",),
    "suffix": ("generation",),
    "birth_city": ("city of birth", "place of birth", "suburb"),
    "birth_state": ("state of birth", "birth state or province"),
    "birth_country": ("country of birth",),
    "male_parent_first_name": ("father first name", "male guardian first name", "parent 1 first name"),
    "male_parent_last_name": ("father last name", "male guardian last name", "parent 1 last name"),
    "female_parent_first_name": ("mother first name", "female guardian first name", "parent 2 first name"),
    "female_parent_last_name": ("mother last name", "female guardian last name", "parent 2 last name"),
    "id_type": ("state student identifier type",),
}
"""What matching compares → usual headings, beside the registry's key and the element's name."""
NEEDED = ("state_student_id", "first_name", "last_name_1")
_DATES = (
    re.compile(r"(?P<y>\d{4})-?(?P<m>\d{2})-?(?P<d>\d{2})"),
    re.compile(r"(?P<m>\d{1,2})[/.-](?P<d>\d{1,2})[/.-](?P<y>\d{4})"),
)
_FLAGS = {"y": True, "yes": True, "1": True, "true": True, "n": False, "no": False, "0": False, "false": False}


def read_files(files: Sequence[Path]) -> Iterator[Identity]:
    """The State records of CSV files. The State stands in a column or is the file's name: TX.csv."""
    for file in files:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
            yield from _read_rows(csv.reader(opened), file)


def _read_rows(rows: Iterator[list[str]], file: Path) -> Iterator[Identity]:
    heading = next(rows, [])
    at = {key: place for place, name in enumerate(heading) if (key := _key_of(name))}
    missing = [key for key in NEEDED if key not in at]
    if missing:
        raise RuleBroken(f"{file.name} has no column for {', '.join(missing)}.")
    of_file = file.stem[:2].upper()
    none = len(heading)
    texts = {key: at.get(key, none) for key in _TEXTS}
    state_at, date_at, flag_at = (at.get(key, none) for key in ("state_code", "birth_date", "multiple_birth"))
    for row in rows:
        row += [""] * (none + 1 - len(row))
        yield Identity(
            state_code=row[state_at].strip().upper() or of_file,
            birth_date=read_date(row[date_at].strip()),
            multiple_birth=_FLAGS.get(row[flag_at].strip().casefold()),
            **{key: row[place].strip() for key, place in texts.items()},
        )


_TEXTS = (
    "state_student_id", "first_name", "last_name_1", "middle_name", "last_name_2", "suffix", "sex",
    "birth_city", "birth_state", "birth_country", "male_parent_first_name", "male_parent_last_name",
    "female_parent_first_name", "female_parent_last_name", "id_type",
)  # fmt: skip
_COLUMNS = (*_TEXTS, "state_code", "birth_date", "multiple_birth")


@lru_cache
def _headings() -> dict[str, str]:
    known = {names.fold(alias): key for key, aliases in ALIASES.items() for alias in aliases}
    for key, element in mde.of_section("student").items():
        known.update({names.fold(key): key, names.fold(element.name): key})
    return {heading: key for heading, key in known.items() if key in _COLUMNS}


def _key_of(heading: str) -> str | None:
    return _headings().get(names.fold(heading))


@lru_cache(maxsize=50_000)
def read_date(text: str) -> date | None:
    """A day in ISO form, as YYYYMMDD or as MM/DD/YYYY; None for anything else."""
    for pattern in _DATES:
        found = pattern.fullmatch(text)
        if found:
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
    return None


def link_files(files: Sequence[Path], folder: Path, say: Callable[[str], None] = lambda _line: None) -> Linked:
    """Link State files, and write links.csv and review.csv into the folder."""
    linker = Linker()
    keys: list[tuple[str, str]] = []
    for identity in read_files(files):
        linker.add(identity)
        keys.append((identity.state_code, identity.state_student_id))
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
    found = {row: identity for row, identity in enumerate(read_files(files)) if row in wanted}
    scorer = Scorer(linker.frequencies(), linker.model)
    pairs = [(found[pair.low], found[pair.high]) for pair in linked.to_review]
    for (a, b), likeness in zip(pairs, scorer.likenesses(pairs) if pairs else (), strict=True):
        reasons = "; ".join((*likeness.reasons, *filter(None, [likeness.guard])))
        yield a.state_code, a.state_student_id, b.state_code, b.state_student_id, likeness.score, reasons


def _write(file: Path, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(heading)
        writer.writerows(rows)
