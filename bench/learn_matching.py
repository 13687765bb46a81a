"""Learn the model of matching from made-up worlds, and write it where the product reads it.

python bench/learn_matching.py [--decided FILE]: wants lightgbm and scikit-learn, which the product does not.
A decided file holds pairs that people decided: the columns of bench/generators' files twice, with the endings _a and
_b, and `same` (1 or 0). Each counts as ten made-up pairs.
"""

import argparse
import csv
import json
import sys
import time
from collections import Counter
from pathlib import Path

import lightgbm
import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._measured_set import MeasuredSet, identity_of_row
from bench.generators.__main__ import make, world_named
from bench.generators.registers import Registers, as_submitted
from msixlite.domain.matching_comparisons import FEATURES
from msixlite.domain.matching_frequencies import Frequencies
from msixlite.domain.matching_model import DEPTH, FILE
from msixlite.domain.matching_scoring import Scorer

WORLDS = [(f"drawn-{number}", (3_000, 6_000, 16_000, 30_000)[number % 4], 100 + number) for number in range(1, 41)]
WORLDS += [(f"bare-{number}", (3_000, 8_000)[number % 2], 200 + number) for number in range(1, 5)]
"""World, children, seed. What is measured on elsewhere is not among them."""
REGISTERS = [
    (people, both, noise, 300 + seed)
    for seed, (people, both, noise) in enumerate(
        ((2_000, 1.0, 0.6), (5_000, 0.7, 1.0), (8_000, 0.4, 1.4), (12_000, 0.6, 0.8))
    )
]
"""People, the share in both registers, noise, seed."""
LEVELS = {
    "date": (-0.5, 0.1, 0.3, 0.45, 0.55, 0.65, 0.72, 0.78, 0.85, 0.95),
    "placeholder": (0.5, 1.5),
    "years_apart": (0.5, 1.5, 3.5),
    "given_first": (0.3, 0.55, 0.75, 0.85, 0.9, 0.93, 0.97),
    "given_open": (0.5, 1.5),
    "given_second": (-0.5, 0.3, 0.55, 0.9),
    "surname": (0.3, 0.55, 0.75, 0.9, 0.97),
    "surname_open": (0.5, 1.5),
    "surname_open_most": (0.5, 1.5),
    "crossed_both": (0.3, 0.75, 0.97),
    "name_bits": tuple(range(0, 40, 3)),
    "mother": (-0.5, 0.3, 0.55, 0.85, 0.97),
    "father": (-0.5, 0.3, 0.55, 0.85, 0.97),
    "parents_crossed": (0.3, 0.97),
    "mother_surname": (-0.5, 0.5, 0.9),
    "father_surname": (-0.5, 0.5, 0.9),
    "surname_told": (-0.5, 0.3, 0.8),
    "surname_told_both": (-0.5, 0.3, 0.8),
    "city": (-0.5, 0.3, 0.6, 0.85, 0.97),
    "area": (-0.5, 0.5),
    "country": (-0.5, 0.5),
    "sex": (-0.5, 0.5),
    "suffix": (-0.5, 0.25, 0.75),
    "multiple": (0.5, 1.5),
    "same_state": (0.5,),
    "population": (11.5, 12.5, 13.5, 14.5, 15.5),
}
"""Upper bounds of the levels of the comparisons that have a weight of their own."""
GROWS = ("date", "given_first", "given", "name_bits", "surname", "city", "area", "sex", "parent_bits", "joined")
FALLS = ("given_open", "surname_open", "years_apart", "population")
"""Comparisons of which more never speaks against the same child, or never for it."""
EACH_DECIDED = 10
"""Made-up pairs that one decided pair counts for."""
EACH_DOUBLING = 0.35
"""Log odds that a doubling of the children takes: with twice as many, a namesake is more likely."""


def gather(worlds: list[tuple[str, int, int]]) -> tuple[np.ndarray, np.ndarray]:
    matrices, same = [], []
    for name, children, seed in worlds:
        began = time.time()
        measured = MeasuredSet(*make(world_named(name), children, seed))
        matrices.append(measured.compared(measured.low, measured.high))
        same.append(measured.same)
        print(f"{name}: {measured.size} records, {len(measured.low)} pairs, {time.time() - began:.0f} s", flush=True)
    for people, both, noise, seed in REGISTERS:
        rows, truths = Registers(seed, noise).make(people, both)
        measured = MeasuredSet([as_submitted(row) for row in rows], truths)
        matrices.append(measured.compared(measured.low, measured.high))
        same.append(measured.same)
        print(f"registers {seed}: {measured.size} records, {len(measured.low)} pairs", flush=True)
    return np.concatenate(matrices), np.concatenate(same)


def levels_of(matrix: np.ndarray) -> np.ndarray:
    """One column for each level of each comparison, 0 or 1, without the first level."""
    columns = []
    for name, edges in LEVELS.items():
        level = np.searchsorted(np.array(edges, dtype=np.float32), matrix[:, FEATURES.index(name)])
        columns += [level == number for number in range(1, len(edges) + 1)] if name != "population" else []
    return np.stack(columns, axis=1).astype(np.float32)


def learn_weights(matrix: np.ndarray, same: np.ndarray) -> tuple[dict, float]:
    """The additive weights, by logistic regression on the levels."""
    population = matrix[:, FEATURES.index("population")]
    fitted = LogisticRegression(C=1.0, max_iter=300).fit(levels_of(matrix), same)
    remaining, stored = fitted.coef_[0].tolist(), {}
    for name in FEATURES:
        stored[name] = {"edges": [], "weights": [0.0]}
    for name, edges in LEVELS.items():
        if name == "population":
            continue
        weights, remaining = remaining[: len(edges)], remaining[len(edges) :]
        stored[name] = {"edges": list(edges), "weights": [0.0, *(round(weight, 3) for weight in weights)]}
    middle = float(np.median(population))
    points = [11.0 + 0.5 * step for step in range(23)]
    stored["population"] = {
        "edges": points[:-1],
        "weights": [round(-EACH_DOUBLING * (point - middle), 3) for point in points],
    }
    return stored, float(fitted.intercept_[0])


def additive(stored: dict, start: float, matrix: np.ndarray) -> np.ndarray:
    total = np.full(len(matrix), start)
    for index, name in enumerate(FEATURES):
        level = stored[name]
        weights = np.array(level["weights"])
        total += weights[np.searchsorted(np.array(level["edges"], dtype=np.float32), matrix[:, index])]
    return total


def learn_trees(matrix: np.ndarray, same: np.ndarray, before: np.ndarray, count: int, rate: float) -> lightgbm.Booster:
    settings = {
        "objective": "binary",
        "learning_rate": rate,
        "num_leaves": 40,
        "max_depth": DEPTH,
        "min_data_in_leaf": 80,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 8.0,
        "monotone_constraints": [(name in GROWS) - (name in FALLS) for name in FEATURES],
        "num_threads": 1,
        "seed": 7,
        "verbose": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(matrix, same, init_score=before), count)


def stored_trees(booster: lightgbm.Booster) -> dict:
    """The trees as arrays: each filled up to the same depth."""
    trees = {"feature": [], "threshold": [], "value": []}
    for tree in booster.dump_model()["tree_info"]:
        questions, answers = 2**DEPTH - 1, 2**DEPTH
        feature, threshold, value = [0] * questions, [0.0] * questions, [0.0] * answers
        _fill(tree["tree_structure"], 0, feature, threshold, value)
        trees["feature"] += feature
        trees["threshold"] += threshold
        trees["value"] += value
    return trees


def _fill(node: dict, at: int, feature: list[int], threshold: list[float], value: list[float]) -> None:
    if at >= len(feature):
        value[at - len(feature)] = round(node["leaf_value"], 4)
    elif "split_feature" in node:
        feature[at] = node["split_feature"]
        threshold[at] = round(node["threshold"], 4)
        _fill(node["left_child"], 2 * at + 1, feature, threshold, value)
        _fill(node["right_child"], 2 * at + 2, feature, threshold, value)
    else:
        _fill(node, 2 * at + 1, feature, threshold, value)
        _fill(node, 2 * at + 2, feature, threshold, value)


def usual_words(worlds: list[tuple[str, int, int]], most: int) -> dict[str, float]:
    """Mean share of children with each of the most usual words, over the smaller worlds."""
    shares: Counter = Counter()
    chosen = [(name, seed) for name, _children, seed in worlds][:8]
    for name, seed in chosen:
        measured = MeasuredSet(*make(world_named(name), 4_000, seed))
        for word, count in measured.words.items():
            shares[word] += count / measured.size / len(chosen)
    return {word: round(share, 5) for word, share in shares.most_common(most)}


def decided(file: Path, children: int) -> tuple[np.ndarray, np.ndarray]:
    """The comparisons of the pairs of a file, and whether each was found to be one child."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    sides = [
        [
            identity_of_row({name.removesuffix(end): value for name, value in row.items() if name.endswith(end)})
            for row in rows
        ]
        for end in ("_a", "_b")
    ]
    counts = Counter(word for side in sides for one in side for word in {*one.given, *one.surnames})
    shares = {word: round(count * children / (2 * len(rows))) for word, count in counts.items()}
    scorer = Scorer(Frequencies(children, shares))
    left, right = (scorer.columns(side) for side in sides)
    return scorer.compared(left, right), np.array([row["same"] == "1" for row in rows])


def _kept(file: Path) -> tuple[np.ndarray, np.ndarray]:
    stored = np.load(file)
    return stored["matrix"], stored["same"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", default="2026.3")
    parser.add_argument("--trees", type=int, default=120)
    parser.add_argument("--rate", type=float, default=0.15)
    parser.add_argument("--decided", type=Path, help="pairs that people decided")
    parser.add_argument("--children", type=int, default=50_000, help="children among whom they were found (50,000)")
    parser.add_argument("--keep", type=Path, help="keep the compared pairs here, or take them from here: FILE.npz")
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--same-at", type=float, default=2.0)
    parser.add_argument("--near-at", type=float, default=-2.4)
    chosen = parser.parse_args()
    matrix, same = _kept(chosen.keep) if chosen.keep and chosen.keep.exists() else gather(WORLDS)
    if chosen.keep and not chosen.keep.exists():
        np.savez(chosen.keep, matrix=matrix, same=same)
    if chosen.decided:
        decided_matrix, decided_same = decided(chosen.decided, chosen.children)
        matrix = np.concatenate([matrix, np.repeat(decided_matrix, EACH_DECIDED, axis=0)])
        same = np.concatenate([same, np.repeat(decided_same, EACH_DECIDED)])
    weights, start = learn_weights(matrix, same)
    before = additive(weights, start, matrix)
    booster = learn_trees(matrix, same, before, chosen.trees, chosen.rate)
    model = {
        "version": chosen.version,
        "start": round(start, 4),
        "same_at": chosen.same_at,
        "near_at": chosen.near_at,
        "levels": weights,
        "trees": stored_trees(booster),
        "usual": usual_words(WORLDS, 500),
    }
    chosen.out.write_text(json.dumps(model, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
