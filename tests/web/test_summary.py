"""The summary of a Government Administrator: Home, page and CSV; counts, and nobody's name."""

import csv
import io
import re
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import select

from msixlite.models.exports import Export, ExportKind

ACTOR = "government_administrator"
NAMES = re.compile(r"Graciela|Casta|Okonkwo|Zavala|\d{12}")


def test_home_page_and_file_tell_the_same(app, as_, db):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], least_count=1)
    client = as_(ACTOR)
    home = client.get("/", expect=200).text
    assert re.search(r"<dt>Children</dt><dd>5</dd>", home)
    page = client.get("/reports/summary/", expect=200).text
    assert re.search(r'Texas</th><td data-label="Children">4</td>', page)
    answer = client.send("/reports/summary/export", {"format": "csv", "passphrase": "not used"}, expect=200)
    packed = zipfile.ZipFile(io.BytesIO(answer.data))
    text = packed.read("Summary by State.csv").decode("utf-8-sig")
    assert [row["Children"] for row in csv.DictReader(io.StringIO(text))] == ["4", "2", "5"]
    made = db.scalars(select(Export)).one()
    assert made.kind is ExportKind.SUMMARY_FILE
    assert made.serial in packed.read("HANDLING.txt").decode()
    for said in (home, page, text):
        assert not NAMES.search(said)


def test_small_counts_are_not_told(as_):
    page = as_(ACTOR).get("/reports/summary/", expect=200).text
    assert "below 10 is not told" in page
    assert not re.search(r">[1-9]</td>", page)
    assert "not told</td>" in page


@pytest.mark.parametrize("path", ["/reports/summary/", "/reports/summary/export"])
def test_only_for_its_role(as_, path):
    as_("state_data_administrator").get(path, expect=403)
    assert "Known to two States" not in as_("state_data_administrator").get("/", expect=200).text
