"""What the list of results shows of a child."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy.orm import Session

from msixlite.domain import clocks, names
from msixlite.domain import search_statements as statements
from msixlite.domain.search_pool import Ranked
from msixlite.models.students import StateRecord
from msixlite.models.words import _l


@dataclass(frozen=True)
class Hit:
    """A child found, as the list of results shows it."""

    msix_id: str
    name: str
    """As the newest State record writes it."""
    birth_date: date
    grade: str | None
    last_state: str
    last_place: str | None
    why: str
    states: list[str]
    enrolled_on: date | None
    withdrawn_on: date | None
    flags: list[str]
    other_names: list[str]
    eligible_to: date | None
    """Last day of eligibility after the latest qualifying move."""


DISPUTED = _l("Dispute statement on file")
_full_name = cast("Callable[[Any], str]", StateRecord.full_name.fget)  # type: ignore[attr-defined]
"""The name of a row that has the columns of a State record's name."""


def load(db: Session, ranked: Ranked) -> list[Hit]:
    """The hits of students, in their order, in one query."""
    records: dict[int, list[Any]] = {}
    for record in statements.fetch(db, statements.RECORDS, students=[student_id for student_id, _ in ranked]):
        records.setdefault(record.student_id, []).append(record)
    return [_hit(records[student_id], why) for student_id, why in ranked if student_id in records]


def _hit(records: list[Any], why: str) -> Hit:
    """A hit from all State records of a child, the newest first, each with its last enrollment."""
    newest, last = records[0], max(records, key=lambda record: record.enrollment_date or date.min)
    return Hit(
        msix_id=newest.msix_id,
        name=_full_name(newest),
        birth_date=newest.birth_date,
        grade=last.grade_level,
        last_state=last.state_code,
        last_place=last.district_name or last.school_name or last.facility_city,
        why=why,
        states=sorted({record.state_code for record in records}),
        enrolled_on=last.enrollment_date,
        withdrawn_on=last.withdrawal_date,
        flags=_flags(last) + ([DISPUTED] if any(record.disputed for record in records) else []),
        other_names=_other_names(records) if len(records) > 1 else [],
        eligible_to=max(filter(None, map(_eligible_to, records)), default=None),
    )


def _eligible_to(record: Any) -> date | None:
    if record.arrival_date is None:
        return None
    return record.eligibility_end or clocks.eligibility_end(record.arrival_date, record.birth_date)


def _flags(last: Any) -> list[str]:
    medical = last.med_alert not in (None, "", "None")
    flags = {"EL": last.lep, "IDEA": last.idea, "PFS": last.pfs, _l("MEDICAL ALERT"): medical}
    return [flag for flag, is_set in flags.items() if is_set]


def _other_names(records: list[Any]) -> list[str]:
    """Names that other State records give the child, those that differ only in accents or hyphens once."""
    written = {names.fold(name): name for name in map(_full_name, reversed(records))}
    written.pop(names.fold(_full_name(records[0])))
    return list(written.values())
