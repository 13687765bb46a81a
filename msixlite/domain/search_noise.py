"""Words that people type around a child's names, and that tell no child from another: State, school, "dob"."""

import csv
from functools import cache
from pathlib import Path

from msixlite.domain import names

_QUESTION = """an the and for of in at on is was from to with or name names first last middle surname given student
    child kid boy girl male female sex twin born birth birthdate birthday bday dob day date age aged old
    year years yr yrs month grade gr id no num number msix migrant unknown none na new mr mrs ms
    parent mother father mom dad family nombre nombres apellido apellidos alumno alumna estudiante
    nino nina hijo hija nacido nacida nacimiento fecha edad anos grado en para con"""
_PLACE = """school schools isd usd cisd elementary elem middle primary secondary high hs ms jh district county
    city state academy center centre project program escuela primaria secundaria preparatoria
    distrito estado condado"""
_MONTHS = """january february march april may june july august september october november december enero febrero
    marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"""


@cache
def states() -> dict[str, str]:
    """Code and name of each State, in small letters → code."""
    with (Path(__file__).parent / "states.csv").open(encoding="utf-8", newline="") as file:
        codes = {row["name"].lower(): row["code"] for row in csv.DictReader(file)}
    return codes | {code.lower(): code for code in codes.values()}


@cache
def _noise() -> frozenset[str]:
    of_states = {word for name in states() for word in names.fold(name).split()}
    return frozenset(
        (of_states | {*f"{_QUESTION} {_PLACE} {_MONTHS}".split()}) - names.ABBREVIATIONS.keys() - names.PARTICLES
    )


def is_noise(word: str) -> bool:
    """Whether a folded word may be none of the names. It may be one all the same: Virginia, Abril, Washington."""
    return word in _noise()
