"""Dispute statements: who enters them, where they stand, additions, withdrawal; after a merge or a split."""

from dataclasses import replace
from datetime import timedelta

import pytest

from msixlite.domain import clocks, consolidated_record, correction_elements, disputes, exports, search, search_hits
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.corrections import Requester
from tests import world
from tests.cases import NOW, person, record_of
from tests.files import child

TODAY = clocks.day_in(NOW, disputes.EASTERN)
PRIVACY = "privacy_act_administrator"


def meant(db, number, key):
    record = record_of(db, number)
    offered = correction_elements.offered(db, record.student)
    return next(one for one in offered if (one.state_record_id, one.key) == (record.id, key))


def stated(*elements, **changes):
    made = disputes.Stated(
        by=Requester.PARENT, name="Ofelia Peña", received_on=TODAY, text="She was born in Reynosa.", meant=elements
    )
    return replace(made, **changes)


@pytest.fixture
def enter(office):
    """`enter(("VT200", "birth_city"), …)`: the number of a statement on these elements."""

    def enter(*pairs, actor=PRIVACY, **changes):
        with office.deed() as db:
            elements = [meant(db, *pair) for pair in pairs or (("VT200", "birth_city"),)]
            return disputes.enter(db, stated(*elements, **changes), files=(), now=NOW, by=person(db, actor)).id

    return enter


def record(db, number):
    return consolidated_record.build(db, record_of(db, number).student, today=NOW.date())


class TestEntering:
    @pytest.mark.parametrize("actor", ["state_data_administrator", "msix_primary", "ome_user_administrator"])
    def test_nobody_else_enters_one(self, enter, actor):
        with pytest.raises(NotFound):
            enter(actor=actor)

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": " "}, "whose statement"),
            ({"text": " "}, "what is stated"),
            ({"text": "x" * 5000}, "at most"),
            ({"received_on": TODAY + timedelta(days=1)}, "future"),
            ({"meant": ()}, "at least one element"),
        ],
    )
    def test_what_is_missing_is_said(self, office, changes, sentence):
        with office.sessions() as db:
            wanted = replace(stated(meant(db, "TX100", "sex")), **changes)
            with pytest.raises(RuleBroken, match=sentence):
                disputes.enter(db, wanted, files=(), now=NOW, by=person(db, PRIVACY))

    def test_who_reads_the_list(self, office, enter):
        texas, vermont = enter(("TX100", "sex")), enter(("VT200", "sex"))
        elsewhere = enter(("TX103", "sex"))
        reach = {
            PRIVACY: {texas, vermont, elsewhere},
            "state_data_administrator": {texas, elsewhere},
            "regional_data_administrator": {texas},
            "district_data_administrator": {texas},
            "vt_district_data_administrator": {vermont},
            "msix_primary": set(),
        }
        with office.read() as db:
            for actor, numbers in reach.items():
                assert {one.id for one in disputes.find(db, by=person(db, actor))} == numbers, actor
                for number in {texas, vermont, elsewhere} - numbers:
                    with pytest.raises(NotFound):
                        disputes.get(db, number, by=person(db, actor))


class TestBesideTheElements:
    def test_of_the_identity_in_the_states_own_column(self, office, enter):
        number = enter(("VT200", "birth_city"))
        with office.read() as db:
            shown = record(db, "TX100")
            birthplace = shown.identity["birthplace"]
            assert birthplace.disputes == (number,)
            by_state = {source.state_code: birthplace.disputes_of(source) for source in shown.sources}
            assert by_state == {"VT": (number,), "TX": ()}
            assert shown.identity["sex"].disputes == ()
            assert [one.id for one in shown.disputes] == [number]

    @pytest.mark.parametrize(
        ("key", "lines"),
        [
            ("grade_level", "enrollments"),
            ("telephone", "enrollments"),
            ("arrival_date", "moves"),
            ("clock_hours", "courses"),
        ],
    )
    def test_of_a_row_in_that_row(self, office, enter, key, lines):
        number = enter(("TX100", key))
        with office.read() as db:
            rows = getattr(record(db, "TX100"), lines)
            rows = [line for year in rows.values() for line in year] if isinstance(rows, dict) else rows
            disputed = [line for line in rows if line.disputed]
            assert [line.disputes(key) for line in disputed] == [(number,)]
            assert disputed[0].states == "TX"
            assert disputed[0].other_disputes([]) == [(correction_elements.name_of(disputed[0].section, key), number)]
            assert disputed[0].other_disputes([key]) == []

    def test_of_the_latest_enrollment_beside_the_placement(self, office, enter):
        number = enter(("TX100", "immunization"))
        with office.read() as db:
            assert record(db, "TX100").placement["immunization"].disputes == (number,)

    def test_of_an_element_that_is_not_reported(self, office, enter):
        number = enter(("VT200", "grade_level"))
        with office.read() as db:
            assert record(db, "TX100").placement["grade_level"].disputes == (number,)

    def test_of_the_state_id(self, office, enter):
        number = enter(("TX100", "state_student_id"))
        with office.read() as db:
            ids = record(db, "TX100").disputed_state_ids
            assert [numbers for numbers in ids.values() if numbers] == [(number,)]

    def test_it_stays_beside_its_row_when_the_row_changes(self, office, enter):
        number = enter(("TX100", "grade_level"))
        row = next(one for one in world.texas_file()["Enrollments"])
        office.take(
            {"Enrollments": [{**row, "School or Project Name": "Seabreeze Middle School", "Grade Level": "07"}]}
        )
        with office.read() as db:
            disputed = [line for line in record(db, "TX100").enrollments if line.disputed]
            assert [(line["school_name"], line.disputes("grade_level")) for line in disputed] == [
                ("Seabreeze Middle School", (number,))
            ]

    def test_the_search_and_the_export_say_so(self, office, enter):
        number = enter()
        with office.read() as db:
            found = search.find(db, search.read("castañeda graciela 3/14/2012", TODAY), by=person(db, "msix_primary"))
            assert [
                search_hits.DISPUTED in hit.flags for hit in found.hits if "TX" in hit.states and "VT" in hit.states
            ] == [True]
            student = record_of(db, "TX100").student
            statements = disputes.of_records(db, [one.id for one in student.state_records])
            sheet = exports.record_sheets(student, statements)[-1]
            (row,) = sheet.rows
            assert sheet.title == "Dispute Statements"
            assert (row["Statement"], row["Element"], row["Reported by"]) == (number, "Birth City", "VT")
            assert "Dispute Statements" not in {sheet.title for sheet in exports.record_sheets(student)}


class TestAddingAndWithdrawing:
    def test_an_addition_leaves_what_stands(self, office, enter):
        number = enter()
        with office.deed() as db:
            disputes.add(db, number, text="The birth certificate says so.", files=(), now=NOW, by=person(db, PRIVACY))
        with office.read() as db:
            statement = disputes.get(db, number, by=person(db, PRIVACY))
            assert statement.text == "She was born in Reynosa."
            assert [(one.text, one.at, one.by.user_name) for one in statement.additions] == [
                ("The birth certificate says so.", NOW, PRIVACY)
            ]

    def test_there_is_no_way_to_edit_or_delete(self):
        public = {name for name in vars(disputes) if not name.startswith("_")}
        assert not [name for name in public if "edit" in name or "delete" in name or "change" in name]

    def test_a_withdrawal_needs_a_reason_and_stays_visible_to_administrators(self, office, enter):
        number = enter()
        with office.deed() as db:
            by = person(db, PRIVACY)
            with pytest.raises(RuleBroken, match="why it is withdrawn"):
                disputes.withdraw(db, number, reason=" short ", now=NOW, by=by)
            disputes.withdraw(db, number, reason="The mother asked for it by letter.", now=NOW, by=by)
        with office.read() as db:
            shown = record(db, "TX100")
            assert (shown.disputes, shown.identity["birthplace"].disputes) == ([], ())
            student = record_of(db, "TX100").student
            for actor, seen in (
                (PRIVACY, [number]),
                ("state_data_administrator", [number]),
                ("msix_primary", []),
                ("msix_secondary", []),
            ):
                assert [one.id for one in disputes.withdrawn_of(db, student, by=person(db, actor))] == seen, actor
            assert disputes.of_records(db, [record.id for record in student.state_records]) == []

    def test_after_it_nothing_is_added_and_nothing_withdrawn(self, office, enter):
        number = enter()
        with office.deed() as db:
            by = person(db, PRIVACY)
            disputes.withdraw(db, number, reason="The mother asked for it.", now=NOW, by=by)
            with pytest.raises(RuleBroken, match="was withdrawn"):
                disputes.add(db, number, text="More.", files=(), now=NOW, by=by)
            with pytest.raises(RuleBroken, match="withdrawn already"):
                disputes.withdraw(db, number, reason="The mother asked for it.", now=NOW, by=by)

    @pytest.mark.parametrize("actor", ["state_data_administrator", "msix_primary"])
    def test_nobody_else_adds_or_withdraws(self, office, enter, actor):
        number = enter()
        with office.sessions() as db:
            by = person(db, actor)
            with pytest.raises(NotFound):
                disputes.add(db, number, text="More.", files=(), now=NOW, by=by)
            with pytest.raises(NotFound):
                disputes.withdraw(db, number, reason="Because I do not like it.", now=NOW, by=by)


class TestAfterMergeAndSplit:
    def test_a_merged_away_childs_statement_stands_on_the_survivor_until_the_un_merge(self, office, enter):
        number = enter(("TX103", "birth_date"))
        before = office.owners()
        item = office.merge("TX100", "TX103")
        office.validate(item)
        with office.read() as db:
            shown = record(db, "TX100")
            assert shown.msix_id == before["TX100"] == office.owners()["TX103"]
            assert [one.id for one in shown.disputes] == [number]
            assert shown.identity["birth_date"].disputes == (number,)
            assert disputes.get(db, number, by=person(db, PRIVACY)).student.msix_id == before["TX100"]
        office.unmerge(item)
        with office.read() as db:
            assert record(db, "TX100").disputes == []
            own = record(db, "TX103")
            assert (own.msix_id, [one.id for one in own.disputes]) == (before["TX103"], [number])

    def test_after_a_split_it_goes_with_its_state_record(self, office, enter):
        number = enter(("VT200", "birth_city"))
        item = office.split("VT200")
        office.validate(item)
        with office.read() as db:
            assert record(db, "TX100").disputes == []
            assert [one.id for one in record(db, "VT200").disputes] == [number]
        office.unmerge(item)
        with office.read() as db:
            assert [one.id for one in record(db, "TX100").disputes] == [number]

    def test_one_that_means_both_sides_stands_on_both_children(self, office, enter):
        number = enter(("VT200", "birth_city"), ("TX100", "birth_city"))
        office.validate(office.split("VT200"))
        with office.read() as db:
            for side in ("TX100", "VT200"):
                shown = record(db, side)
                assert shown.identity["birthplace"].disputes == (number,)

    def test_a_later_submission_does_not_move_it(self, office, enter):
        number = enter(("TX101", "middle_name"))
        office.take({"Students": [child("TX101", First_Name="Ulises", Last_Name_1="Zavala", Birth_Date="20150704")]})
        with office.read() as db:
            assert record(db, "TX101").identity["middle_name"].disputes == (number,)
