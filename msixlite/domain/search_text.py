"""Reading what a person typed into the one box. Rules only: text and today in, criteria out."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path

from msixlite.domain import names


@dataclass(frozen=True)
class Criteria:
    """What was understood. A birth date is eight digits, YYYYMMDD, and need not exist: 20120230 was typed so."""

    msix_id: str = ""
    state_ids: tuple[tuple[str, str], ...] = ()
    """(State, State ID), each a way to read the same words."""
    words: tuple[str, ...] = ()
    """The words of names, folded, in the order typed; particles among them."""
    born: tuple[str, ...] = ()
    """Readings of one date, the likeliest first: month before day."""
    year: int | None = None
    read_as: str = ""
    """A sentence for the person: name "garsia lopes", born 03/14/2012."""

    @property
    def telling(self) -> tuple[str, ...]:
        return telling(self.words)


def telling(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that tell children apart. A letter at either end is an initial, never "e" or "y" for "and"."""
    ends = {0, len(words) - 1}
    kept = [
        names.canonical(word)
        for at, word in enumerate(words)
        if word not in names.SUFFIXES and (word not in names.PARTICLES or (len(word) == 1 and at in ends))
    ]
    return tuple(kept) or words


@dataclass
class _Rest:
    """The text not yet understood, in small letters where `low`, beside it as typed."""

    typed: str

    @property
    def low(self) -> str:
        return self.typed.lower()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first place that fits, which is then no longer there."""
        found = pattern.search(self.low)
        if found:
            self.typed = f"{self.typed[: found.start()]} {self.typed[found.end() :]}"
        return found


def read(text: str, today: date) -> Criteria:
    """The MSIX ID, State ID, birth date and names in the text, each in any place."""
    rest = _Rest(" ".join(text.split()))
    msix_id = _msix_id(rest)
    born = _written_date(rest, today)
    state_ids = _state_ids(rest, today)
    born = born or _run_of_digits(rest, today)
    year = None if born else _year(rest, today)
    name = " ".join(_NO_NAME.sub(" ", rest.typed).split()) if not msix_id else ""
    words = tuple(word for word in names.fold(name).split() if not word.isdigit())
    sentence = _read_as(msix_id, state_ids, name.strip(" ,;") if words else "", born, year)
    return Criteria(msix_id, state_ids, words, born, year, sentence)


_NO_NAME = re.compile(r"(?<!\w)[\d/.,:;#-]+(?!\w)")
_MSIX_ID = re.compile(
    r"(?:msix)?(?:\s*id)?\s*[:#]?\s*(?<!\d)(\d{12}|\d{4}([ .-])\d{4}\2\d{4}|(?:\d{3}[ -]){3}\d{3})(?!\d)"
)


def _msix_id(rest: _Rest) -> str:
    found = rest.take(_MSIX_ID)
    return re.sub(r"\D", "", found[1]) if found else ""


@cache
def _states() -> dict[str, str]:
    """Code and name of each State, in small letters → code."""
    with (Path(__file__).parent / "states.csv").open(encoding="utf-8", newline="") as file:
        codes = {row["name"].lower(): row["code"] for row in csv.DictReader(file)}
    return codes | {code.lower(): code for code in codes.values()}


@cache
def _state_id_patterns() -> tuple[re.Pattern[str], ...]:
    state = rf"(?P<state>{'|'.join(sorted(_states(), key=len, reverse=True))})"
    label = r"(?:\s*(?:state|student|id|no\.?|number|[:#,-]))*\s*"
    number = r"(?P<number>[a-z]{0,4}-?\d[\da-z-]{2,14})"
    return (
        re.compile(rf"(?:\bid\s*:?\s*)?(?<!\w){state}(?!\w){label}{number}(?![\w/.])"),
        re.compile(rf"(?<![\w/.]){number}(?!\w){label}{state}(?!\w)"),
        re.compile(r"(?<!\w)(?P<state>[a-z]{2})-?(?P<number>\d[\da-z-]{2,13})(?![\w/.])"),
    )


def _state_ids(rest: _Rest, today: date) -> tuple[tuple[str, str], ...]:
    """The State ID typed next to its State. Beside other words a date is a date: garcia de 20120314."""
    for pattern in _state_id_patterns():
        found = pattern.search(rest.low)
        if found and found["state"] in _states():
            state, number = _states()[found["state"]], found["number"].upper()
            if _may_be_date(number, today):
                if found[0] != rest.low.strip():
                    return ()
            else:
                rest.take(pattern)
            return tuple((state, each) for each in dict.fromkeys((number, f"{state}{number}")))
    return ()


_SEPARATED = re.compile(r"(?<![\d/.-])(\d{1,4})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d/])")
_SPACED = re.compile(r"(?<!\d)(\d{1,4})( )(\d{1,2}) (\d{4}|\d{2})(?!\d)")
_RUN = re.compile(r"(?<![\w/.-])(\d{8}|\d{6})(?![\w/-])")
_YEAR = re.compile(r"(?<![\w/.-])((?:19|20)\d\d)(?![\w/-])")
_UNFINISHED = re.compile(r"(?<![\w/.-])\d{1,2}\s?[/.-]\s?\d{0,2}\s?[/.-]?\s?\d{0,3}(?!\w)")
_MONTHS = (
    "january jan enero ene",
    "february feb febrero febr",
    "march mar marzo",
    "april apr abril abr",
    "may mayo",
    "june jun junio",
    "july jul julio",
    "august aug agosto ago",
    "september sept sep septiembre setiembre set",
    "october oct octubre",
    "november nov noviembre",
    "december dec diciembre dic",
)
_MONTH_NUMBERS = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTH_NUMBERS, key=len, reverse=True))})(?![a-z])\.?"
_DAY = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|ro|º|°)?"
_BETWEEN = r"\s*(?:of|del?|[-/,.])?\s*(?:the\s+)?"
_FULL_YEAR = r"'?(?P<year>\d{4}|\d{2})(?!\d)"
_IN_WORDS = tuple(
    re.compile(_BETWEEN.join(parts))
    for parts in (
        (_DAY, _MONTH, _FULL_YEAR),
        (r"(?<![a-z])" + _MONTH, _DAY, _FULL_YEAR),
        (r"(?<!\d)(?P<year>\d{4})", _MONTH, _DAY + r"(?!\d)"),
    )
)


def _written_date(rest: _Rest, today: date) -> tuple[str, ...]:
    """All ways to read a date with its month in words, or of three numbers."""
    for pattern in (_SEPARATED, *_IN_WORDS, _SPACED):
        found = rest.take(pattern)
        if found and "month" in found.groupdict():
            month = _MONTH_NUMBERS[found["month"]]
            return _readings([(_full(found["year"], today), month, int(found["day"]))], today)
        if found:
            return _readings(_orders(found[1], found[3], found[4], today), today)
    return ()


def _run_of_digits(rest: _Rest, today: date) -> tuple[str, ...]:
    """All ways to read six or eight digits that can be a birth date."""
    run = _RUN.search(rest.low)
    readings = _readings(_cuts(run[1], today), today) if run else ()
    if not readings or not _exists(readings[0], today):
        return ()
    rest.take(_RUN)
    return readings


def _may_be_date(number: str, today: date) -> bool:
    rest = _Rest(number)
    return bool(_run_of_digits(rest, today) or _year(rest, today))


def _orders(one: str, two: str, three: str, today: date) -> list[tuple[int, int, int]]:
    """Three numbers as (year, month, day): month first as in the United States, then day first, then year first."""
    if len(one) > 2:
        return [(int(one), int(two), int(three[-2:])), (int(one), int(three[-2:]), int(two))]
    year, first, second = _full(three, today), int(one), int(two)
    orders = [(year, first, second), (year, second, first)]
    return [*orders, (_full(one, today), second, int(three))] if len(three) == 2 else orders


def _cuts(run: str, today: date) -> list[tuple[int, int, int]]:
    """Six or eight digits without anything between them."""
    if len(run) == 8 and run[:2] in ("19", "20"):
        year_first = (int(run[:4]), int(run[4:6]), int(run[6:]))
        return [year_first, *_orders(run[:2], run[2:4], run[4:], today)]
    return _orders(run[:2], run[2:4], run[4:], today)


def _full(year: str, today: date) -> int:
    """A year of two digits belongs to the hundred years that end today."""
    if len(year) > 2:
        return int(year)
    past = today.year - today.year % 100 + int(year)
    return past if past <= today.year else past - 100


def _readings(orders: list[tuple[int, int, int]], today: date) -> tuple[str, ...]:
    """The readings that can be a birth date; after them the usual one that cannot, in which a digit may be wrong."""
    written = [f"{year:04}{month:02}{day:02}" for year, month, day in orders]
    possible = [text for text in written if _exists(text, today)]
    return tuple(dict.fromkeys([*possible, written[0]]))


def _exists(born: str, today: date) -> bool:
    found = as_date(born)
    return found is not None and today.year - 100 <= found.year and found <= today


def as_date(born: str) -> date | None:
    """The day of eight digits, if there is such a day."""
    try:
        return date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return None


def _year(rest: _Rest, today: date) -> int | None:
    """A year alone, at which a child may have been born."""
    rest.take(_UNFINISHED)
    found = _YEAR.search(rest.low)
    if found and today.year - 50 <= int(found[1]) <= today.year:
        rest.take(_YEAR)
        return int(found[1])
    return None


def near_dates(born: str) -> set[date]:
    """The days that a typing error turns into this one: day and month swapped, a digit wrong, two digits swapped."""
    texts = {born[:4] + born[6:] + born[4:6]}
    texts |= {born[:at] + digit + born[at + 1 :] for at, digit in product(range(2, 8), "0123456789")}
    texts |= {born[:at] + born[at + 1] + born[at] + born[at + 2 :] for at in range(2, 7)}
    return {found for found in map(as_date, texts - {born}) if found is not None}


def _read_as(
    msix_id: str, state_ids: tuple[tuple[str, str], ...], name: str, born: Sequence[str], year: int | None
) -> str:
    parts = [f"MSIX ID {msix_id[:4]} {msix_id[4:8]} {msix_id[8:]}"] if msix_id else []
    parts += [f"State ID {number} of {state}" for state, number in state_ids[:1]]
    parts += [f'name "{name}"'] if name else []
    days = [text for text in born if as_date(text)]
    if born:
        parts.append("born " + " or ".join(f"{text[4:6]}/{text[6:]}/{text[:4]}" for text in days or born))
    if born and not days:
        parts[-1] += " (there is no such day: days one typing error away are shown)"
    parts += [f"born in {year}"] if year else []
    return ", ".join(parts)
