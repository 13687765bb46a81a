"""Files that leave: nothing in them runs, and nobody without the passphrase reads them."""

import csv
import io
import zipfile

import pytest
import python_calamine
import pyzipper

from msixlite.domain import export_files
from msixlite.domain.errors import RuleBroken

FORMULAS = [
    '=HYPERLINK("http://evil.example")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "＝1+1",
    "＋1",
    "%0A=1",
    "|calc",
    "\x00=1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text):
    assert export_files.safe_cell(text).startswith("'")
    row = list(csv.reader(io.StringIO(export_files.as_csv([{"Name": text}]).decode("utf-8-sig"), newline="")))[1]
    assert row[0].startswith("'")


@pytest.mark.parametrize("text", ["Peña", "(555) 555-0111", "-12.5", "2026-06-03", "", "O'Hara", "A+"])
def test_what_is_no_formula_stays_as_it_is(text):
    assert export_files.safe_cell(text) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_workbook_is_one_either(text):
    book = export_files.as_xlsx({"Sheet": [{"Name": text.replace("\x00", "")}]})
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets/sheet" in name]
        links = [name for name in parts.namelist() if "externalLink" in name or name.endswith("sheet1.xml.rels")]
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    assert not links
    cell = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()[1][0]
    assert cell.strip().startswith("'")


class TestZip:
    def test_opens_with_the_passphrase_only(self):
        passphrase = export_files.new_passphrase()
        packed = export_files.as_zip({"a.txt": b"Canary"}, serial="K7Q2-M9XD", passphrase=passphrase)
        assert b"Canary" not in packed
        with pyzipper.AESZipFile(io.BytesIO(packed)) as archive:
            for wrong in (None, b"wrong-passphrase-00"):
                with pytest.raises(RuntimeError):
                    archive.read("a.txt", pwd=wrong)
            assert archive.read("a.txt", pwd=passphrase.encode()) == b"Canary"
            assert "K7Q2-M9XD" in archive.read("HANDLING.txt", pwd=passphrase.encode()).decode()
            assert all(one.wz_aes_strength == 3 for one in archive.infolist())  # 3: AES-256 (WinZip AE-2)

    def test_a_short_passphrase_is_refused(self):
        with pytest.raises(RuleBroken, match="at least 16"):
            export_files.as_zip({}, serial="", passphrase="short")

    def test_without_one_it_is_an_ordinary_zip(self):
        packed = export_files.as_zip({"a.txt": b"Canary"}, serial="", passphrase=None)
        assert zipfile.ZipFile(io.BytesIO(packed)).read("a.txt") == b"Canary"

    def test_passphrases_differ(self):
        assert len({export_files.new_passphrase() for _ in range(100)}) == 100
