"""Made-up families: parents, children, and where they have lived. This is the truth, before a State writes it.

Families move together. Most have a home base for the winter and follow the harvest in summer and fall; some come for
the summer only, some have settled, and some are youths who travel alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from random import Random

from msixlite.demo import names
from msixlite.demo.places import DemoDistrict, DemoState

YEAR = 365.25
_OLDEST = 21.8
"""Years. Nobody is older today."""
_TWINS, _NAMESAKES = 0.025, 0.02
"""Shares of all children."""


@dataclass(frozen=True)
class Town:
    """A place of birth, or one that a family came from. `state` is a State or a province."""

    city: str
    state: str
    country: str = "USA"


_TOWNS = {
    "hispanic": (
        Town("Reynosa", "Tamaulipas", "MEX"), Town("Matamoros", "Tamaulipas", "MEX"),
        Town("Celaya", "Guanajuato", "MEX"), Town("Morelia", "Michoacán", "MEX"),
        Town("Uruapan", "Michoacán", "MEX"), Town("Linares", "Nuevo León", "MEX"),
        Town("Papantla", "Veracruz", "MEX"), Town("Iguala", "Guerrero", "MEX"), Town("Choluteca", "Choluteca", "HND"),
        Town("McAllen", "TX"), Town("Brownsville", "TX"), Town("Laredo", "TX"), Town("Immokalee", "FL"),
        Town("Salinas", "CA"), Town("Yakima", "WA"),
    ),
    "indigenous": (
        Town("Tlaxiaco", "Oaxaca", "MEX"), Town("Juxtlahuaca", "Oaxaca", "MEX"), Town("Huajuapan", "Oaxaca", "MEX"),
        Town("Nahualá", "Sololá", "GTM"), Town("Santa Cruz del Quiché", "Quiché", "GTM"), Town("Oxnard", "CA"),
    ),
    "haitian": (Town("Gonaïves", "Artibonite", "HTI"), Town("Les Cayes", "Sud", "HTI"), Town("Belle Glade", "FL")),
    "english": (Town("Valdosta", "GA"), Town("Lakeland", "FL"), Town("Harlan", "KY"), Town("Bangor", "ME")),
    "hmong": (Town("Fresno", "CA"), Town("Saint Paul", "MN"), Town("Chiang Rai", "Chiang Rai", "THA")),
}  # fmt: skip
"""Culture → where its families were born and come from."""

_HOMES = {"TX": 60, "NC": 20, "OH": 12, "VT": 8}
_HARVESTS = {"OH": 38, "NC": 34, "VT": 28}
"""Where the summer's work is."""


@dataclass(frozen=True)
class Stay:
    """A time in one district, begun by a qualifying move; `departure` is None while the family is still there."""

    district: DemoDistrict
    arrival: date
    departure: date | None
    came_from: Town

    @property
    def state(self) -> str:
        return self.district.state


@dataclass(frozen=True)
class Parent:
    """A parent or guardian, with one or two surnames."""

    given: tuple[str, ...]
    surnames: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """Who moves together."""

    culture: str
    father: Parent | None
    mother: Parent | None
    stays: tuple[Stay, ...]
    """In the order of their dates, without overlap."""

    @property
    def last_arrival(self) -> date:
        return self.stays[-1].arrival


@dataclass(frozen=True)
class Schooling:
    """What decides a child's grades, flags and courses."""

    kindergarten: int
    """The school year, by its first calendar year, in which the child is in kindergarten."""
    leaves: int
    """The first school year out of school: after grade 12, or earlier."""
    lep: bool = False
    idea: bool = False
    pfs: bool = False
    med_alert: str = "None"
    immunization: bool = True
    preschool: bool = False
    summer_project: bool = True
    early_algebra: bool = False
    """Algebra I in grade 8 rather than 9."""


@dataclass(frozen=True)
class Child:
    """One child as it is."""

    number: int
    family: Family
    given: tuple[str, ...]
    surnames: tuple[str, ...]
    sex: str
    birth_date: date
    birthplace: Town
    schooling: Schooling
    twin: bool = False
    namesake_of: int | None = None
    """The number of another child with the same or nearly the same name."""
    spelled: dict[str, dict[str, str]] = field(default_factory=dict)
    """State → its own values of Student elements, where they are set by hand (showcase children)."""


def school_year(day: date) -> int:
    """The calendar year in which the school year of a day began; it changes on 1 August."""
    return day.year if day.month >= 8 else day.year - 1


def kindergarten_year(birth_date: date) -> int:
    """The school year on whose first of September the child is five."""
    return birth_date.year + 5 + ((birth_date.month, birth_date.day) > (9, 1))


def generate(rng: Random, states: dict[str, DemoState], *, first_number: int, today: date) -> Iterator[Child]:
    """Children without end, family after family, with twins and namesakes at their shares."""
    numbers = count(first_number)
    models: list[Child] = []
    made = twins = namesakes = 0
    while True:
        model = rng.choice(models) if models and namesakes < _NAMESAKES * made else None
        family = _family(rng, states, model, today)
        want_twins = model is None and twins < _TWINS * made and family.mother is not None
        for child in _children(rng, family, model, numbers, twins=want_twins, today=today):
            made += 1
            twins += child.twin
            namesakes += child.namesake_of is not None
            if family.culture == "hispanic" and not child.twin:
                models.append(child)
            yield child


def _family(rng: Random, states: dict[str, DemoState], model: Child | None, today: date) -> Family:
    culture = model.family.culture if model else names.culture(rng)
    origin = rng.choice(_TOWNS[culture])
    stays = _stays(rng, states, origin, today)
    if model is None and rng.random() < 0.04:
        return Family(culture, None, None, stays)
    father, mother = _parent(rng, culture, "Male"), _parent(rng, culture, "Female")
    if model:
        father = Parent(father.given, (model.surnames[0], *father.surnames[1:]))
        if rng.random() < 0.8:
            mother = Parent(mother.given, (model.surnames[-1], *mother.surnames[1:]))
    elif rng.random() < 0.06:
        return Family(culture, None, mother, stays)
    return Family(culture, father, mother, stays)


def _parent(rng: Random, culture: str, sex: str) -> Parent:
    return Parent(names.given_names(rng, culture, sex), _surnames(rng, culture))


def _surnames(rng: Random, culture: str) -> tuple[str, ...]:
    parts = 2 if culture in names.DOUBLE_SURNAMES else 1
    return tuple(names.surname(rng, culture) for _ in range(parts))


def _stays(rng: Random, states: dict[str, DemoState], origin: Town, today: date) -> tuple[Stay, ...]:
    kind = rng.choices(("settled", "summers", "two", "three"), weights=(26, 9, 43, 22))[0]
    home = _draw(rng, _HOMES)
    if kind == "settled":
        return _settled(rng, states[home], origin, today)
    harvests = [_draw(rng, _HARVESTS, but=(home,))]
    if kind == "summers":
        return _summers(rng, states[harvests[0]], origin, today)
    if kind == "three":
        harvests.append(_draw(rng, _HARVESTS, but=(home, *harvests)))
    return _seasons(rng, states, home, harvests, origin, today)


def _draw(rng: Random, weights: dict[str, int], but: tuple[str, ...] = ()) -> str:
    left = {code: weight for code, weight in weights.items() if code not in but}
    return rng.choices(list(left), weights=list(left.values()))[0]


def _district(rng: Random, state: DemoState) -> DemoDistrict:
    """The first district of a State has nearly half of its children."""
    others = len(state.districts) - 1
    return rng.choices(state.districts, weights=[others, *[1] * others])[0]


def _settled(rng: Random, state: DemoState, origin: Town, today: date) -> tuple[Stay, ...]:
    """One move from far away some months ago; in one case of four a second one inside the State."""
    arrival = today - timedelta(days=rng.randint(20, 1380))
    district = _district(rng, state)
    moved = arrival + timedelta(days=rng.randint(120, 700))
    if moved > today or rng.random() < 0.75:
        return (Stay(district, arrival, None, origin),)
    other = rng.choice([one for one in state.districts if one is not district])
    return (
        Stay(district, arrival, moved - timedelta(days=3), origin),
        Stay(other, moved, None, Town(district.city, state.code)),
    )


def _summers(rng: Random, state: DemoState, origin: Town, today: date) -> tuple[Stay, ...]:
    """The same fields every summer, from a home outside the four States."""
    district = _district(rng, state)
    first = today.year - rng.randint(1, 3)
    spans = [_summer(rng, year) for year in range(first, today.year + 1)]
    return tuple(_until(today, Stay(district, start, end, origin)) for start, end in spans if start <= today)


def _summer(rng: Random, year: int) -> tuple[date, date]:
    return date(year, 6, 1 + rng.randrange(25)), date(year, 10, 3) + timedelta(days=rng.randrange(35))


def _seasons(
    rng: Random, states: dict[str, DemoState], home: str, harvests: list[str], origin: Town, today: date
) -> tuple[Stay, ...]:
    """Winter at home, summer and fall where the work is, for the last years; with two harvests, one after the other."""
    district = {code: _district(rng, states[code]) for code in (home, *harvests)}
    first = today.year - rng.choices((len(harvests), 3, 4), weights=(5, 3, 1))[0]
    stays: list[Stay] = []
    arrival, came_from = _summer(rng, first)[0], origin
    for year in range(first, today.year + 1):
        for code, departure in (
            (harvests[(year - first) % len(harvests)], _summer(rng, year)[1]),
            (home, _end_of_winter(rng, year + 1)),
        ):
            stays.append(Stay(district[code], arrival, departure, came_from))
            came_from = Town(district[code].city, code)
            arrival = departure + timedelta(days=rng.randint(2, 8))
    return tuple(_until(today, stay) for stay in stays if stay.arrival <= today)


def _end_of_winter(rng: Random, year: int) -> date:
    """At the end of the school year, or in one case of three weeks before it."""
    if rng.random() < 0.33:
        return date(year, 3, 25) + timedelta(days=rng.randrange(40))
    return date(year, 5, 14) + timedelta(days=rng.randrange(16))


def _until(today: date, stay: Stay) -> Stay:
    """The stay as it is known today."""
    if stay.departure is None or stay.departure <= today:
        return stay
    return replace(stay, departure=None)


def _children(
    rng: Random, family: Family, model: Child | None, numbers: Iterator[int], *, twins: bool, today: date
) -> Iterator[Child]:
    """The family's children, the youngest first. A namesake of `model` comes alone at its head."""
    births = _births(rng, family, today)
    if model:
        births[0] = _birth_of_namesake(rng, family, model, births[0])
    taken: set[tuple[str, ...]] = set()
    for order, birth_date in enumerate(births):
        birthplace = _birthplace(rng, family)
        for _ in range(2 if twins and order == 0 else 1):
            is_namesake = model is not None and order == 0
            sex = model.sex if model and is_namesake else rng.choice(("Female", "Male"))
            given = model.given if model and is_namesake else _new_given(rng, family.culture, sex, taken)
            taken.add(given[:1])
            yield Child(
                number=next(numbers),
                family=family,
                given=given,
                surnames=surnames_of(family) or _surnames(rng, family.culture),
                sex=sex,
                birth_date=birth_date,
                birthplace=birthplace,
                schooling=_schooling(rng, family, birth_date),
                twin=twins and order == 0,
                namesake_of=model.number if model and is_namesake else None,
            )


def _births(rng: Random, family: Family, today: date) -> list[date]:
    """One to four birth dates, all before the last move."""
    since = (today - family.last_arrival).days / YEAR
    if family.mother is None:
        return [today - timedelta(days=int(rng.uniform(16 + since, _OLDEST) * YEAR))]
    ages = [rng.uniform(0.2, 15)]
    for _ in range(rng.choices((0, 1, 2, 3), weights=(30, 36, 22, 12))[0]):
        ages.append(ages[-1] + rng.uniform(1.2, 3.6))
    oldest = _OLDEST - since
    return [family.last_arrival - timedelta(days=int(age * YEAR)) for age in ages if age < oldest]


def _birth_of_namesake(rng: Random, family: Family, model: Child, drawn: date) -> date:
    """Mostly another day, sometimes the same day of another year.

    The same date only where the mothers have other surnames, so that the two are told apart.
    """
    same = model.birth_date
    if surnames_of(family) != model.surnames and same < family.last_arrival:
        return same
    day_in_drawn_year = date(drawn.year, same.month, min(same.day, 28))
    if rng.random() < 0.3 and day_in_drawn_year < family.last_arrival:
        drawn = day_in_drawn_year
    return drawn if drawn != same else drawn - timedelta(days=400)


def _birthplace(rng: Random, family: Family) -> Town:
    """Half of the children were born where the family comes from, the others where it once worked."""
    if rng.random() < 0.5:
        return rng.choice(_TOWNS[family.culture])
    home = family.stays[0].came_from
    return home if rng.random() < 0.7 else Town("Edinburg", "TX")


def _new_given(rng: Random, culture: str, sex: str, taken: set[tuple[str, ...]]) -> tuple[str, ...]:
    """Given names whose first no brother or sister has."""
    while True:
        given = names.given_names(rng, culture, sex)
        if given[:1] not in taken:
            return given


def surnames_of(family: Family) -> tuple[str, ...]:
    """The children's surnames: the father's first and the mother's first where the culture uses two."""
    both = [parent.surnames for parent in (family.father, family.mother) if parent]
    if not both:
        return ()
    if family.culture not in names.DOUBLE_SURNAMES:
        return both[0][:1]
    return both[0] if len(both) == 1 else (both[0][0], both[1][0])


def _schooling(rng: Random, family: Family, birth_date: date) -> Schooling:
    kindergarten = kindergarten_year(birth_date) + (rng.random() < 0.12)
    alone = family.mother is None
    return Schooling(
        kindergarten=kindergarten,
        leaves=kindergarten + (rng.randint(9, 11) if alone or rng.random() < 0.06 else 13),
        lep=rng.random() < (0.08 if family.culture == "english" else 0.5),
        idea=rng.random() < 0.1,
        pfs=rng.random() < 0.25,
        med_alert=rng.choices(("None", "Chronic", "Acute"), weights=(91, 7, 2))[0],
        immunization=rng.random() < 0.93,
        preschool=rng.random() < 0.6,
        summer_project=rng.random() < 0.7,
        early_algebra=rng.random() < 0.25,
    )
