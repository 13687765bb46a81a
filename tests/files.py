"""Real submission files for tests: workbooks, ZIPs and CSVs from rows of headings and values."""

import csv
import io
import zipfile
from pathlib import Path

import xlsxwriter

IDENTITY = ("State Student Identifier", "State Student Identifier Type")


def child(number, **elements):
    """A row of Students with everything that is required; keyword names are headings with _ for a blank."""
    row = {
        "State Student Identifier": str(number),
        "State Student Identifier Type": "01",
        "First Name": "Rosalinda",
        "Last Name 1": "Quintanilla",
        "Sex": "Female",
        "Birth Date": "20120314",
        "Multiple Birth Flag": "N",
    }
    return {**row, **{name.replace("_", " "): value for name, value in elements.items()}}


def workbook(path: Path, sheets: dict[str, list[dict]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            headings = list(dict.fromkeys(heading for row in rows for heading in row))
            sheet.write_row(0, 0, headings)
            for number, row in enumerate(rows, 1):
                sheet.write_row(number, 0, [row.get(heading, "") for heading in headings])
    return path


def csv_text(rows: list[dict]) -> str:
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, headings, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def zip_of_csv(path: Path, tables: dict[str, list[dict]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            archive.writestr(f"{name}.csv", csv_text(rows))
    return path
