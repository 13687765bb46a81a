"""Finding a child in the one box: what is understood, and who is found, by class of error."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select

from msixlite.domain import msix_ids, names, search, search_certain, search_index, search_instead, search_listing
from msixlite.domain.errors import NotAllowed
from msixlite.domain.saved_searches import Asked
from msixlite.models import Base
from msixlite.models.base import make_engine, make_session_factory
from msixlite.models.places import State
from msixlite.models.search import ChildName, NameKey, NamePair, NameToken
from msixlite.models.students import Enrollment, QualifyingMove, StateRecord, Student
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.users import Role, User

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
READER = User(role=Role.MSIX_SECONDARY)

CHILDREN = {
    # key: State, State ID, first, middle, last 1, last 2, birth date; one line for each State record
    "maria": [
        ("TX", "44556677", "María", "Guadalupe", "García", "López", "2012-03-14"),
        ("VT", "V-901", "Maria", None, "Garcia-Lopez", None, "2012-03-14"),
    ],
    "mario": [("TX", "44556678", "Mario", None, "García", "Luna", "2011-07-02")],
    "jose": [("TX", "0000123", "José", "Ángel", "Hernández", "Ruiz", "2010-05-09")],
    "francisco": [("TX", "F1", "Francisco", "Javier", "Núñez", "de la Cruz", "2009-12-01")],
    "sean": [("VT", "S1", "Seán", None, "O'Brien", None, "2013-02-28")],
    "ximena": [("TX", "TX100", "Ximena", None, "De León", "Xolo", "2014-10-11")],
    "xochitl": [("TX", "X2", "Xóchitl", "Citlali", "Ramírez", "Tzoc", "2008-01-30")],
    "joaquin": [("TX", "J1", "Joaquín", None, "Jiménez", "Vásquez", "2011-11-05")],
    "yesenia": [("VT", "Y1", "Yesenia", None, "Muñoz", "Peña", "2010-08-21")],
    "alan": [("TX", "Z1", "Ulises", "Alan", "Zavala", None, "2015-07-04")],
    "adan": [("TX", "Z2", "Ulises", "Adán", "Zavala", None, "2015-07-04")],
    "hoa": [("VT", "H1", "Thị Hoa", None, "Nguyễn", None, "2012-06-15")],
    "ana": [("TX", "A1", "Ana", "Isabel", "Delacruz", None, "2016-04-19")],
    "jonathan": [("TX", "J2", "Jonathan", None, "Quiñones", "Figueroa", "2012-09-09")],
    "elena": [("TX", "E1", "Elena", "E", "Guerrero", "Solís", "2009-09-30")],
    "del": [("TX", "D1", "Rosa", "del Carmen", "Del", None, "2013-12-24")],
}


@pytest.fixture(scope="module")
def sessions(databases):
    address = databases.new()
    engine = make_engine(address)
    Base.metadata.create_all(engine)
    made = make_session_factory(engine)
    with made() as db, db.begin():
        build(db)
    yield made
    engine.dispose()
    databases.drop(address)


@pytest.fixture
def db(sessions):
    """A session whose changes end with the test."""
    with sessions() as session:
        yield session
        session.rollback()


def build(db):
    db.add_all(State(code=code, name=code) for code in ("TX", "VT"))
    db.add(
        Submission(
            id=1, state_code="TX", file_name="x", sha256="", size=0, received_at=NOW, status=SubmissionStatus.APPLIED
        )
    )
    db.flush()
    for key, records in CHILDREN.items():
        add_child(db, key, *records)
    gone = Student(msix_id=msix_id_of("merged away"), created_at=NOW, merged_into=student(db, "maria"))
    db.add(gone)
    db.flush()
    search_index.refresh(db, list(db.scalars(select(Student.id))))


def add_child(db, key, *records):
    child = Student(msix_id=msix_id_of(key), created_at=NOW)
    db.add(child)
    child.state_records = [state_record(*record) for record in records]
    db.flush()
    return child


def state_record(state, number, first, middle, last_1, last_2, born):
    return StateRecord(
        state_code=state,
        submission_id=1,
        content_hash="",
        state_student_id=number,
        id_type="01",
        first_name=first,
        middle_name=middle,
        last_name_1=last_1,
        last_name_2=last_2,
        birth_date=date.fromisoformat(born),
    )


def msix_id_of(key):
    place = (["merged away", "new", *CHILDREN]).index(key)
    digits = f"{10_000_000_000 + place * 7_777_777}"
    return digits + msix_ids.check_digit(digits)


def student(db, key):
    return db.scalars(select(Student).where(Student.msix_id == msix_id_of(key))).one()


def find(db, text):
    return search.find(db, search.read(text, TODAY), by=READER)


def keys(found):
    of = {msix_id_of(key): key for key in (*CHILDREN, "new")}
    return [of[hit.msix_id] for hit in found.hits]


READ = [
    # text, names, birth date readings, year
    ("garsia lopes 3/14/12", "garsia lopes", ["20120314"], None),
    ("García López, María 03-14-12", "garcia lopez maria", ["20120314"], None),
    ("2012-03-14 lopez", "lopez", ["20120314"], None),
    ("2012/3/14 lopez", "lopez", ["20120314"], None),
    ("20120314 maria", "maria", ["20120314"], None),
    ("03142012 maria", "maria", ["20120314"], None),
    ("031412 maria", "maria", ["20120314"], None),
    ("3 14 2012 maria", "maria", ["20120314"], None),
    ("3.14.2012 maria", "maria", ["20120314"], None),
    ("March 14 2012 Ana", "ana", ["20120314"], None),
    ("mar. 14th, 2012 Ana", "ana", ["20120314"], None),
    ("14 de marzo de 2012 Ana", "ana", ["20120314"], None),
    ("14 mar 2012 Ana", "ana", ["20120314"], None),
    ("14mar2012 Ana", "ana", ["20120314"], None),
    ("14/mar/12 Ana", "ana", ["20120314"], None),
    ("2012 marzo 14 Ana", "ana", ["20120314"], None),
    ("1 de septiembre del 2010, Ana", "ana", ["20100901"], None),
    ("ana 5/3/2012", "ana", ["20120503", "20120305"], None),
    ("ana 25/12/2011", "ana", ["20111225", "20112512"], None),
    ("ana 1/2/03", "ana", ["20030102", "20030201", "20010203"], None),
    ("ana 3/14/98", "ana", ["19980314"], None),
    ("ana 02/30/2012", "ana", ["20120230"], None),
    ("ana 12/25/2026", "ana", ["20261225"], None),
    ("ana lopez 2012", "ana lopez", [], 2012),
    ("ana lopez 3/1", "ana lopez", [], None),
    ("ana lopez 3/14/", "ana lopez", [], None),
    ("julio garcia 2012", "julio garcia", [], 2012),
    ("julio abril 5/13/2012", "julio abril", ["20120513"], None),
    ("garcia de 20120314", "garcia", ["20120314"], None),
    ("E Garcia y Luna", "e garcia luna", [], None),
    ("de la Cruz, J.", "cruz j", [], None),
    ("Ma. Hdz", "maria hernandez", [], None),
    ("O'Brien Sean Jr.", "obrien sean", [], None),
    ("GARCÃ\xadA ana", "garcia ana", [], None),
    ("", "", [], None),
]


@pytest.mark.parametrize(("text", "words", "born", "year"), READ)
def test_names_and_dates_are_read(text, words, born, year):
    criteria = search.read(text, TODAY)
    assert (" ".join(criteria.telling), list(criteria.born)) == (words, born)
    assert criteria.between == (year and (date(year, 1, 1), date(year, 12, 31)))
    assert not criteria.msix_id
    assert not criteria.state_ids


NUMBERS = [
    ("123456789012", "123456789012", []),
    ("1234 5678 9012", "123456789012", []),
    ("1234-5678-9012", "123456789012", []),
    ("MSIX ID: 1234 5678 9012", "123456789012", []),
    ("TX 44556677", "", [("TX", "44556677"), ("TX", "TX44556677")]),
    ("44556677 TX", "", [("TX", "44556677"), ("TX", "TX44556677")]),
    ("TX44556677", "", [("TX", "44556677"), ("TX", "TX44556677")]),
    ("tx-44556677", "", [("TX", "44556677"), ("TX", "TX44556677")]),
    ("Texas #44556677", "", [("TX", "44556677"), ("TX", "TX44556677")]),
    ("new mexico 889911", "", [("NM", "889911"), ("NM", "NM889911")]),
    ("ZZ 44556677", "", []),
    ("44556677", "", []),
]


@pytest.mark.parametrize(("text", "msix_id", "state_ids"), NUMBERS)
def test_numbers_are_read(text, msix_id, state_ids):
    criteria = search.read(text, TODAY)
    assert (criteria.msix_id, list(criteria.state_ids)) == (msix_id, state_ids)


READ_AS = [
    ("garsia lopes 3/14/12", 'name "garsia lopes", born 03/14/2012'),
    ("ana 5/3/2012", 'name "ana", born 05/03/2012 or 03/05/2012'),
    ("García, Ana 2012", 'name "García, Ana", born in 2012'),
    (
        "ana 02/30/2012",
        'name "ana", born 02/30/2012 (there is no such day: days one typing error away are searched for)',
    ),
    ("ana 99/99/9999", 'name "ana", born 99/99/9999 (there is no such day)'),
    ("1234 5678 9012", "MSIX ID 1234 5678 9012"),
    ("TX 44556677", "State ID 44556677 of TX"),
    ("garcia 3/14/2012 3/15/2012", 'name "garcia", born 03/14/2012, not used: 03/15/2012'),
    ("marz 14 2012 garcia", 'name "marz garcia", born in 2012, not used: 14'),
    ("Garcia Lopez Maria grade 8", 'name "Garcia Lopez Maria", not used: grade 8'),
    ("garcia 8th grade, maria 5", 'name "garcia maria", not used: 8th grade, 5'),
    ("ana lopez 3/1", 'name "ana lopez", not used: 3/1'),
    ("44556677 garcia", 'name "garcia", not used: 44556677'),
    ("1234 5678 9012 García", "MSIX ID 1234 5678 9012, not used: García"),
    ("id number 1234 5678 9012", "MSIX ID 1234 5678 9012"),
    ("garcia - lopez, #", 'name "garcia lopez"'),
]


@pytest.mark.parametrize(("text", "sentence"), READ_AS)
def test_what_was_understood_is_said(text, sentence):
    assert search.read(text, TODAY).read_as == sentence


FIRST = [
    # text, child, why
    ("García López, María Guadalupe", "maria", "exact name"),
    ("maria garcia lopez", "maria", "exact name"),
    ("LOPEZ GARCIA MARIA", "maria", "exact name"),
    ("garcia-lopez maria", "maria", "exact name"),
    ("garsia lopes 3/14/12", "maria", "sounds like"),
    ("maria garcia 14/3/2012", "maria", "exact name"),
    ("maria garcia 14 de marzo de 2012", "maria", "exact name"),
    ("maria lopez 3/15/2012", "maria", "exact name; birth date nearly"),
    ("maria lopez 4/13/2012", "maria", None),
    ("maria lopez 3/44/2012", "maria", "exact name; birth date nearly"),
    ("maria lopez 13/14/2012", "maria", "exact name; birth date nearly"),
    ("maria lopez 3/14/2013", "maria", "exact name; birth date nearly"),
    ("mraia grcia lpoez", "maria", None),
    ("garcialopez maria", "maria", "exact name"),
    ("maria garcialop", "maria", "starts with"),
    ("maria guada lupe garcia", "maria", "exact name"),
    ("lupe garcia", "maria", "nickname"),
    ("lupita lopez", "maria", "nickname"),
    ("m garcia lopez", "maria", "starts with"),
    ("garcia lopez gua", "maria", "starts with"),
    ("parcia lopez maria", "maria", "spelled nearly so"),
    ("maria garcia lopez rodriguez", "maria", "one name differs"),
    ("mxaryx gxrcix 3/14/2012", "maria", None),
    ("maria 3/14/2012", "maria", "exact name"),
    ("m 3/14/2012", "maria", "starts with"),
    ("maria garcia lopez 2012", "maria", "exact name"),
    ("maria garc�a lopez", "maria", None),
    ("mario garcia", "mario", "exact name"),
    ("pepe hernandez", "jose", "nickname"),
    ("jose ernandes", "jose", "sounds like"),
    ("hosay hernandez", "jose", "sounds like"),
    ("jose hdz ruiz", "jose", "exact name"),
    ("jose angel hernandez ruis", "jose", "sounds like"),
    ("paco nunez", "francisco", "nickname"),
    ("francisco cruz", "francisco", "exact name"),
    ("francisco delacruz", "francisco", "exact name"),
    ("nuñez de la cruz", "francisco", "exact name"),
    ("obrien sean", "sean", "exact name"),
    ("o brien sean", "sean", "exact name"),
    ("O’Brien, Seán", "sean", "exact name"),
    ("ximena deleon", "ximena", "exact name"),
    ("jimena de leon", "ximena", None),
    ("sochil ramirez", "xochitl", None),
    ("wakin himenez", "joaquin", "sounds like"),
    ("joaquin gimenez basquez", "joaquin", "sounds like"),
    ("jesenia munos", "yesenia", "sounds like"),
    ("yesenia munioz", "yesenia", None),
    ("yonatan quinones", "jonathan", None),
    ("ulises alan zavala", "alan", "exact name"),
    ("zavala adan 7/4/2015", "adan", "exact name"),
    ("nguyen hoa", "hoa", "exact name"),
    ("ana de la cruz", "ana", "exact name"),
    ("anita delacruz 4/19/16", "ana", "nickname"),
    ("e guerrero solis", "elena", None),
    ("rosadelcarmen 12/24/2013", "del", None),
]


@pytest.mark.parametrize(("text", "child", "why"), FIRST)
def test_a_child_is_found_first(db, text, child, why):
    found = find(db, text)
    assert keys(found)[:1] == [child]
    assert why is None or found.hits[0].why == why


def test_an_exact_name_comes_before_a_like_one(db):
    assert keys(find(db, "mario garcia luna"))[0] == "mario"
    assert keys(find(db, "zavala ulises"))[:2] in (["alan", "adan"], ["adan", "alan"])


BY_NUMBER = [
    (lambda: msix_id_of("jose"), "jose", "MSIX ID"),
    (lambda: " ".join(re.findall("....", msix_id_of("jose"))), "jose", "MSIX ID"),
    (lambda: msix_id_of("jose")[:-1] + str((int(msix_id_of("jose")[-1]) + 1) % 10), "jose", "MSIX ID nearly so"),
    (lambda: msix_id_of("merged away"), "maria", "MSIX ID"),
    (lambda: "TX 44556677", "maria", "State ID"),
    (lambda: "44556677 tx", "maria", "State ID"),
    (lambda: "TX44556677", "maria", "State ID"),
    (lambda: "Texas 0044556677", "maria", "State ID"),
    (lambda: "TX 123", "jose", "State ID"),
    (lambda: "TX100", "ximena", "State ID"),
    (lambda: "TX TX100", "ximena", "State ID"),
    (lambda: "VT V901", None, None),
    (lambda: "VT 44556677", None, None),
]


@pytest.mark.parametrize(("text", "child", "why"), BY_NUMBER)
def test_a_number_finds_its_child(db, text, child, why):
    found = find(db, text())
    assert keys(found) == ([child] if child else [])
    assert [hit.why for hit in found.hits] == ([why] if why else [])
    assert found.hits or found.tried


TOO_LITTLE = ["", "garcia", "g", "g m", "3/14/2012", "44556677", "de la", "garcia 2012", "?", "%", "_ %"]


@pytest.mark.parametrize("text", TOO_LITTLE)
def test_a_trawl_is_refused(db, text):
    found = find(db, text)
    assert found.too_little.endswith(".")
    assert not found.hits


def test_nothing_found_says_what_was_tried(db):
    found = find(db, "zebulon quartermaine 1/1/2001")
    assert not found.hits
    assert "children of that birth date" in found.tried
    assert "day and month swapped, one digit of the date wrong" in found.tried


@pytest.mark.parametrize("text", ["zebulon quartermaine", "zebulon quartermaine 2001", "quartermaine 99/99/9999"])
def test_nothing_of_a_date_was_tried_where_none_can_be_meant(db, text):
    found = find(db, text)
    assert not found.hits
    assert "the names in any order" in found.tried
    assert not [words for words in found.tried if "date" in words]


WAYS = [
    # what was typed and finds nobody; the changes that are offered
    ("zebulon quartermaine 3/14/1999", ["date", "names"]),
    ("zebulon quartermaine 99/99/9999", ["names", "sounds"]),
    ("zebulon quartermaine 1999", ["names", "sounds"]),
    ("zebulon quartermaine", ["sounds", "beginnings"]),
    ("31/12/1999 quartermaine", ["date"]),
    ("31/12/1999 quartermaine school", ["date"]),  # a word that is no name
    ("31/12/1999 z q", ["date"]),  # initials alone
    ("99/99/9999 quartermaine", []),
    ("TX44556699", []),
]


@pytest.mark.parametrize(("text", "keys"), WAYS)
def test_what_is_offered_instead_can_be_searched_for(db, text, keys):
    asked = Asked(text)
    assert [way.key for way in search_instead.ways(asked, TODAY)] == keys
    for key in keys:
        other = search_instead.instead(asked, key, TODAY)
        if other.fields:
            found = search.find_by_fields(db, other.fields, today=TODAY, by=READER)
        else:
            found = find(db, other.text)
        assert not found.too_little


SETTLED = [
    ("jonatam quinonez figeroa 9/9/2012", "two typing errors", False),
    ("jonatam quinonez figeroa 9/8/2012", "two typing errors", False),
    ("jonathan quinones figeroa 3/1/2002", "two typing errors", True),
    ("jonatam quinonez bojorquez 9/9/2012", "two typing errors", True),
    ("ulises 7/4/2015", "the names in any order", False),
    ("ulises 7/5/2015", "the names in any order", True),
    ("u zavala 7/4/2015", "the names in any order", False),
    ("ulises zavala 7/4/2015", "the names in any order", True),
]


@pytest.mark.parametrize(("text", "step", "is_tried"), SETTLED)
def test_a_child_whom_nothing_speaks_against_ends_the_search(db, text, step, is_tried):
    found = find(db, text)
    assert keys(found)[0] in ("jonathan", "alan", "adan")
    assert (step in found.tried) is is_tried


def test_a_hit_shows_the_newest_state_and_the_last_enrollment(db):
    child = student(db, "maria")
    texas, vermont = child.state_records
    texas.enrollments = [stay("2025-08-12", "2026-05-22", grade_level="07", district_name="Robles ISD")]
    vermont.enrollments = [stay("2026-06-03", None, grade_level="08", lep=True, idea=False, med_alert="Chronic")]
    db.flush()
    hit = find(db, "maria garcia lopez").hits[0]
    assert (hit.name, hit.birth_date, hit.grade) == ("Garcia-Lopez, Maria", date(2012, 3, 14), "08")
    assert (hit.last_state, hit.states, hit.enrolled_on, hit.withdrawn_on) == (
        "VT",
        ["TX", "VT"],
        date(2026, 6, 3),
        None,
    )
    assert hit.flags == ["EL", "MEDICAL ALERT"]
    assert hit.other_names == ["García López, María Guadalupe"]


def stay(enrolled, withdrawn, **elements):
    return Enrollment(
        submission_id=1,
        school_key="x",
        enrollment_date=date.fromisoformat(enrolled),
        withdrawal_date=date.fromisoformat(withdrawn) if withdrawn else None,
        **elements,
    )


@pytest.mark.parametrize("role", [Role.STATE_USER_ADMINISTRATOR, Role.GOVERNMENT_ADMINISTRATOR])
def test_who_may_not_search_is_refused(db, role):
    with pytest.raises(NotAllowed):
        search.find(db, search.read("maria garcia", TODAY), by=User(role=role))


def test_a_full_page_takes_no_more_queries_than_one_hit(db):
    for place in range(40):
        db.add(Student(msix_id=f"9{place:011}", created_at=NOW, state_records=[namesake(place)]))
    db.flush()
    search_index.refresh(db, list(db.scalars(select(Student.id))))
    statements = []
    engine = db.get_bind()
    event.listen(engine, "before_cursor_execute", count := lambda *args: statements.append(args[2]))
    found = find(db, "perfecto quijano")
    event.remove(engine, "before_cursor_execute", count)
    assert len(found.hits) == search_listing.SIZES[0]
    assert found.truncated
    assert len(statements) <= 8


def namesake(place):
    return state_record("TX", f"N{place}", "Perfecto", None, "Quijano", f"Nº {place}", "2010-01-01")


# Upkeep


def rows(db):
    """Everything in the search tables, in words rather than in numbers."""
    token = {row.id: row.token for row in db.scalars(select(NameToken))}
    pairs = {
        (token[row.pair >> 22], token[row.pair & (2**22 - 1)], row.student_id) for row in db.scalars(select(NamePair))
    }
    namings = {(row.student_id, row.surnames, row.given, row.born, row.seen) for row in db.scalars(select(ChildName))}
    children = {row.token: row.children for row in db.scalars(select(NameToken)) if row.children}
    return {(min(one, two), max(one, two), child) for one, two, child in pairs}, namings, children


def test_refreshing_again_changes_nothing(db):
    before = rows(db)
    search_index.refresh(db, list(db.scalars(select(Student.id))))
    search_index.refresh(db, [])
    search_index.refresh(db, [999_999])
    assert rows(db) == before


def test_the_counts_of_children_are_right(db):
    words = {}
    for child in db.scalars(select(Student)):
        listed = {w for r in child.state_records for w in naming_words(r)}
        words |= {word: words.get(word, 0) + 1 for word in listed}
    assert rows(db)[2] == words


def naming_words(record):
    surnames, given = (record.last_name_1, record.last_name_2), (record.first_name, record.middle_name)
    return (*names.tokens(*surnames), *names.tokens(*given))


def test_a_changed_name_is_found_and_the_old_one_is_not(db):
    child = student(db, "sean")
    before = rows(db)
    child.state_records[0].last_name_1 = "Quartermaine"
    search_index.refresh(db, [child.id])
    assert keys(find(db, "quartermaine sean")) == ["sean"]
    assert keys(find(db, "obrien sean"))[:1] != ["sean"] or find(db, "obrien sean").hits[0].why == "one name differs"
    child.state_records[0].last_name_1 = "O'Brien"
    search_index.refresh(db, [child.id])
    assert rows(db) == before


def test_a_merged_away_child_has_no_rows_and_its_names_find_the_survivor(db):
    gone, survivor = student(db, "mario"), student(db, "maria")
    for record in list(gone.state_records):
        record.student = survivor
    gone.merged_into = survivor
    search_index.refresh(db, [gone.id, survivor.id])
    assert not db.scalars(select(ChildName).where(ChildName.student_id == gone.id)).all()
    assert not db.scalars(select(NamePair).where(NamePair.student_id == gone.id)).all()
    assert keys(find(db, "mario garcia luna")) == ["maria"]
    assert keys(find(db, "mario garcia luna 7/2/2011")) == ["maria"]


def test_the_last_sight_of_a_child_follows_enrollments_and_arrivals(db):
    record = student(db, "jose").state_records[0]
    record.enrollments = [stay("2025-08-12", "2026-05-22")]
    record.moves = [QualifyingMove(submission_id=1, arrival_date=date(2026, 6, 3))]
    search_index.refresh(db, [record.student_id])
    assert db.scalar(select(ChildName.seen).where(ChildName.student_id == record.student_id)) == date(2026, 6, 3)


def test_every_word_is_found_by_its_keys(db):
    stored = {}
    for key, token in db.execute(select(NameKey.key, NameToken.token).join(NameToken)):
        stored.setdefault(token, set()).add(key)
    assert stored == {token: search_index.keys(token) for token in db.scalars(select(NameToken.token))}


def test_long_and_strange_names_are_taken(db):
    strange = "ß" * 60
    child = Student(msix_id=msix_id_of("new"), created_at=NOW)
    child.state_records = [state_record("TX", "N", strange, strange, "Æ" * 60, "\u4e2d\u6587", "2012-01-01")]
    db.add(child)
    db.flush()
    search_index.refresh(db, [child.id])
    assert keys(find(db, f"{strange} {'Æ' * 60}")) == ["new"]
    assert find(db, "\u4e2d\u6587 \u4e2d").too_little


def only(db, text):
    """Who is opened at once: the key of the child, or nobody."""
    keys = {msix_id_of(key): key for key in ("new", *CHILDREN)}
    return keys.get(search_certain.only_child(db, search.read(text, TODAY), by=READER), "")


class TestTheOnlyChild:
    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("garcia lopez maria 3/14/2012", "maria"),
            ("Maria GARCIA-LOPEZ 03/14/2012", "maria"),
            ("nunez de la cruz francisco 12/1/2009", "francisco"),
            ("mario garcia 7/2/2011", "mario"),
            ("TX 44556678", "mario"),
            ("TX F1", ""),  # no State ID begins with a letter and one digit: read as a name
        ],
    )
    def test_is_meant_by_name_and_date_or_by_number(self, db, text, key):
        assert only(db, text) == key

    def test_is_meant_by_the_msix_id_and_by_a_former_one(self, db):
        assert only(db, msix_id_of("mario")) == "mario"
        assert only(db, msix_id_of("merged away")) == "maria"

    @pytest.mark.parametrize(
        "text",
        [
            "garsia lopez maria 3/14/2012",  # a typing error
            "lupe garcia lopez 3/14/2012",  # a nickname
            "mari garcia lopez 3/14/2012",  # the beginning of a name
            "m garcia lopez 3/14/2012",  # an initial
            "garcia lopez maria 3/15/2012",  # another day
            "garcia lopez maria 14.3.2012 tx",  # a word that is no name
            "garcia lopez 3/14/2012",  # no first name
            "maria guadalupe 3/14/2012",  # no surname
            "maria 3/14/2012",
            "garcia lopez maria guadalupe",  # no date
            "ulises zavala 7/4/2015",  # twins
            "ulises alan zavala 7/4/2015",  # twins whose names differ in a letter
            "mario garcia luna TX 44556677",  # the number of one and the name of another
            "garcia lopez hernandez maria 3/14/2012",  # a name that the child does not have
            "garcia lopez maria 3/14/2012 3/15/2012",  # another date, which the search does not use
            "garcia lopez maria 3/14/2012 grade 8",  # a grade, which it does not use either
        ],
    )
    def test_is_nobody_where_there_is_a_doubt(self, db, text):
        assert only(db, text) == ""

    def test_is_nobody_for_a_number_with_a_wrong_digit(self, db):
        right = msix_id_of("mario")
        wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
        assert [hit.msix_id for hit in find(db, wrong).hits] == [right]
        assert only(db, wrong) == ""

    def test_is_nobody_for_an_account_that_may_not_read_records(self, db):
        criteria = search.read("garcia lopez maria 3/14/2012", TODAY)
        assert search_certain.only_child(db, criteria, by=User(role=Role.GOVERNMENT_ADMINISTRATOR)) == ""

    def test_is_nobody_when_a_child_is_near(self, db):
        add_child(db, "new", ("TX", "N1", "María", None, "García", "Lozano", "2012-03-14"))
        search_index.refresh(db, [student(db, "new").id])
        assert only(db, "garcia lopez maria 3/14/2012") == ""
