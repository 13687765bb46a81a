"""The family of a child, on its own page and inside the record; one notice for all."""

import pytest

from tests.cases import record_of
from tests.domain.test_families import BROTHER, PARENTS
from tests.files import child


@pytest.fixture
def sister(office):
    """The MSIX ID of Graciela, who has a brother in Vermont."""
    office.take({"Students": [child("VT500", **BROTHER, **PARENTS)]}, state="VT")
    with office.read() as db:
        return record_of(db, "TX100").student.msix_id


class TestFamily:
    def test_names_who_belongs_to_it_and_why(self, as_, sister):
        page = as_("msix_secondary").get(f"/students/{sister}/family", expect=200).text
        assert "Castaneda, Ismael" in page
        assert "same parent: Ofelia" in page

    def test_the_record_loads_the_list_and_links_to_it(self, as_, sister):
        client = as_("msix_primary")
        record = client.get(f"/students/{sister}", expect=200).text
        assert f'hx-get="/students/{sister}/family"' in record
        part = client.get(f"/students/{sister}/family", headers={"HX-Request": "true"}, expect=200).text
        assert part.strip().startswith('<div id="family">')
        assert "<html" not in part

    def test_says_when_there_is_nobody(self, as_, office):
        with office.read() as db:
            alone = record_of(db, "TX103").student.msix_id
        assert (
            "Nobody with a parent or a move in common."
            in as_("msix_primary").get(f"/students/{alone}/family", expect=200).text
        )

    def test_one_notice_for_all(self, as_, sister):
        client = as_("msix_primary")
        assert f'href="/moves/new/{sister}?family=1"' in client.get(f"/students/{sister}/family", expect=200).text
        assert self.ticked(client.get(f"/moves/new/{sister}?family=1", expect=200).text) == [True, True]
        assert self.ticked(client.get(f"/moves/new/{sister}", expect=200).text) == [True, False]

    def ticked(self, page):
        return ["checked" in box for box in page.split("<input") if 'name="children"' in box]

    @pytest.mark.parametrize("role", ["government_administrator", "state_user_administrator", "help_desk"])
    def test_is_not_for_those_who_read_no_records(self, as_, sister, role):
        as_(role).get(f"/students/{sister}/family", expect=403)

    def test_of_nobody(self, as_):
        as_("msix_primary").get("/students/000000000000/family", expect=404)
