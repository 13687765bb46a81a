"""Each format opens again with a reader, says the same, and holds no formula."""

import csv
import io
import json
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
import python_calamine

from msixlite.domain.export_formats import FORMATS, STATE, SUBMITTED, Sheet

NASTY = '=HYPERLINK("http://127.0.0.1:9/leak")'
SHEET = Sheet(
    "Students",
    [
        {
            STATE: "TX",
            SUBMITTED: datetime(2026, 11, 20, 5, tzinfo=UTC),
            "First Name": "Ñuu <ꞌ> & \x0b\ud800x".replace("\ud800", ""),
            "Birth Date": date(2012, 3, 14),
            "Birth City": NASTY,
            "Suffix": None,
        }
    ],
    {"First Name": 4, "Birth Date": 10, "Birth City": 12, "Suffix": 8},
)


def written(key):
    ((name, content),) = FORMATS[key].files("record", [SHEET]).items()
    return name, content


def test_xlsx():
    name, content = written("xlsx")
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("Students").to_python()
    assert name == "record.xlsx"
    assert rows[0] == list(SHEET.rows[0])
    assert rows[1][3:5] == ["2012-03-14", f"'{NASTY}"]


def test_csv():
    name, content = written("csv")
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert name == "Students.csv"
    assert row["Birth City"] == f"'{NASTY}"
    assert row["Birth Date"] == "2012-03-14"


def test_json():
    _name, content = written("json")
    (row,) = json.loads(content)["Students"]
    assert row["Birth City"] == NASTY
    assert row["Suffix"] is None


def test_xml_says_number_name_state_and_date_of_each_element():
    _name, content = written("xml")
    (section,) = ElementTree.fromstring(content)
    assert section.attrib == {"name": "Students"}
    by_name = {one.get("name"): one for one in section.find("row")}
    assert by_name["Birth Date"].attrib == {"number": "10", "name": "Birth Date", "state": "TX", "date": "2026-11-20"}
    assert by_name["Birth Date"].text == "2012-03-14"
    assert by_name["First Name"].text == "Ñuu <ꞌ> & x"
    assert set(by_name) == {"First Name", "Birth Date", "Birth City", "Suffix"}


@pytest.mark.parametrize("key", FORMATS)
def test_an_empty_list_is_a_file_too(key):
    ((_name, content),) = FORMATS[key].files("list", [Sheet("Search results", [])]).items()
    assert content
