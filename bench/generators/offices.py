"""How the States' offices write a child down: each with its own habits, people with moods, and errors."""

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bench.generators.families import Child, Person, pick, towns
from bench.generators.worlds import World
from msixlite.domain import names as product_names

Row = dict[str, str]
KEYS = {
    "a": "qsz", "b": "vgn", "c": "xdv", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy", "i": "uok",
    "j": "hku", "k": "jli", "l": "ko", "m": "n", "n": "bm", "o": "ipl", "p": "ol", "q": "wa", "r": "etf", "s": "adw",
    "t": "ryg", "u": "yij", "v": "cb", "w": "qes", "x": "zc", "y": "tuh", "z": "xas",
}  # fmt: skip
SOUNDS = (
    ("z", "s"), ("s", "z"), ("v", "b"), ("b", "v"), ("y", "i"), ("i", "y"), ("ll", "y"), ("c", "k"), ("ge", "je"),
    ("j", "x"), ("h", ""), ("ph", "f"), ("qu", "k"), ("ch", "sh"), ("y", "j"), ("j", "y"), ("gu", "hu"),
)  # fmt: skip
LOOKS = (("rn", "m"), ("m", "rn"), ("l", "i"), ("u", "v"), ("n", "u"), ("e", "c"), ("a", "o"), ("cl", "d"), ("o", "0"))
COUNTRIES = {
    "MX": ("MX", "MEX", "Mexico"), "US": ("US", "USA", "United States"), "GT": ("GT", "GTM", "Guatemala"),
    "HN": ("HN", "HND", "Honduras"), "SV": ("SV", "SLV", "El Salvador"), "NI": ("NI", "NIC", "Nicaragua"),
    "HT": ("HT", "HTI", "Haiti"), "PR": ("PR", "PRI", "Puerto Rico"),
}  # fmt: skip


@dataclass(frozen=True)
class Habits:
    """One office's ways."""

    surname_style: str
    given_style: str
    accents: str
    capitals: bool
    cut: int
    """Characters that a name field holds."""
    country_style: int
    sex_style: str
    no_city: float
    no_birth_state: float
    no_mother: float
    no_father: float
    no_flag: float
    no_middle: float
    parents_second_surname: float
    typos: float
    digits: int
    """Length of its student numbers."""


def habits_of(world: World, rng: random.Random) -> Habits:
    """Draw an office's habits about those of its world."""

    def about(share: float) -> float:
        share = min(max(share, 0.001), 0.999)
        return rng.betavariate(share * world.concentration, (1 - share) * world.concentration)

    return Habits(
        pick(rng, world.surname_styles),
        pick(rng, world.given_styles),
        pick(rng, world.accents),
        rng.random() < world.capitals,
        rng.choice((12, 13, 15)) if rng.random() < world.short_fields else rng.choice((20, 25, 30)),
        rng.choice((0, 0, 1, 1, 2)),
        rng.choice(("M", "Male")),
        *(about(getattr(world, name)) for name in ABOUT),
        typos=world.typos * rng.lognormvariate(0, 0.4),
        digits=rng.choice((7, 8, 9, 10)),
    )


ABOUT = (
    "no_city", "no_birth_state", "no_mother", "no_father", "no_flag", "no_middle", "parents_second_surname",
)  # fmt: skip


class Writer:
    """Writes State records of children."""

    def __init__(self, world: World, seed: int, states: list[str]):
        self.world, self.rng = world, random.Random(seed)
        self.habits = {state: habits_of(world, self.rng) for state in states}
        self.used: set[tuple[str, str]] = set()

    def write(self, child: Child, state: str) -> tuple[Row, list[str]]:
        """The row as the State sends it, and tags that name what is odd in it."""
        habits, tags = self.habits[state], []
        given, middle = self._given(child, habits, tags)
        first, second, moved = self._surnames(child, habits, tags)
        middle = middle or moved
        father, mother = self._parents(child, habits, tags)
        given, middle, first = self._slips(given, middle, first, tags)
        if self._chance(self.world.given_replaced):
            given = self.rng.choice(("Alex", "Sam", "Maria", "Jordan", "Chris", "Ana", "Noah", "Emma", "Luis", "Mia"))
        given = "" if self._chance(self.world.no_given) else given
        suffix = child.suffix
        if suffix and self.rng.random() < 0.15:
            first, suffix = f"{first} {suffix}", ""
        if self.rng.random() < habits.typos:
            tags.append("name_typo")
            given, middle, first, second = self._typo_in(given, middle, first, second)
        born = self._born(child.born, tags)
        row = {
            "state": state,
            "state_student_id": self._number(state, habits),
            "last_name_1": first,
            "last_name_2": second,
            "suffix": suffix,
            "first_name": given,
            "middle_name": middle,
            "sex": self._sex(child.sex, habits, tags),
            "date_of_birth": born.isoformat() if born else "",
            "multiple_birth_flag": self._flag(child, habits),
            **self._birthplace(child, habits, tags),
            "male_parent_last_name": father[1],
            "male_parent_first_name": father[0],
            "female_parent_last_name": mother[1],
            "female_parent_first_name": mother[0],
        }
        return {key: self._as_typed(value, habits) if key in TYPED else value for key, value in row.items()}, tags

    def _number(self, state: str, habits: Habits) -> str:
        while True:
            number = f"{self.rng.randrange(10**habits.digits):0{habits.digits}d}"
            if (state, number) not in self.used:
                self.used.add((state, number))
                return number

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _given(self, child: Child, habits: Habits, tags: list[str]) -> tuple[str, str]:
        first, *more = child.given
        second = more[0] if more else ""
        if self._chance(self.world.nickname):
            first = self._nickname(first, tags)
        if self._chance(self.world.variant):
            first = self._sound(first)
            tags.append("given_variant")
        if first == "María" and second and self._chance(0.08):
            first = self.rng.choice(("Ma.", "M", "Ma"))
            tags.append("ma_abbrev")
        if not second:
            return first, ""
        style = pick(self.rng, self.world.given_styles) if self._chance(self.world.mood) else habits.given_style
        if style == "second only" and not child.needs_second and (self._chance(0.1) or first == "María"):
            tags.append("second_given_only")
            return second, ""
        if self._chance(habits.no_middle * (0.1 if child.needs_second else 1.0)):
            return first, ""
        if style == "both in the first":
            tags.append("two_given_in_first")
            return f"{first} {second}", ""
        if style == "initial":
            return first, second[0]
        return first, second

    def _nickname(self, name: str, tags: list[str]) -> str:
        known = sorted(product_names.nicknames(product_names.fold(name)))
        if not known:
            return name
        tags.append("nickname")
        return self.rng.choice(known).title()

    def _surnames(self, child: Child, habits: Habits, tags: list[str]) -> tuple[str, str, str]:
        """First and second field, and what goes to the middle name."""
        surnames = child.surnames
        if self._chance(self.world.surname_changed):
            tags.append("surname_changed")
            surnames = self.rng.choice(
                (child.mother.surnames[:1], child.father.surnames[:1], (self._stranger(child), *surnames[1:]))
            )
        if self._chance(self.world.variant):
            tags.append("surname_variant")
            surnames = (self._sound(surnames[0]), *surnames[1:])
        if len(surnames) == 1:
            return surnames[0], "", ""
        one, two = surnames
        style = pick(self.rng, self.world.surname_styles) if self._chance(self.world.mood) else habits.surname_style
        if style.startswith("maternal") and self._chance(0.5):
            style = "two fields"
        tags += [] if style == "two fields" else [style.replace(" ", "_")]
        return {
            "two fields": (one, two, ""),
            "paternal only": (one, "", ""),
            "both in the first": (f"{one} {two}", "", ""),
            "hyphen": (f"{one}-{two}", "", ""),
            "joined": (f"{one}{two if self._chance(0.5) else two.lower()}", "", ""),
            "maternal only": (two, "", ""),
            "maternal, paternal as middle": (two, "", one),
            "other order": (two, one, ""),
        }[style]

    def _stranger(self, child: Child) -> str:
        return self.rng.choice((child.mother.surnames[-1], "Gómez", "Rivera", "Smith", "Ochoa", "Villa", "Lucero"))

    def _slips(self, given: str, middle: str, first: str, tags: list[str]) -> tuple[str, str, str]:
        if self._chance(self.world.first_last_swapped):
            tags.append("first_last_swapped")
            given, first = first, given
        if middle and self._chance(self.world.given_swapped):
            tags.append("first_middle_swapped")
            given, middle = middle, given
        return given, middle, first

    def _parents(self, child: Child, habits: Habits, tags: list[str]) -> tuple[tuple[str, str], tuple[str, str]]:
        father, mother = child.father, child.mother
        if self._chance(self.world.mother_takes_fathers):
            mother = Person(mother.given, father.surnames)
        if self._chance(self.world.other_guardian):
            tags.append("other_guardian")
            mother = Person((self.rng.choice(("Rosa", "Ana", "Carmen", "Elena", "Luz")),), (self._stranger(child),))
        written = [
            ("", "") if self._chance(missing) else self._parent(person, habits)
            for person, missing in ((father, habits.no_father), (mother, habits.no_mother))
        ]
        if self._chance(self.world.parents_swapped):
            tags.append("parents_swapped")
            written.reverse()
        return written[0], written[1]

    def _parent(self, person: Person, habits: Habits) -> tuple[str, str]:
        given = person.given[0]
        if self._chance(self.world.parent_nickname):
            given = self._nickname(given, [])
        surname = " ".join(person.surnames[: 2 if self._chance(habits.parents_second_surname) else 1])
        if self._chance(self.world.parent_typos):
            if self._chance(0.5):
                given = self.typo(given)
            else:
                surname = self.typo(surname)
        return given, surname

    def _sex(self, sex: str, habits: Habits, tags: list[str]) -> str:
        if self._chance(self.world.no_sex):
            return ""
        if self._chance(self.world.sex_wrong):
            tags.append("sex_wrong")
            sex = "Female" if sex == "Male" else "Male"
        return sex if habits.sex_style == "Male" else sex[0]

    def _flag(self, child: Child, habits: Habits) -> str:
        if self._chance(habits.no_flag):
            return ""
        return "Y" if child.twin_group and self._chance(self.world.twin_flag_right) else "N"

    def _birthplace(self, child: Child, habits: Habits, tags: list[str]) -> Row:
        town, area, country = child.town, child.area, child.country
        if self._chance(self.world.place_wrong):
            tags.append("birthplace_wrong")
            country = self.rng.choice((country, "US"))
            area, town = self.rng.choice(towns()[country])
        if self._chance(self.world.place_variant):
            town = self.rng.choice((self.typo(town), town.replace("San ", "Sn "), town.split()[0]))
        return {
            "birth_city": "" if self._chance(habits.no_city) else town,
            "birth_state": "" if self._chance(habits.no_birth_state) else area,
            "birth_country": "" if self._chance(0.09) else COUNTRIES[country][habits.country_style],
        }

    def _born(self, born: date, tags: list[str]) -> date | None:
        for name, change in DATE_SLIPS.items():
            if self._chance(getattr(self.world, name)):
                tags.append(name)
                return change(born, self.rng)
        return born

    def _typo_in(self, given: str, middle: str, first: str, second: str) -> tuple[str, str, str, str]:
        parts = [given, middle, first, second]
        filled = [index for index, part in enumerate(parts) if len(part) > 2]
        if filled:
            index = self.rng.choice(filled)
            parts[index] = self.typo(parts[index])
        return parts[0], parts[1], parts[2], parts[3]

    def typo(self, word: str) -> str:
        """The word with one slip of the fingers, the ear or the scanner."""
        if len(word) < 3:
            return word
        kind, at = pick(self.rng, self.world.typo_kinds), self.rng.randrange(len(word) - 1)
        if kind == "sound":
            return self._sound(word)
        if kind == "look":
            return self._exchange(word, LOOKS)
        letter = word[at]
        near = self.rng.choice(KEYS.get(letter.lower(), "e"))
        return {
            "swap": word[:at] + word[at + 1] + letter + word[at + 2 :],
            "drop": word[:at] + word[at + 1 :],
            "double": word[:at] + letter + word[at:],
            "neighbour": word[:at] + near + word[at + 1 :],
            "insert": word[:at] + near + word[at:],
        }[kind]

    def _sound(self, word: str) -> str:
        return self._exchange(word, SOUNDS)

    def _exchange(self, word: str, pairs: tuple[tuple[str, str], ...]) -> str:
        fitting = [pair for pair in pairs if pair[0] in word.lower()]
        if not fitting:
            return word
        old, new = self.rng.choice(fitting)
        places = [match.start() for match in re.finditer(old, word.lower())]
        at = self.rng.choice(places)
        changed = word[:at] + new + word[at + len(old) :]
        return changed[:1].upper() + changed[1:]

    def _as_typed(self, value: str, habits: Habits) -> str:
        value = value[: habits.cut]
        if habits.accents == "lost":
            value = "".join(c for c in unicodedata.normalize("NFKD", value) if not unicodedata.combining(c))
        elif habits.accents == "broken":
            value = value.encode().decode("cp1252", errors="replace")
        return value.upper() if habits.capitals else value


TYPED = {
    "last_name_1", "last_name_2", "first_name", "middle_name", "birth_city", "male_parent_last_name",
    "male_parent_first_name", "female_parent_last_name", "female_parent_first_name",
}  # fmt: skip


def _digit(born: date, rng: random.Random) -> date:
    for _ in range(40):
        text, at = list(born.isoformat()), rng.choice((2, 3, 5, 6, 8, 9))
        text[at] = str(rng.randrange(10))
        changed = _date("".join(text))
        if changed and changed != born and 2000 < changed.year < 2026:
            return changed
    return born


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _month(born: date, rng: random.Random) -> date:
    month = (born.month - 1 + rng.choice((-1, 1))) % 12 + 1
    return born.replace(month=month, day=min(born.day, 28))


def _year(born: date, rng: random.Random) -> date:
    return born.replace(year=born.year + rng.choice((-1, 1)), day=min(born.day, 28))


def _swapped(born: date, _rng: random.Random) -> date:
    return born.replace(month=born.day, day=born.month) if born.day <= 12 else born


def _transposed(born: date, _rng: random.Random) -> date:
    turned = f"{born.day:02d}"[::-1]
    return _date(f"{born.year}-{born.month:02d}-{turned}") or born


def _january(born: date, rng: random.Random) -> date:
    return born.replace(month=1, day=1) if rng.random() < 0.7 else born.replace(day=1)


DATE_SLIPS: dict[str, Callable[[date, random.Random], date | None]] = {
    "date_digit": _digit,
    "date_day_off": lambda born, rng: born + timedelta(days=rng.choice((-1, 1))),
    "date_month_off": _month,
    "date_year_off": _year,
    "date_swapped": _swapped,
    "date_transposed": _transposed,
    "date_january": _january,
    "date_replaced": lambda born, rng: born + timedelta(days=rng.randrange(-4000, 4000)),
    "date_missing": lambda _born, _rng: None,
}
