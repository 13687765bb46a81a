"""What the States say of who the child is and of its placement, side by side, each with its State and day."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from msixlite.domain.reported import Fact, Line, Saying, Source, lines, saying
from msixlite.models.students import StateRecord
from msixlite.models.words import _l

IDENTITY: dict[str, tuple[str, tuple[str, ...]]] = {
    "surnames": (_l("Last names"), ("last_name_1", "last_name_2")),
    "first_name": (_l("First name"), ("first_name",)),
    "middle_name": (_l("Middle name"), ("middle_name",)),
    "suffix": (_l("Suffix"), ("suffix",)),
    "birth_date": (_l("Birth date"), ("birth_date",)),
    "birth_date_verification": (_l("Birth date verified by"), ("birth_date_verification",)),
    "sex": (_l("Sex"), ("sex",)),
    "birthplace": (_l("Birthplace"), ("birth_city", "birth_state", "birth_country")),
    "female_parent": (_l("Female parent"), ("female_parent_first_name", "female_parent_last_name")),
    "male_parent": (_l("Male parent"), ("male_parent_first_name", "male_parent_last_name")),
    "multiple_birth": (_l("Multiple birth"), ("multiple_birth",)),
}
"""What tells who the child is: its name, and the elements that only mean something together."""

PLACEMENT = {
    "grade_level": _l("Grade"),
    "algebra_1": _l("Algebra 1 completed"),
    "immunization": _l("Immunization record held"),
    "out_of_state_transcript": _l("Out-of-State transcript on file"),
    "graduation_school_code": _l("Designated graduation school"),
    "graduation": _l("Graduated or equivalency"),
    "residency_date": _l("In the district since"),
    "idea": _l("IDEA/IEP"),
    "lep": _l("English learner"),
    "pfs": _l("Priority for services"),
    "med_alert": _l("Medical alert"),
}
"""What each State's latest enrollment that says it tells of the child."""
FLAGS = ("med_alert", "idea", "lep", "pfs")
"""What a registrar must not miss, the most urgent first."""

Pairs = list[tuple[Source, StateRecord]]
"""Each State record with its source, the newest first."""


def identity_fact(name: str, keys: tuple[str, ...], pairs: Pairs) -> Fact:
    between = ", " if keys[0] == "birth_city" else " "
    said = [saying("student", keys, record, source, source.changed_at, between=between) for source, record in pairs]
    return _fact(name, said, pairs)


def placement_fact(name: str, key: str, pairs: Pairs) -> Fact:
    fact = _fact(name, [_last_said(key, source, record) for source, record in pairs], pairs)
    return replace(fact, sayings=tuple(sorted(fact.sayings, key=lambda one: str(one.on), reverse=True)))


def _last_said(key: str, source: Source, record: StateRecord) -> Saying | None:
    """What the latest enrollment that does not leave it blank says."""
    said = (saying("enrollment", (key,), row, source, row.enrollment_date) for row in record.enrollments)
    return next(filter(None, said), None)


def _fact(name: str, said: Sequence[Saying | None], pairs: Pairs) -> Fact:
    silent = (source.label for one, (source, _) in zip(said, pairs, strict=True) if one is None)
    return Fact(name, tuple(filter(None, said)), tuple(silent))


def flags(placement: dict[str, Fact]) -> tuple[Fact, ...]:
    return tuple(
        replace(fact, sayings=tuple(sorted(fact.sayings, key=_is_yes, reverse=True)))
        for fact in map(placement.__getitem__, FLAGS)
        if any(map(_is_yes, fact.sayings))
    )


def _is_yes(said: Saying) -> bool:
    """Yes of a flag; Chronic or Acute of the medical alert."""
    return said.value not in ("No", "None")


def other_names(name: str, records: Iterable[StateRecord]) -> tuple[str, ...]:
    written = dict.fromkeys(record.full_name for record in records)
    return tuple(other for other in written if not name.startswith(other))


def lines_of(section: str, rows: str, pairs: Pairs) -> list[Line]:
    return lines(section, ((source, row) for source, record in pairs for row in getattr(record, rows)))


def newest_first(found: list[Line], key: str) -> list[Line]:
    return sorted(found, key=lambda line: str(line[key]), reverse=True)
