"""Make up a set of States' files with the truth beside them: python -m bench.generators WORLD --out FOLDER."""

import argparse
import csv
from pathlib import Path

from bench.generators.families import Child, Families
from bench.generators.offices import Row, Writer
from bench.generators.worlds import WORLDS, World, bare, drawn

EXTRA = ("state", "state_student_id", "child", "family", "ethnicity", "twin_group", "namesake_of", "tags")


def make(world: World, children: int, seed: int) -> tuple[list[Row], list[Row]]:
    """The State records, and beside each its truth, both in random order."""
    families = Families(world, seed)
    writer = Writer(world, seed + 1, families.states)
    made = [
        (row, _truth(child, row, tags))
        for child in families.make(children)
        for state in child.stays
        for row, tags in [writer.write(child, state)]
    ]
    families.rng.shuffle(made)
    return [row for row, _ in made], [truth for _, truth in made]


def _truth(child: Child, row: Row, tags: list[str]) -> Row:
    return {
        "state": row["state"],
        "state_student_id": row["state_student_id"],
        "child": f"C{child.number:07d}",
        "family": str(child.family),
        "ethnicity": child.group,
        "twin_group": child.twin_group,
        "namesake_of": "" if child.namesake_of is None else f"C{child.namesake_of:07d}",
        "tags": ";".join(tags),
    }


def world_named(name: str) -> World:
    """A world by its name, or one drawn by a number: drawn-17, bare-3."""
    kind, _, number = name.partition("-")
    return {"drawn": drawn, "bare": bare}[kind](int(number)) if number else WORLDS[name]


def write(folder: Path, rows: list[Row], truths: list[Row]) -> None:
    (folder / "states").mkdir(parents=True, exist_ok=True)
    for state in sorted({row["state"] for row in rows}):
        _write(folder / "states" / f"{state}.csv", [row for row in rows if row["state"] == state], tuple(rows[0]))
    _write(folder / "truth.csv", truths, EXTRA[:3])
    _write(folder / "truth_extra.csv", truths, EXTRA)


def _write(path: Path, rows: list[Row], columns: tuple[str, ...]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", help=f"{', '.join(WORLDS)}, drawn-N or bare-N")
    parser.add_argument("--children", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    write(chosen.out, *make(world_named(chosen.world), chosen.children, chosen.seed))


if __name__ == "__main__":
    main()
