"""Files that leave the site: safe for a spreadsheet, with a handling notice, under AES-256 (rules P1, P3)."""

import csv
import io
import json
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyzipper  # type: ignore[import-untyped]
import xlsxwriter  # type: ignore[import-untyped]

from msixlite.domain.errors import RuleBroken
from msixlite.models.words import _l

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters and digits that no eye mistakes for one another."""
SHORTEST_PASSPHRASE = 16
HANDLING = (
    "CONFIDENTIAL. Education records under FERPA (20 U.S.C. 1232g) and the Privacy Act. Use them only for enrollment, "
    "grade and course placement, credit accrual, MEP participation and matching. Keep this copy locked up when you are "
    "not at it, give it to nobody without a need to know, and never send it by plain e-mail. Shred paper; wipe files: "
    "deleting is not wiping. Then tick the serial as destroyed under My exports."
)
Table = Sequence[Mapping[str, Any]]


def new_passphrase() -> str:
    """100 random bits in five groups. Shown once and never stored."""
    return "-".join("".join(secrets.choice(ALPHABET.lower()) for _ in range(4)) for _ in range(5))


def safe_cell(value: Any) -> str:
    """A cell as text that no spreadsheet takes for a formula: such a beginning gets an apostrophe in front."""
    text = plain(value)
    visible = next((one for one in text if unicodedata.category(one)[0] not in "CZ"), "")
    begins = visible in _FORMULA or text[:1] in _BREAKS
    return f"'{text}" if text and begins and not _is_number(text) else text


_FORMULA = frozenset("=+-@|%＝＋－＠")
_BREAKS = frozenset("\t\r\n")


def _is_number(text: str) -> bool:
    return text[:1] == "-" and text[1:].replace(".", "", 1).isdigit() and text.isascii()


def plain(value: Any) -> str:
    """A value as text: ISO dates, Y and N, nothing for a blank."""
    match value:
        case None:
            return ""
        case bool():
            return "Y" if value else "N"
        case datetime():
            return value.isoformat()
        case date() | Decimal() | int() | float():
            return str(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case _:
            return str(value).replace("\x00", "")


def as_csv(rows: Table) -> bytes:
    """UTF-8 with the mark that spreadsheets look for."""
    written = io.StringIO()
    columns = list(rows[0]) if rows else ["(nothing reported)"]
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([safe_cell(row[column]) for column in columns] for row in rows)
    return "\ufeff".encode() + written.getvalue().encode()


def as_json_lines(rows: Table) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, default=plain) + "\n" for row in rows).encode()


def as_json(tables: Mapping[str, Table]) -> bytes:
    return json.dumps(tables, ensure_ascii=False, indent=1, default=plain).encode()


def as_xlsx(tables: Mapping[str, Table]) -> bytes:
    """One sheet a table; every cell is written as text, so that nothing in it is a formula or a link."""
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True})
    for title, rows in tables.items():
        sheet = book.add_worksheet(title[:31])
        columns = list(rows[0]) if rows else ["(nothing reported)"]
        for number, line in enumerate((columns, *([row[column] for column in columns] for row in rows))):
            for place, value in enumerate(line):
                sheet.write_string(number, place, safe_cell(value)[:32_000])
    book.close()
    return written.getvalue()


def as_zip(files: Mapping[str, bytes], *, serial: str, passphrase: str | None) -> bytes:
    """The files with their handling notice, under AES-256 where there is a passphrase (WinZip AE-2)."""
    if passphrase is not None and len(passphrase) < SHORTEST_PASSPHRASE:
        raise RuleBroken(
            _l(
                "A passphrase wants at least %(shortest)s characters.",
                shortest=SHORTEST_PASSPHRASE,
            )
        )
    written = io.BytesIO()
    with pyzipper.AESZipFile(written, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
        if passphrase is not None:
            archive.setpassword(passphrase.encode())
            archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, content in {**files, "HANDLING.txt": f"Serial {serial}\n\n{HANDLING}\n".encode()}.items():
            archive.writestr(name, content)
    return written.getvalue()
