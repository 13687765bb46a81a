"""What a State's schools report of a child: moves, enrollments, assessments and courses.

Everything follows from the family's stays and the State's school terms; nothing is later than today.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from msixlite.demo.families import Child, Stay, school_year
from msixlite.demo.places import DemoSchool, Level
from msixlite.demo.spelling import Row
from msixlite.domain.clocks import age_on, eligibility_end

OUT_OF_SCHOOL = "OS"
_REGULAR, _WITH_MEP, _SUMMER, _RESIDENCY = "01", "05", "03", "06"
"""Enrollment types."""
_SHORTEST_CLASS = 30
"""Days. A school reports no courses of a shorter attendance."""
_INSTRUCTION_HOURS_A_DAY = 50 / 60 * 5 / 7
"""Of one course, over all days of the week."""

MonthDay = tuple[int, int]


@dataclass(frozen=True)
class Calendar:
    """A State's terms, the days of its tests, and its words."""

    first_day: MonthDay
    end_of_fall: MonthDay
    start_of_spring: MonthDay
    last_day: MonthDay
    summer: tuple[MonthDay, MonthDay]
    test: str
    test_day: MonthDay
    language_test: str
    language_test_day: MonthDay
    levels: tuple[str, ...]
    """Words for a score, the lowest first."""
    numeric_marks: bool


_CALENDARS = {
    "TX": Calendar(
        (8, 14), (12, 18), (1, 7), (5, 26), ((6, 3), (7, 10)), "STAAR", (4, 22), "TELPAS", (3, 10),
        ("Did Not Meet", "Approaches", "Meets", "Masters"), True,
    ),
    "NC": Calendar(
        (8, 25), (12, 19), (1, 6), (6, 9), ((6, 18), (8, 1)), "End-of-Grade", (5, 22), "ACCESS for ELLs", (2, 12),
        ("Not Proficient", "Level 3", "Level 4", "Level 5"), False,
    ),
    "OH": Calendar(
        (8, 22), (12, 20), (1, 6), (5, 30), ((6, 10), (7, 31)), "Ohio State Test", (4, 15), "OELPA", (2, 18),
        ("Limited", "Basic", "Proficient", "Accomplished"), False,
    ),
    "VT": Calendar(
        (8, 27), (12, 20), (1, 5), (6, 13), ((6, 23), (8, 8)), "VTCAP", (5, 6), "ACCESS for ELLs", (2, 5),
        ("Beginning", "Approaching", "Proficient", "Advanced"), False,
    ),
}  # fmt: skip

_COURSES = {
    "08": (("English 8", "English"), ("Science 8", "Science"), ("United States History 8", "Social Studies")),
    "09": (("English I", "English"), ("Biology", "Science"), ("World Geography", "Social Studies")),
    "10": (("English II", "English"), ("Chemistry", "Science"), ("World History", "Social Studies")),
    "11": (("English III", "English"), ("Physics", "Science"), ("United States History", "Social Studies")),
    "12": (("English IV", "English"), ("Environmental Science", "Science"), ("Government", "Social Studies")),
}
_ELECTIVES = (("Spanish for Heritage Speakers", "World Languages"), ("Art I", "Fine Arts"), ("Agriculture", "Career"))
_MATHEMATICS = ("Algebra I", "Geometry", "Algebra II", "Precalculus", "Statistics")
ALGEBRA = _MATHEMATICS[0]


@dataclass(frozen=True)
class Term:
    """A school year or a summer in one State."""

    first: date
    last: date
    school_year: int
    summer: bool


@dataclass(frozen=True)
class Attendance:
    """A child's time in one school or project. `withdrawn` is None while it lasts."""

    stay: Stay
    school: DemoSchool
    kind: str
    grade: str
    enrolled: date
    withdrawn: date | None
    school_year: int

    @property
    def regular(self) -> bool:
        return self.kind in (_REGULAR, _WITH_MEP)

    def covers(self, day: date) -> bool:
        return self.enrolled <= day and (self.withdrawn is None or day <= self.withdrawn)


def grade_of(child: Child, day: date) -> str:
    """The grade by the school year of a day: P0 to P5, KG, 01 to 12, OS."""
    year = school_year(day)
    grade = year - child.schooling.kindergarten
    if year >= child.schooling.leaves:
        return OUT_OF_SCHOOL
    if grade > 0:
        return f"{grade:02}"
    if grade == 0:
        return "KG"
    return f"P{min(max(0, age_on(child.birth_date, date(year, 9, 1))), 5)}"


def attendances(rng: Random, child: Child, stay: Stay, today: date) -> list[Attendance]:
    """Where the child went during a stay; residency only where it went nowhere."""
    found = [one for term in _terms(stay, today) if (one := _attendance(rng, child, stay, term, today))]
    return found or [_residency(rng, child, stay, today)]


def _terms(stay: Stay, today: date) -> Iterator[Term]:
    calendar = _CALENDARS[stay.state]
    for year in range(school_year(stay.arrival), school_year(stay.departure or today) + 1):
        yield Term(date(year, *calendar.first_day), date(year + 1, *calendar.last_day), year, summer=False)
        first, last = calendar.summer
        yield Term(date(year + 1, *first), date(year + 1, *last), year, summer=True)


def _attendance(rng: Random, child: Child, stay: Stay, term: Term, today: date) -> Attendance | None:
    enrolled = max(stay.arrival + timedelta(days=rng.randint(1, 5)), term.first)
    left = min(stay.departure or term.last, term.last)
    if enrolled > today or (left - enrolled).days < 7:
        return None
    grade = grade_of(child, enrolled)
    place = _place(rng, child, term, grade)
    if place is None:
        return None
    level, kind = place
    withdrawn = left if left <= today else None
    return Attendance(stay, stay.district.schools[level], kind, grade, enrolled, withdrawn, term.school_year)


def _place(rng: Random, child: Child, term: Term, grade: str) -> tuple[Level, str] | None:
    """The level of school and the enrollment type; None where the child goes nowhere."""
    if term.summer:
        small = grade in ("P0", "P1", "P2")
        return (Level.PROJECT, _SUMMER) if child.schooling.summer_project and not small else None
    if grade == OUT_OF_SCHOOL:
        return None
    if grade[0] == "P":
        return (Level.ELEMENTARY, _REGULAR) if child.schooling.preschool and grade >= "P3" else None
    return _level(grade), _WITH_MEP if rng.random() < 0.25 else _REGULAR


def _level(grade: str) -> Level:
    if grade == "KG" or grade < "06":
        return Level.ELEMENTARY
    return Level.MIDDLE if grade < "09" else Level.HIGH


def _residency(rng: Random, child: Child, stay: Stay, today: date) -> Attendance:
    enrolled = min(stay.arrival + timedelta(days=rng.randint(0, 4)), stay.departure or today)
    return Attendance(
        stay,
        stay.district.schools[Level.PROJECT],
        _RESIDENCY,
        grade_of(child, enrolled),
        enrolled,
        stay.departure,
        school_year(enrolled),
    )


def move_row(stay: Stay, birth_date: date) -> Row:
    """The qualifying move that began a stay."""
    abroad = stay.came_from.country != "USA"
    return {
        "arrival_date": _text(stay.arrival),
        "from_city": stay.came_from.city,
        "from_state": "" if abroad else stay.came_from.state,
        "from_country": stay.came_from.country if abroad else "",
        "to_city": stay.district.city,
        "to_state": stay.state,
        "eligibility_end": _text(eligibility_end(stay.arrival, birth_date)),
    }


def enrollment_row(rng: Random, child: Child, attended: Attendance) -> Row:
    """One enrollment with its school and its flags."""
    schooling, district, school = child.schooling, attended.stay.district, attended.school
    in_school = attended.kind != _RESIDENCY
    row = {
        "school_name": school.name,
        "school_code": school.code,
        "facility_name": school.name,
        "facility_address_1": school.street,
        "facility_city": district.city,
        "facility_state": district.state,
        "facility_zip": district.zip,
        "telephone": school.phone,
        "district_name": district.name,
        "district_code": district.code,
        "enrollment_date": _text(attended.enrolled),
        "enrollment_type": attended.kind,
        "withdrawal_date": _text(attended.withdrawn) if attended.withdrawn else "",
        "grade_level": attended.grade,
        "lep": _flag(schooling.lep) if in_school else "",
        "pfs": _flag(schooling.pfs),
        "idea": _flag(schooling.idea) if in_school else "",
        "med_alert": schooling.med_alert,
        "immunization": _flag(schooling.immunization),
        "residency_date": _text(attended.stay.arrival),
        "comment": rng.choice(_COMMENTS) if rng.random() < 0.04 else "",
    }
    if attended.grade.isdigit() and attended.grade >= "08":
        row |= _secondary(rng, child, attended)
    return row


_COMMENTS = (
    "Records asked for at the last school.",
    "Arrived after the term began; schedule made from the consolidated record.",
    "The family plans to leave before the end of the term.",
    "Evening tutoring at the camp twice a week.",
)


def _secondary(rng: Random, child: Child, attended: Attendance) -> Row:
    """What is asked from grade 8 or 9 on."""
    algebra_grade = "08" if child.schooling.early_algebra else "09"
    row = {"algebra_1": _flag(attended.grade > algebra_grade)}
    if attended.grade < "09":
        return row
    row["out_of_state_transcript"] = _flag(attended.stay is not child.family.stays[0] and rng.random() < 0.6)
    row["graduation_school_code"] = child.family.stays[-1].district.schools[Level.HIGH].code
    last_day = date(attended.school_year + 1, *_CALENDARS[attended.stay.state].last_day)
    if attended.grade == "12" and attended.regular and attended.withdrawn == last_day:
        row["graduation"] = "Graduated"
    return row


def assessment_rows(rng: Random, child: Child, attended: Attendance, today: date) -> Iterator[Row]:
    """The State's tests that fell into an attendance: two subjects from grade 3, English for English learners."""
    calendar = _CALENDARS[attended.stay.state]
    year = attended.school_year + 1
    test_day, language_day = date(year, *calendar.test_day), date(year, *calendar.language_test_day)
    if not attended.regular:
        return
    if "03" <= attended.grade <= "11" and test_day <= today and attended.covers(test_day):
        for content in ("Reading", "Mathematics"):
            yield _assessment(rng, attended, f"{calendar.test}, Grade {int(attended.grade)}", content, test_day)
    in_school = attended.grade == "KG" or attended.grade.isdigit()
    if child.schooling.lep and in_school and language_day <= today and attended.covers(language_day):
        yield _assessment(rng, attended, calendar.language_test, "English Language Proficiency", language_day)


def _assessment(rng: Random, attended: Attendance, title: str, content: str, day: date) -> Row:
    level = rng.choices((0, 1, 2, 3), weights=(25, 40, 27, 8))[0]
    return {
        "title": title,
        "content": content,
        "assessment_type": "01",
        "administered_on": _text(day),
        "reporting_state": attended.stay.state,
        "score": str(1300 + 150 * level + rng.randrange(150)),
        "interpretation": _CALENDARS[attended.stay.state].levels[level],
    }


@dataclass(frozen=True)
class _Half:
    """One semester of a school year."""

    section: str
    first: date
    last: date


def course_rows(rng: Random, child: Child, attended: Attendance, today: date) -> Iterator[Row]:
    """Courses from grade 8 on: finished ones with credit and mark, open ones with hours and mark so far."""
    if not attended.regular or attended.grade not in _COURSES:
        return
    for half in _halves(attended):
        start, end = max(attended.enrolled, half.first), min(attended.withdrawn or today, half.last)
        if (end - start).days < _SHORTEST_CLASS:
            continue
        most_of_it = (end - start) * 2 > half.last - half.first
        finished = end == half.last and most_of_it
        for title, subject in _courses(child, attended.grade):
            result = _finished(rng, attended) if finished else _open(rng, attended, (end - start).days)
            yield {
                "title": title,
                "subject": subject,
                "course_type": "Honors" if title.startswith("English") and child.number % 11 == 0 else "Regular",
                "academic_year": f"{attended.school_year}-{attended.school_year + 1}",
                "section": half.section,
                "term_type": "Semester",
                "school_name": attended.school.name,
                "school_code": attended.school.code,
                **result,
            }


def _halves(attended: Attendance) -> tuple[_Half, _Half]:
    calendar, year = _CALENDARS[attended.stay.state], attended.school_year
    return (
        _Half("Section A", date(year, *calendar.first_day), date(year, *calendar.end_of_fall)),
        _Half("Section B", date(year + 1, *calendar.start_of_spring), date(year + 1, *calendar.last_day)),
    )


def _courses(child: Child, grade: str) -> tuple[tuple[str, str], ...]:
    """Title and subject of what the child takes in a grade."""
    step = int(grade) - (8 if child.schooling.early_algebra else 9)
    mathematics = _MATHEMATICS[step] if step >= 0 else "Mathematics 8"
    return ((mathematics, "Mathematics"), *_COURSES[grade], _ELECTIVES[child.number % len(_ELECTIVES)])


def _finished(rng: Random, attended: Attendance) -> Row:
    score = _score(rng)
    return {"credits": "0.5" if score >= 65 else "0", "final_grade": _mark(attended, score)}


def _open(rng: Random, attended: Attendance, days: int) -> Row:
    return {
        "clock_hours": str(round(days * _INSTRUCTION_HOURS_A_DAY)),
        "grade_to_date": _mark(attended, _score(rng)),
    }


def _score(rng: Random) -> int:
    return min(99, max(52, round(rng.gauss(81, 9))))


def _mark(attended: Attendance, score: int) -> str:
    """Texas marks in hundredths, the others in letters."""
    if _CALENDARS[attended.stay.state].numeric_marks:
        return str(score)
    return "FDCBA"[max(0, min(4, (score - 50) // 10))]


def _flag(value: bool) -> str:
    return "Y" if value else "N"


@cache
def _text(day: date) -> str:
    return day.isoformat().replace("-", "")
