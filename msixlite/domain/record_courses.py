"""The courses of all States: which are open, what credit they gave by subject, what stands in the record twice."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from msixlite.domain import names
from msixlite.domain.record_facts import newest_first
from msixlite.domain.reported import Line
from msixlite.models.words import _l

OPEN, FINISHED_ELSEWHERE = _l("open"), _l("finished elsewhere")
WHOLE_YEAR = names.fold("Full Year")
"""The course section that covers both halves."""


@dataclass(frozen=True)
class SubjectCredits:
    """What has been earned in one subject."""

    subject: str
    credits: Decimal
    courses: int
    unfinished: int


@dataclass(frozen=True)
class Repeat:
    """One course that stands in the record more than once: its credit may count only once."""

    title: str
    where: tuple[str, ...]


def judged(found: list[Line]) -> list[Line]:
    """The latest year first, in it the open ones, then by title."""
    titles: dict[str, list[Line]] = defaultdict(list)
    for course in found:
        titles[names.fold(course["title"])].append(course)
    found = [replace(course, status=_status(course, titles[names.fold(course["title"])])) for course in found]
    by_title = sorted(found, key=lambda line: (line.status != OPEN, names.fold(line["title"]), line["section"] or ""))
    return newest_first(by_title, "academic_year")


def _status(course: Line, same_title: Iterable[Line]) -> str:
    """Open where it was begun and not finished, here or by a later course of the same title and part."""
    if _is_finished(course):
        return ""
    elsewhere = any(
        _is_finished(other)
        and (other["academic_year"] or "") >= (course["academic_year"] or "")
        and names.fold(other["section"] or "") in (names.fold(course["section"] or ""), WHOLE_YEAR)
        for other in same_title
    )
    return FINISHED_ELSEWHERE if elsewhere else OPEN


def _is_finished(course: Line) -> bool:
    return course["final_grade"] is not None or course["credits"] is not None


def by_year(courses: Iterable[Line]) -> dict[str, list[Line]]:
    years: dict[str, list[Line]] = defaultdict(list)
    for course in courses:
        years[course["academic_year"] or ""].append(course)
    return dict(years)


def credits_of(courses: Iterable[Line]) -> list[SubjectCredits]:
    subjects: dict[str, list[Line]] = defaultdict(list)
    for course in courses:
        subjects[names.fold(course["subject"] or "")].append(course)
    return [
        SubjectCredits(
            subject=of_subject[0]["subject"] or _l("Subject not reported"),
            credits=sum((course["credits"] for course in of_subject if course["credits"] is not None), Decimal(0)),
            courses=len(of_subject),
            unfinished=sum(course.status == OPEN for course in of_subject),
        )
        for _, of_subject in sorted(subjects.items(), key=lambda item: (not item[0], item[0]))
    ]


def repeats(courses: Iterable[Line]) -> list[Repeat]:
    """Courses of the same title and section that gave credit, or are open, in different years or schools."""
    alike: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for course in (one for one in courses if one["credits"] or one.status == OPEN):
        alike[names.fold(course["title"]), names.fold(course["section"] or "")].append(course)
    return [
        Repeat(same[0]["title"], tuple(where))
        for same in alike.values()
        if len(where := dict.fromkeys(map(_year_and_place, same))) > 1 and any(course["credits"] for course in same)
    ]


def _year_and_place(course: Line) -> str:
    return " ".join(filter(None, (course["academic_year"], course.states, course["school_name"])))
