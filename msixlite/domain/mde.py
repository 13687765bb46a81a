"""The ONE table of Minimum Data Elements (MDEs), by revision: elements are data, read from mde.csv."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from msixlite.models.words import Sentence, _l


@dataclass(frozen=True)
class Element:
    """One Minimum Data Element. What the public sources do not tell has no key and is not stored."""

    number: int
    key: str
    """Name of the column that holds it; empty while name and type are unknown."""
    name: Sentence
    sections: tuple[str, ...]
    type: str
    """text, code, flag, date (a day), month (a day, or year and month), year (school year), digits, integer,
    decimal, msix_id."""
    length: int | None
    """Characters that we keep; an export in the federal form may cut shorter."""
    codes: dict[str, Sentence]
    """Code → label, for type code."""
    required: bool
    """Whether a row without it cannot be taken."""
    required_when: str
    since: int
    """Year of the revision that brought it."""
    retired: int | None
    certainty: str
    """verified, inferred or unknown: how surely number and name are known."""
    definition: str

    def label(self, code: str) -> str:
        """The words of a code; the code itself where it has none."""
        return self.codes.get(code, code)


@dataclass(frozen=True)
class Section:
    """A part of a submission: one sheet of the workbook, one CSV file of the ZIP."""

    key: str
    title: Sentence
    other_titles: tuple[str, ...]
    natural_key: tuple[str, ...]
    """Elements that tell one row of a child's section from another."""


SECTIONS = {
    section.key: section
    for section in (
        Section("student", _l("Students"), ("student", "children", "child", "demographics", "student demographic"), ()),
        Section(
            "move",
            _l("Qualifying Moves"),
            ("qualifying move", "moves", "move", "eligibility", "qad"),
            ("arrival_date",),
        ),
        Section(
            "enrollment",
            _l("Enrollments"),
            ("enrollment", "school enrollment", "school history"),
            ("enrollment_date", "school_key"),
        ),
        Section(
            "assessment",
            _l("Assessments"),
            ("assessment", "tests", "test"),
            ("title", "content", "administered_on"),
        ),
        Section(
            "course",
            _l("Course History"),
            ("courses", "course", "credits", "transcript"),
            ("academic_year", "title", "section", "term_type", "school_key"),
        ),
    )
}
IDENTITY = ("state_student_id", "id_type")
"""Elements that stand in every row and name the child in its State."""


def _pairs(codes: str) -> Iterator[list[str]]:
    return (pair.split("=", 1) for pair in codes.split(";") if pair)


def _read() -> tuple[Element, ...]:
    with (Path(__file__).parent / "mde.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Element(
                number=int(row["number"]),
                key=row["key"],
                name=Sentence(row["name"]),
                sections=tuple(filter(None, row["section"].split(";"))),
                type=row["type"],
                length=int(row["length"]) if row["length"] else None,
                codes={code: Sentence(label) for code, label in _pairs(row["codes"])},
                required=row["required"] == "yes",
                required_when=row["required_when"],
                since=int(row["since"]),
                retired=int(row["retired"]) if row["retired"] else None,
                certainty=row["certainty"],
                definition=row["definition"],
            )
            for row in csv.DictReader(file)
        )


ELEMENTS = _read()


@cache
def of_section(section: str) -> dict[str, Element]:
    """The known elements of a section by key, in the order of their numbers; the identity elements stand in each."""
    return {
        element.key: element
        for element in ELEMENTS
        if element.key and (section in element.sections or element.key in IDENTITY)
    }


def element(section: str, key: str) -> Element:
    """The element that a section stores under a key. Raises KeyError."""
    return of_section(section)[key]
