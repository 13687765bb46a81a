"""What else to search for when nothing was found. Rules only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from msixlite.domain import names
from msixlite.domain.saved_searches import Asked
from msixlite.domain.search_dates import as_date, as_written, near_dates
from msixlite.domain.search_fields import Fields, Mode
from msixlite.domain.search_noise import is_noise
from msixlite.domain.search_text import Criteria, read
from msixlite.models.words import _l

SHORT = 3
"""Letters of a name that are left of it when only beginnings are searched for."""


@dataclass(frozen=True)
class Way:
    """Another search, and the words of the button that begins it."""

    key: str
    words: str


def ways(asked: Asked, today: date) -> list[Way]:
    """The two changes that help most, the better one first."""
    if asked.fields:
        return _ways_of_fields(asked.fields)[:2]
    criteria = read(asked.text, today)
    words = criteria.telling
    initials = " ".join(word[0].upper() for word in words)
    found = []
    if words and any(map(near_dates, criteria.born)):
        found.append(Way("date", _l("Search the birth date with the initials %(initials)s only", initials=initials)))
    if not _suffice(words):
        return found
    if criteria.born or criteria.between:
        found.append(Way("names", _l("Search the names without the birth date")))
    found.append(Way("sounds", _l("Search names that sound like these")))
    found.append(Way("beginnings", _l("Search the first %(count)s letters of each name", count=SHORT)))
    return found[:2]


def _suffice(words: Sequence[str]) -> bool:
    """Whether the names are enough to search by without a birth date."""
    names_typed = [word for word in words if not is_noise(word)]
    return len(names_typed) > 1 and max(map(len, names_typed)) > 1


def count_names(asked: Asked, today: date) -> int:
    """Names, or initials of names, that were typed."""
    if asked.fields:
        return len((*asked.fields.given, *asked.fields.surnames))
    return len(read(asked.text, today).telling)


def _ways_of_fields(fields: Fields) -> list[Way]:
    found = []
    if fields != _names_and_date(fields):
        found.append(Way("only_names", _l("Search the names and the birth date only, in all States")))
    if fields.way is not Mode.FUZZY:
        found.append(Way("fuzzy", _l("Search the same however the names are spelled")))
    if fields.way is not Mode.SOUNDS:
        found.append(Way("by_sound", _l("Search names that sound like these")))
    return found


def instead(asked: Asked, key: str, today: date) -> Asked:
    """The other search; the same one where the way does not fit."""
    if fields := asked.fields:
        changed = {
            "only_names": _names_and_date(fields),
            "fuzzy": replace(fields, mode=Mode.FUZZY.value),
            "by_sound": replace(fields, mode=Mode.SOUNDS.value),
        }
        return Asked(fields=changed.get(key, fields))
    criteria = read(asked.text, today)
    words = criteria.telling
    texts = {
        "names": " ".join(words),
        "date": " ".join([*(word[0] for word in words), *map(as_written, criteria.born[:1])]),
        "beginnings": " ".join(word[:SHORT] for word in words),
    }
    if key == "sounds":
        return Asked(fields=replace(as_fields(asked.text, criteria), mode=Mode.SOUNDS.value, born=None, born_year=None))
    return Asked(text=texts.get(key, asked.text))


def _names_and_date(fields: Fields) -> Fields:
    kept = ("first", "middle", "last_1", "last_2", "mode", "born", "born_within", "born_year")
    return Fields(**{name: getattr(fields, name) for name in kept})


def as_fields(text: str, criteria: Criteria) -> Fields:
    """The text of the one box in the form's fields: before a comma stand last names, else the first word is given."""
    before, comma, _ = text.partition(",")
    words = list(criteria.telling)
    surnames = names.tokens(before)
    last = [word for word in words if word in surnames] if comma else words[1:]
    first = [word for word in words if word not in last] if comma else words[:1]
    state, number = criteria.state_ids[0] if criteria.state_ids else ("", "")
    born = next((day for day in map(as_date, criteria.born) if day), None)
    year = criteria.between[0].year if criteria.between else None
    return Fields(
        msix_id=criteria.msix_id,
        id_state=state,
        state_id=number,
        first=" ".join(first[:1]),
        middle=" ".join(first[1:]),
        last_1=" ".join(last[:1]),
        last_2=" ".join(last[1:]),
        born=born,
        born_year=year,
    )
