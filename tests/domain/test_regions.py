"""Regions: created, renamed, switched off and on; each district in at most one; nothing of another State."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from msixlite.domain import regions, uploads, worklist
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.places import District, Region
from msixlite.models.users import Role, User
from tests.files import child, workbook
from tests.world import GRACIELA

NOW = datetime.now(UTC)


@pytest.fixture
def db(app):
    with app.config["SESSIONS"]() as session:
        yield session
        session.rollback()


@pytest.fixture
def person(db):
    return lambda actor: db.scalar(select(User).where(User.user_name == actor))


@pytest.fixture
def admin(person):
    return person("state_region_administrator")


@pytest.fixture
def near_match(app, tmp_path):
    """An open item of Texas's Coastal Bend: a child of Vermont who resembles Graciela."""
    resembling = child("VT900", **{**GRACIELA, "First_Name": "Yamileth", "Middle_Name": ""})
    resembling["Birth Date"] = "20120413"
    path = workbook(tmp_path / "near.xlsx", {"Students": [resembling]})
    uploads.receive_file(app.config["SESSIONS"], path, state="VT", now=NOW)


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
    @pytest.mark.parametrize("role", set(Role) - {Role.STATE_REGION_ADMINISTRATOR}, ids=lambda role: role.value)
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
        with pytest.raises(RuleBroken, match="switched off"):
            regions.associate(db, {district(db, "4800002").id: regions.Move(None, region.id)}, by=admin)


class TestSwitchedOff:
    @pytest.mark.usefixtures("near_match")
    def test_open_items_move_up_and_come_back(self, db, admin, person):
        regional, state = person("regional_data_administrator"), person("state_data_administrator")
        waiting = [item.id for item in worklist.open_items(db, by=regional)]
        assert waiting
        region = regions.disable(db, regional.region_id, now=NOW, by=admin)
        assert worklist.open_items(db, by=regional) == []
        with pytest.raises(NotFound):
            worklist.get(db, waiting[0], by=regional)
        assert set(waiting) <= {item.id for item in worklist.open_items(db, by=state)}
        regions.enable(db, region.id, by=admin)
        assert [item.id for item in worklist.open_items(db, by=regional)] == waiting

    def test_its_districts_and_people_stay(self, db, admin, person):
        region = regions.disable(db, region_of(db, "TX").id, now=NOW, by=admin)
        assert district(db, "4800001").region_id == region.id
        assert person("regional_data_administrator").region_id == region.id
        with pytest.raises(RuleBroken, match="already"):
            regions.disable(db, region.id, now=NOW, by=admin)

    def test_counts(self, db, admin):
        one = regions.overview(db, by=admin)[0]
        assert (one.region.name, one.districts, one.administrators) == ("Coastal Bend", 1, 2)
