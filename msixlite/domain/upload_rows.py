"""Check the rows of a submission against the registry: pydantic models made from it, faults in plain words."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, partial
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo, create_model
from pydantic_core import PydanticCustomError

from msixlite.domain import mde, msix_ids
from msixlite.domain.errors import RuleBroken
from msixlite.domain.mde import Element
from msixlite.domain.names import fold
from msixlite.domain.upload_files import FORMULA, Table
from msixlite.models.words import Sentence, _l

EARLIEST_YEAR = 1900
YEARS_AHEAD = 5
"""An eligibility end may lie ahead; a date further away is a typing error."""
MOST_CLOCK_HOURS = 1080
MOST_CREDITS = Decimal("99.999")
_SSN = re.compile(r"(?<!\d)\d{3}[-‐‑–. ]\d{2}[-‐‑–. ]\d{4}(?!\d)")
_NOT_PRINTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True)
class Fault:
    """What is wrong with one element of a row, in plain words."""

    element: str
    value: str
    reason: str


@dataclass(frozen=True)
class Row:
    """A row of one section as sent, and what it means once checked."""

    section: str
    table: str
    number: int
    """As a spreadsheet shows it."""
    content: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def child(self) -> tuple[str, str]:
        """(State Student Identifier, its type) as far as sent."""
        return self.values.get("state_student_id", ""), self.values.get("id_type", "")

    @property
    def child_label(self) -> str:
        """The child in words, for the person who mends the row."""
        names = [self.content.get(key, "") for key in ("last_name_1", "first_name")]
        return " ".join(filter(None, (self.content.get("state_student_id", ""), ", ".join(filter(None, names)))))


NOT_USED = _l("“%(table)s”: not an element, so not used: %(headings)s.")
"""A warning; the others are reasons why a value was not taken, which follow its element's name."""
BEFORE_ENROLLMENT = _l("lies before the Enrollment Date, %(day)s")
BEFORE_ARRIVAL = _l("lies before the arrival, %(day)s")
TOO_LONG = _l("has %(count)s characters; %(most)s are the most")
NO_CODE_USE = _l("is not a code of %(element)s: use %(code)s")
NO_CODE_NEAR = _l("is not a code of %(element)s: do you mean %(code)s?")
NO_CODE = _l("is not a code of %(element)s: use one of %(codes)s")
NO_SUCH_DAY = _l("does not exist: there is no %(day)s")
WRONG_YEAR = _l("has the year %(year)s, which cannot be right")
SHORT_YEAR = _l("has a year of %(count)s digits: write it as MM/DD/YYYY")
WRONG_MONTH = _l("has the month %(month)s: write it as YYYY-MM")
NOT_DIGITS = _l("is not a number of %(count)s digits")
NOT_WHOLE = _l("is not a whole number from 0 to %(most)s")
NOT_WITHIN = _l("is not a number from 0 to %(most)s")
WITH_VALUES = (
    *(BEFORE_ENROLLMENT, BEFORE_ARRIVAL, TOO_LONG, NO_CODE, NO_CODE_USE, NO_CODE_NEAR, NO_SUCH_DAY),
    *(WRONG_YEAR, SHORT_YEAR, WRONG_MONTH, NOT_DIGITS, NOT_WHOLE, NOT_WITHIN),
)


@dataclass(frozen=True)
class Columns:
    """Which column of a table holds which element of one section."""

    section: str
    keys: dict[int, str]


def check_table(
    table: Table, *, today: date, mapping: Mapping[str, str] | None = None
) -> tuple[list[str], Iterator[Row]]:
    """Warnings about the table, and its rows checked, one for each section that it holds.

    `mapping`: heading → element name, for a State whose headings are its own.
    Raises RuleBroken for a table whose section cannot be told or whose required columns are missing.
    """
    headings = [(mapping or {}).get(heading, heading) for heading in table.headings]
    columns = _columns_of(table.name, headings)
    used = set().union(*(one.keys for one in columns))
    strange = [heading for at, heading in enumerate(headings) if heading and at not in used]
    warnings: list[str] = [NOT_USED.about(table=table.name, headings=", ".join(strange[:20]))] if strange else []
    return warnings, _checked(table, columns, today)


def _columns_of(name: str, headings: list[str]) -> list[Columns]:
    """The sections of a table: the one that its name says, or those whose required columns it has."""
    section = _section_named(name)
    if section is not None:
        found = _columns(section, headings)
        missing = _missing(found)
        if missing:
            raise RuleBroken(
                _l(
                    "“%(name)s” has no column “%(name_2)s”. Add it and send the file again.",
                    name=name,
                    name_2=missing[0].name,
                )
            )
        return [found]
    every = [_columns(key, headings) for key in mde.SECTIONS]
    complete = [found for found in every if not _missing(found)]
    if not complete:
        titles = ", ".join(section.title for section in mde.SECTIONS.values())
        raise RuleBroken(
            _l(
                "“%(name)s” is none of the sections %(titles)s: neither its name nor its headings say "
                "so. A table of Students has the columns %(columns)s.",
                name=name,
                titles=titles,
                columns=_required_names("student"),
            )
        )
    return complete


def _section_named(name: str) -> str | None:
    folded = fold(name)
    for section in mde.SECTIONS.values():
        if folded in (fold(section.title), *section.other_titles):
            return section.key
    return None


def _required_names(section: str) -> str:
    return ", ".join(element.name for element in mde.of_section(section).values() if element.required)


def _columns(section: str, headings: list[str]) -> Columns:
    known = _headings_of(section)
    keys: dict[int, str] = {}
    for at, heading in enumerate(headings):
        key = known.get(_plain(heading))
        if key and key not in keys.values():
            keys[at] = key
    return Columns(section, keys)


@cache
def _headings_of(section: str) -> dict[str, str]:
    """A heading without case and signs → element key: by name, by key, by number, by the usual short forms."""
    found: dict[str, str] = {}
    for element in mde.of_section(section).values():
        for heading in (element.name, element.key, f"MDE {element.number}", *_short_forms(element)):
            found.setdefault(_plain(heading), element.key)
    return found


def _short_forms(element: Element) -> Iterator[str]:
    """Qualifying Arrival Date (QAD) is also Qualifying Arrival Date, and QAD."""
    match = re.fullmatch(r"(.+?) \((\w+)\)(.*)", element.name)
    if match:
        yield match[1] + match[3]
        yield match[2]


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(heading))


def _missing(columns: Columns) -> list[Element]:
    present = set(columns.keys.values())
    return [one for one in mde.of_section(columns.section).values() if one.required and one.key not in present]


def _checked(table: Table, columns: list[Columns], today: date) -> Iterator[Row]:
    for number, cells in table.rows:
        if not any(cells):
            continue
        for one in columns:
            content = {key: cells[at] if at < len(cells) else "" for at, key in one.keys.items()}
            if len(columns) == 1 or one.section == "student" or _holds_more_than_identity(content):
                yield check_row(one.section, table.name, number, content, today=today)


def _holds_more_than_identity(content: dict[str, str]) -> bool:
    return any(value for key, value in content.items() if key not in mde.IDENTITY)


def check_row(section: str, table: str, number: int, content: dict[str, str], *, today: date) -> Row:
    """One row checked: its values in their own kinds, or its faults."""
    try:
        checked = _model(section).model_validate(content, context={"today": today})
    except ValidationError as errors:
        return Row(section, table, number, content, _identity(content), _faults(section, content, errors))
    values = {key: getattr(checked, key) for key in content}
    faults = tuple(_contradictions(section, values, content))
    return Row(section, table, number, content, values, faults)


def _identity(content: dict[str, str]) -> dict[str, Any]:
    return {key: content.get(key, "") for key in mde.IDENTITY}


def _faults(section: str, content: dict[str, str], errors: ValidationError) -> tuple[Fault, ...]:
    keys = [str(error["loc"][0]) for error in errors.errors()]
    return tuple(
        Fault(mde.element(section, key).name, content.get(key, "")[:200], error["msg"])
        for key, error in zip(keys, errors.errors(), strict=True)
    )


def _contradictions(section: str, values: dict[str, Any], content: dict[str, str]) -> Iterator[Fault]:
    """Values that are each right and cannot be right together."""
    if section == "enrollment" and values.get("withdrawal_date"):
        begun, ended = values["enrollment_date"], values["withdrawal_date"]
        if ended < begun:
            yield Fault(
                mde.element("enrollment", "withdrawal_date").name,
                content["withdrawal_date"],
                BEFORE_ENROLLMENT.about(day=f"{begun:%m/%d/%Y}"),
            )
    if section == "move" and values.get("eligibility_end") and values["eligibility_end"] < values["arrival_date"]:
        yield Fault(
            mde.element("move", "eligibility_end").name,
            content["eligibility_end"],
            BEFORE_ARRIVAL.about(day=f"{values['arrival_date']:%m/%d/%Y}"),
        )


@cache
def _model(section: str) -> type[BaseModel]:
    """The pydantic model of a section: a field for each element, read by the reader of its type."""
    fields: dict[str, Any] = {
        element.key: (Annotated[Any, BeforeValidator(partial(_read, element))], None)
        for element in mde.of_section(section).values()
    }
    return create_model(
        mde.SECTIONS[section].title.replace(" ", ""), __config__=ConfigDict(validate_default=False), **fields
    )


def _read(element: Element, text: str, info: ValidationInfo) -> Any:
    """The value that a text stands for; None for an empty one."""
    text = " ".join(_NOT_PRINTED.sub(" ", text).split())
    if not text:
        if element.required:
            raise _wrong(_l("is required and was left empty"))
        return None
    if text.startswith(FORMULA):
        raise _wrong(_l("is a formula; copy the cell and paste it as a value"))
    return _READERS[element.type](element, text, (info.context or {})["today"])


def _wrong(reason: str) -> PydanticCustomError:
    return PydanticCustomError("mde", "{reason}", {"reason": reason})


def _read_text(element: Element, text: str, _today: date) -> str:
    longest = element.length or 255
    if _SSN.search(text):
        raise _wrong(_l("looks like a Social Security number, which is never exchanged"))
    if len(text) > longest:
        raise _wrong(TOO_LONG.about(count=str(len(text)), most=str(longest)))
    return text


def _read_code(element: Element, text: str, _today: date) -> str:
    by_word = {_plain(word): code for code, label in element.codes.items() for word in (code, label)}
    wanted = _plain(text)
    code = by_word.get(wanted) or by_word.get(wanted.zfill(element.length or 0))
    if code is None:
        raise _wrong(_advice(element, by_word, wanted))
    return code


def _advice(element: Element, by_word: dict[str, str], wanted: str) -> Sentence:
    digits = re.fullmatch(r"(?:grade)?(\d{1,2})(?:st|nd|rd|th)?(?:grade)?", wanted)
    if digits and digits[1].zfill(2) in element.codes:
        return NO_CODE_USE.about(element=element.name, code=digits[1].zfill(2))
    near = difflib.get_close_matches(wanted, by_word, n=1)
    if near:
        return NO_CODE_NEAR.about(element=element.name, code=by_word[near[0]])
    return NO_CODE.about(element=element.name, codes=", ".join(element.codes))


_FLAGS = {"y": True, "yes": True, "1": True, "true": True, "n": False, "no": False, "0": False, "false": False}


def _read_flag(_element: Element, text: str, _today: date) -> bool:
    flag = _FLAGS.get(text.casefold())
    if flag is None:
        raise _wrong(_l("is neither yes nor no: use Y or N, or leave it empty when it is not known"))
    return flag


_DATES = (
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[ T]00:00(?::00)?)?"),
    re.compile(r"(?P<m>\d{1,2})[/.-](?P<d>\d{1,2})[/.-](?P<y>\d{4})"),
)


def _read_date(element: Element, text: str, today: date) -> date:
    match = next(filter(None, (pattern.fullmatch(text) for pattern in _DATES)), None)
    if match is None:
        raise _wrong(_why_no_date(text))
    try:
        day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        raise _wrong(NO_SUCH_DAY.about(day=f"{match['m']}/{match['d']}/{match['y']}")) from None
    if element.key == "birth_date" and day > today:
        raise _wrong(_l("lies in the future"))
    if not EARLIEST_YEAR <= day.year <= today.year + YEARS_AHEAD:
        raise _wrong(WRONG_YEAR.about(year=str(day.year)))
    return day


def _why_no_date(text: str) -> str:
    years = re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-](\d{1,3}|\d{5,})", text)
    if years:
        return SHORT_YEAR.about(count=str(len(years[1])))
    return _l("is not a date: write it as YYYYMMDD or MM/DD/YYYY")


_MONTH = re.compile(r"(?P<y>\d{4})-?(?P<m>\d{2})|(?P<m2>\d{1,2})/(?P<y2>\d{4})")


def _read_month(element: Element, text: str, today: date) -> str:
    """An ISO day, or year and month: 2026-04."""
    match = _MONTH.fullmatch(text)
    if match is None:
        return _read_date(element, text, today).isoformat()
    year, month = int(match["y"] or match["y2"]), int(match["m"] or match["m2"])
    if not 1 <= month <= 12:
        raise _wrong(WRONG_MONTH.about(month=str(month)))
    _read_date(element, f"{year:04}{month:02}01", today)
    return f"{year:04}-{month:02}"


def _read_year(_element: Element, text: str, today: date) -> str:
    """A school year: 2025-2026, or one year where the State sends one."""
    match = re.fullmatch(r"(\d{4})(?:\s?[-–/]\s?(\d{4}|\d{2}))?", text)
    if match is None or not EARLIEST_YEAR <= int(match[1]) <= today.year + 1:
        raise _wrong(_l("is not a school year: write it as 2025-2026"))
    if match[2] is None:
        return match[1]
    following = str(int(match[1]) + 1)
    if not following.endswith(match[2]):
        raise _wrong(_l("is not one school year: the second year must follow the first"))
    return f"{match[1]}-{following}"


def _read_digits(element: Element, text: str, _today: date) -> str:
    length = element.length or 0
    if not (text.isascii() and text.isdigit()) or len(text) > length:
        raise _wrong(NOT_DIGITS.about(count=str(length)))
    return text.zfill(length) if len(text) == length - 1 else text


def _read_integer(_element: Element, text: str, _today: date) -> int:
    number = _number(text)
    if number != int(number) or not 0 <= number <= MOST_CLOCK_HOURS:
        raise _wrong(NOT_WHOLE.about(most=str(MOST_CLOCK_HOURS)))
    return int(number)


def _read_decimal(_element: Element, text: str, _today: date) -> Decimal:
    number = _number(text)
    if not 0 <= number <= MOST_CREDITS:
        raise _wrong(NOT_WITHIN.about(most=str(MOST_CREDITS)))
    return number.quantize(Decimal("0.001"))


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _wrong(_l("is not a number")) from None
    if not number.is_finite():
        raise _wrong(_l("is not a number"))
    return number


def _read_msix_id(_element: Element, text: str, _today: date) -> str:
    digits = text.replace(" ", "").replace("-", "")
    if not msix_ids.is_valid(digits):
        raise _wrong(_l("is not an MSIX ID: it has 12 digits and a check digit. Leave it empty when it is not known"))
    return digits


_READERS: dict[str, Callable[[Element, str, date], Any]] = {
    "text": _read_text,
    "code": _read_code,
    "flag": _read_flag,
    "date": _read_date,
    "month": _read_month,
    "year": _read_year,
    "digits": _read_digits,
    "integer": _read_integer,
    "decimal": _read_decimal,
    "msix_id": _read_msix_id,
}


def label_of(value: Any) -> str | None:
    """A value as the history of a record keeps it."""
    match value:
        case None:
            return None
        case bool():
            return "Y" if value else "N"
        case date() | datetime():
            return value.isoformat()
        case _:
            return str(value)
