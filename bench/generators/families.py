"""Families and their children, made up: who they are before any office writes them down."""

import csv
import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

from bench.generators.worlds import World

FOLDER = Path(__file__).parent
FIRST_BIRTH, LAST_BIRTH = date(2004, 9, 1), date(2022, 12, 31)
AREAS = {"hisp": ("MX",) * 8 + ("GT", "HN", "SV", "NI", "PR"), "maya": ("GT",), "haiti": ("HT",), "asian": ("US",)}


@dataclass(frozen=True)
class Person:
    given: tuple[str, ...]
    surnames: tuple[str, ...]


@dataclass(frozen=True)
class Child:
    """A child as it is."""

    number: int
    family: int
    group: str
    given: tuple[str, ...]
    surnames: tuple[str, ...]
    suffix: str
    sex: str
    born: date
    town: str
    area: str
    country: str
    father: Person
    mother: Person
    twin_group: str = ""
    namesake_of: int | None = None
    needs_second: bool = False
    """Offices write the second given name, because a twin has the same first one."""
    stays: tuple[str, ...] = field(default=())
    """The States that have a record, in order of time; one may come twice."""


class Names:
    """Names drawn by how usual they are."""

    def __init__(self, rng: random.Random, flatness: dict[str, float]):
        self.rng, self.flatness = rng, flatness
        self.lists: dict[tuple[str, str], tuple[list[str], list[float]]] = {}

    def draw(self, group: str, kind: str) -> str:
        if (group, kind) not in self.lists:
            power = self.flatness["surname" if kind == "surname" else "given"]
            pairs = _names()[(group, kind)]
            self.lists[group, kind] = [name for name, _ in pairs], list(accumulate(w**power for _, w in pairs))
        names, totals = self.lists[group, kind]
        return self.rng.choices(names, cum_weights=totals)[0]


@cache
def _names() -> dict[tuple[str, str], list[tuple[str, float]]]:
    found = defaultdict(list)
    with (FOLDER / "names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["group"], row["kind"]].append((row["name"], float(row["weight"])))
    return dict(found)


@cache
def towns() -> dict[str, list[tuple[str, str]]]:
    """Country → (area, town)."""
    found = defaultdict(list)
    with (FOLDER / "places.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["country"]] += [(row["state"], town) for town in row["cities"].split(";")]
    return dict(found)


def pick(rng: random.Random, shares: dict[str, float]) -> str:
    return rng.choices(list(shares), list(shares.values()))[0]


class Families:
    """Draws families until there are children enough."""

    def __init__(self, world: World, seed: int):
        self.world, self.rng = world, random.Random(seed)
        self.names = Names(self.rng, {"surname": world.surname_flatness, "given": world.given_flatness})
        self.states = sorted({area for area, _ in towns()["US"]})
        self.rng.shuffle(self.states)
        self.states = self.states[: world.states]
        self.weights = [1 / (rank + 1) ** world.skew for rank in range(len(self.states))]
        self.children: list[Child] = []

    def make(self, count: int) -> list[Child]:
        family = 0
        while len(self.children) < count:
            self._family(family)
            family += 1
            if self.children and self.rng.random() < self.world.namesakes * 2:
                self._namesake(family)
                family += 1
        return self.children[:count]

    def _family(self, family: int) -> None:
        group = pick(self.rng, self.world.groups)
        father, mother = self._parent(group, "male"), self._parent(group, "female")
        route = self._route()
        born = FIRST_BIRTH + timedelta(days=self.rng.randrange((LAST_BIRTH - FIRST_BIRTH).days))
        for birth in range(self.rng.choice((1, 1, 2, 2, 3, 4))):
            if born > LAST_BIRTH:
                return
            first = self._child(family, group, father, mother, born, route)
            self.children.append(first)
            if self.rng.random() < self.world.twins:
                self._twin(first, f"{family}-{birth}")
            born += timedelta(days=int(self.rng.uniform(330, 1500)))

    def _parent(self, group: str, sex: str) -> Person:
        surnames = [self.names.draw(group, "surname") for _ in range(2 if group in ("hisp", "maya") else 1)]
        return Person((self.names.draw(group, sex),), tuple(surnames))

    def _child(
        self, family: int, group: str, father: Person, mother: Person, born: date, route: tuple[str, ...]
    ) -> Child:
        sex = self.rng.choice(("Male", "Female"))
        country, area, town = self._birthplace(group)
        return Child(
            len(self.children),
            family,
            group,
            self._given(group, sex),
            self._surnames(group, father, mother),
            self.rng.choice(("Jr", "II", "III")) if sex == "Male" and self.rng.random() < self.world.suffix else "",
            sex,
            born,
            town,
            area,
            country,
            father,
            mother,
            stays=self._stays(route),
        )

    def _given(self, group: str, sex: str) -> tuple[str, ...]:
        kind = sex.lower()
        given = [self.names.draw(group, kind)]
        if self.rng.random() < self.world.second_given:
            second = self.names.draw(group, kind)
            given += [second] if second != given[0] else []
        if given[0] == "María" and len(given) == 2 and self.rng.random() < 0.05:
            given[1:] = ["de los Ángeles"]
        return tuple(given)

    def _surnames(self, group: str, father: Person, mother: Person) -> tuple[str, ...]:
        if group not in ("hisp", "maya"):
            return (father if self.rng.random() < 0.85 else mother).surnames[:1]
        if self.rng.random() < self.world.one_parent:
            return mother.surnames[:2]
        if self.rng.random() > self.world.second_surname:
            return father.surnames[:1]
        return father.surnames[0], mother.surnames[0]

    def _birthplace(self, group: str) -> tuple[str, str, str]:
        abroad = AREAS.get(group, ("US",))
        country = self.rng.choice(abroad) if self.rng.random() < self.world.born_abroad else "US"
        known = towns()[country]
        few = known[:: max(1, len(known) // 5)] if self.rng.random() < self.world.few_towns else known
        area, town = self.rng.choice(few)
        return country, area, town

    def _route(self) -> tuple[str, ...]:
        return tuple(self.rng.choices(self.states, self.weights, k=5))

    def _stays(self, route: tuple[str, ...]) -> tuple[str, ...]:
        wanted = int(pick(self.rng, self.world.stays))
        states = list(dict.fromkeys(route if self.rng.random() < 0.8 else self._route()))[:wanted]
        again = [state for state in states if self.rng.random() < self.world.same_state_again]
        return tuple(sorted(states + again, key=states.index))

    def _twin(self, first: Child, twin_group: str) -> None:
        sex = first.sex if self.rng.random() < 0.65 else ("Female" if first.sex == "Male" else "Male")
        given = self._other_given(first, sex)
        shared = given[0] == first.given[0]
        self.children[-1] = replace(first, twin_group=twin_group, needs_second=shared)
        stays = first.stays if self.rng.random() < 0.85 else self._stays(self._route())
        self.children.append(
            replace(
                first,
                number=len(self.children),
                given=given,
                sex=sex,
                suffix="",
                twin_group=twin_group,
                needs_second=shared,
                stays=stays,
            )
        )

    def _other_given(self, first: Child, sex: str) -> tuple[str, ...]:
        for _ in range(60):
            given = self._given(first.group, sex)
            if given[0] == first.given[0]:
                continue
            if self.rng.random() < self.world.twins_share_given and sex == first.sex:
                return first.given[0], given[0]
            if self.rng.random() > self.world.twins_alliterate or given[0][:2] == first.given[0][:2]:
                return given
        return given

    def _namesake(self, family: int) -> None:
        """Another child with the names of one already here."""
        like = self.rng.choice(self.children[-2000:])
        father, mother = self._parent(like.group, "male"), self._parent(like.group, "female")
        father = replace(father, surnames=(like.surnames[0], *father.surnames[1:]))
        if self.rng.random() < 0.4 and len(like.surnames) == 2:
            mother = replace(mother, surnames=(like.surnames[1], *mother.surnames[1:]))
        surnames = (father.surnames[0], mother.surnames[0])[: len(like.surnames)]
        near = self.rng.choice((0, *(self.rng.randrange(-reach, reach) for reach in (40, 400, 400, 1500)), 365))
        route = self._route() if self.rng.random() < 0.5 or not like.stays else (*like.stays, *self._route())
        made = self._child(family, like.group, father, mother, like.born + timedelta(days=near), route)
        given = like.given if self.rng.random() < 0.7 else like.given[:1]
        self.children.append(replace(made, given=given, surnames=surnames, sex=like.sex, namesake_of=like.number))
