"""Days named in a text, in whatever form. Rules only: a plain text and today in, days with their place out."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from msixlite.domain.pii_text import Plain, Span
from msixlite.domain.pii_words import listed

_MONTHS = (
    ("january", "jan", "enero", "ene"),
    ("february", "feb", "febrero"),
    ("march", "mar", "marzo"),
    ("april", "apr", "abril", "abr"),
    ("may", "mayo"),
    ("june", "jun", "junio"),
    ("july", "jul", "julio"),
    ("august", "aug", "agosto", "ago"),
    ("september", "sept", "sep", "septiembre", "setiembre"),
    ("october", "oct", "octubre"),
    ("november", "nov", "noviembre"),
    ("december", "dec", "diciembre", "dic"),
)
_MONTH_OF = {name: at for at, names in enumerate(_MONTHS, 1) for name in names}
_MONTH = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_SEPARATOR = r"(?:\s?[-/.]\s?|\s{1,2})"
_FILL = r"(?:\s|,|\.|-|/|\bof\b|\bde\b|\bdel\b|\bthe\b|\bin\b){0,6}"
_NUMERIC = re.compile(
    rf"(?<![\d])(?<!\d[-/.])(\d{{4}}|\d{{1,2}})({_SEPARATOR})(\d{{1,2}}){_SEPARATOR}(\d{{4}}|'?\d{{2}}|\d)(?![\d])(?![-/]\d)"
)
_TOGETHER = re.compile(r"(?<![\w-])(\d{8}|\d{6})(?![\w-])")
_MONTH_FIRST = re.compile(
    rf"\b({_MONTH})\b{_FILL}(\d{{1,2}})(?:st|nd|rd|th)?\b(?:{_FILL}'?(\d{{4}}|\d{{2}})\b)?", re.IGNORECASE
)
_DAY_FIRST = re.compile(
    rf"(?<![\d/-])(\d{{1,2}})(?:st|nd|rd|th|o|ero)?\b{_FILL}\b({_MONTH})\b(?:{_FILL}'?(\d{{4}}|\d{{2}})\b)?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(rf"\b(\d{{4}}){_FILL}\b({_MONTH})\b{_FILL}(\d{{1,2}})\b", re.IGNORECASE)
_GLUED = re.compile(rf"(?<!\w)(\d{{1,2}})({_MONTH})'?(\d{{4}}|\d{{2}})\b", re.IGNORECASE)
_MONTH_AND_YEAR = re.compile(rf"\b({_MONTH})\b{_FILL}(\d{{4}})\b", re.IGNORECASE)
_SHORT = re.compile(r"(?<![\d/-])(\d{1,2})[/-](\d{1,2})(?![\d/-])")

_BIRTH = (
    r"born|birth\s?-?(?:date|day)?s?|date of birth|d\.?\s?o\.?\s?b\.?|b-?day|nacid[oa]s?|nacio|naci|nacimiento|"
    r"f\.?\s?de\s?nac\.?|f\.?\s?nac\.?|fecha de nac\w*|nac\.|cumple\w*|cumplio|turn(?:s|ed|ing)?\s+\d{1,2}|age"
)
_BIRTH_BEFORE = re.compile(rf"(?<![A-Za-z])(?:{_BIRTH})(?![A-Za-z])[^!?;]{{0,30}}$", re.IGNORECASE)
_BIRTH_AFTER = re.compile(
    r"^[\s,)(]{0,3}(?:is|was|es|fue)?\s?(?:the|his|her|their|su|el|la)?\s?(?:child'?s?\s)?"
    r"(?:birth|d\.?o\.?b\b|b-?day|nacimiento|cumple|fecha de nac)", re.IGNORECASE
)  # fmt: skip
_DEED = re.compile(
    r"(?:enrolled|enrolment|enrollment|arriv\w*|withdr\w*|left|leav\w+|mov\w+|since|as of|on file|qad|due|by|sent|"
    r"uploaded|dated|meeting|call\w*|until|start\w*|began|begin\w*|end\w*|submitted|received|reply|answer\w*|before|after|"
    r"through|term|updated|revised|approved|signed|version|llegad\w*|llegaron|llego|salid\w*|salieron|salio|inscri\w+|"
    r"desde|hasta|antes|recibid\w*|enviad\w*|reunion)\b[^.!?;]{0,25}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Day:
    """Days that a text may name at one place."""

    days: frozenset[date]
    span: Span
    said_to_be_birth: bool
    """The words beside it say so: born, DOB, nacida."""
    said_to_be_deed: bool
    """The words before it say that something else happened then: enrolled, due, llegaron."""


def named_days(found: Plain, *, today: date) -> Iterator[Day]:
    """Each day named with its year; without it, or a month and year, only where the words speak of birth."""
    found = in_digits(found)
    for start, end, days in _with_year(found.text, today):
        yield _day(found, start, end, days)
    for start, end in _without_year(found.text):
        day = _day(found, start, end, ())
        if day.said_to_be_birth:
            yield day


def _day(found: Plain, start: int, end: int, days: Iterable[date]) -> Day:
    before, after = found.text[max(0, start - 60) : start], found.text[end : end + 40]
    birth = bool(_BIRTH_BEFORE.search(before) or _BIRTH_AFTER.search(after))
    return Day(frozenset(days), found.span(start, end), birth, bool(_DEED.search(before)))


def _with_year(text: str, today: date) -> Iterator[tuple[int, int, frozenset[date]]]:
    for one in _NUMERIC.finditer(text):
        yield one.start(), one.end(), _numeric(one[1], one[3], one[4], today, hyphens="-" in one[2])
    for one in _TOGETHER.finditer(text):
        yield one.start(), one.end(), _together(one[1], today)
    for one in _MONTH_FIRST.finditer(text):
        if one[3]:
            yield one.start(), one.end(), _days((one[3], _MONTH_OF[one[1].lower()], one[2]), today=today)
    for pattern in (_DAY_FIRST, _GLUED):
        for one in pattern.finditer(text):
            if one[3]:
                yield one.start(), one.end(), _days((one[3], _MONTH_OF[one[2].lower()], one[1]), today=today)
    for one in _YEAR_FIRST.finditer(text):
        yield one.start(), one.end(), _days((one[1], _MONTH_OF[one[2].lower()], one[3]), today=today)


def _without_year(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_MONTH_FIRST, _DAY_FIRST, _MONTH_AND_YEAR, _SHORT):
        yield from ((one.start(), one.end()) for one in pattern.finditer(text))


def _numeric(first: str, second: str, third: str, today: date, *, hyphens: bool) -> frozenset[date]:
    """Month before day, and day before month; the year first where it has four digits, or two before hyphens."""
    if len(first) == 4:
        return _days((first, second, third), (first, third, second), today=today)
    if len(third) < 2:
        return frozenset()
    third = third.lstrip("'")
    year_first = ((first, second, third),) if hyphens and len(third) == len(first) == 2 else ()
    return _days((third, first, second), (third, second, first), *year_first, today=today)


def _together(digits: str, today: date) -> frozenset[date]:
    if len(digits) == 6:
        return _days((digits[4:], digits[:2], digits[2:4]), today=today)
    return _days(
        (digits[:4], digits[4:6], digits[6:]),
        (digits[4:], digits[:2], digits[2:4]),
        (digits[4:], digits[2:4], digits[:2]),
        today=today,
    )


def _days(*readings: tuple[str, str | int, str | int], today: date) -> frozenset[date]:
    """Those readings (year, month, day) that exist and are not to come."""
    found = set()
    for year, month, day in readings:
        try:
            read = date(_year(year, today), int(month), int(str(day).lstrip("'")))
        except ValueError:
            continue
        if date(1980, 1, 1) <= read <= today:
            found.add(read)
    return frozenset(found)


def _year(written: str, today: date) -> int:
    """A year of two digits lies in the hundred years up to now."""
    year = int(written)
    if year > 99:
        return year
    return 2000 + year if 2000 + year <= today.year else 1900 + year


# Numbers in words

_ENGLISH = listed(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty"""
)
_ORDINALS = listed(
    """zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
)
_SPANISH = listed(
    """cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete
    dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete
    veintiocho veintinueve treinta"""
)


@cache
def _in_words() -> dict[str, str]:
    """Days and years in words → digits; words joined by one space."""
    cardinals = dict(enumerate(_ENGLISH)) | {20 + at: f"twenty {_ENGLISH[at]}" for at in range(1, 10)}
    cardinals |= {30: "thirty", 31: "thirty one"}
    ordinals = dict(enumerate(_ORDINALS)) | {20 + at: f"twenty {_ORDINALS[at]}" for at in range(1, 10)}
    ordinals |= {30: "thirtieth", 31: "thirty first"}
    spanish = dict(enumerate(_SPANISH)) | {31: "treinta y uno"}
    words = {"primero": "1", "two thousand": "2000", "dos mil": "2000"}
    for at in range(1, 32):
        words |= {kind[at]: str(at) for kind in (cardinals, ordinals, spanish)}
        words |= {
            f"{start} {cardinals[at]}": str(2000 + at) for start in ("two thousand", "two thousand and", "twenty")
        }
        words[f"dos mil {spanish[at]}"] = str(2000 + at)
        words |= {f"nineteen ninety {cardinals[at]}": str(1990 + at)} if at < 10 else {}
    return words | {f"twenty {cardinals[at]}": str(20 + at) for at in range(1, 10)}


@cache
def _in_words_pattern() -> re.Pattern[str]:
    listed = sorted(_in_words(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(word.replace(' ', '[ -]+') for word in listed)})\b", re.IGNORECASE)


_ANY_MONTH = re.compile(rf"\b(?:{_MONTH})\b", re.IGNORECASE)


def in_digits(found: Plain) -> Plain:
    """The text with days and years in words as digits, where a month is named at all."""
    if not _ANY_MONTH.search(found.text):
        return found
    letters: list[str] = []
    places: list[int] = []
    at = 0
    for one in _in_words_pattern().finditer(found.text):
        letters += found.text[at : one.start()]
        places += found.places[at : one.start()]
        digits = _in_words()[" ".join(re.split(r"[ -]+", one[0].lower()))].zfill(2)
        letters += digits
        places += [found.places[one.start()]] * (len(digits) - 1) + [found.places[one.end() - 1]]
        at = one.end()
    return Plain("".join([*letters, found.text[at:]]), (*places, *found.places[at:]))
