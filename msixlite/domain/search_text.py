"""Reading what a person typed into the one box. Rules only: text and today in, criteria out."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from msixlite.domain import names, search_dates
from msixlite.domain.search_dates import Rest, as_date, near_dates
from msixlite.domain.search_noise import is_noise, states
from msixlite.models.words import Sentence, _l, joined


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
    between: tuple[date, date] | None = None
    """First and last day of the month, year or age typed in place of a date."""
    unused: tuple[str, ...] = ()
    """What was typed and is not searched for: a second date, a grade, a number that is none of ours."""
    read_as: str = ""
    """A sentence for the person: name "garsia lopes", born 03/14/2012, not used: 8."""

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


def read(text: str, today: date) -> Criteria:
    """The MSIX ID, State ID, birth date and names in the text, each in any place."""
    rest = Rest(" ".join(_LOST.sub("", html.unescape(text)).split()))
    msix_id = _msix_id(rest)
    born = search_dates.written(rest, today)
    state_ids = _state_ids(rest, today)
    born = born or search_dates.run_of_digits(rest, today)
    between = None if born else search_dates.span(rest, today)
    unused = [*rest.unused, *_left(rest, today)]
    name = " ".join(_NO_NAME.sub(" ", rest.typed).split()).strip(" ,;")
    words = tuple(word for word in names.fold(name).split() if not word.isdigit())
    if msix_id:
        unused += [name] if not all(map(is_noise, words)) else []
        words = ()
    sentence = _read_as(msix_id, state_ids, name if words else "", born, between, unused)
    return Criteria(msix_id, state_ids, words, born, between, tuple(unused), sentence)


def _left(rest: Rest, today: date) -> list[str]:
    """The grade and the numbers that nothing was made of; a date among them as dates are written."""
    grades = [found[0] for pattern in _GRADES if (found := rest.take(pattern))]
    numbers = [found[0].strip(_SIGNS) for found in _NO_NAME.finditer(rest.typed)]
    dates = [search_dates.written(Rest(number), today) for number in numbers]
    return grades + [
        search_dates.as_written(born[0]) if born else number
        for number, born in zip(numbers, dates, strict=True)
        if number
    ]


_LOST = re.compile(r"(?<=\w)[?\ufffd¿]+(?=\w)")
"""Signs that stand in a word where a letter was lost: Rodr?guez."""
_SIGNS = "/.,:;#-"
_NO_NAME = re.compile(rf"(?<!\w)[\d{_SIGNS}]+(?!\w)")
_GRADES = (
    re.compile(r"\b(?:grade|grado|gr)\b\.?\s*\d{1,2}(?:st|nd|rd|th)?(?!\w)"),
    re.compile(r"(?<!\w)\d{1,2}(?:st|nd|rd|th|[.º°])?\s*(?:grade|grado)(?!\w)"),
)
_MSIX_ID = re.compile(
    r"(?:msix)?(?:\s*id)?\s*[:#]?\s*(?<!\d)(\d{12}|\d{4}([ .-])\d{4}\2\d{4}|(?:\d{3}[ -]){3}\d{3})(?!\d)"
)


def _msix_id(rest: Rest) -> str:
    found = rest.take(_MSIX_ID)
    return re.sub(r"\D", "", found[1]) if found else ""


@cache
def _state_id_patterns() -> tuple[re.Pattern[str], ...]:
    state = rf"(?P<state>{'|'.join(sorted(states(), key=len, reverse=True))})"
    label = r"(?:\s*(?:state|student|id|no\.?|number|[:#,-]))*\s*"
    number = r"(?P<number>[a-z]{0,4}-?\d[\da-z-]{2,14})"
    return (
        re.compile(rf"(?:\bid\s*:?\s*)?(?<!\w){state}(?!\w){label}{number}(?![\w/.])"),
        re.compile(rf"(?<![\w/.]){number}(?!\w){label}{state}(?!\w)"),
        re.compile(r"(?<!\w)(?P<state>[a-z]{2})-?(?P<number>\d[\da-z-]{2,13})(?![\w/.])"),
    )


def _state_ids(rest: Rest, today: date) -> tuple[tuple[str, str], ...]:
    """The State ID typed next to its State. Beside other words a date is a date: garcia de 20120314."""
    for pattern in _state_id_patterns():
        found = pattern.search(rest.low)
        if found and found["state"] in states():
            state, number = states()[found["state"]], found["number"].upper()
            if search_dates.may_be_date(number, today):
                if found[0] != rest.low.strip():
                    return ()
            else:
                rest.take(pattern)
            return tuple((state, each) for each in dict.fromkeys((number, f"{state}{number}")))
    return ()


def _read_as(
    msix_id: str,
    state_ids: tuple[tuple[str, str], ...],
    name: str,
    born: Sequence[str],
    between: tuple[date, date] | None,
    unused: Sequence[str],
) -> str:
    parts = [_l("MSIX ID %(number)s", number=f"{msix_id[:4]} {msix_id[4:8]} {msix_id[8:]}")] if msix_id else []
    parts += [_l("State ID %(number)s of %(state)s", number=number, state=state) for state, number in state_ids[:1]]
    parts += [_l('name "%(name)s"', name=name)] if name else []
    days = [text for text in born if as_date(text)]
    if born:
        parts.append(_day(days or born, is_one=bool(days)))
    parts += [_span(*between)] if between else []
    parts += [_l("not used: %(parts)s", parts=", ".join(unused))] if unused else []
    return joined(", ", parts)


def _day(born: Sequence[str], *, is_one: bool) -> Sentence:
    written = [search_dates.as_written(text) for text in born]
    said = _l("born %(day)s", day=written[0])
    for other in written[1:]:
        said = _l("%(born)s or %(day)s", born=said, day=other)
    if is_one:
        return said
    if not any(map(near_dates, born)):
        return _l("%(born)s (there is no such day)", born=said)
    return _l("%(born)s (there is no such day: days one typing error away are searched for)", born=said)


def _span(first: date, last: date) -> Sentence:
    if (first.day, first.month, last.day, last.month) == (1, 1, 31, 12):
        return _l("born in %(when)s", when=str(first.year))
    if first.day == 1 and (last.year, last.month) == (first.year, first.month):
        return _l("born in %(when)s", when=f"{first:%m/%Y}")
    return _l("born from %(first)s to %(last)s", first=f"{first:%m/%d/%Y}", last=f"{last:%m/%d/%Y}")
