"""A set of State records with truth, ready to be compared and scored."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np

from msixlite.domain import matching_pairs
from msixlite.domain.matching_frequencies import Frequencies
from msixlite.domain.matching_identity import Identity
from msixlite.domain.matching_model import Model
from msixlite.domain.matching_scoring import Scorer

RECORDS_PER_CHILD = 1.9


class MeasuredSet:
    """State records, who they truly are, and the pairs that share a key."""

    def __init__(self, rows: list[dict[str, str]], truths: list[dict[str, str]], model: Model | None = None):
        self.identities = [identity_of_row(row) for row in rows]
        self.truths = truths
        self.size = len(rows)
        numbers: dict[str, int] = {}
        self.child = np.array([numbers.setdefault(truth["child"], len(numbers)) for truth in truths])
        self.words = Counter(word for one in self.identities for word in {*one.given, *one.surnames})
        children = round(self.size / RECORDS_PER_CHILD)
        counts = {word: round(count / RECORDS_PER_CHILD) for word, count in self.words.items()}
        self.scorer = Scorer(Frequencies(children, counts), model)
        self.columns = self.scorer.columns(self.identities)
        self.low, self.high = matching_pairs.pairs(self.columns)
        self.same = self.child[self.low] == self.child[self.high]

    def compared(self, low: np.ndarray, high: np.ndarray, chunk: int = 8_192) -> np.ndarray:
        """The comparisons of pairs of records."""
        parts = [
            self.scorer.compared(
                self.columns.rows(low[start : start + chunk]), self.columns.rows(high[start : start + chunk])
            )
            for start in range(0, len(low), chunk)
        ]
        return np.concatenate(parts)

    @property
    def true_pairs(self) -> int:
        sizes = np.bincount(self.child)
        return int((sizes * (sizes - 1) // 2).sum())


def identity_of_row(row: dict[str, str]) -> Identity:
    def of(column: str) -> str | None:
        return row.get(column) or None

    return Identity(
        row["state"],
        row["state_student_id"],
        row["first_name"],
        of("middle_name"),
        row["last_name_1"],
        of("last_name_2"),
        of("suffix"),
        of("sex"),
        date.fromisoformat(row["date_of_birth"]) if row["date_of_birth"] else None,
        {"Y": True, "N": False}.get(row["multiple_birth_flag"]),
        of("birth_city"),
        of("birth_state"),
        of("birth_country"),
        of("male_parent_first_name"),
        of("male_parent_last_name"),
        of("female_parent_first_name"),
        of("female_parent_last_name"),
    )


def read(folder: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The rows of states/*.csv, and truth_extra.csv beside them, in the same order."""
    rows = defaultdict(dict)
    for file in sorted((folder / "states").glob("*.csv")):
        for row in _rows(file):
            rows[row["state"], row["state_student_id"]] = row
    truths = list(_rows(folder / "truth_extra.csv"))
    return [rows[truth["state"], truth["state_student_id"]] for truth in truths], truths


def _rows(file: Path) -> Iterable[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        yield from csv.DictReader(opened)
