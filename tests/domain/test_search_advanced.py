"""The form "More fields": each field finds whom it should and nobody else, and less than two of them find nobody."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from msixlite.domain import saved_searches, search, search_advanced, search_fields, search_index
from msixlite.domain.errors import NotAllowed, NotFound, RuleBroken
from msixlite.domain.search_fields import Fields
from msixlite.domain.search_listing import Listing, Sort
from msixlite.models.base import make_engine, make_session_factory
from msixlite.models.students import Student
from msixlite.models.users import PastSearch, Role, User
from msixlite.models.worklist import WorklistItem
from tests.files import child

TODAY = date(2026, 11, 25)
READER = User(role=Role.MSIX_SECONDARY)
GRACIELA, NAMESAKE = date(2012, 3, 14), date(2010, 11, 30)


@pytest.fixture
def db(settings):
    """The small world, in a transaction that ends with the test."""
    engine = make_engine(settings.database_url)
    with make_session_factory(engine)() as session:
        yield session
        session.rollback()
    engine.dispose()


def find(db, listing=None, **fields):
    found = search.find_by_fields(db, Fields(**fields), by=READER, today=TODAY, listing=listing or Listing())
    assert not found.too_little, found.too_little
    return sorted((hit.name.split(",")[1].split()[0], hit.birth_date) for hit in found.hits)


BOTH = [("Graciela", NAMESAKE), ("Graciela", GRACIELA)]
ONE = [("Graciela", GRACIELA)]
TWINS = [("Ulises", date(2015, 7, 4))] * 2
NAMED = {"first": "Graciela", "last_1": "Castañeda"}

FOUND = [
    # fields, children
    ({"first": "graciela", "last_1": "castaneda", "mode": "exact"}, BOTH),
    ({"first": "graciela", "last_1": "PENA", "last_2": "castañeda", "mode": "exact"}, BOTH),
    ({"first": "graciel", "last_1": "castaneda", "mode": "exact"}, []),
    ({"first": "castaneda", "last_1": "graciela", "mode": "exact"}, []),
    ({"first": "g", "last_1": "cast", "mode": "starts"}, BOTH),
    ({"first": "g", "last_1": "asta", "mode": "starts"}, []),
    ({"first": "g*a", "last_1": "ca?ta*", "mode": "wildcard"}, BOTH),
    ({"first": "*", "last_1": "*stañeda", "middle": "yam*", "mode": "wildcard"}, ONE),
    ({"first": "g%", "last_1": "cast%", "mode": "wildcard"}, []),
    ({"first": "g_aciela", "last_1": "castaneda", "mode": "wildcard"}, []),
    ({"first": "grasiela", "last_1": "kastaneda", "mode": "sounds"}, BOTH),
    ({"first": "grasiela", "last_1": "kastaneda", "mode": "exact"}, []),
    ({"first": "gracila", "last_1": "castañda"}, BOTH),
    ({**NAMED, "born": GRACIELA, "mode": "exact"}, ONE),
    ({**NAMED, "born": GRACIELA + timedelta(days=3), "born_within": 3}, ONE),
    ({**NAMED, "born": GRACIELA + timedelta(days=4), "born_within": 3}, []),
    ({**NAMED, "born_year": 2010}, [("Graciela", NAMESAKE)]),
    ({"born": date(2015, 7, 4), "last_1": "za"}, TWINS),
    ({"born": date(2015, 7, 4), "last_1": "za", "mode": "starts"}, TWINS),
    ({"first": "ulises", "last_1": "zavala", "multiple_birth": "yes"}, TWINS),
    ({"first": "ulises", "last_1": "zavala", "multiple_birth": "no"}, []),
    ({"first": "ulises", "last_1": "zavala", "sex": "Female"}, []),
    ({"first": "ulises", "last_1": "zavala", "sex": "Male"}, TWINS),
    ({**NAMED, "birth_city": "reynosa"}, ONE),
    ({**NAMED, "birth_city": "mc allen"}, []),
    ({**NAMED, "birth_city": "mcallen"}, ONE),
    ({**NAMED, "birth_country": "MEX", "parent": "ofelia peña"}, ONE),
    ({**NAMED, "parent": "ofelia lopez"}, []),
    ({**NAMED, "state": "TX"}, ONE),
    ({**NAMED, "state": "VT", "latest": True}, ONE),
    ({**NAMED, "state": "TX", "latest": True}, []),
    ({"first": "graciela", "district": "robles"}, ONE),
    ({"first": "graciela", "district": "4800001"}, ONE),
    ({"first": "graciela", "district": "loma"}, []),
    ({"born": GRACIELA, "district": "maple"}, ONE),
    ({**NAMED, "region": "coastal"}, ONE),
    ({**NAMED, "region": "northern", "state": "VT"}, ONE),
    ({**NAMED, "school": "seabreeze"}, ONE),
    ({**NAMED, "grade": "08"}, ONE),
    ({**NAMED, "grade": "07"}, []),
    ({**NAMED, "grade": "08", "school": "maple"}, []),
    ({**NAMED, "enrolled_from": date(2026, 1, 1), "enrolled_to": date(2026, 2, 1)}, ONE),
    ({**NAMED, "enrolled_from": date(2024, 1, 1), "enrolled_to": date(2025, 8, 11)}, []),
    ({**NAMED, "qad_from": date(2026, 6, 1), "qad_to": date(2026, 6, 30)}, ONE),
    ({**NAMED, "qad_from": date(2026, 6, 4)}, []),
    ({**NAMED, "moved_to": "robles"}, ONE),
    ({**NAMED, "moved_to": "reynosa"}, []),
    ({**NAMED, "moved_from": "robles"}, []),
    ({**NAMED, "eligible_on": date(2029, 6, 2)}, ONE),
    ({**NAMED, "eligible_on": date(2029, 6, 3)}, []),
    ({**NAMED, "eligible_on": date(2026, 6, 2)}, []),
    ({**NAMED, "out_of_school": True}, []),
    ({**NAMED, "pfs": True}, []),
    ({**NAMED, "withdrawn": True}, []),
    ({**NAMED, "open_item": True}, BOTH),
    ({**NAMED, "updated_since": date(2020, 1, 1)}, BOTH),
    ({**NAMED, "updated_since": date(2090, 1, 1)}, []),
    ({**NAMED, "suffix": "Jr."}, []),
    ({"id_state": "TX", "state_id": "TX100"}, ONE),
    ({"id_state": "VT", "state_id": "TX100"}, []),
]


@pytest.mark.parametrize(("fields", "children"), FOUND)
def test_the_fields_find_whom_they_should(db, fields, children):
    assert find(db, **fields) == children


def test_an_msix_id_alone_is_enough_and_a_merged_away_one_leads_on(db):
    child = db.scalars(select(Student).order_by(Student.id)).first()
    gone = Student(msix_id="999999999999", created_at=child.created_at, merged_into=child)
    db.add(gone)
    db.flush()
    assert find(db, msix_id=child.msix_id) == find(db, msix_id=gone.msix_id)


TOO_LITTLE = [
    {},
    {"first": "maria"},
    {"last_1": "garcia"},
    {"first": "m", "middle": "g"},
    {"first": "m", "last_1": "g"},
    {"first": "*", "last_1": "garcia", "mode": "wildcard"},
    {"first": "m", "last_1": "?*?", "mode": "wildcard"},
    {"last_1": "garcia", "state": "TX", "grade": "08", "sex": "Male"},
    {"born": GRACIELA},
    {"last_1": "garcia", "born_year": 2012},
    {"state_id": "TX100"},
    {"district": "robles"},
    {"open_item": True, "pfs": True},
]


@pytest.mark.parametrize("fields", TOO_LITTLE)
def test_a_trawl_is_refused(db, fields):
    found = search.find_by_fields(db, Fields(**fields), by=READER, today=TODAY)
    assert found.too_little.endswith(".")
    assert not found.hits


def test_a_place_that_is_none_is_named(db):
    for field in ("district", "school", "region"):
        with pytest.raises(RuleBroken, match=field):
            search_advanced.check_places(db, Fields(**{field: "nowhere"}))


def test_who_may_not_search_is_refused(db):
    with pytest.raises(NotAllowed):
        search.find_by_fields(db, Fields(**NAMED), by=User(role=Role.GOVERNMENT_ADMINISTRATOR), today=TODAY)


def test_an_open_near_match_is_found(office):
    office.near_match()
    with office.deed() as db:
        assert ("Graciela", GRACIELA) in find(db, **NAMED, open_item=True)
        db.execute(update(WorklistItem).values(resolved_at=office.now, status="settled"))
        assert find(db, **NAMED, open_item=True) == []


def test_withdrawn_children_and_out_of_school_youth(office):
    enrollment = {
        "State Student Identifier": "TX104",
        "State Student Identifier Type": "01",
        "School or Project Name": "Seabreeze Junior High",
        "Enrollment Date": "20250812",
        "Withdrawal Date": "20260522",
        "Grade Level": "OS",
        "Enrollment Type": "01",
    }
    office.take(
        {"Students": [child("TX104", First_Name="Evaristo", Last_Name_1="Quijano")], "Enrollments": [enrollment]}
    )
    with office.read() as db:
        for wish in ("withdrawn", "out_of_school"):
            assert len(find(db, first="evaristo", last_1="quijano", **{wish: True})) == 1


# The list


def test_the_list_is_narrowed_ordered_and_paged(db):
    listed = search.find_by_fields(db, Fields(**NAMED), by=READER, today=TODAY, listing=Listing(sort=Sort.BORN))
    assert [hit.birth_date for hit in listed.hits] == [NAMESAKE, GRACIELA]
    for listing in (Listing(state="VT"), Listing(eligible=True), Listing(enrolled="now")):
        narrowed = search.find_by_fields(db, Fields(**NAMED), by=READER, today=TODAY, listing=listing)
        assert ([hit.birth_date for hit in narrowed.hits], narrowed.total, narrowed.before) == ([GRACIELA], 1, 2)
    assert find(db, Listing(flag="PFS"), **NAMED) == []
    assert find(db, Listing(grade="12"), **NAMED) == []


def test_a_page_that_is_not_there_is_the_last_one(db):
    for place in range(30):
        namesake = Student(msix_id=f"9{place:011}", created_at=db.scalar(select(Student.created_at).limit(1)))
        record = db.scalars(select(Student).order_by(Student.id)).first().state_records[0]
        values = {c.key: getattr(record, c.key) for c in record.__table__.columns if c.key not in ("id", "student_id")}
        namesake.state_records = [type(record)(**{**values, "state_student_id": f"P{place}"})]
        db.add(namesake)
    db.flush()
    search_index.refresh(db, list(db.scalars(select(Student.id))))
    asked = Fields(**NAMED)
    first = search.find_by_fields(db, asked, by=READER, today=TODAY)
    beyond = search.find_by_fields(db, asked, by=READER, today=TODAY, listing=Listing(page=99))
    assert (len(first.hits), first.total, len(beyond.hits)) == (10, 32, 2)
    assert not {hit.msix_id for hit in first.hits} & {hit.msix_id for hit in beyond.hits}


# Saved


def test_fields_are_kept_and_read_back():
    asked = Fields(first="Ana", born=GRACIELA, born_within=3, latest=True, mode="wildcard", qad_to=NAMESAKE)
    stored = asked.to_json()
    assert set(stored) == {"first", "born", "born_within", "latest", "mode", "qad_to"}
    assert search_fields.from_json({**stored, "no longer asked": 1}) == asked


def test_saved_searches_are_ones_own_named_and_few(office, clock):
    with office.deed() as db:
        me, other = (db.scalar(select(User).where(User.user_name == n)) for n in ("msix_primary", "msix_secondary"))
        token = saved_searches.keep(db, "garcia ana", now=clock.now, by=me)
        kept = saved_searches.save(db, token, name=" Ana ", listing=Listing(state="TX", page=3), now=clock.now, by=me)
        assert (kept.name, kept.filters) == ("Ana", {"state": "TX"})
        assert saved_searches.of_token(db, kept.token, by=me).text == "garcia ana"
        assert saved_searches.of_token(db, kept.token, by=other).is_empty
        assert not saved_searches.mine(db, by=other)
        for name, sentence in (("ANA", "of this name"), ("", "Type a name")):
            with pytest.raises(RuleBroken, match=sentence):
                saved_searches.save(db, token, name=name, listing=Listing(), now=clock.now, by=me)
        with pytest.raises(RuleBroken, match="no search"):
            saved_searches.save(db, token, name="x", listing=Listing(), now=clock.now, by=other)
        with pytest.raises(NotFound):
            saved_searches.remove(db, kept.id, by=other)
        for place in range(saved_searches.MOST - 1):
            saved_searches.save(db, token, name=f"n{place}", listing=Listing(), now=clock.now, by=me)
        with pytest.raises(RuleBroken, match="Delete one first"):
            saved_searches.save(db, token, name="one more", listing=Listing(), now=clock.now, by=me)
        saved_searches.remove(db, kept.id, by=me)
        assert saved_searches.of_token(db, kept.token, by=me).is_empty


def test_past_searches_are_deleted_after_thirty_days(office, clock):
    with office.deed() as db:
        me = db.scalar(select(User).where(User.user_name == "msix_primary"))
        old = saved_searches.keep(db, "garcia ana", now=clock.now - timedelta(days=31), by=me)
        new = saved_searches.keep(db, "garcia ana", now=clock.now, by=me)
        db.flush()
        assert saved_searches.forget_past(db, now=clock.now) == 1
        assert db.scalar(select(PastSearch.token).where(PastSearch.token == old)) is None
        assert db.get(PastSearch, new)
