"""Whether Splink, given the model's table, finds the links that msixlite finds: python -m bench.splink_engine FOLDER.

The folder holds states/*.csv. Wants splink. Prints the share of links that both have, and the pairs that only one has.
"""

import argparse
import sys
import time
from collections import defaultdict
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from msixlite.domain import linking, linking_files, splink_engine


def links(clusters):
    members = defaultdict(list)
    for row, cluster in enumerate(clusters.tolist()):
        members[cluster].append(row)
    return {pair for rows in members.values() for pair in combinations(rows, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", type=int, default=20, help="pairs to print that only one of the two has (20)")
    parser.add_argument("--backend", choices=splink_engine.BACKENDS, default="duckdb")
    parser.add_argument("--database", default="", help="for PostgreSQL: postgresql+psycopg://USER@HOST/NAME")
    chosen = parser.parse_args()
    linker, identities = linking.Linker(), []
    for identity in linking_files.read_files(sorted((chosen.folder / "states").glob("*.csv"))):
        linker.add(identity)
        identities.append(identity)
    began, began_clock = time.process_time(), time.monotonic()
    ours = links(linker.link().clusters)
    between, between_clock = time.process_time(), time.monotonic()
    theirs = links(splink_engine.engine(chosen.backend, chosen.database)(linker))
    ended, ended_clock = time.process_time(), time.monotonic()
    print(f"{linker.size:,} State records; links: {len(ours):,} ours, {len(theirs):,} Splink's")
    both = len(ours & theirs)
    print(f"in both: {both / len(ours | theirs):.4%} of all, {both / len(ours):.4%} of ours")
    print(f"processor seconds, without reading: {between - began:.1f} ours, {ended - between:.1f} Splink's")
    print(f"seconds of the clock: {between_clock - began_clock:.1f} ours, {ended_clock - between_clock:.1f} Splink's")
    for name, some in (("ours only", ours - theirs), ("Splink only", theirs - ours)):
        for a, b in sorted(some)[: chosen.list]:
            one, other = identities[a], identities[b]
            likeness = linker.scorer.likeness(one, other)
            numbers = f"{one.state_code} {one.state_student_id}, {other.state_code} {other.state_student_id}"
            print(f"{name}: {numbers}: {likeness.score}; {'; '.join(likeness.reasons)}; {likeness.guard}")


if __name__ == "__main__":
    main()
