"""Children side by side, field by field: what is the same, nearly the same, different, and in which letters."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import combinations, islice, product
from typing import Any

from msixlite.domain import mde, names, reported
from msixlite.domain.overlaps import overlapping
from msixlite.domain.record_facts import IDENTITY, PLACEMENT
from msixlite.domain.reported import Agreement
from msixlite.models.students import StateRecord
from msixlite.models.words import Sentence, _l

Side = Sequence[StateRecord]
"""The State records of one child; the newest is asked first."""
NOTHING = _l("not reported")
MOST_WAYS = 1_000
"""Ways to take one value of each side that are looked at for the nearest."""


@dataclass(frozen=True)
class Piece:
    """A part of a value, and whether it differs from the first side's."""

    text: str
    differs: bool


@dataclass(frozen=True)
class Field:
    """One line of the comparison."""

    name: str
    cells: tuple[tuple[Piece, ...], ...]
    sign: Agreement
    words: str
    """The sign for those who hear it."""

    @property
    def is_same(self) -> bool:
        return self.sign in (Agreement.SAME, Agreement.NONE)


def fields(sides: Sequence[Side]) -> list[Field]:
    """All lines: who the child is, where it stands in school, and what each side brings along."""
    return [
        *(_identity(name, keys, sides) for name, keys in IDENTITY.values()),
        *(_placement(name, key, sides) for key, name in PLACEMENT.items()),
        *(_count(name, section, sides) for name, section in _COUNTS),
        _line(_l("Last activity"), [_last_activity(side) for side in sides]),
        _overlaps(sides),
    ]


_COUNTS = (
    (_l("Enrollments"), "enrollments"),
    (_l("Qualifying moves"), "moves"),
    (_l("Tests"), "assessments"),
    (_l("Courses"), "courses"),
)


def result(sides: Sequence[Side]) -> list[tuple[str, str]]:
    """What the joined record would show of who the child is: the newest value that is not blank."""
    everybody = [record for side in sides for record in side]
    return [(name, _says("student", keys, _newest_first(everybody)) or NOTHING) for name, keys in IDENTITY.values()]


def _newest_first(records: Side) -> list[StateRecord]:
    return sorted(records, key=lambda record: (record.submission_id, record.id), reverse=True)


def _says(section: str, keys: Sequence[str], rows: Sequence[Any]) -> str:
    """The first row that says anything of these elements, in words."""
    for row in rows:
        said = [reported.words(mde.element(section, key), getattr(row, key)) for key in keys]
        texts = [_text(one) for one in said if one]
        if texts:
            return texts[0] if len(texts) == 1 else (", " if keys[0] == "birth_city" else " ").join(texts)
    return ""


def _text(value: str | date) -> str:
    return f"{value:%m/%d/%Y}" if isinstance(value, date) else value


def _identity(name: str, keys: Sequence[str], sides: Sequence[Side]) -> Field:
    """What each side says of the child: all of it with its States where they say different things, for one of them may
    be what the other side resembles. The sign tells how near the nearest two are."""
    said = [_values(keys, side) for side in sides]
    if all(len(values) < 2 for values in said):
        return _line(name, [next(iter(values), "") for values in said])
    nearest = min(islice(product(*(values or {"": []} for values in said)), MOST_WAYS), key=_distance)
    sign, first = _sign(nearest), next(filter(None, nearest), "")
    return Field(name, tuple(tuple(_all_pieces(first, values)) for values in said), sign, _WORDS[sign])


def _values(keys: Sequence[str], side: Side) -> dict[str, list[str]]:
    """Each different value of the side's State records, the newest first, with the States that report it."""
    found: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for record in _newest_first(side):
        if text := _says("student", keys, [record]):
            found.setdefault(spelled.setdefault(_plain(text), text), []).append(record.state_code)
    return found


def _distance(values: Sequence[str]) -> int:
    return _FROM_NEAR_TO_FAR.index(_sign(values))


def _all_pieces(first: str, values: Mapping[str, Sequence[str]]) -> Iterator[Piece]:
    if not values:
        yield Piece(NOTHING, False)
    for place, (value, states) in enumerate(values.items()):
        yield Piece("; " if place else "", False)
        yield from _pieces(first, value)
        yield Piece(f" ({', '.join(dict.fromkeys(states))})" if len(values) > 1 else "", False)


def _placement(name: str, key: str, sides: Sequence[Side]) -> Field:
    latest = [
        sorted((stay for record in side for stay in record.enrollments), key=lambda stay: stay.enrollment_date)[::-1]
        for side in sides
    ]
    return _line(name, [_says("enrollment", [key], stays) for stays in latest])


def _count(name: str, section: str, sides: Sequence[Side]) -> Field:
    cells = [f"{sum(len(getattr(record, section)) for record in side):,}" for side in sides]
    return Field(name, tuple((Piece(cell, False),) for cell in cells), Agreement.NONE, _l("for information"))


def _last_activity(side: Side) -> str:
    stays = [stay for record in side for stay in record.enrollments]
    if not stays:
        return ""
    last = max(stays, key=lambda stay: stay.withdrawal_date or stay.enrollment_date)
    place = last.school_name or last.district_name or _l("school not reported")
    if last.withdrawal_date:
        return _l("withdrawn %(day)s, %(place)s", day=f"{last.withdrawal_date:%m/%d/%Y}", place=place)
    return _l("enrolled %(day)s, %(place)s", day=f"{last.enrollment_date:%m/%d/%Y}", place=place)


def _overlaps(sides: Sequence[Side]) -> Field:
    both = any(
        overlapping(a, b)
        for one, other in combinations(sides, 2)
        for a in (stay for record in one for stay in record.enrollments)
        for b in (stay for record in other for stay in record.enrollments)
    )
    text = _l("overlap") if both else _l("no overlap")
    sign = Agreement.DIFFERS if both else Agreement.SAME
    return Field(_l("Enrollment dates"), tuple((Piece(text, False),) for _ in sides), sign, text)


def _line(name: str, values: Sequence[str]) -> Field:
    sign = _sign(values)
    first = next(filter(None, values), "")
    cells = tuple(tuple(_pieces(first, value)) if value else (Piece(NOTHING, False),) for value in values)
    return Field(name, cells, sign, _WORDS[sign])


_WORDS = {
    Agreement.NONE: _l("not reported"),
    Agreement.ALONE: _l("reported on one side only"),
    Agreement.SAME: _l("same"),
    Agreement.NEARLY: _l("nearly the same"),
    Agreement.DIFFERS: _l("differs"),
}


_FROM_NEAR_TO_FAR = (Agreement.SAME, Agreement.NEARLY, Agreement.DIFFERS, Agreement.ALONE, Agreement.NONE)


def _plain(text: str) -> str:
    """Letter for letter without capitals and accents, so that places in the text stay where they are."""
    return "".join(unicodedata.normalize("NFD", letter)[0].lower() for letter in text)


def _sign(values: Sequence[str]) -> Agreement:
    said = [value for value in values if value]
    if len(said) < 2:
        return Agreement.ALONE if said else Agreement.NONE
    if len({_plain(value) for value in said}) == 1:
        return Agreement.SAME
    return Agreement.NEARLY if all(near(one, other) for one, other in combinations(said, 2)) else Agreement.DIFFERS


def near(one: str, other: str) -> bool:
    """The same words but for accents, hyphens, order, or words left out; an initial stands for its word."""
    a, b = (names.tokens(text) or tuple(names.fold(text).split()) for text in (one, other))
    return bool(a and b) and (_within(a, b) or _within(b, a))


def _within(few: Sequence[str], many: Sequence[str]) -> bool:
    return all(any(word == full or (len(word) == 1 and full.startswith(word)) for full in many) for word in few)


def _pieces(first: str, value: str) -> Iterator[Piece]:
    """The value cut where it differs from the first side's; capitals and accents alone are no difference.

    Words of ours, as of a code, are not cut: another language has other letters.
    """
    if _plain(value) == _plain(first):
        yield Piece(value, False)
        return
    if isinstance(value, Sentence):
        yield Piece(value, True)
        return
    matcher: SequenceMatcher[str] = SequenceMatcher(None, _plain(first), _plain(value), autojunk=False)
    for kind, _a, _b, start, end in matcher.get_opcodes():
        if start < end:
            yield Piece(value[start:end], kind != "equal")
