"""MSIX IDs: 12 digits, random, never reused, the last one a check digit."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.models.students import Student

LENGTH = 12
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
"""Damm's quasigroup: catches every single wrong digit and every swap of two neighbours."""


def check_digit(digits: str) -> str:
    """The check digit of the digits before it (H. M. Damm, 2004)."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)


def is_valid(text: str) -> bool:
    """Whether the text is a well-formed MSIX ID: 12 ASCII digits whose check digit fits."""
    return (
        len(text) == LENGTH
        and text.isascii()
        and text.isdigit()
        and text[0] != "0"
        and check_digit(text[:-1]) == text[-1]
    )


def new(db: Session, count: int) -> list[str]:
    """So many MSIX IDs that no child has or had; merged-away ones stay taken for ever."""
    made: set[str] = set()
    while len(made) < count:
        wanted = {_random() for _ in range(count - len(made))} - made
        for chunk in _chunks(sorted(wanted), 500):
            taken = set(db.scalars(select(Student.msix_id).where(Student.msix_id.in_(chunk))))
            made |= set(chunk) - taken
    return list(made)


def _random() -> str:
    digits = str(secrets.randbelow(9 * 10 ** (LENGTH - 2)) + 10 ** (LENGTH - 2))
    return digits + check_digit(digits)


def _chunks(values: list[str], size: int) -> list[list[str]]:
    return [values[at : at + size] for at in range(0, len(values), size)]
