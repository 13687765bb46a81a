"""Read a State's file into tables: an XLSX workbook, a ZIP of CSV files, or one CSV. Trusts nothing in it."""

import csv
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, load_workbook

from msixlite.domain.errors import RuleBroken
from msixlite.models.words import _l

MEGABYTE = 1024 * 1024
LARGEST_UNPACKED = 600 * MEGABYTE
MOST_MEMBERS = 200
MOST_COLUMNS = 500
MOST_CELLS = 40_000_000
LONGEST_CELL = 10_000
FORMULA = "="
"""A cell that begins so is a formula: what it shows depends on the program that opens it."""

_WORKBOOK_PART = "xl/workbook.xml"
_PREFIX = rb"(?:[^\s<>/:!?]+:)?"
_ATTRIBUTE = rb"""\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*')"""
_CELL_TAG = re.compile(rb"<" + _PREFIX + rb"c[\s/>]")
_CELL = re.compile(rb"<" + _PREFIX + rb"c(?:" + _ATTRIBUTE + rb""")*?\s+r\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
_FORMULA_CELL = re.compile(_CELL.pattern + rb"(?:" + _ATTRIBUTE + rb")*\s*>\s*<" + _PREFIX + rb"f[\s/>]")
_DOCUMENT_TYPES = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_FOREIGN = {
    b"%PDF": _l("a PDF"),
    b"\xd0\xcf\x11\xe0": _l("an old Excel workbook (.xls) or one protected by a password"),
    b"\x89PNG": _l("a picture"),
    b"\xff\xd8\xff": _l("a picture"),
    b"<?xml": _l("an XML file"),
    b"<!DOC": _l("a web page"),
    b"<html": _l("a web page"),
    b"\x1f\x8b": _l("a gzip archive"),
    b"7z\xbc\xaf": _l("a 7-Zip archive"),
    b"Rar!": _l("a RAR archive"),
    b"SQLi": _l("a database"),
}
_INCOMPLETE = _l("The workbook is not complete. Open it in Excel, save it as .xlsx, send it again.")
_ACCEPTED = _l("Send one XLSX workbook, a ZIP of CSV files, or one CSV file.")


@dataclass(frozen=True)
class Table:
    """A sheet or CSV file: its name, its headings, and its rows as (row number, cells); row 1 is the first line."""

    name: str
    headings: list[str]
    rows: Iterator[tuple[int, list[str]]]


def read(path: Path, file_name: str) -> Iterator[Table]:
    """The tables of a file, one after the other; each must be read before the next.

    Raises RuleBroken with a sentence for a file that is not what its name says, or that cannot be read safely.
    """
    if path.stat().st_size == 0:
        raise RuleBroken(_l("The file is empty."))
    with path.open("rb") as file:
        begins = file.read(8)
    kind = Path(file_name).suffix.lower()
    if begins[:4] == b"PK\x03\x04":
        return _read_archive(path, kind)
    if kind in (".xlsx", ".zip"):
        raise RuleBroken(
            _l(
                "The name ends in %(kind)s, but the file is %(begins)s. %(accepted)s",
                kind=kind,
                begins=_kind_of(begins),
                accepted=_ACCEPTED,
            )
        )
    if kind != ".csv":
        raise RuleBroken(
            _l(
                "Files ending in %(ending)s are not read. %(accepted)s",
                ending=kind or _l("nothing"),
                accepted=_ACCEPTED,
            )
        )
    if _kind_of(begins) != _UNKNOWN:
        raise RuleBroken(
            _l(
                "The name ends in .csv, but the file is %(begins)s. %(accepted)s",
                begins=_kind_of(begins),
                accepted=_ACCEPTED,
            )
        )
    return iter([_read_csv(path.read_bytes(), Path(file_name).stem)])


_UNKNOWN = _l("not of that kind")


def _kind_of(begins: bytes) -> str:
    return next((words for magic, words in _FOREIGN.items() if begins.startswith(magic)), _UNKNOWN)


def _read_archive(path: Path, kind: str) -> Iterator[Table]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise RuleBroken(_l("The file is damaged: its directory cannot be read. Send it again.")) from error
    with archive:
        names = archive.namelist()
        _check_archive(archive)
        is_workbook = _WORKBOOK_PART in names
        if is_workbook and kind != ".xlsx":
            raise RuleBroken(
                _l(
                    "The file is an Excel workbook, but its name ends in %(ending)s; name it .xlsx.",
                    ending=kind or _l("nothing"),
                )
            )
        if not is_workbook and kind != ".zip":
            raise RuleBroken(
                _l(
                    "The name ends in %(ending)s, but the file is a ZIP archive. %(accepted)s",
                    ending=kind or _l("nothing"),
                    accepted=_ACCEPTED,
                )
            )
    return _read_workbook(path) if is_workbook else _read_zip(path)


def _check_archive(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise RuleBroken(
            _l(
                "The archive holds %(members)s files; %(most)s are the most that are read.",
                members=len(members),
                most=MOST_MEMBERS,
            )
        )
    if any(member.flag_bits & 0x1 for member in members):
        raise RuleBroken(_l("The archive is protected by a password. Send it without one."))
    if sum(member.file_size for member in members) > LARGEST_UNPACKED:
        raise RuleBroken(
            _l(
                "Unpacked, the file would be larger than %(megabytes)s MB. Send it in parts.",
                megabytes=LARGEST_UNPACKED // MEGABYTE,
            )
        )
    if any("vbaproject" in member.filename.lower() for member in members):
        raise RuleBroken(
            _l("The workbook holds macros, which are not accepted. Save it as a plain .xlsx and send it again.")
        )


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The member's bytes, never more than its directory entry says."""
    try:
        with archive.open(member) as file:
            content = file.read(member.file_size + 1)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        raise RuleBroken(
            _l("%(filename)s in the archive is damaged. Send the file again.", filename=_printable(member.filename))
        ) from error
    if len(content) > member.file_size:
        raise RuleBroken(
            _l(
                "%(filename)s in the archive is larger than it says. It is not read.",
                filename=_printable(member.filename),
            )
        )
    return content


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[-80:]


def _read_zip(path: Path) -> Iterator[Table]:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if _is_content(member)]
        strangers = [member.filename for member in members if not member.filename.lower().endswith(".csv")]
        if strangers:
            raise RuleBroken(
                _l("The ZIP holds %(strangers)s; CSV files alone are read.", strangers=_printable(strangers[0]))
            )
        if not members:
            raise RuleBroken(_l("The ZIP holds no CSV file."))
        for member in members:
            yield _read_csv(_member(archive, member), Path(member.filename).stem)


def _is_content(member: zipfile.ZipInfo) -> bool:
    """Not a folder, and not what macOS puts beside the files."""
    hidden = Path(member.filename).name.startswith(".") or member.filename.startswith("__MACOSX/")
    return not member.is_dir() and not hidden


def _read_csv(content: bytes, name: str) -> Table:
    text = _decode(content, name)
    rows = _csv_rows(text, name)
    _number, headings = next(((n, cells) for n, cells in rows if any(cells)), (0, []))
    if not headings:
        raise RuleBroken(_l("“%(name)s” is empty.", name=name))
    _check_width(headings, name)
    return Table(name, headings, rows)


def _decode(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding, described = "utf-16", "UTF-16"
    else:
        encoding, described = "utf-8-sig", "UTF-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise RuleBroken(
            _l(
                "“%(name)s” is not in %(described)s: row %(row)s has a letter in another encoding. In "
                "Excel choose “Save as”, “CSV UTF-8”, and send it again.",
                name=name,
                described=described,
                row=row,
            )
        ) from error
    if "\x00" in text:
        raise RuleBroken(_l("“%(name)s” is not a text file. %(accepted)s", name=name, accepted=_ACCEPTED))
    return text


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    ended = 0
    while True:
        begins = ended + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise RuleBroken(
                _l(
                    "“%(name)s”, row %(begins)s: the quotation marks do not match (%(error)s).",
                    name=name,
                    begins=begins,
                    error=error,
                )
            ) from error
        ended = reader.line_num
        yield begins, [cell.strip() for cell in cells]


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab: whichever stands most often in the first line."""
    first = text[: text.find("\n") if "\n" in text else len(text)][:LONGEST_CELL]
    return max(",;\t", key=first.count)


def _check_width(headings: list[str], name: str) -> None:
    if len(headings) > MOST_COLUMNS:
        raise RuleBroken(
            _l(
                "“%(name)s” has %(headings)s columns; %(most)s are the most that are read.",
                name=name,
                headings=len(headings),
                most=MOST_COLUMNS,
            )
        )


def _read_workbook(path: Path) -> Iterator[Table]:
    formulas = _scan_sheets(path)
    try:
        workbook = load_workbook(str(path))
    except PasswordError as error:
        raise RuleBroken(_l("The workbook is protected by a password. Send it without one.")) from error
    except (CalamineError, OSError, ValueError) as error:
        raise RuleBroken(
            _l(
                "The workbook cannot be read (%(error)s). Open it in Excel, save it as .xlsx, send it again.",
                error=error,
            )
        ) from error
    with workbook:
        for index, name in enumerate(workbook.sheet_names):
            table = _read_sheet(workbook, name, formulas.get(index, set()))
            if table is not None:
                yield table


def _read_sheet(workbook: CalamineWorkbook, name: str, formulas: set[tuple[int, int]]) -> Table | None:
    """The sheet as a table; None for one without any value."""
    try:
        sheet = workbook.get_sheet_by_name(name)
        rows = enumerate(sheet.to_python(skip_empty_area=False), 1)
    except (CalamineError, OSError, ValueError) as error:
        raise RuleBroken(
            _l("The sheet “%(name)s” cannot be read (%(error)s).", name=_printable(name), error=error)
        ) from error
    texts = ((number, [_text(number, at, value, formulas) for at, value in enumerate(cells)]) for number, cells in rows)
    headings = next((cells for _number, cells in texts if any(cells)), None)
    if headings is None:
        return None
    return Table(_printable(name), headings, texts)


def _text(row: int, column: int, value: Any, formulas: set[tuple[int, int]]) -> str:
    """A cell as the person who typed it would write it; a formula as a mark, because its value is not data."""
    if (row, column) in formulas:
        return FORMULA
    match value:
        case str():
            return value.strip()[:LONGEST_CELL]
        case bool():
            return "Y" if value else "N"
        case float() | int():
            return str(int(value)) if value == int(value) else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date():
            return value.isoformat()
        case time() | timedelta():
            return str(value)
        case _:
            return ""


def _scan_sheets(path: Path) -> dict[int, set[tuple[int, int]]]:
    """Where formulas stand, as (row, column from 0), by the sheet's place in the workbook.

    Refuses document types (entity bombs) and cells that would take the memory of the machine, in every part that
    could be read as a sheet, also in one that the workbook does not seem to name.
    """
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            content = _member(archive, member)
            if any(mark in content for mark in _DOCUMENT_TYPES):
                raise RuleBroken(
                    _l("The workbook declares a document type, which spreadsheets never do. It is not read.")
                )
            if b"sheetData" in content:
                _check_cells(content)
        return {index: _formulas(_part(archive, part)) for index, part in enumerate(_sheet_parts(archive))}


def _sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    """The part of each sheet, in the order of the workbook."""
    relations = {one.get("Id"): one.get("Target", "") for one in _xml(archive, "xl/_rels/workbook.xml.rels")}
    sheets = [one for one in _xml(archive, _WORKBOOK_PART).iter() if one.tag.endswith("}sheet")]
    ids = [next((value for key, value in one.items() if key.endswith("}id")), "") for one in sheets]
    return [posixpath.normpath(posixpath.join("/xl", relations.get(one, ""))).lstrip("/") for one in ids]


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(_part(archive, name))  # noqa: S314 - document types were refused before
    except ElementTree.ParseError as error:
        raise RuleBroken(_INCOMPLETE) from error


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    if name not in archive.namelist():
        raise RuleBroken(_INCOMPLETE)
    return _member(archive, archive.getinfo(name))


def _check_cells(content: bytes) -> None:
    """Each cell must say where it stands, near enough: the reader makes room for all cells before the last one."""
    last_row = last_column = cells = 0
    for match in _CELL.finditer(content):
        last_row, last_column = max(last_row, int(match[2])), max(last_column, _column(match[1]))
        cells += 1
    if cells != sum(1 for _tag in _CELL_TAG.finditer(content)):
        raise RuleBroken(_INCOMPLETE)
    if last_column >= MOST_COLUMNS or last_row * (last_column + 1) > MOST_CELLS:
        raise RuleBroken(
            _l(
                "A sheet reaches to column %(last_column)s, row %(last_row)s; %(most)s columns are the "
                "most that are read. Delete what stands far outside the table and send the file again.",
                last_column=last_column + 1,
                last_row=last_row,
                most=MOST_COLUMNS,
            )
        )


def _formulas(content: bytes) -> set[tuple[int, int]]:
    return {(int(match[2]), _column(match[1])) for match in _FORMULA_CELL.finditer(content)}


def _column(letters: bytes) -> int:
    """A is 0, B is 1, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
