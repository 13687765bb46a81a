"""Regions: created, renamed, switched off and on; each district in at most one; nothing of another State."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from msixlite.domain import regions, uploads, worklist
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.places import District, Region
from msixlite.models.users import Role
from msixlite.models.worklist import Level, WorklistItem, WorklistKind
from tests.files import child, workbook
from tests.world import GRACIELA

pytestmark = pytest.mark.writes
NOW = datetime.now(UTC)


@pytest.fixture
def admin(person):
    return person("state_region_administrator")


@pytest.fixture
def near_match(app, tmp_path):
    """The number of an open item of Texas's Coastal Bend: a child of Vermont who resembles Graciela."""
    resembling = child("VT900", **{**GRACIELA, "First_Name": "Yamileth", "Middle_Name": ""})
    resembling["Birth Date"] = "20120413"
    path = workbook(tmp_path / "near.xlsx", {"Students": [resembling]})
    uploads.receive_file(app.config["SESSIONS"], path, state="VT", now=NOW)
    with app.config["SESSIONS"]().reading() as db:
        return db.scalar(select(func.max(WorklistItem.id)).where(WorklistItem.kind == WorklistKind.NEAR_MATCH))


def region_of(db, state):
    return db.scalar(select(Region).where(Region.state_code == state))


def district(db, code):
    return db.scalar(select(District).where(District.code == code))


class TestNames:
    def test_create_and_rename(self, db, admin):
        made = regions.create(db, name="  West   Texas ", by=admin)
        assert (made.name, made.state_code, made.disabled_at) == ("West Texas", "TX", None)
        assert regions.rename(db, made.id, name="Far West", was="West Texas", by=admin).name == "Far West"

    @pytest.mark.parametrize("name", ["", "   ", "coastal BEND"])
    def test_empty_or_taken(self, db, admin, name):
        with pytest.raises(RuleBroken):
            regions.create(db, name=name, by=admin)

    def test_the_same_name_in_another_state(self, db, admin):
        assert regions.create(db, name="Northern Vermont", by=admin).state_code == "TX"

    def test_by_an_older_page(self, db, admin):
        with pytest.raises(RuleBroken, match="Somebody else renamed"):
            regions.rename(db, region_of(db, "TX").id, name="New", was="Old", by=admin)


class TestWho:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.STATE_REGION_ADMINISTRATOR])
    def test_nobody_else(self, db, person, role):
        by, region = person(role.value), region_of(db, "TX")
        deeds = (
            lambda: regions.overview(db, by=by),
            lambda: regions.create(db, name="New", by=by),
            lambda: regions.rename(db, region.id, name="New", was=region.name, by=by),
            lambda: regions.disable(db, region.id, now=NOW, by=by),
            lambda: regions.enable(db, region.id, by=by),
            lambda: regions.associate(db, {1: regions.Move(None, 1)}, by=by),
        )
        for deed in deeds:
            with pytest.raises(NotFound):
                deed()

    def test_not_another_states(self, db, admin):
        vermont = region_of(db, "VT")
        assert vermont.id not in [one.region.id for one in regions.overview(db, by=admin)]
        for deed in (
            lambda: regions.get(db, vermont.id, by=admin),
            lambda: regions.disable(db, vermont.id, now=NOW, by=admin),
            lambda: regions.associate(db, {district(db, "5000001").id: regions.Move(vermont.id, None)}, by=admin),
            lambda: regions.associate(db, {district(db, "4800002").id: regions.Move(None, vermont.id)}, by=admin),
        ):
            with pytest.raises(NotFound):
                deed()


class TestDistricts:
    def test_move_in_and_out(self, db, admin):
        loma_alta, region = district(db, "4800002"), region_of(db, "TX")
        assert regions.associate(db, {loma_alta.id: regions.Move(None, region.id)}, by=admin) == 1
        assert loma_alta.region_id == region.id
        assert regions.associate(db, {loma_alta.id: regions.Move(region.id, region.id)}, by=admin) == 0
        regions.associate(db, {loma_alta.id: regions.Move(region.id, None)}, by=admin)
        assert [one.id for one in regions.districts(db, by=admin, without=True)] == [loma_alta.id]

    def test_by_an_older_page_nothing_moves(self, db, admin):
        region = region_of(db, "TX")
        with pytest.raises(RuleBroken, match="Somebody else moved Loma Alta"):
            regions.associate(db, {district(db, "4800002").id: regions.Move(region.id, None)}, by=admin)

    def test_not_into_a_region_that_is_off(self, db, admin):
        region = region_of(db, "TX")
        regions.disable(db, region.id, now=NOW, by=admin)
        with pytest.raises(RuleBroken, match="turned off"):
            regions.associate(db, {district(db, "4800002").id: regions.Move(None, region.id)}, by=admin)


class TestSwitchedOff:
    def lies_at(self, item):
        return {desk.level for desk in item.desks if desk.acts and desk.state_code == "TX"}

    def see(self, db, item, by):
        return worklist.get(db, item.id, today=NOW.date(), by=by)

    def test_what_lies_there_moves_up_and_its_past_is_kept(self, near_match, db, admin, person):
        item = db.get(WorklistItem, near_match)
        regional, state = person("regional_data_administrator"), person("state_data_administrator")
        worklist.escalate(db, item.id, now=NOW, by=person("district_data_administrator"))
        worklist.claim(db, item.id, now=NOW, by=regional)
        assert self.lies_at(item) == {Level.REGION}
        desks = len(item.desks)
        region = regions.disable(db, regional.region_id, now=NOW, by=admin)
        assert (self.lies_at(item), item.owner, len(item.desks)) == ({Level.STATE}, None, desks)
        with pytest.raises(NotFound):
            self.see(db, item, regional)
        assert self.see(db, item, state) is item
        regions.enable(db, region.id, by=admin)
        assert self.see(db, item, regional) is item
        with pytest.raises(RuleBroken, match="sent up"):
            worklist.claim(db, item.id, now=NOW, by=regional)

    def test_new_items_pass_it_by(self, near_match, db, admin, person):
        regions.disable(db, person("regional_data_administrator").region_id, now=NOW, by=admin)
        item = worklist.escalate(db, near_match, now=NOW, by=person("district_data_administrator"))
        assert self.lies_at(item) == {Level.STATE}

    def test_a_district_that_moves_takes_its_open_items_along(self, near_match, db, admin, person):
        regional = person("regional_data_administrator")
        other = regions.create(db, name="West", by=admin)
        item = worklist.escalate(db, near_match, now=NOW, by=person("district_data_administrator"))
        robles = district(db, "4800001")
        regions.associate(db, {robles.id: regions.Move(robles.region_id, other.id)}, by=admin)
        with pytest.raises(NotFound):
            self.see(db, item, regional)
        assert self.lies_at(item) == {Level.STATE}  # nobody sits in the new region yet
        regional.region = other
        db.flush()
        assert self.see(db, item, regional) is item

    def test_its_districts_and_people_stay(self, db, admin, person):
        region = regions.disable(db, region_of(db, "TX").id, now=NOW, by=admin)
        assert district(db, "4800001").region_id == region.id
        assert person("regional_data_administrator").region_id == region.id
        with pytest.raises(RuleBroken, match="already"):
            regions.disable(db, region.id, now=NOW, by=admin)

    def test_counts(self, db, admin):
        one = regions.overview(db, by=admin)[0]
        assert (one.region.name, one.districts, one.administrators) == ("Coastal Bend", 1, 2)
