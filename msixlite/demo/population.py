"""The children of the demo and what four States report of them: made up, and the same for the same seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import count, islice
from random import Random

from msixlite.demo import families, places, schooling, showcase, spelling
from msixlite.demo.families import Child, Stay
from msixlite.demo.places import DemoState
from msixlite.demo.spelling import Row


@dataclass(frozen=True)
class Report:
    """All that one State sends of one child. `rows`: section → rows; each row bears the identity elements."""

    state: str
    state_student_id: str
    child: Child
    rows: dict[str, list[Row]]

    @property
    def student(self) -> Row:
        return self.rows["student"][0]


@dataclass(frozen=True)
class Population:
    """Places, children, and the States' reports of them."""

    places: dict[str, DemoState]
    children: list[Child]
    reports: list[Report]

    @property
    def truth(self) -> dict[tuple[str, str], int]:
        """(State, State Student Identifier) → number of the child, to score matching on."""
        return {(report.state, report.state_student_id): report.child.number for report in self.reports}

    def rows(self, state: str, section: str) -> list[Row]:
        """The rows of one section of one State's file."""
        return [row for report in self.reports if report.state == state for row in report.rows[section]]


def make(*, children: int, seed: int, today: date) -> Population:
    """So many children, the showcase children first, as they are known today. No database, no clock."""
    rng = Random(seed)
    states = places.all_states()
    shown = showcase.children(states, today)
    more = families.generate(rng, states, first_number=len(shown) + 1, today=today)
    everyone = [*shown, *islice(more, max(0, children - len(shown)))]
    numbers = {state: count(rng.randrange(100, 5_000)) for state in states}
    reports = [
        _report(rng, state, child, stays, _identifier(state, next(numbers[state])), today)
        for child in everyone
        for state, stays in _stays_by_state(child).items()
    ]
    return Population(states, everyone, reports)


def _stays_by_state(child: Child) -> dict[str, list[Stay]]:
    """The stays that began after the child was born."""
    found: dict[str, list[Stay]] = {}
    for stay in child.family.stays:
        if child.birth_date < stay.arrival:
            found.setdefault(stay.state, []).append(stay)
    return found


def _identifier(state: str, number: int) -> str:
    """A State Student Identifier in the State's own form: the numbers look random and never meet."""
    scattered = number * 7_368_787 % 10_000_019
    if state == "OH":
        return f"{'ABCDEFGHJK'[scattered % 10]}{'LMNPRSTUVW'[scattered // 10 % 10]}{scattered:08}"
    return {"TX": "4{:09}", "NC": "37{:08}", "VT": "VT{:08}"}[state].format(scattered)


def _report(rng: Random, state: str, child: Child, stays: list[Stay], state_student_id: str, today: date) -> Report:
    student = spelling.student_row(rng, state, child, state_student_id=state_student_id, first_arrival=stays[0].arrival)
    attended = [one for stay in stays for one in schooling.attendances(rng, child, stay, today)]
    identity = {"state_student_id": state_student_id, "id_type": student["id_type"]}

    def named(rows: Iterable[Row]) -> list[Row]:
        return [identity | row for row in rows]

    rows = {
        "student": [student],
        "move": named(schooling.move_row(stay, _birth_date(student)) for stay in stays),
        "enrollment": named(schooling.enrollment_row(rng, child, one) for one in attended),
        "assessment": named(row for one in attended for row in schooling.assessment_rows(rng, child, one, today)),
        "course": named(row for one in attended for row in schooling.course_rows(rng, child, one, today)),
    }
    return Report(state, state_student_id, child, rows)


def _birth_date(student: Row) -> date:
    return date.fromisoformat(student["birth_date"])
