"""The learned part of matching: additive weights that explain, and small trees that correct them for interactions.

The file beside this one holds the numbers; `bench/learn_matching.py` learns them. Everything is in natural log odds
unless it is called bits.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from msixlite.domain.matching_columns import Floats
from msixlite.domain.matching_comparisons import FEATURES

FILE = Path(__file__).parent / "matching_model.json"
DEPTH = 6
"""Levels of each tree: 63 questions, 64 answers."""
CHUNK = 4_096
"""Pairs that pass the trees together: few enough to stay in the processor's cache."""


@dataclass(frozen=True)
class Model:
    """Weights, trees and cut-offs of one version."""

    version: str
    edges: tuple[NDArray[np.float32], ...]
    """For each comparison the upper bounds of its levels but the last; values up to and with a bound are below it."""
    weights: tuple[NDArray[np.float32], ...]
    """For each comparison the log odds of its levels."""
    start: float
    """Log odds of a pair of which nothing is known."""
    tree_feature: NDArray[np.intp]
    """Tree → the comparison that each question asks about; the questions after question i are 2i + 1 and 2i + 2."""
    tree_threshold: NDArray[np.float32]
    """Tree → question → up to and with which value one goes to the first."""
    tree_value: NDArray[np.float32]
    """Tree → answer → log odds."""
    same_at: float
    """Log odds from which State records link by themselves."""
    near_at: float
    """Log odds from which a person is asked."""
    usual: dict[str, float]
    """Share of children who have a name word, as far as it is known beforehand."""

    def additive(self, compared: Floats) -> Floats:
        """What each comparison says by itself: pairs by comparisons, log odds."""
        columns = [
            weights[np.searchsorted(edges, compared[:, index])]
            for index, (edges, weights) in enumerate(zip(self.edges, self.weights, strict=True))
        ]
        return np.stack(columns, axis=1)

    def evidence(self, compared: Floats) -> Floats:
        """The additive score of each pair, log odds."""
        total = np.full(len(compared), self.start, dtype=np.float32)
        for index, (edges, weights) in enumerate(zip(self.edges, self.weights, strict=True)):
            if len(weights) > 1:
                total += weights[np.searchsorted(edges, compared[:, index])]
        return total

    def log_odds(self, compared: Floats) -> Floats:
        """Log odds that the two State records of each pair are one child's."""
        return self.evidence(compared) + self.correction(compared)

    def correction(self, compared: Floats) -> Floats:
        """What the trees add."""
        parts = [self._walk(compared[start : start + CHUNK]) for start in range(0, len(compared), CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.float32)

    def _walk(self, compared: Floats) -> Floats:
        """All pairs through all trees: so many trees at a time that about CHUNK questions are answered together."""
        total = np.zeros(len(compared), dtype=np.float32)
        flat, rows = compared.ravel(), (np.arange(len(compared)) * compared.shape[1])[:, None]
        together = max(1, CHUNK // max(1, len(compared)))
        for start in range(0, len(self.tree_value), together):
            feature, threshold, value = (part[start : start + together].ravel() for part in self._trees)
            begin = np.arange(len(value) >> DEPTH) * (2**DEPTH - 1)
            at = np.zeros((len(compared), len(begin)), dtype=np.intp)
            for _ in range(DEPTH):
                question = at + begin
                at = 2 * at + 1 + (flat.take(rows + feature.take(question)) > threshold.take(question))
            answer = at - (2**DEPTH - 1) + np.arange(len(begin)) * 2**DEPTH
            total += value.take(answer).sum(axis=1)
        return total

    @property
    def _trees(self) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32]]:
        return self.tree_feature, self.tree_threshold, self.tree_value


@cache
def load(file: Path = FILE) -> Model:
    return read(json.loads(file.read_text(encoding="utf-8")))


def read(stored: dict[str, object]) -> Model:
    """The model from its stored form. Raises ValueError if it was learned on other comparisons."""
    levels, trees = stored["levels"], stored["trees"]
    assert isinstance(levels, dict)
    assert isinstance(trees, dict)
    if tuple(levels) != FEATURES:
        raise ValueError("The matching model was learned on other comparisons than the code makes.")
    return Model(
        version=str(stored["version"]),
        edges=tuple(np.array(level["edges"], dtype=np.float32) for level in levels.values()),
        weights=tuple(np.array(level["weights"], dtype=np.float32) for level in levels.values()),
        start=_number(stored["start"]),
        tree_feature=np.array(trees["feature"], dtype=np.intp).reshape(-1, 2**DEPTH - 1),
        tree_threshold=np.array(trees["threshold"], dtype=np.float32).reshape(-1, 2**DEPTH - 1),
        tree_value=np.array(trees["value"], dtype=np.float32).reshape(-1, 2**DEPTH),
        same_at=_number(stored["same_at"]),
        near_at=_number(stored["near_at"]),
        usual=_shares(stored["usual"]),
    )


def _number(stored: object) -> float:
    assert isinstance(stored, int | float)
    return float(stored)


def _shares(stored: object) -> dict[str, float]:
    assert isinstance(stored, dict)
    return stored
