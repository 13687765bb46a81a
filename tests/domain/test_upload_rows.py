"""Rows against the registry: values in their kinds, faults in plain words."""

from datetime import date
from decimal import Decimal

import pytest

from msixlite.domain import mde, upload_rows
from msixlite.domain.errors import RuleBroken
from msixlite.domain.upload_files import Table

TODAY = date(2026, 11, 25)
CHILD = {"state_student_id": "7", "id_type": "01", "first_name": "Ana", "last_name_1": "Cruz", "sex": "Female"}
CHILD |= {"birth_date": "20120314"}


def check(section, **elements):
    content = {**{key: CHILD[key] for key in mde.IDENTITY}, **elements}
    return upload_rows.check_row(section, "Sheet", 2, content, today=TODAY)


def value(section, element, text):
    required = {
        "student": CHILD,
        "enrollment": {"enrollment_date": "20250812"},
        "course": {"title": "Algebra 1", "academic_year": "2025-2026"},
        "assessment": {"title": "STAAR", "administered_on": "202604"},
        "move": {"arrival_date": "20260603"},
    }[section]
    row = check(section, **{**required, element: text})
    return row.faults[0].reason if row.faults else row.values[element]


@pytest.mark.parametrize(
    ("section", "element", "text", "expected"),
    [
        ("student", "birth_date", "20120314", date(2012, 3, 14)),
        ("student", "birth_date", "2012-03-14", date(2012, 3, 14)),
        ("student", "birth_date", "2012-03-14 00:00:00", date(2012, 3, 14)),
        ("student", "birth_date", "3/14/2012", date(2012, 3, 14)),
        ("student", "birth_date", "02/29/2012", date(2012, 2, 29)),
        ("student", "sex", "female", "Female"),
        ("student", "middle_name", "", None),
        ("student", "first_name", " María   José ", "María José"),
        ("student", "multiple_birth", "yes", True),
        ("student", "multiple_birth", "0", False),
        ("student", "multiple_birth", "", None),
        ("student", "birth_date_verification", "Birth certificate", "1004"),
        ("enrollment", "grade_level", "8", "08"),
        ("enrollment", "grade_level", "kg", "KG"),
        ("enrollment", "school_code", "10000100001", "010000100001"),
        ("course", "academic_year", "2025-26", "2025-2026"),
        ("course", "academic_year", "2025", "2025"),
        ("course", "clock_hours", "67", 67),
        ("course", "credits", "0.5", Decimal("0.500")),
        ("assessment", "administered_on", "202604", "2026-04"),
        ("assessment", "administered_on", "4/2026", "2026-04"),
        ("assessment", "administered_on", "20260409", "2026-04-09"),
    ],
)
def test_values(section, element, text, expected):
    assert value(section, element, text) == expected


@pytest.mark.parametrize(
    ("section", "element", "text", "reason"),
    [
        ("student", "birth_date", "03/14/212", "has a year of 3 digits: write it as MM/DD/YYYY"),
        ("student", "birth_date", "20120231", "does not exist: there is no 02/31/2012"),
        ("student", "birth_date", "02/29/2013", "does not exist: there is no 02/29/2013"),
        ("student", "birth_date", "March", "is not a date: write it as YYYYMMDD or MM/DD/YYYY"),
        ("student", "birth_date", "20270101", "lies in the future"),
        ("student", "birth_date", "18000101", "has the year 1800, which cannot be right"),
        ("student", "first_name", "", "is required and was left empty"),
        ("student", "first_name", "x" * 61, "has 61 characters; 60 are the most"),
        ("student", "first_name", "=A1", "is a formula; copy the cell and paste it as a value"),
        ("student", "state_student_id", "1234567890123456", "has 16 characters; 15 are the most"),
        ("student", "sex", "X", "is not a code of Sex: use one of Female, Male, Nonbinary, Other"),
        ("student", "sex", "Femal", "is not a code of Sex: do you mean Female?"),
        ("student", "multiple_birth", "?", "is neither yes nor no: use Y or N, or leave it empty when it is not known"),
        ("student", "middle_name", "123-45-6789", "looks like a Social Security number, which is never exchanged"),
        ("enrollment", "comment", "SSN 123 45 6789", "looks like a Social Security number, which is never exchanged"),
        ("enrollment", "grade_level", "8th", "is not a code of Grade Level: use 08"),
        ("enrollment", "school_code", "48-1", "is not a number of 12 digits"),
        ("course", "academic_year", "2025-2028", "is not one school year: the second year must follow the first"),
        ("course", "clock_hours", "-4", "is not a whole number from 0 to 1080"),
        ("course", "clock_hours", "NaN", "is not a number"),
        ("course", "credits", "1e9", "is not a number from 0 to 99.999"),
        ("assessment", "administered_on", "202613", "has the month 13: write it as YYYY-MM"),
    ],
)
def test_faults_are_told_in_plain_words(section, element, text, reason):
    assert value(section, element, text) == reason


def test_a_wrong_check_digit_in_an_msix_id_is_told():
    assert "is not an MSIX ID" in value("student", "msix_id", "123456789012")


def test_every_fault_of_a_row_is_told_at_once():
    row = check("student", **{**CHILD, "sex": "X", "birth_date": "?", "last_name_1": ""})
    assert {fault.element for fault in row.faults} == {"Sex", "Birth Date", "Last Name 1"}


def test_a_withdrawal_before_the_enrollment():
    row = check("enrollment", enrollment_date="20250812", withdrawal_date="20250811")
    assert row.faults[0].reason == "lies before the Enrollment Date, 08/12/2025"


def test_an_unknown_element_of_the_registry_is_not_stored():
    assert not [element for element in mde.ELEMENTS if element.certainty == "unknown" and element.key]
    assert len(mde.ELEMENTS) == 81


class TestTables:
    def table(self, name, headings, *rows):
        return Table(name, headings, iter(enumerate([list(row) for row in rows], 2)))

    NAMES = ("State Student Identifier", "State Student Identifier Type", "First Name", "Last Name 1", "Sex")
    NAMES += ("Birth Date",)

    def test_columns_that_are_no_elements_are_told(self):
        row = [*CHILD.values(), "blue"]
        warnings, rows = upload_rows.check_table(self.table("students", [*self.NAMES, "Eye Color"], row), today=TODAY)
        assert warnings == ["“students”: not an element, so not used: Eye Color."]
        assert next(rows).values["first_name"] == "Ana"

    def test_headings_may_be_names_keys_or_numbers(self):
        headings = ["MDE 2", "id_type", "FIRST-NAME", "LastName1", "sex", "Birth_Date"]
        _warnings, rows = upload_rows.check_table(self.table("Students", headings, CHILD.values()), today=TODAY)
        assert next(rows).values["birth_date"] == date(2012, 3, 14)

    def test_a_mapping_gives_foreign_headings_their_element(self):
        headings = [*self.NAMES[:5], "Birth Dt"]
        _warnings, rows = upload_rows.check_table(
            self.table("Students", headings, CHILD.values()), today=TODAY, mapping={"Birth Dt": "Birth Date"}
        )
        assert not next(rows).faults

    def test_a_missing_column_is_one_sentence_not_a_thousand(self):
        with pytest.raises(RuleBroken, match="has no column “Birth Date”"):
            upload_rows.check_table(self.table("Students", list(self.NAMES[:5]), ["x"] * 5), today=TODAY)

    def test_a_table_of_nothing_known_says_what_is_wanted(self):
        with pytest.raises(RuleBroken, match="none of the sections"):
            upload_rows.check_table(self.table("Sheet1", ["A", "B"], ["x", "y"]), today=TODAY)

    def test_a_flat_table_holds_several_sections(self):
        headings = [*self.NAMES, "Enrollment Date", "Qualifying Arrival Date (QAD)"]
        row = [*CHILD.values(), "20250812", ""]
        _warnings, rows = upload_rows.check_table(self.table("my children", headings, row), today=TODAY)
        assert [found.section for found in rows] == ["student", "enrollment"]

    def test_empty_rows_are_passed_over(self):
        table = self.table("Students", list(self.NAMES), CHILD.values(), [""] * 6, CHILD.values())
        assert [row.number for row in upload_rows.check_table(table, today=TODAY)[1]] == [2, 4]
