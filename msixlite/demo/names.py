"""Names for made-up people: drawn from tables by culture, the frequent ones more often."""

import csv
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random

_TABLE = Path(__file__).parent / "names.csv"

CULTURES = {"hispanic": 85, "english": 6, "indigenous": 4, "haitian": 3, "hmong": 2}
"""Culture → share of the families in percent. Indigenous: Mixtec of Oaxaca and K'iche' of Guatemala."""
DOUBLE_SURNAMES = frozenset(("hispanic", "indigenous"))
_SECOND_NAME = {"hispanic": 0.7, "indigenous": 0.4, "haitian": 0.3, "english": 0.8, "hmong": 0.2}
"""Share of people with a second given name."""

NICKNAMES = {
    "Guadalupe": "Lupe", "Jesús": "Chuy", "José": "Pepe", "Francisco": "Paco", "Roberto": "Beto", "Ignacio": "Nacho",
    "Antonio": "Toño", "Rosario": "Chayo", "Dolores": "Lola", "Eduardo": "Lalo", "Fernando": "Nando",
    "Enrique": "Quique", "Manuel": "Manny", "Rafael": "Rafa", "Miguel": "Mike", "Luis": "Lucho", "Alejandro": "Alex",
    "Alejandra": "Alex", "Concepción": "Concha", "Javier": "Javi", "Sergio": "Checo", "Daniel": "Danny",
    "Salvador": "Chava", "Sebastián": "Sebas", "Teresa": "Tere", "Patricia": "Paty", "Leticia": "Lety",
    "Verónica": "Vero", "Isabel": "Chabela", "Graciela": "Chela", "Samuel": "Sam", "Rebecca": "Becky",
}  # fmt: skip
"""What a child is called in everyday life."""


class _Pool:
    """Names with falling weights: the first of the list is the most frequent."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.weights = list(accumulate(1 / (rank + 6) for rank in range(len(names))))

    def draw(self, rng: Random) -> str:
        return rng.choices(self.names, cum_weights=self.weights)[0]


@cache
def _pools() -> dict[tuple[str, str], _Pool]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["culture"], row["kind"]): _Pool(row["names"].split(";")) for row in csv.DictReader(file)}


def culture(rng: Random) -> str:
    """A culture by its share of the families."""
    return rng.choices(list(CULTURES), weights=list(CULTURES.values()))[0]


def given_names(rng: Random, culture: str, sex: str) -> tuple[str, ...]:
    """One or two given names, never twice the same word."""
    first = _pools()[culture, sex.lower()].draw(rng)
    if rng.random() >= _SECOND_NAME[culture]:
        return (first,)
    second = _pools()[culture, f"second {sex.lower()}"].draw(rng)
    return (first,) if first in second else (first, second)


def surname(rng: Random, culture: str) -> str:
    """One surname, with its particles: de la Cruz."""
    return _pools()[culture, "surname"].draw(rng)
