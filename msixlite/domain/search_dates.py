"""Reading birth dates as people type them: whole ones, a month, a year, an age. Rules only.

A date is eight digits, YYYYMMDD, and need not exist; a month, a year or an age is a span of days.
"""

import calendar
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from itertools import product


@dataclass
class Rest:
    """The text not yet understood, in small letters where `low`, beside it as typed."""

    typed: str
    unused: list[str] = field(default_factory=list)
    """Parts that were taken away and mean nothing."""

    @property
    def low(self) -> str:
        return self.typed.lower()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first place that fits, which is then no longer there."""
        found = pattern.search(self.low)
        if found:
            self.typed = f"{self.typed[: found.start()]} {self.typed[found.end() :]}"
        return found


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
_DAY = r"(?<!\d)(?P<day>\d{1,2})(?!\d)(?:st|nd|rd|th|ro|º|°)?"
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


def written(rest: Rest, today: date) -> tuple[str, ...]:
    """All ways to read a date with its month in words, or of three numbers."""
    for pattern in (_SEPARATED, *_IN_WORDS, _SPACED):
        found = rest.take(pattern)
        if found and "month" in found.groupdict():
            month = _MONTH_NUMBERS[found["month"]]
            return _readings([(_full(found["year"], today), month, int(found["day"]))], today)
        if found:
            return _readings(_orders(found[1], found[3], found[4], today), today)
    return ()


def as_written(born: str) -> str:
    """Eight digits as people write them: 20120314 as 03/14/2012."""
    return f"{born[4:6]}/{born[6:]}/{born[:4]}"


def run_of_digits(rest: Rest, today: date) -> tuple[str, ...]:
    """All ways to read six or eight digits that can be a birth date."""
    run = _RUN.search(rest.low)
    readings = _readings(_cuts(run[1], today), today) if run else ()
    if not readings or not _exists(readings[0], today):
        return ()
    rest.take(_RUN)
    return readings


def may_be_date(number: str, today: date) -> bool:
    rest = Rest(number)
    return bool(run_of_digits(rest, today) or _year(rest, today))


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


_BORN_IN = r"(?:\b(?:born|nacid[oa])\b\s*)?(?:\b(?:in|en|on)\b\s*)?"
_MONTH_OF_YEAR = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_BORN_IN}(?<![a-z]){_MONTH}\s*(?:of|del?|,)?\s*(?P<year>(?:19|20)\d\d)(?!\d)",
        r"(?<![\w/.-])(?P<number>0?[1-9]|1[0-2])[/.-](?P<year>(?:19|20)\d\d)(?![\w/-])",
        r"(?<![\w/.-])(?P<year>(?:19|20)\d\d)[/-](?P<number>0[1-9]|1[0-2])(?![\w/-])",
    )
)
_AGE = re.compile(
    r"\b(?:age[d:]?|edad:?)\s*(?P<age>\d{1,2})(?!\w)"
    r"|(?<![\w/.-])(?P<years>\d{1,2})\s*-?\s*(?:years?|yrs?|yo|y\.o\.|y/o|años|anos)(?:[ -]old)?(?!\w)"
)
_ALSO_NAMES = frozenset(("abril", "april", "may", "june", "julio", "august", "augusto", "mar", "jan", "set"))
"""Words for months that are given names too: "Abril García 2012" is a girl of that year, not of that April."""


def span(rest: Rest, today: date) -> tuple[date, date] | None:
    """The first and last day of a month of a year, of a year alone, or of the birth dates of an age."""
    return _month(rest, today) or _age(rest, today) or _year(rest, today)


def _month(rest: Rest, today: date) -> tuple[date, date] | None:
    for pattern in _MONTH_OF_YEAR:
        found = pattern.search(rest.low)
        if found is None or not _is_birth_year(int(found["year"]), today):
            continue
        word = found.groupdict().get("month", "")
        if word in _ALSO_NAMES and found[0].split()[0] == word and found[0].split()[1:2] == [found["year"]]:
            continue
        rest.take(pattern)
        month = _MONTH_NUMBERS[word] if word else int(found["number"])
        year = int(found["year"])
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return None


def _age(rest: Rest, today: date) -> tuple[date, date] | None:
    found = rest.take(_AGE)
    if found is None:
        return None
    age = int(found["age"] or found["years"])
    latest = _years_before(today, age)
    return _years_before(today, age + 1) + timedelta(days=1), latest


def _years_before(day: date, years: int) -> date:
    last = calendar.monthrange(day.year - years, day.month)[1]
    return date(day.year - years, day.month, min(day.day, last))


def _year(rest: Rest, today: date) -> tuple[date, date] | None:
    if unfinished := rest.take(_UNFINISHED):
        rest.unused.append(unfinished[0].strip())
    found = _YEAR.search(rest.low)
    if found and _is_birth_year(int(found[1]), today):
        rest.take(_YEAR)
        return date(int(found[1]), 1, 1), date(int(found[1]), 12, 31)
    return None


def _is_birth_year(year: int, today: date) -> bool:
    return today.year - 50 <= year <= today.year


@lru_cache(maxsize=1_000)
def near_dates(born: str) -> frozenset[date]:
    """The days that an error turns into this one: day and month swapped, a digit wrong, digits swapped, one off."""
    texts = {born[:4] + born[6:] + born[4:6]}
    texts |= {born[:at] + digit + born[at + 1 :] for at, digit in product(range(2, 8), "0123456789")}
    texts |= {born[:at] + born[at + 1] + born[at] + born[at + 2 :] for at in range(2, 7)}
    days = {found for found in map(as_date, texts - {born}) if found is not None}
    typed = as_date(born)
    return frozenset(days | neighbours(typed) if typed else days)


@lru_cache(maxsize=1_000)
def neighbours(day: date) -> frozenset[date]:
    """One or two days off, one month off, one year off."""
    around = {date.fromordinal(day.toordinal() + off) for off in (-2, -1, 1, 2)}
    around |= {_months_off(day, months) for months in (-12, -1, 1, 12)}
    return frozenset(around)


def _months_off(day: date, months: int) -> date:
    counted = day.year * 12 + day.month - 1 + months
    year, month = counted // 12, counted % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
