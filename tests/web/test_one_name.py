"""A child has one name: whole, as one State writes it, on every page and paper."""

import io
import re

import pypdf
import pytest
from sqlalchemy import select

from msixlite.models.places import District
from msixlite.models.students import Student
from tests import world
from tests.files import child

NAME = "Castañeda Peña, Graciela Yami"
OTHER = "Castañeda Peña, Graciela Yamileth"
WRITTEN = re.compile(r"Casta[ñn]eda[- ]Pe[ñn]a, Graciela[\w ]*")
ACTOR = "msix_primary"


@pytest.fixture
def msix_id(office):
    """A child whom Texas calls Graciela with the middle name Yamileth, and Vermont, later, Graciela Yami with none."""
    whole = {**world.GRACIELA, "First_Name": "Graciela Yami", "Middle_Name": ""}
    office.take({"Students": [child("VT200", **whole)]}, state="VT")
    return office.owners()["TX100"]


def names_on(text):
    """Every name of the child in a text, except those by which other States call it."""
    text = re.sub(r"[Aa]lso (written )?(<[^>]+>)?[^<·]*", "", text)
    return {found.strip() for found in WRITTEN.findall(text)}


def notify(client, db, msix_id, to):
    form = {
        "kind": "left",
        "children": str(db.scalar(select(Student.id).where(Student.msix_id == msix_id))),
        "state": "VT",
        "district": str(db.scalar(select(District.id).where(District.code == world.VT_DISTRICT))),
        "moved_on": "",
        "certainty": "likely",
        "told_by": "the family",
        "reason": "",
        "shown": str(to.id),
    }
    return client.send(f"/moves/new/{msix_id}", form, expect=303).location


def test_on_every_page(as_, db, msix_id, person):
    client = as_(ACTOR)
    notice = notify(client, db, msix_id, person("vt_district_data_administrator"))
    client.get(f"/students/{msix_id}", expect=200)
    pages = [f"/students/{msix_id}/{page}" for page in ("credits", "packet", "family")]
    pages += [
        f"/follow-ups/{msix_id}",
        f"/moves/new/{msix_id}",
        f"/requests/new/{msix_id}",
        notice,
        "/moves/",
        "/students/",
        "/",
    ]
    assert {path: names_on(client.get(path, expect=200).text) for path in pages} == {path: {NAME} for path in pages}
    for actor, path in (
        ("state_data_administrator", "/audit/students/"),
        ("state_data_administrator", "/corrections/new/"),
        ("privacy_act_administrator", "/disputes/new/"),
    ):
        assert names_on(as_(actor).get(f"{path}{msix_id}", expect=200).text) == {NAME}


def test_in_the_list_of_results_and_on_the_record_with_the_other_name_beside_it(as_, msix_id):
    client = as_(ACTOR)
    found = client.get(client.send("/students/", {"q": "Castañeda Graciela"}, expect=303).location, expect=200).text
    record = client.get(f"/students/{msix_id}", expect=200).text
    assert f">{NAME}</a>" in found
    assert re.search(rf"<h1><span[^>]*>{NAME}</span></h1>", record)
    assert re.search(rf"Also written <span[^>]*>{OTHER}</span>", record)


def test_on_every_paper(as_, msix_id):
    pages = ["letter", "school", "counselor", "history", "family", "handling"]
    answer = as_(ACTOR).send(f"/students/{msix_id}/packet", {"pages": pages, "recipient": "Registrar"}, expect=200)
    sheets = [" ".join(one.extract_text().split()) for one in pypdf.PdfReader(io.BytesIO(answer.data)).pages]
    assert len(sheets) >= len(pages)
    assert all(NAME in sheet for sheet in sheets)
    assert "Graciela Yami Yamileth" not in " ".join(sheets)
    assert "familia de Graciela Yami " in sheets[-2]
