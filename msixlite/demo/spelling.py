"""How a State writes a child: its own habits for names, and the errors that people make when they type."""

import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from msixlite.demo.families import Child, Parent, Town
from msixlite.demo.names import NICKNAMES

Row = dict[str, str]
"""Element keys of the registry → text as it stands in a file; dates are YYYYMMDD."""


@dataclass(frozen=True)
class Habits:
    """How often, in percent, a State's offices choose each way to write a name."""

    surnames: dict[str, int]
    """two fields, hyphenated, paternal, joined (one field with a blank), run together."""
    given: dict[str, int]
    """split (First, Middle), together (both in First), initial (First, M.), first only, second only."""
    keeps_accents: float
    capitals: bool = False


_HABITS = {
    "TX": Habits(
        {"two fields": 92, "hyphenated": 3, "paternal": 3, "joined": 2},
        {"split": 88, "together": 6, "initial": 4, "first only": 1, "second only": 1},
        keeps_accents=0.75,
    ),
    "NC": Habits(
        {"hyphenated": 62, "two fields": 18, "paternal": 14, "joined": 6},
        {"split": 55, "together": 8, "initial": 27, "first only": 8, "second only": 2},
        keeps_accents=0.05,
    ),
    "OH": Habits(
        {"paternal": 58, "joined": 27, "hyphenated": 8, "run together": 7},
        {"together": 48, "first only": 22, "split": 25, "initial": 3, "second only": 2},
        keeps_accents=0.1,
        capitals=True,
    ),
    "VT": Habits(
        {"hyphenated": 55, "joined": 25, "paternal": 15, "two fields": 5},
        {"initial": 55, "split": 25, "first only": 12, "together": 7, "second only": 1},
        keeps_accents=0.15,
    ),
}


def student_row(rng: Random, state: str, child: Child, *, state_student_id: str, first_arrival: date) -> Row:
    """The Student elements of a child as one State has them, with that State's habits and errors.

    `first_arrival`: the child's first day in the State; a wrong birth date is still before it.
    """
    row = {
        "state_student_id": state_student_id,
        "id_type": id_type(state),
        **_name(rng, _HABITS[state], child),
        **_birth(rng, child, first_arrival),
        **_parents(rng, _HABITS[state], child),
        "sex": _wrongly(rng, 0.006, child.sex, {"Female": "Male", "Male": "Female"}.get(child.sex, child.sex)),
        "multiple_birth": _wrongly(rng, 0.06, "Y", "") if child.twin else "N",
    }
    row |= child.spelled.get(state, {})
    if _HABITS[state].capitals:
        row |= {
            key: row[key].upper() for key in row if key.endswith(("_name", "name_1", "name_2", "city", "birth_state"))
        }
    return row


def id_type(state: str) -> str:
    """Vermont's numbers come from its Migrant Education Program, the others' from the State."""
    return "02" if state == "VT" else "01"


def _wrongly(rng: Random, share: float, right: str, wrong: str) -> str:
    return wrong if rng.random() < share else right


def _pick(rng: Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def _name(rng: Random, habits: Habits, child: Child) -> Row:
    first, middle = _given(rng, habits, child)
    one, two = _surnames(rng, habits, child.surnames)
    if rng.random() < 0.03:
        first = typing_error(rng, first)
    if rng.random() < 0.03:
        one = typing_error(rng, one)
    if rng.random() >= habits.keeps_accents:
        first, middle, one, two = map(without_accents, (first, middle, one, two))
    return {"first_name": first, "middle_name": middle, "last_name_1": one, "last_name_2": two}


def _given(rng: Random, habits: Habits, child: Child) -> tuple[str, str]:
    """First Name and Middle Name. Twins keep the name that tells them apart."""
    first, second = (*child.given, "")[:2]
    chance = rng.random()
    if not child.twin and chance < 0.03 and first in NICKNAMES:
        return NICKNAMES[first], second
    if not child.twin and second in NICKNAMES and chance < 0.02:
        return NICKNAMES[second], ""
    if first == "María" and second and chance < 0.06:
        return "Ma.", second
    if not second:
        return first, ""
    way = _pick(rng, habits.given)
    if child.twin and way == "second only":
        way = "split"
    return {
        "split": (first, second),
        "together": (f"{first} {second}", ""),
        "initial": (first, f"{second[0].upper()}."),
        "first only": (first, ""),
        "second only": (second, ""),
    }[way]


def _surnames(rng: Random, habits: Habits, surnames: tuple[str, ...]) -> tuple[str, str]:
    """Last Name 1 and Last Name 2."""
    one, two = (*(_particles(rng, name) for name in surnames), "")[:2]
    if not two:
        return one, ""
    return {
        "two fields": (one, two),
        "hyphenated": (f"{one}-{two}", ""),
        "paternal": (one, ""),
        "joined": (f"{one} {two}", ""),
        "run together": (f"{one}{two}".replace(" ", "").capitalize(), ""),
    }[_pick(rng, habits.surnames)]


def _particles(rng: Random, surname: str) -> str:
    """de la Cruz, De La Cruz, Delacruz or Cruz."""
    if " " not in surname:
        return surname
    way = rng.choices(("as is", "title", "one word", "dropped"), weights=(50, 30, 13, 7))[0]
    return {
        "as is": surname,
        "title": surname.title(),
        "one word": surname.replace(" ", "").capitalize(),
        "dropped": surname.rsplit(" ", 1)[1],
    }[way]


def without_accents(text: str) -> str:
    """Plain letters: Núñez → Nunez."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


_SLIPS: tuple[Callable[[str, int], str], ...] = (
    lambda text, at: text[:at] + text[at + 1] + text[at] + text[at + 2 :],
    lambda text, at: text[:at] + text[at + 1 :],
    lambda text, at: text[: at + 1] + text[at:],
    lambda text, at: text[:at] + "aeiou"[ord(text[at]) % 5] + text[at + 1 :],
)
_SOUND_ALIKE = (("z", "s"), ("v", "b"), ("ll", "y"), ("ci", "si"), ("ge", "je"), ("y", "i"), ("k", "c"), ("c", "k"))


def typing_error(rng: Random, name: str) -> str:
    """One slip inside the name, or a letter that sounds the same: Hernández → Hernándes."""
    if len(name) < 4:
        return name
    if rng.random() < 0.4:
        for letter, heard in _SOUND_ALIKE:
            if letter in name[1:]:
                return name[0] + name[1:].replace(letter, heard, 1)
    return rng.choice(_SLIPS)(name, rng.randrange(1, len(name) - 2))


def _birth(rng: Random, child: Child, before: date) -> Row:
    """Birth date and birthplace; now and then wrong, missing, or another town."""
    birth_date = child.birth_date
    chance = rng.random()
    if chance < 0.012:
        birth_date = _swapped(birth_date)
    elif chance < 0.03:
        birth_date = _one_digit_off(rng, birth_date)
    if birth_date >= before:
        birth_date = child.birth_date
    town = _birthplace(rng, child.birthplace)
    return {
        "birth_date": f"{birth_date:%Y%m%d}",
        "birth_city": town.city,
        "birth_state": town.state,
        "birth_country": town.country,
        "birth_date_verification": rng.choices(("1004", "1007", "1010", "1003", ""), weights=(70, 8, 10, 4, 8))[0],
    }


def _swapped(day: date) -> date:
    return day.replace(day=day.month, month=day.day) if day.day <= 12 else day


def _one_digit_off(rng: Random, day: date) -> date:
    """Another last digit of the day, the month or the year."""
    other = rng.randrange(1, 9)
    last_day = monthrange(day.year, day.month)[1]
    of_day = day.day // 10 * 10 + (day.day + other) % 10
    if rng.random() < 0.6 and 1 <= of_day <= last_day:
        return day.replace(day=of_day)
    return date(day.year - 1 - other % 2, day.month, min(day.day, 28))


_OTHER_TOWNS = (Town("Hidalgo", "TX"), Town("Monterrey", "Nuevo León", "MEX"), Town("Fayetteville", "NC"))


def _birthplace(rng: Random, true: Town) -> Town:
    chance = rng.random()
    if chance < 0.04:
        return rng.choice(_OTHER_TOWNS)
    if chance < 0.07:
        return Town("", "", "")
    if chance < 0.12:
        return Town(true.city, "", true.country)
    return Town(without_accents(true.city), without_accents(true.state), true.country) if chance < 0.5 else true


def _parents(rng: Random, habits: Habits, child: Child) -> Row:
    male_first, male_last = _parent(rng, habits, child.family.father)
    female_first, female_last = _parent(rng, habits, child.family.mother)
    if female_last and male_last and rng.random() < 0.12:
        female_last = male_last
    return {
        "male_parent_first_name": male_first,
        "male_parent_last_name": male_last,
        "female_parent_first_name": female_first,
        "female_parent_last_name": female_last,
    }


def _parent(rng: Random, habits: Habits, parent: Parent | None) -> tuple[str, str]:
    """Given name and surname; one in twelve is missing."""
    if parent is None or rng.random() < 0.08:
        return "", ""
    first = " ".join(parent.given) if rng.random() < 0.4 else parent.given[0]
    last = " ".join(parent.surnames) if rng.random() < 0.2 else parent.surnames[0]
    if rng.random() < habits.keeps_accents:
        return first, last
    return without_accents(first), without_accents(last)
