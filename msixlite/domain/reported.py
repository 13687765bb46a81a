"""What several States say of the same thing, side by side. Rules only: nothing is averaged, nothing is dropped."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import combinations
from typing import Any

from msixlite.domain import mde, names
from msixlite.models.words import _l

YES, NO = _l("Yes"), _l("No")


@dataclass(frozen=True)
class Source:
    """A State record: who reports, and how new it is."""

    label: str
    """TX; with the State's number for the child where that State has two records."""
    record_id: int
    state_code: str
    state_name: str
    state_student_id: str
    id_type: str
    submission_id: int
    file_name: str
    changed_at: datetime
    """When the submission came that last changed this record."""
    last_file_at: datetime | None
    """When the State's newest file came that was taken, whether or not this child was in it."""


@dataclass(frozen=True)
class Saying:
    """One State's value of one thing."""

    value: str | date
    """In words; a date stays a date."""
    source: Source
    on: date | datetime
    """When it was submitted; for what belongs to an enrollment, the enrollment date."""
    parts: tuple[str | None, ...] = field(compare=False)
    """The elements it is made of, as stored: what is compared."""


class Agreement(enum.Enum):
    """How the States' values of one thing compare. The value is the sign shown for it."""

    NONE = ""
    ALONE = "·"
    SAME = "="
    NEARLY = "≈"
    DIFFERS = "≠"

    @property
    def words(self) -> str:
        """For those who do not see the sign."""
        return _AGREEMENT_WORDS[self]


_AGREEMENT_WORDS = {
    Agreement.NONE: _l("not reported"),
    Agreement.ALONE: _l("one State only"),
    Agreement.SAME: _l("same"),
    Agreement.NEARLY: _l("written differently"),
    Agreement.DIFFERS: _l("differs"),
}


@dataclass(frozen=True)
class Fact:
    """One thing about the child, from every State that reported it: the newest first."""

    name: str
    sayings: tuple[Saying, ...]
    silent: tuple[str, ...]
    """The States that left it blank."""
    disputed: tuple[tuple[int, int], ...] = ()
    """(State record, dispute statement) for each open statement that means one of its elements."""

    @property
    def value(self) -> str | date | None:
        """The newest that is not blank."""
        return self.sayings[0].value if self.sayings else None

    @property
    def missing(self) -> str:
        """What stands in place of a blank: not reported by TX."""
        return not_reported_by(self.silent)

    @property
    def agreement(self) -> Agreement:
        if len(self.sayings) < 2:
            return Agreement.ALONE if self.sayings else Agreement.NONE
        if not all(agree(one.parts, other.parts) for one, other in combinations(self.sayings, 2)):
            return Agreement.DIFFERS
        return Agreement.SAME if len({saying.value for saying in self.sayings}) == 1 else Agreement.NEARLY

    @property
    def differs(self) -> bool:
        return self.agreement is Agreement.DIFFERS

    @property
    def versions(self) -> tuple[Saying, ...]:
        """Each value once however it is written, from the State that reported it last."""
        newest: dict[str, Saying] = {}
        for said in self.sayings:
            newest.setdefault(_folded(*said.parts), said)
        return tuple(newest.values())

    @property
    def disputes(self) -> tuple[int, ...]:
        """Numbers of the open statements that mean it, in whichever State's record."""
        return tuple(dict.fromkeys(number for _, number in self.disputed))

    def disputes_of(self, source: Source) -> tuple[int, ...]:
        """Numbers of those that mean it as one State reports it."""
        return tuple(number for record_id, number in self.disputed if record_id == source.record_id)

    def of(self, source: Source) -> Saying | None:
        """What one State says."""
        return next((saying for saying in self.sayings if saying.source == source), None)


def agree(one: Sequence[str | None], other: Sequence[str | None]) -> bool:
    """Whether two States mean the same: accents, case, hyphens, and where a double surname is cut, tell nothing apart.

    A blank contradicts nothing: a second surname that one State leaves out is no difference.
    """
    if _folded(*one) == _folded(*other) or _begins(one, other) or _begins(other, one):
        return True
    return all(_folded(a) == _folded(b) for a, b in zip(one, other, strict=True) if a and b)


def _begins(one: Sequence[str | None], other: Sequence[str | None]) -> bool:
    """Whether one is the first words of the other and leaves the rest blank: García of García-López."""
    return one[-1] is None and any(one) and f"{_folded(*other)} ".startswith(f"{_folded(*one)} ")


def _folded(*parts: str | None) -> str:
    text = " ".join(filter(None, parts))
    return names.fold(text) or text


def not_reported_by(labels: Iterable[str]) -> str:
    """In place of a blank, which would look like a no."""
    return _l("not reported by %(states)s", states=", ".join(dict.fromkeys(labels)))


def words(element: mde.Element, value: Any) -> str | date:
    """A stored value as people read it: the label of a code, Yes or No; a date stays a date; a blank is ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, date):
        return value
    return element.label(str(value))


def saying(
    section: str, keys: Sequence[str], row: Any, source: Source, on: date | datetime, *, between: str = " "
) -> Saying | None:
    """What a row says of a thing made of one or more elements; None where all of them are blank."""
    stored = [getattr(row, key) for key in keys]
    said = [words(mde.element(section, key), value) for key, value in zip(keys, stored, strict=True)]
    if not any(said):
        return None
    value = said[0] if len(said) == 1 else between.join(str(part) for part in said if part)
    return Saying(value, source, on, tuple(None if part is None else str(part) for part in stored))


@dataclass(frozen=True)
class Difference:
    """Another State's value for an element of the same row."""

    element: str
    value: str | date
    label: str


@dataclass(frozen=True)
class Line:
    """A row of a repeating section: a move, an enrollment, a test, a course.

    Rows with the same natural key are one line; each element is the newest that is not blank.
    """

    section: str
    values: dict[str, Any]
    """Element key → value as stored."""
    sources: tuple[Source, ...]
    """The newest first."""
    differences: tuple[Difference, ...]
    status: str = ""
    """Of a course: open, finished elsewhere, or '' where it is finished."""
    disputed: tuple[tuple[str, int], ...] = ()
    """(element key, dispute statement) for each open statement that means an element of this row."""

    def __getitem__(self, key: str) -> Any:
        """The stored value of an element, None for a blank."""
        return self.values[key]

    def words(self, key: str) -> str | date:
        """An element as people read it, '' for a blank."""
        return words(mde.element(self.section, key), self.values[key])

    def disputes(self, key: str) -> tuple[int, ...]:
        """Numbers of the open statements that mean an element of this row."""
        return tuple(number for disputed, number in self.disputed if disputed == key)

    def other_disputes(self, shown: Iterable[str]) -> list[tuple[str, int]]:
        """(element's name, statement) of the disputed elements that are not among those shown in columns."""
        beside = set(shown)
        return [(mde.element(self.section, key).name, one) for key, one in self.disputed if key not in beside]

    @property
    def states(self) -> str:
        """Who reported it: TX, VT."""
        return ", ".join(source.label for source in self.sources)

    @property
    def missing(self) -> str:
        """What stands in place of a blank in this line."""
        return not_reported_by(source.label for source in self.sources)


def lines(section: str, rows: Iterable[tuple[Source, Any]]) -> list[Line]:
    """The rows of all States (newest State first); only rows with an identical natural key are joined."""
    together: dict[tuple[Any, ...], list[tuple[Source, Any]]] = {}
    for source, row in rows:
        key = tuple(getattr(row, element) for element in mde.SECTIONS[section].natural_key)
        together.setdefault(key, []).append((source, row))
    return [_line(section, same) for same in together.values()]


def _line(section: str, same: list[tuple[Source, Any]]) -> Line:
    keys = [key for key in mde.of_section(section) if key not in mde.IDENTITY]
    values = {key: next((v for _, row in same if (v := getattr(row, key)) not in (None, "")), None) for key in keys}
    differences = (
        Difference(mde.element(section, key).name, words(mde.element(section, key), value), source.label)
        for source, row in same[1:]
        for key in keys
        if (value := getattr(row, key)) not in (None, "") and not _equal(value, values[key])
    )
    return Line(section, values, tuple(source for source, _ in same), tuple(differences))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return _folded(one) == _folded(other)
    return bool(one == other)
