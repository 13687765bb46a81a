"""Two registers of one record a person each, which tell names, date, town and State alone, as FEBRL's files do.

python -m bench.generators.registers --out FOLDER [--people N] [--both SHARE] [--noise N] [--seed N]
"""

import argparse
import random
import string
from datetime import date, timedelta
from pathlib import Path

from bench.generators.__main__ import _write
from bench.generators.families import Names, towns
from bench.generators.offices import Row
from msixlite.domain import linking_files

COLUMNS = ("state", "state_student_id", "first_name", "last_name_1", "date_of_birth", "suburb", "birth_state")
TOLD = COLUMNS[2:]
FIRST, DAYS = date(1905, 1, 1), 36_000
MISSING = {"first_name": 0.03, "last_name_1": 0.01, "date_of_birth": 0.02, "suburb": 0.01, "birth_state": 0.01}


class Registers:
    """Draws people, and writes each once into one register or into both."""

    def __init__(self, seed: int, noise: float, flatness: float = 0.8):
        self.rng, self.noise = random.Random(seed), noise
        self.names = Names(self.rng, {"surname": flatness, "given": flatness})
        self.places = [(town, area) for country in towns() for area, town in towns()[country]]

    def make(self, people: int, both: float) -> tuple[list[Row], list[Row]]:
        rows, truths = [], []
        for number in range(people):
            person = self._person()
            where = "AB" if self.rng.random() < both else self.rng.choice("AB")
            for state in where:
                told = self._wrong(dict(person)) if state == "B" else person
                key = {"state": state, "state_student_id": f"{state}{self.rng.randrange(10**6):06d}{number}"}
                rows.append(key | told)
                truths.append({**key, "child": f"P{number}"})
        return rows, truths

    def _person(self) -> Row:
        town, area = self.rng.choice(self.places)
        person = {
            "first_name": self.names.draw("other", self.rng.choice(("male", "female"))),
            "last_name_1": self.names.draw("other", "surname"),
            "date_of_birth": (FIRST + timedelta(days=self.rng.randrange(DAYS))).strftime("%Y%m%d"),
            "suburb": f"{town} {self.rng.choice(('', 'north', 'hills', 'park', 'bay', 'creek'))}".strip(),
            "birth_state": area,
        }
        return {key: "" if self.rng.random() < MISSING[key] else value for key, value in person.items()}

    def _wrong(self, told: Row) -> Row:
        for _ in range(min(8, int(self.rng.expovariate(1 / (1.4 * self.noise)) + 0.5))):
            key = self.rng.choices(TOLD, (3, 3, 3, 3, 1))[0]
            kind = self.rng.choices(("slip", "gone", "other", "swapped"), (11, 2, 3, 1))[0]
            if kind == "swapped":
                told["first_name"], told["last_name_1"] = told["last_name_1"], told["first_name"]
            elif kind == "gone":
                told[key] = ""
            elif kind == "other":
                told[key] = self._person()[key]
            else:
                told[key] = self._slip(told[key])
        return told

    def _slip(self, text: str) -> str:
        if len(text) < 3:
            return text
        at = self.rng.randrange(1, len(text) - 1)
        letter = self.rng.choice(string.digits if text.isdigit() else string.ascii_lowercase)
        if text.isdigit():
            return text[:at] + letter + text[at + 1 :]
        before, after = text[:at], text[at + 1 :]
        turned = before + after[:1] + text[at] + after[1:]
        return self.rng.choice((before + after, before + letter + after, before + letter + text[at:], turned))


def as_submitted(row: Row) -> Row:
    """The row under the names of a State's submission."""
    told = row["date_of_birth"]
    day = f"{told[:4]}-{told[4:6]}-{told[6:]}" if linking_files.read_date(told) else ""
    return {**row, "date_of_birth": day, "birth_city": row["suburb"], "multiple_birth_flag": ""}


def write(folder: Path, rows: list[Row], truths: list[Row]) -> None:
    (folder / "states").mkdir(parents=True, exist_ok=True)
    for state in "AB":
        _write(folder / "states" / f"{state}.csv", [row for row in rows if row["state"] == state], COLUMNS)
    _write(folder / "truth.csv", truths, ("state", "state_student_id", "child"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--both", type=float, default=1.0)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    write(chosen.out, *Registers(chosen.seed, chosen.noise).make(chosen.people, chosen.both))


if __name__ == "__main__":
    main()
