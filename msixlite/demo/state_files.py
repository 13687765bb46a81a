"""The files that the four States send: workbooks from Texas and Ohio, ZIPs of CSV from North Carolina and Vermont."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

from msixlite.demo.population import Population
from msixlite.demo.spelling import Row
from msixlite.domain import mde

_WORKBOOKS = frozenset(("TX", "OH"))
_UNSENT = frozenset(("msix_id",))
"""Known to the exchange only, until it has told the State."""

Table = tuple[str, list[str], list[list[str]]]
"""Title of the section, headings, and the values of each row."""


def write_submissions(population: Population, folder: Path) -> dict[str, Path]:
    """One file for each State, by its code, in the order TX, NC, OH, VT."""
    return {state: _write(population, state, folder) for state in population.places}


def _write(population: Population, state: str, folder: Path) -> Path:
    tables = _tables(population, state)
    if state in _WORKBOOKS:
        return _write_workbook(folder / f"{state.lower()}-migrant-students.xlsx", tables)
    return _write_zip(folder / f"{state.lower()}-migrant-students.zip", tables)


def _tables(population: Population, state: str) -> Iterator[Table]:
    for section in mde.SECTIONS.values():
        elements = [
            element
            for element in mde.of_section(section.key).values()
            if element.retired is None and element.key not in _UNSENT
        ]
        rows = population.rows(state, section.key)
        yield section.title, [element.name for element in elements], [_values(row, elements) for row in rows]


def _values(row: Row, elements: list[mde.Element]) -> list[str]:
    return [row.get(element.key, "") for element in elements]


def _write_workbook(path: Path, tables: Iterator[Table]) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        for title, headings, rows in tables:
            sheet = book.add_worksheet(title)
            for number, values in enumerate([headings, *rows]):
                for column, value in enumerate(values):
                    if value:
                        sheet.write_string(number, column, value)
    return path


def _write_zip(path: Path, tables: Iterator[Table]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for title, headings, rows in tables:
            text = io.StringIO(newline="")
            writer = csv.writer(text)
            writer.writerow(headings)
            writer.writerows(rows)
            archive.writestr(f"{title}.csv", text.getvalue())
    return path
