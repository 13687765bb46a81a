"""Files as they come: what can be read, and a clear sentence for what cannot."""

import io
import struct
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter

from msixlite.domain import upload_files
from msixlite.domain.errors import RuleBroken
from tests.files import child, csv_text, workbook, zip_of_csv


def tables(path, name=None):
    return [(table.name, table.headings, list(table.rows)) for table in upload_files.read(path, name or path.name)]


def written(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(path, name=None):
    with pytest.raises(RuleBroken) as raised:
        tables(path, name)
    return str(raised.value)


class TestGoodFiles:
    def test_a_workbook_with_a_sheet_for_each_section(self, tmp_path):
        path = workbook(tmp_path / "a.xlsx", {"Students": [child(1)], "Empty": [], "Enrollments": [{"A": "x"}]})
        read = tables(path)
        assert [name for name, _headings, _rows in read] == ["Students", "Enrollments"]
        assert read[0][1][:2] == ["State Student Identifier", "State Student Identifier Type"]
        assert [number for number, _cells in read[0][2]] == [2]

    def test_cells_are_read_as_a_person_would_write_them(self, tmp_path):
        path = tmp_path / "a.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet, day = book.add_worksheet("Students"), book.add_format({"num_format": "mm/dd/yyyy"})
            sheet.write_row(0, 0, ["A", "B", "C", "D", "E"])
            sheet.write(1, 0, 44556677)
            sheet.write(1, 1, 0.5)
            sheet.write_datetime(1, 2, datetime(2012, 3, 14), day)
            sheet.write_boolean(1, 3, True)
            sheet.write(1, 4, "  López ")
        assert tables(path)[0][2] == [(2, ["44556677", "0.5", "2012-03-14", "Y", "López"])]

    def test_a_sheet_may_begin_below_the_first_row(self, tmp_path):
        path = tmp_path / "a.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Students")
            sheet.write_row(2, 1, ["A"])
            sheet.write_row(3, 1, ["x"])
        assert tables(path) == [("Students", ["", "A"], [(4, ["", "x"])])]

    def test_a_zip_of_csv_files(self, tmp_path):
        path = zip_of_csv(tmp_path / "a.zip", {"students": [child(1)], "folder/enrollments": [{"A": "x"}]})
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("__MACOSX/._students.csv", b"\x00")
        assert [name for name, _headings, _rows in tables(path)] == ["students", "enrollments"]

    @pytest.mark.parametrize("mark", [",", ";", "\t"])
    def test_one_csv_whatever_its_separator(self, tmp_path, mark):
        path = written(tmp_path / "students.csv", f"A{mark}B\r\n1{mark}x\r\n")
        assert tables(path) == [("students", ["A", "B"], [(2, ["1", "x"])])]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_accents_in_every_usual_encoding(self, tmp_path, encoding):
        path = written(tmp_path / "students.csv", "A\nPeña\n".encode(encoding))
        assert tables(path)[0][2] == [(2, ["Peña"])]

    def test_row_numbers_count_lines_inside_of_cells(self, tmp_path):
        path = written(tmp_path / "students.csv", 'A,B\n"one\ntwo",x\n3,y\n')
        assert [number for number, _cells in tables(path)[0][2]] == [2, 4]


class TestFilesThatAreNotWhatTheirNameSays:
    def test_empty(self, tmp_path):
        assert refused(written(tmp_path / "a.csv", b"")) == "The file is empty."
        assert "is empty" in refused(written(tmp_path / "b.csv", b"\n\n"))

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("a.xlsx", b"%PDF-1.7", "a PDF"),
            ("a.csv", b"%PDF-1.7", "a PDF"),
            ("a.xlsx", b"A,B\n1,2\n", "not of that kind"),
            ("a.zip", b"\x1f\x8b\x08", "a gzip archive"),
            ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel workbook"),
            ("a.csv", b"\x89PNG\r\n", "a picture"),
            ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "ending in .xls are not read"),
            ("a", b"A,B\n", "ending in nothing are not read"),
            ("a.csv", b"A,B\n\x00\x00,x\n", "not a text file"),
            ("a.xml", b"<?xml version='1.0'?>", "ending in .xml are not read"),
        ],
    )
    def test_another_kind(self, tmp_path, name, content, said):
        assert said in refused(written(tmp_path / name, content))

    def test_a_workbook_named_zip_and_a_zip_named_xlsx(self, tmp_path):
        book = workbook(tmp_path / "a.xlsx", {"Students": [child(1)]})
        assert "name it .xlsx" in refused(book, "a.zip")
        archive = zip_of_csv(tmp_path / "b.zip", {"students": [child(1)]})
        assert "is a ZIP archive" in refused(archive, "b.xlsx")
        assert "is a ZIP archive" in refused(archive, "b.csv")

    def test_a_wrong_encoding_names_its_row_and_the_way_out(self, tmp_path):
        text = refused(written(tmp_path / "students.csv", "A\nLopez\nPeña\n".encode("cp1252")))
        assert "row 3" in text
        assert "CSV UTF-8" in text

    def test_quotation_marks_that_do_not_match(self, tmp_path):
        assert "row 2" in refused(written(tmp_path / "students.csv", 'A,B\n"x,y\n'))

    def test_a_cell_without_end(self, tmp_path):
        assert "row 2" in refused(written(tmp_path / "students.csv", "A\n" + "x" * 11_000 + "\n"))

    def test_too_many_columns(self, tmp_path):
        assert "501 columns" in refused(written(tmp_path / "students.csv", ",".join(["A"] * 501) + "\n"))


class TestHostileArchives:
    def test_macros(self, tmp_path):
        path = workbook(tmp_path / "a.xlsx", {"Students": [child(1)]})
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
        assert "holds macros" in refused(path)

    def test_a_bomb_by_its_directory(self, tmp_path):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("students.csv", "w") as member:
            for _ in range(610):
                member.write(b"0" * upload_files.MEGABYTE)
        assert path.stat().st_size < upload_files.MEGABYTE
        assert "larger than 600 MB" in refused(path)

    def test_a_bomb_whose_directory_lies(self, tmp_path):
        path = zip_of_csv(tmp_path / "a.zip", {"students": [child(number) for number in range(2_000)]})
        content = path.read_bytes()
        at = content.index(b"PK\x01\x02") + 24
        lying = content[:at] + struct.pack("<L", 100) + content[at + 4 :]
        assert "it says" in refused(written(tmp_path / "b.zip", lying)) or "damaged" in refused(tmp_path / "b.zip")

    def test_many_members(self, tmp_path):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(5_000):
                archive.writestr(f"{number}.csv", b"")
        assert "5,000 files" in refused(path)

    def test_an_archive_in_the_archive(self, tmp_path):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("inner.zip", b"PK\x03\x04")
        assert "holds inner.zip" in refused(path)

    def test_a_broken_archive(self, tmp_path):
        whole = zip_of_csv(tmp_path / "a.zip", {"students": [child(1)]}).read_bytes()
        assert "damaged" in refused(written(tmp_path / "b.zip", whole[: len(whole) // 2]))

    def test_a_member_that_is_damaged_inside(self, tmp_path):
        rows = [child(number) for number in range(500)]
        whole = bytearray(zip_of_csv(tmp_path / "a.zip", {"students": rows}).read_bytes())
        whole[200:260] = bytes(60)
        assert "damaged" in refused(written(tmp_path / "b.zip", bytes(whole)))

    def test_names_that_climb_are_names_and_nothing_is_written(self, tmp_path):
        path = tmp_path / "inner" / "a.zip"
        path.parent.mkdir()
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("../../students.csv", csv_text([child(1)]))
        assert tables(path)[0][0] == "students"
        assert [file.name for file in tmp_path.rglob("*")] == ["inner", "a.zip"]

    @pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"])
    def test_an_entity_bomb(self, tmp_path, part):
        bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
        path = repacked(workbook(tmp_path / "a.xlsx", {"Students": [child(1)]}), tmp_path / "b.xlsx", {part: bomb})
        assert "declares a document type" in refused(path)

    def test_a_far_corner(self, tmp_path):
        path = tmp_path / "a.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Students")
            sheet.write(0, 0, "A")
            sheet.write(1_048_575, 16_383, "x")
        assert "column 16,384" in refused(path)

    @pytest.mark.parametrize(
        "place",
        [
            "r='XFD1048576'",
            'r = "XFD1048576"',
            'cm=">" r="XFD1048576"',
            """ph=' r="A1"' r="XFD1048576\"""",
            'r="xfd1048576"',
            'r="&#88;FD1048576"',
            "",
        ],
    )
    def test_a_far_corner_written_so_as_to_be_overlooked(self, tmp_path, place):
        """The reader makes room up to the corner: on one it cannot hold, the whole process ends."""
        sheet = f'<worksheet><sheetData><row r="1048576"><c {place}><v>1</v></c></row></sheetData></worksheet>'
        path = workbook(tmp_path / "a.xlsx", {"Students": [child(1)]})
        for part in ("xl/worksheets/sheet1.xml", "xl/hidden.xml"):
            said = refused(repacked(path, tmp_path / "b.xlsx", {part: sheet}))
            assert "column 16,384" in said or "not complete" in said

    @pytest.mark.parametrize("part", ["xl/_rels/workbook.xml.rels", "xl/workbook.xml"])
    def test_a_workbook_with_a_broken_part(self, tmp_path, part):
        path = repacked(workbook(tmp_path / "a.xlsx", {"Students": [child(1)]}), tmp_path / "b.xlsx", {part: "<x"})
        assert "not complete" in refused(path)

    def test_a_sheet_of_nonsense(self, tmp_path):
        broken = {"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row"}
        path = repacked(workbook(tmp_path / "a.xlsx", {"Students": [child(1)]}), tmp_path / "b.xlsx", broken)
        assert "cannot be read" in refused(path) or tables(path) == []


def repacked(source, target, parts):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, parts.get(member.filename, old.read(member)))
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return target


class TestFormulas:
    def test_a_formula_is_marked_not_computed(self, tmp_path):
        path = tmp_path / "a.xlsx"
        with xlsxwriter.Workbook(path) as book:
            book.add_worksheet("Notes").write_formula(0, 0, "=1+1", None, 2)
            sheet = book.add_worksheet("Students")
            sheet.write_row(0, 0, ["A", "B"])
            sheet.write(1, 0, "x")
            sheet.write_formula(1, 1, "=A2&A2", None, "xx")
            sheet.write_row(2, 0, ["y", "z"])
        assert tables(path)[1][2] == [(2, ["x", upload_files.FORMULA]), (3, ["y", "z"])]


def test_a_date_cell_far_off_does_not_stop_the_reading(tmp_path):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Students")
        sheet.write(0, 0, "A")
        sheet.write_number(1, 0, 2958465, book.add_format({"num_format": "yyyy-mm-dd"}))
    assert tables(written(tmp_path / "a.xlsx", out.getvalue()))[0][2] == [(2, [date(9999, 12, 31).isoformat()])]
