"""The pages of regions."""

import pytest
from sqlalchemy import select

from msixlite.models.places import District, Region


@pytest.fixture
def read(app):
    def read(model, **where):
        with app.config["SESSIONS"]().reading() as db:
            return db.scalar(select(model).filter_by(**where))

    return read


class TestRegions:
    def test_create_rename_off_and_on(self, as_, read):
        client = as_("state_region_administrator")
        assert client.send("/regions/", {"name": "West <b>"}, expect=303).location == "/regions/districts"
        made = read(Region, name="West <b>")
        assert "West &lt;b&gt;" in client.get("/regions/", expect=200).text
        client.send(f"/regions/{made.id}", {"name": "West", "was": "West <b>"}, expect=303)
        client.send(f"/regions/{made.id}/disable", expect=303)
        assert "Switched off since" in client.get(f"/regions/{made.id}", expect=200).text
        client.send(f"/regions/{made.id}/disable", expect=422)
        client.send(f"/regions/{made.id}/enable", expect=303)
        assert read(Region, name="West").disabled_at is None

    def test_faults_keep_what_was_typed(self, as_):
        client = as_("state_region_administrator")
        page = client.send("/regions/", {"name": "Coastal bend"}, expect=422).text
        assert "There is a region Coastal bend already" in page
        assert 'value="Coastal bend"' in page
        client.send("/regions/", {"name": "x" * 121}, expect=422)

    def test_mass_assignment(self, as_, read):
        as_("state_region_administrator").send("/regions/", {"name": "New", "state_code": "VT", "id": "1"}, expect=303)
        assert read(Region, name="New").state_code == "TX"

    def test_another_state_is_404(self, as_, read):
        client, region = as_("vt_state_region_administrator"), read(Region, state_code="TX")
        client.get(f"/regions/{region.id}", expect=404)
        client.send(f"/regions/{region.id}", {"name": "Ours", "was": region.name}, expect=404)
        client.send(f"/regions/{region.id}/disable", expect=404)
        client.send(f"/regions/{region.id}/enable", expect=404)
        assert read(Region, state_code="TX").name == region.name

    def test_a_regional_administrator_loses_the_reach_and_sees_why(self, as_, read):
        region = read(Region, state_code="TX")
        as_("state_region_administrator").send(f"/regions/{region.id}/disable", expect=303)
        assert "0 accounts" in as_("regional_user_administrator").get("/users/", expect=200).text
        as_("regional_data_administrator").get("/worklist/", expect=200)


class TestDistricts:
    def fields(self, read, to, was="", code="4800002"):
        number = read(District, code=code).id
        return {f"region-{number}": str(to), f"was-{number}": str(was)}

    def test_move_by_select(self, as_, read):
        region = read(Region, state_code="TX").id
        client = as_("state_region_administrator")
        assert "Loma Alta" in client.get("/regions/districts?show=without", expect=200).text
        client.send("/regions/districts?show=without", self.fields(read, region), expect=303)
        assert read(District, code="4800002").region_id == region
        assert "No district is without" in client.get("/regions/districts?show=without").text

    @pytest.mark.parametrize("to", ["x", "-1", "1;", "99999999999999999999", "1.5"])
    def test_junk(self, as_, read, to):
        as_("state_region_administrator").send("/regions/districts", self.fields(read, to), expect=422)
        assert read(District, code="4800002").region_id is None

    def test_forged_ids_of_another_state(self, as_, read):
        texas, vermont = read(Region, state_code="TX").id, read(Region, state_code="VT").id
        client = as_("state_region_administrator")
        client.send("/regions/districts", self.fields(read, vermont), expect=404)
        client.send("/regions/districts", self.fields(read, texas, vermont, code="5000001"), expect=404)
        client.send("/regions/districts", {"region-x": "1"}, expect=422)
        assert read(District, code="5000001").region_id == vermont

    def test_by_an_older_page_nothing_moves(self, as_, read):
        region = read(Region, state_code="TX").id
        fields = {**self.fields(read, "", was=region), **self.fields(read, "", was=region, code="4800001")}
        answer = as_("state_region_administrator").send("/regions/districts", fields, expect=422)
        assert "Somebody else moved Loma Alta" in answer.text
        assert read(District, code="4800001").region_id == region
