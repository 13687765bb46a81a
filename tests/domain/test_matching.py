"""Whether State records belong to one child: the comparison, the keys and the placement in a database."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, insert

from msixlite.domain import matching
from msixlite.domain.linking import Linker
from msixlite.domain.matching import Frequencies, Identity, Outcome
from msixlite.models.base import Base, make_engine, make_session_factory
from msixlite.models.places import State
from msixlite.models.search import BlockKey, NameToken
from msixlite.models.students import KnownDifferent, StateRecord, Student
from msixlite.models.uploads import Submission

USUAL = Frequencies(
    20_000, {"garcia": 700, "lopez": 500, "jose": 600, "maria": 900, "luis": 500, "juan": 500, "miguel": 300}
)


def identity(state="TX", number="1", **values):
    plain = {
        "first_name": "Luis",
        "middle_name": "Fernando",
        "last_name_1": "García",
        "last_name_2": "Zepeda",
        "suffix": None,
        "sex": "Male",
        "birth_date": date(2012, 3, 17),
        "multiple_birth": False,
        "birth_city": "Uruapan",
        "birth_state": "MIC",
        "birth_country": "MEX",
        "male_parent_first_name": "Rogelio",
        "male_parent_last_name": "García",
        "female_parent_first_name": "Ofelia",
        "female_parent_last_name": "Zepeda",
        "id_type": "01",
    }
    return Identity(state_code=state, state_student_id=number, **{**plain, **values})


SAME = [
    ("nothing differs", {}, {}),
    ("surnames in other order", {}, {"last_name_1": "Zepeda", "last_name_2": "Garcia"}),
    ("one surname missing", {}, {"last_name_2": None}),
    ("maternal surname only", {}, {"last_name_1": "Zepeda", "last_name_2": None}),
    ("both in the first", {}, {"last_name_1": "Garcia Zepeda", "last_name_2": None}),
    ("hyphenated", {}, {"last_name_1": "Garcia-Zepeda", "last_name_2": None}),
    ("joined", {}, {"last_name_1": "GarciaZepeda", "last_name_2": None}),
    ("maternal surname as middle name", {}, {"middle_name": "Zepeda", "last_name_2": None}),
    ("particles", {"last_name_1": "De la Cruz"}, {"last_name_1": "Cruz"}),
    ("particles joined", {"last_name_1": "De la Cruz"}, {"last_name_1": "Delacruz"}),
    ("compound given name", {}, {"first_name": "Luis Fernando", "middle_name": None}),
    ("second given name missing", {}, {"middle_name": None}),
    ("initial", {}, {"middle_name": "F"}),
    ("Spanish nickname", {"first_name": "Jose", "middle_name": None}, {"first_name": "Pepe", "middle_name": None}),
    ("English form", {"first_name": "Miguel", "middle_name": None}, {"first_name": "Michael", "middle_name": None}),
    ("abbreviation", {"first_name": "María", "middle_name": "Elena"}, {"first_name": "Ma.", "middle_name": "Elena"}),
    ("lost accents, capitals", {}, {"last_name_1": "GARCIA", "first_name": "LUIS"}),
    ("mojibake", {}, {"last_name_1": "GarcÃ\xada"}),
    ("Spanish spelling", {"last_name_1": "González"}, {"last_name_1": "Gonsales"}),
    ("transliteration", {"first_name": "Yesenia", "sex": "Female"}, {"first_name": "Jessenia", "sex": "Female"}),
    ("given and surname swapped", {}, {"first_name": "Garcia", "last_name_1": "Luis", "last_name_2": "Zepeda"}),
    ("typing error in the given name", {}, {"first_name": "Lius"}),
    ("typing error in a surname", {}, {"last_name_2": "Zepdea"}),
    ("day and month swapped", {"birth_date": date(2012, 3, 7)}, {"birth_date": date(2012, 7, 3)}),
    ("one digit off", {}, {"birth_date": date(2012, 3, 11)}),
    ("wrong sex", {}, {"sex": "Female"}),
    ("guardian differs", {}, {"male_parent_first_name": None, "female_parent_first_name": "Teresa"}),
]


@pytest.mark.parametrize(("what", "one", "other"), SAME, ids=[case[0] for case in SAME])
def test_one_child_written_in_two_ways(what, one, other):
    a, b = identity(**one), identity("CA", "9", **other)
    likeness = matching.compare(a, b, USUAL)
    assert likeness.outcome is Outcome.SAME, likeness
    assert likeness.guard == ""
    assert matching.compare(b, a, USUAL) == likeness
    assert matching.block_keys(a) & matching.block_keys(b)


OTHERS_PARENTS = {
    "male_parent_first_name": "Heriberto",
    "male_parent_last_name": "Garcia",
    "female_parent_first_name": "Yolanda",
    "female_parent_last_name": "Zepeda",
    "birth_city": "Fresno",
    "birth_state": "CA",
    "birth_country": "USA",
}
NOT_BY_ITSELF = [
    ("twins", {"multiple_birth": True}, {"multiple_birth": True, "first_name": "Oscar", "middle_name": "Ivan"}),
    ("twins without the flag", {}, {"first_name": "Oscar", "middle_name": "Ivan"}),
    ("twins of two sexes", {}, {"first_name": "Marisol", "middle_name": None, "sex": "Female"}),
    (
        "twins who share a given name",
        {"first_name": "Ulises", "middle_name": "Alan", "multiple_birth": True},
        {"first_name": "Ulises", "middle_name": "Adan", "multiple_birth": True},
    ),
    ("siblings", {}, {"first_name": "Oscar", "middle_name": None, "birth_date": date(2014, 8, 2)}),
    ("namesake of another age", {}, {"birth_date": date(2009, 11, 30), **OTHERS_PARENTS}),
    (
        "names alone",
        {},
        {
            "birth_date": date(2009, 11, 30),
            **dict.fromkeys(OTHERS_PARENTS),
        },
    ),
    ("suffix differs", {"suffix": "Jr"}, {"suffix": "III"}),
    (
        "same birthday and surname, other given name of the same root",
        {"middle_name": None, "last_name_2": None, **dict.fromkeys(OTHERS_PARENTS)},
        {"first_name": "Luisa", "sex": "Female", "middle_name": None, "last_name_2": None, **OTHERS_PARENTS},
    ),
    ("placeholder date", {"birth_date": date(2012, 1, 1)}, {"birth_date": date(2012, 1, 1), **OTHERS_PARENTS}),
]


@pytest.mark.parametrize(("what", "one", "other"), NOT_BY_ITSELF, ids=[case[0] for case in NOT_BY_ITSELF])
def test_never_by_itself(what, one, other):
    likeness = matching.compare(identity(**one), identity("CA", "9", **other), USUAL)
    assert likeness.outcome is not Outcome.SAME, likeness


def test_two_numbers_in_one_state_are_at_most_near():
    nothing_else = dict.fromkeys(OTHERS_PARENTS)
    likeness = matching.compare(identity(**nothing_else), identity(number="2", **nothing_else), USUAL)
    assert likeness.outcome is Outcome.NEAR
    assert likeness.guard == "two numbers in one State"


def test_two_numbers_in_one_state_link_where_parents_and_birthplace_prove_it():
    assert matching.compare(identity(), identity(number="2", middle_name=None), USUAL).outcome is Outcome.SAME


def test_two_numbers_of_reported_twins_never_link():
    twin = identity(number="2", multiple_birth=True, middle_name=None)
    assert matching.compare(identity(), twin, USUAL).guard == "possible twins"


def test_reasons_are_words():
    swapped = identity("CA", "9", last_name_1="Zepeda", last_name_2="García", female_parent_first_name="Teresa")
    reasons = matching.compare(identity(), swapped, USUAL).reasons
    assert {"same birth date", "surnames in other order"} <= set(reasons)


def test_score_is_between_0_and_100():
    far = identity(
        "CA",
        "9",
        **OTHERS_PARENTS,
        first_name="Thaddeus",
        middle_name=None,
        last_name_1="Okonkwo",
        last_name_2=None,
        birth_date=date(1999, 1, 2),
    )
    assert 0 <= matching.compare(identity(), far, USUAL).score < 1
    assert 99 < matching.compare(identity(), identity("CA", "9"), USUAL).score <= 100


@pytest.fixture
def db(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'matching.sqlite3'}")
    Base.metadata.create_all(engine)
    with make_session_factory(engine)() as session, session.begin():
        for code in ("TX", "CA", "WA", "OR"):
            session.add(State(code=code, name=code, time_zone="UTC"))
        session.flush()
        session.execute(insert(NameToken), [{"token": word, "children": n} for word, n in USUAL.counts.items()])
        yield session
    engine.dispose()


def know(db, *identities):
    """One child of whom these State records are known; the ids of the student and its records."""
    student = Student(msix_id=f"{db.query(Student).count() + 1:012d}", created_at=datetime.now(UTC))
    db.add(student)
    ids = []
    for one in identities:
        submission = db.query(Submission).first() or new_submission(db, one.state_code)
        record = StateRecord(student=student, submission=submission, content_hash="", **vars_of(one))
        db.add(record)
        db.flush()
        db.execute(insert(BlockKey), matching.block_rows(record.id, one))
        ids.append(record.id)
    return student.id, ids


def vars_of(one):
    return {name: getattr(one, name) for name in Identity.__dataclass_fields__}


def place_one(db, one):
    return matching.place(db, [one])[0]


class TestPlace:
    def test_nothing_known(self, db):
        placement = place_one(db, identity())
        assert (placement.student, placement.newcomer, placement.near) == (None, None, ())

    def test_links_to_the_known_child(self, db):
        know(db, identity("CA", "8", first_name="Oscar", middle_name=None, birth_date=date(2014, 8, 2)))
        student, _ = know(db, identity())
        placement = place_one(db, identity("CA", "9", last_name_2=None))
        assert placement.student == student
        assert placement.likeness.outcome is Outcome.SAME

    def test_a_twin_is_a_near_match(self, db):
        student, _ = know(db, identity())
        placement = place_one(db, identity("CA", "9", first_name="Oscar", middle_name="Ivan"))
        assert placement.student is None
        assert [near.student for near in placement.near] in ([], [student])

    def test_one_record_of_the_child_speaks_against_it(self, db):
        know(db, identity(suffix="Jr"), identity("CA", "5", suffix=None))
        placement = place_one(db, identity("WA", "9", suffix="III"))
        assert placement.student is None
        assert placement.near[0].likeness.guard == "suffix differs"

    def test_newcomers_meet_each_other(self, db):
        first, second = matching.place(db, [identity(), identity("CA", "9")])
        assert (first.student, first.newcomer) == (None, None)
        assert (second.student, second.newcomer) == (None, 0)

    def test_a_later_newcomer_joins_the_child_of_an_earlier_one(self, db):
        student, _ = know(db, identity())
        placements = matching.place(db, [identity("CA", "9"), identity("WA", "7")])
        assert [placement.student for placement in placements] == [student, student]

    def test_twins_in_one_file_stay_apart(self, db):
        twin = identity("TX", "2", first_name="Oscar", middle_name="Ivan", multiple_birth=True)
        placements = matching.place(db, [identity(multiple_birth=True), twin])
        assert placements[1].newcomer is None

    def test_what_a_person_decided_holds(self, db):
        student, (known,) = know(db, identity())
        _, (own,) = know(db, identity("CA", "9"))
        db.add(KnownDifferent(low_id=known, high_id=own, decided_at=datetime.now(UTC)))
        placement = place_one(db, identity("CA", "9"))
        assert student not in [placement.student, *(near.student for near in placement.near)]

    def test_few_queries_for_many_newcomers(self, db):
        know(db, identity())
        statements = []
        event.listen(db.get_bind(), "before_cursor_execute", lambda *seen: statements.append(seen[2]))
        newcomers = [
            replace(
                identity("CA", str(n)), first_name=f"Nombre{n}", birth_date=date(2000 + n % 20, n % 12 + 1, n % 28 + 1)
            )
            for n in range(500)
        ]
        matching.place(db, newcomers)
        assert len(statements) < 20


def new_submission(db, state_code):
    submission = Submission(
        state_code=state_code, file_name="made up.csv", sha256="", size=0, received_at=datetime.now(UTC)
    )
    db.add(submission)
    db.flush()
    return submission


def born_with_a_twin(state, number, first, second, **values):
    """María, of a birth of two; her sister has another first name, or the same and another second one."""
    told = {"first_name": first, "middle_name": second, "sex": "Female", "multiple_birth": True, **values}
    return identity(state, number, **told)


MARIA, MARIA_LUISA = born_with_a_twin("TX", "1", "María", None), born_with_a_twin("CA", "2", "María", "Luisa")
ROSA = born_with_a_twin("TX", "3", "Rosa", None)


class TestTwinsOfOneFirstName:
    def test_a_second_name_that_one_record_leaves_out_is_for_a_person(self, db):
        student, _ = know(db, MARIA)
        placement = place_one(db, MARIA_LUISA)
        assert placement.student is None
        assert [(near.student, near.likeness.guard) for near in placement.near] == [(student, "possible twins")]

    def test_a_twin_of_another_name_makes_it_clear(self, db):
        student, _ = know(db, MARIA)
        know(db, ROSA)
        assert place_one(db, MARIA_LUISA).student == student

    def test_another_child_of_that_day_is_no_twin(self, db):
        know(db, MARIA)
        know(db, replace(ROSA, **OTHERS_PARENTS))
        assert place_one(db, MARIA_LUISA).student is None

    @pytest.mark.parametrize("second", ["Luisa", "L"])
    def test_what_both_tell_links(self, db, second):
        student, _ = know(db, MARIA_LUISA)
        assert place_one(db, born_with_a_twin("WA", "4", "María", second)).student == student

    def test_most_of_a_childs_records_deny_it(self, db):
        plain = {"multiple_birth": False, "sex": "Female", "first_name": "María"}
        one, other = identity("WA", "5", **plain, middle_name=None), identity("OR", "6", **plain, middle_name=None)
        student, _ = know(db, one, other)
        assert place_one(db, MARIA_LUISA).student == student

    def test_who_may_be_either_twin_is_neither_by_itself(self):
        """María José and María Luisa in one State, and two records of another that say María alone."""
        named = [
            born_with_a_twin("TX", "1", "María", "José"),
            born_with_a_twin("TX", "2", "María", "Luisa"),
            born_with_a_twin("CA", "3", "María", None),
            born_with_a_twin("WA", "4", "María", None),
        ]
        assert linked(named) == [[0], [1], [2], [3]]

    def test_two_states_that_know_two_each_tell_of_twins(self):
        named = [
            identity(state, f"{state}{second}", first_name="Luis", middle_name=second, multiple_birth=None)
            for state in ("TX", "CA")
            for second in ("Fernando", None)
        ]
        assert not any({0, 1} <= set(rows) or {2, 3} <= set(rows) for rows in linked(named))

    def test_in_bulk_a_twin_of_another_name_makes_it_clear(self):
        assert linked([MARIA, MARIA_LUISA]) == [[0], [1]]
        assert linked([MARIA, MARIA_LUISA, ROSA]) == [[0, 1], [2]]


def linked(identities):
    linker = Linker()
    for one in identities:
        linker.add(one)
    found = {}
    for row, cluster in enumerate(linker.link().clusters.tolist()):
        found.setdefault(cluster, []).append(row)
    return list(found.values())
