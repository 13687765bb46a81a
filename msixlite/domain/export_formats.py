"""The formats in which records and lists leave the site: one class each, all with the same two methods."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Protocol
from xml.etree import ElementTree

from msixlite.domain import export_files
from msixlite.domain.export_files import Table
from msixlite.models.words import _l

STATE, SUBMITTED = "Reported by", "Submitted"
"""Columns of a record's tables: which State said it, and when its submission came."""


@dataclass(frozen=True)
class Sheet:
    """One table of an export."""

    title: str
    rows: Table
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Column → number of its Minimum Data Element; a list of ours has none."""


class Format(Protocol):
    """One way to write the tables."""

    key: ClassVar[str]
    label: ClassVar[str]

    def files(self, name: str, sheets: Sequence[Sheet]) -> dict[str, bytes]:
        """File name → content."""
        ...


class Xlsx:
    """A workbook; every cell is text, so that none is a formula."""

    key: ClassVar[str] = "xlsx"
    label: ClassVar[str] = _l("Excel workbook, one sheet a section")

    def files(self, name: str, sheets: Sequence[Sheet]) -> dict[str, bytes]:
        return {f"{name}.xlsx": export_files.as_xlsx({sheet.title: sheet.rows for sheet in sheets})}


class Csv:
    """One file a table; what a spreadsheet would take for a formula gets an apostrophe in front."""

    key: ClassVar[str] = "csv"
    label: ClassVar[str] = _l("CSV files, one a section")

    def files(self, name: str, sheets: Sequence[Sheet]) -> dict[str, bytes]:
        return {f"{sheet.title}.csv": export_files.as_csv(sheet.rows) for sheet in sheets}


class Json:
    """Values as they are stored, for another system."""

    key: ClassVar[str] = "json"
    label: ClassVar[str] = _l("JSON, for another system")

    def files(self, name: str, sheets: Sequence[Sheet]) -> dict[str, bytes]:
        return {f"{name}.json": export_files.as_json({sheet.title: sheet.rows for sheet in sheets})}


class Xml:
    """Each value with the number and name of its element, the State that reported it, and the day it came."""

    key: ClassVar[str] = "xml"
    label: ClassVar[str] = _l("XML, element by element: number, name, State, date")

    def files(self, name: str, sheets: Sequence[Sheet]) -> dict[str, bytes]:
        root = ElementTree.Element("export", {"source": "msixlite"})
        for sheet in sheets:
            section = ElementTree.SubElement(root, "section", {"name": _clean(sheet.title)})
            for row in sheet.rows:
                _add_row(section, row, sheet.numbers)
        ElementTree.indent(root, " ")
        return {f"{name}.xml": ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)}


def _add_row(section: ElementTree.Element, row: Mapping[str, Any], numbers: Mapping[str, int]) -> None:
    said = {"state": _text(row.get(STATE)), "date": _day(row.get(SUBMITTED))}
    said = {key: value for key, value in said.items() if value}
    line = ElementTree.SubElement(section, "row", said)
    for column, value in row.items():
        if column in (STATE, SUBMITTED) and numbers:
            continue
        number = {"number": str(numbers[column])} if column in numbers else {}
        ElementTree.SubElement(line, "element", {**number, "name": _clean(column), **said}).text = _text(value)


def _day(value: Any) -> str:
    return value.date().isoformat() if isinstance(value, datetime) else _text(value)


def _text(value: Any) -> str:
    return _clean(value.isoformat() if isinstance(value, date) else export_files.plain(value))


_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 (section 2.2) does not know."""
    return _NOT_IN_XML.sub("", text)


FORMATS: dict[str, Format] = {one.key: one for one in (Xlsx(), Csv(), Json(), Xml())}
"""Key → format, the most wanted first."""


def labels() -> dict[str, str]:
    """Key → words for a list to choose from."""
    return {key: one.label for key, one in FORMATS.items()}
