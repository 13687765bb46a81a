"""The worklist page: near matches wait for those within reach."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from msixlite import site
from msixlite.domain import uploads
from msixlite.models.worklist import WorklistItem, WorklistKind
from tests import world
from tests.files import child, workbook


@pytest.fixture
def item(settings, tmp_path):
    """A near match between a child of Vermont and Texas's Graciela."""
    sessions = site.prepare(settings)
    resembling = child("VT900", **{**world.GRACIELA, "First_Name": "Yamileth", "Middle_Name": ""})
    resembling["Birth Date"] = "20120413"
    path = workbook(tmp_path / "near.xlsx", {"Students": [resembling]})
    uploads.receive_file(sessions, path, state="VT", now=datetime.now(UTC))
    with sessions().reading() as db:
        near = select(WorklistItem).where(WorklistItem.kind == WorklistKind.NEAR_MATCH)
        found = db.scalars(near.order_by(WorklistItem.id.desc())).first()
    sessions.kw["bind"].dispose()
    return found


class TestWorklist:
    @pytest.mark.parametrize("actor", ["state_data_administrator", "vt_state_data_administrator"])
    def test_both_states_see_it_with_its_reasons(self, as_, item, actor):
        page = as_(actor).get("/worklist/", expect=200).text
        assert f"Near match {item.id}" in page
        assert item.reasons[0].capitalize() in as_(actor).get(f"/worklist/{item.id}", expect=200).text

    def test_the_district_of_the_child_sees_it(self, as_, item):
        assert f"Near match {item.id}" in as_("district_data_administrator").get("/worklist/", expect=200).text

    def test_a_district_without_the_child_does_not(self, as_, item):
        as_("vt_district_data_administrator").get(f"/worklist/{item.id}", expect=200)

    @pytest.mark.parametrize("actor", ["msix_primary", "msix_secondary", "government_administrator"])
    def test_others_may_not(self, as_, item, actor):
        as_(actor).get("/worklist/", expect=403)
        as_(actor).get(f"/worklist/{item.id}", expect=403)

    def test_side_by_side(self, as_, item):
        page = as_("state_data_administrator").get(f"/worklist/{item.id}", expect=200).text
        for shown in ("TX100", "VT900", "Yamileth", "Graciela", "5 working days"):
            assert shown in page

    def test_an_unknown_item_does_not_exist(self, as_):
        as_("state_data_administrator").get("/worklist/4711", expect=404)

    def test_nothing_waits(self, as_):
        page = as_("vt_state_data_administrator").get("/worklist/?kind=escalation", expect=200).text
        assert "Nothing waits for you" in page
