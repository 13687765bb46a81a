"""Data quality items: one row for the same fault of one file, for the right State, mended by a later file."""

import pytest
from sqlalchemy import select

from msixlite.domain import data_quality, worklist
from msixlite.domain.errors import RuleBroken
from msixlite.domain.worklist import Event
from msixlite.models.worklist import DataQualityCase, WorklistItem, WorklistKind, WorklistStatus
from tests import world
from tests.cases import person, record_of
from tests.files import child


def items(office, fault, state=None):
    """The items of a fault: (State, status, State IDs of its children), the oldest first."""
    with office.read() as db:
        found = select(WorklistItem).where(
            WorklistItem.kind == WorklistKind.DATA_QUALITY, WorklistItem.fault.startswith(fault)
        )
        return [
            (item.state_code, item.status, sorted(case.state_record.state_student_id for case in item.cases))
            for item in db.scalars(found.order_by(WorklistItem.id))
            if state in (None, item.state_code)
        ]


def words(office, fault):
    """What is wrong by the items of a fault, each child's, the oldest item first."""
    with office.read() as db:
        found = select(WorklistItem).where(WorklistItem.fault == fault).order_by(WorklistItem.id)
        return [str(data_quality.said(case)) for item in db.scalars(found) for case in item.cases]


def close(office, fault, actor="state_data_administrator"):
    """Close the latest item of a fault by hand."""
    with office.deed() as db:
        found = select(WorklistItem).where(WorklistItem.fault == fault).order_by(WorklistItem.id.desc())
        item, by = db.scalars(found).first(), person(db, actor)
        worklist.resolve(db, item.id, note="the schools were asked, it is so", now=office.now, by=by)


def stay(number, begun, ended="", *, school="Seabreeze Junior High", district=world.TX_DISTRICT, **more):
    row = {
        "State Student Identifier": number,
        "State Student Identifier Type": "01",
        "School or Project Name": school,
        "School District ID": district,
        "Enrollment Date": begun,
        "Withdrawal Date": ended,
        "Enrollment Type": "01",
        "Grade Level": "08",
    }
    return {**row, **{name.replace("_", " "): value for name, value in more.items()}}


def move(number, arrived):
    return {
        "State Student Identifier": number,
        "State Student Identifier Type": "01",
        "Qualifying Arrival Date (QAD)": arrived,
    }


class TestOneRowForAFault:
    def test_of_one_file(self, office):
        office.take(
            {"Students": [child("TX800", First_Name="Ada"), child("TX801", First_Name="Berta", Birth_Date="20110101")]}
        )
        assert items(office, "missing: Qualifying Moves")[-1] == ("TX", WorklistStatus.NEW, ["TX800", "TX801"])

    def test_the_next_file_does_not_raise_it_again(self, office):
        office.take({"Students": [child("TX800")]})
        before = len(items(office, ""))
        office.take({"Students": [child("TX800", Middle_Name="Luz")]})
        assert len(items(office, "")) == before

    def test_says_how_to_mend_it(self, office):
        with office.read() as db:
            for fault in set(db.scalars(select(WorklistItem.fault).where(WorklistItem.fault.is_not(None)))):
                assert data_quality.advice(fault).name
                assert data_quality.advice(fault).mend.endswith(".")


class TestMended:
    def test_by_a_later_file(self, office):
        office.take({"Students": [child("TX800"), child("TX801", First_Name="Berta", Birth_Date="20110101")]})
        office.take({"Qualifying Moves": [move("TX800", "20260601")]})
        assert items(office, "missing: Qualifying Moves")[-1][1] is WorklistStatus.NEW
        with office.read() as db:
            cases = select(DataQualityCase).where(DataQualityCase.state_record_id == record_of(db, "TX800").id)
            assert any(case.mended_at for case in db.scalars(cases))
        office.take({"Qualifying Moves": [move("TX801", "20260601")]})
        assert items(office, "missing: Qualifying Moves")[-1][1] is WorklistStatus.SETTLED

    def test_a_fault_that_comes_back_is_raised_again(self, office):
        office.take({"Enrollments": [stay("TX103", "20250101")], "Qualifying Moves": [move("TX103", "20150601")]})
        office.take({"Enrollments": [stay("TX103", "20250101", "20250601")]})
        office.take({"Enrollments": [stay("TX103", "20250901")]})
        assert [status for _, status, _ in items(office, "expired eligibility")] == [
            WorklistStatus.SETTLED,
            WorklistStatus.NEW,
        ]

    def test_what_was_closed_by_hand_stays_closed(self, office):
        office.take({"Students": [child("TX800")]})
        close(office, "missing: Qualifying Moves")
        office.take({"Students": [child("TX800", Middle_Name="Luz")]})
        assert items(office, "missing: Qualifying Moves")[-1][1] is WorklistStatus.RESOLVED


class TestAsTimeGoes:
    """What is told is what is wrong now, and people are asked about what they have not seen, only about that."""

    AT_TWO = (
        stay("TX103", "20240812", "20250522"),
        stay("TX103", "20241001", "20250301", school="Loma Alta High School", district=world.TX_OTHER_DISTRICT),
    )
    A_YEAR_LATER = (
        stay("TX103", "20260812", "20261122"),
        stay("TX103", "20261001", "20261101", school="Third School", district=world.TX_OTHER_DISTRICT),
    )

    def states(self, office):
        return [status for _, status, _ in items(office, data_quality.OVERLAP)]

    def test_what_waits_says_what_is_true_now(self, office):
        before = len(items(office, ""))
        changed = {**world.GRACIELA, "Birth_City": "Chicago"}
        office.take({"Students": [child("VT200", **changed)]}, state="VT")
        assert words(office, "conflict: Birthplace") == ["TX: Reynosa MEX; VT: Chicago MEX."] * 2
        assert len(items(office, "")) == before

    def test_what_was_closed_by_hand_comes_again_with_something_new(self, office):
        office.take({"Enrollments": [*self.AT_TWO]})
        close(office, data_quality.OVERLAP)
        office.take({"Enrollments": [*self.A_YEAR_LATER]})
        assert self.states(office) == [WorklistStatus.RESOLVED, WorklistStatus.NEW]
        old, new = words(office, data_quality.OVERLAP)
        assert "Third School" not in old, "what was closed stays as it was seen"
        assert "Third School" in new

    def test_and_waits_no_more_once_the_new_is_gone(self, office):
        office.take({"Enrollments": [*self.AT_TWO]})
        close(office, data_quality.OVERLAP)
        office.take({"Enrollments": [*self.A_YEAR_LATER]})
        office.take({"Enrollments": [self.A_YEAR_LATER[1] | {"School District ID": world.TX_DISTRICT}]})
        assert self.states(office) == [WorklistStatus.RESOLVED, WorklistStatus.SETTLED]

    def test_what_is_left_of_it_stays_closed(self, office):
        office.take({"Enrollments": [*self.AT_TWO, *self.A_YEAR_LATER]})
        close(office, data_quality.OVERLAP)
        office.take({"Enrollments": [self.A_YEAR_LATER[1] | {"School District ID": world.TX_DISTRICT}]})
        assert self.states(office) == [WorklistStatus.RESOLVED]

    def test_comes_again_when_it_was_gone_in_between(self, office):
        office.take({"Enrollments": [*self.AT_TWO]})
        close(office, data_quality.OVERLAP)
        for district in (world.TX_DISTRICT, world.TX_OTHER_DISTRICT):
            office.take({"Enrollments": [self.AT_TWO[1] | {"School District ID": district}]})
        assert self.states(office) == [WorklistStatus.RESOLVED, WorklistStatus.NEW]

    def test_stays_of_one_day_are_told_in_one_way(self, office):
        office.take({"Enrollments": [self.AT_TWO[0], self.AT_TWO[1] | {"Enrollment Date": "20240812"}]})
        with office.read() as db:
            record = record_of(db, "TX103")
            told = data_quality.faults_of([record], office.now.date())
            record.enrollments.reverse()
            assert data_quality.faults_of([record], office.now.date()) == told
            assert (record.id, data_quality.OVERLAP) in told


class TestBetweenStates:
    def test_a_conflict_goes_to_both(self, office):
        """The small world's Graciela: born in Reynosa says Texas, in McAllen says Vermont."""
        found = items(office, "conflict: Birthplace")
        assert [(state, numbers) for state, _, numbers in found] == [("TX", ["TX100"]), ("VT", ["VT200"])]

    def test_is_told_for_each_state(self, office):
        with office.read() as db:
            msix_id = record_of(db, "TX100").student.msix_id
        third = {**world.GRACIELA, "Birth_City": "Uruapan", "MSIX_Identification_Number": msix_id}
        office.take({"Students": [child("FL300", **third)]}, state="FL")
        assert sorted(words(office, "conflict: Birthplace")) == [
            "TX: Reynosa MEX; FL: Uruapan MEX. VT: McAllen MEX; FL: Uruapan MEX.",
            "TX: Reynosa MEX; VT: McAllen MEX. TX: Reynosa MEX; FL: Uruapan MEX.",
            "TX: Reynosa MEX; VT: McAllen MEX. VT: McAllen MEX; FL: Uruapan MEX.",
        ]

    def test_each_state_has_an_item_and_asks_nobody(self, office):
        fault = "conflict: Birthplace"
        assert "The other State has an item of its own" in data_quality.advice(fault).mend
        with office.read() as db:
            for item in db.scalars(select(WorklistItem).where(WorklistItem.fault == fault)):
                assert {desk.state_code for desk in item.desks} == {item.state_code}
                with pytest.raises(RuleBroken, match="not possible"):
                    worklist.transition(item, Event.ASK)

    @pytest.mark.parametrize(
        ("element", "value", "fault"),
        [
            ("Sex", "Male", "conflict: Sex"),
            ("Birth_Date", "20120413", "conflict: Birth date"),
            ("First_Name", "Berta", "conflict: First name"),
        ],
    )
    def test_each_identity_element(self, office, element, value, fault):
        differs = {**world.GRACIELA, "Birth_City": "Reynosa", element: value}
        office.take({"Students": [child("VT200", **differs)]}, state="VT")
        assert {state for state, _, _ in items(office, fault)} == {"TX", "VT"}

    @pytest.mark.parametrize(
        "spelled",
        [{"Middle_Name": "Y."}, {"Last_Name_2": ""}, {"First_Name": "GRACIELA"}, {"Male_Parent_Last_Name": ""}],
    )
    def test_another_way_of_writing_is_no_conflict(self, office, spelled):
        before = items(office, "conflict")
        office.take(
            {"Students": [child("VT200", **{**world.GRACIELA, "Birth_City": "McAllen", **spelled})]}, state="VT"
        )
        assert items(office, "conflict") == before

    def test_ends_when_one_of_them_sends_the_right_value(self, office):
        office.take({"Students": [child("VT200", **world.GRACIELA)]}, state="VT")
        assert {status for _, status, _ in items(office, "conflict: Birthplace")} == {WorklistStatus.SETTLED}

    def test_a_merge_brings_it_to_light_and_its_undo_ends_it(self, office):
        item = office.merge("TX103", "VT201")
        office.validate(item)
        assert ("TX", WorklistStatus.NEW, ["TX103"]) in items(office, "conflict: Last names")
        office.unmerge(item)
        assert {status for _, status, _ in items(office, "conflict: Last names")} == {WorklistStatus.SETTLED}


class TestFaults:
    def test_missing_withdrawal_once_the_child_is_elsewhere(self, office):
        office.take({"Enrollments": [stay("TX100", "20250812"), stay("TX100", "20260610")]})
        before = items(office, data_quality.WITHDRAWAL, "TX")
        later = {"State Student Identifier": "VT200", "Enrollment Date": "20260901"}
        office.take({"Enrollments": [world.vermont_file()["enrollments"][0] | later]}, state="VT")
        assert before == []
        assert items(office, data_quality.WITHDRAWAL, "TX") == [("TX", WorklistStatus.NEW, ["TX100"])]

    def test_missing_clock_hours_and_grade_on_leave_in_mid_term(self, office):
        course = world.texas_file()["Course History"][0] | {
            "Course Title": "Biology",
            "Clock Hours": "",
            "Grade-to-Date": "",
        }
        office.take({"Course History": [course]})
        for element in ("Clock Hours", "Grade-to-Date"):
            assert items(office, f"missing: {element}") == [("TX", WorklistStatus.NEW, ["TX100"])]

    def test_dates_before_the_birth(self, office):
        office.take({"Enrollments": [stay("TX103", "20090101", "20090201")]})
        assert items(office, data_quality.DATES) == [("TX", WorklistStatus.NEW, ["TX103"])]

    def test_two_districts_at_once(self, office):
        office.take(
            {
                "Enrollments": [
                    stay("TX103", "20250812", "20260522"),
                    stay(
                        "TX103",
                        "20260101",
                        "20260401",
                        school="Loma Alta High School",
                        district=world.TX_OTHER_DISTRICT,
                    ),
                ]
            }
        )
        assert items(office, data_quality.OVERLAP) == [("TX", WorklistStatus.NEW, ["TX103"])]

    def test_the_same_days_in_two_states_go_to_both(self, office):
        again = {"Enrollment Date": "20260401", "Withdrawal Date": "20260501"}
        office.take({"Enrollments": [world.vermont_file()["enrollments"][0] | again]}, state="VT")
        assert [(state, numbers) for state, _, numbers in items(office, data_quality.OVERLAP)] == [
            ("TX", ["TX100"]),
            ("VT", ["VT200"]),
        ]

    def test_eligibility_ended_and_enrollment_open(self, office):
        office.take({"Enrollments": [stay("TX103", "20250812")], "Qualifying Moves": [move("TX103", "20150601")]})
        assert items(office, data_quality.ELIGIBILITY) == [("TX", WorklistStatus.NEW, ["TX103"])]

    def test_a_refused_file_leaves_no_item(self, office):
        before = items(office, "")
        with pytest.raises(Exception, match=r"row|column|headings"):
            office.take({"Students": [{"Strange": "1"}]})
        assert items(office, "") == before


class TestMayBeAnotherChild:
    """The records of TX and VT are just alike enough to link, and so are those of TX and FL, but not VT's and FL's."""

    LUIS = {  # noqa: RUF012
        "First_Name": "Luis",
        "Last_Name_1": "García",
        "Sex": "Male",
        "Birth_State": "MIC",
        "Birth_Country": "MEX",
    }
    ELENA = {"Female_Parent_First_Name": "Elena", "Female_Parent_Last_Name": "Robles"}  # noqa: RUF012
    TX = child("TX1", **LUIS, **ELENA, Middle_Name="Alberto", Birth_Date="20120317", Birth_City="Uruapan")
    VT = child(
        "VT2",
        **LUIS,
        Last_Name_2="Zepeda",
        Birth_Date="20120317",
        Birth_City="Laredo",
        Male_Parent_First_Name="Rogelio",
        Male_Parent_Last_Name="García",
        Female_Parent_First_Name="Ofelia",
        Female_Parent_Last_Name="Zepeda",
    )
    FL = child(
        "FL3",
        **LUIS,
        **ELENA,
        Middle_Name="Alberto",
        Last_Name_2="Robles",
        Birth_Date="20120317",
    )

    def take(self, office, *order):
        for state in order:
            office.take({"Students": [getattr(self, state)]}, state)

    def students(self, office):
        with office.read() as db:
            return {number: record_of(db, number).student_id for number in ("TX1", "VT2", "FL3")}

    def test_where_a_third_record_sheds_light_on_a_link(self, office):
        self.take(office, "TX", "VT", "FL")
        assert len(set(self.students(office).values())) == 1
        assert items(office, data_quality.DOUBT) == [("VT", WorklistStatus.NEW, ["VT2"])]

    def test_not_where_the_likest_met_first(self, office):
        self.take(office, "TX", "FL", "VT")
        students = self.students(office)
        assert students["TX1"] == students["FL3"] != students["VT2"]
        assert items(office, data_quality.DOUBT) == []

    def test_where_a_state_sends_another_child_under_the_number(self, office):
        self.take(office, "TX", "FL")
        anew = self.FL | {"First Name": "Rosa", "Last Name 1": "Quispe", "Birth Date": "20090807"}
        office.take({"Students": [anew]}, "FL")
        assert items(office, data_quality.DOUBT) == [("FL", WorklistStatus.NEW, ["FL3"])]
        office.take({"Students": [self.FL]}, "FL")
        assert [status for _, status, _ in items(office, data_quality.DOUBT)] == [WorklistStatus.SETTLED]

    def test_is_mended_by_a_split(self, office):
        self.take(office, "TX", "VT", "FL")
        office.validate(office.split("VT2"), actor="vt_state_data_administrator")
        assert [status for _, status, _ in items(office, data_quality.DOUBT)] == [WorklistStatus.SETTLED]

    def test_not_where_people_merged_them(self, office):
        self.take(office, "TX", "FL", "VT")
        office.validate(office.merge("TX1", "VT2"), actor="vt_state_data_administrator")
        assert len(set(self.students(office).values())) == 1
        assert items(office, data_quality.DOUBT) == []

    ANOTHER = {"First Name": "Rosa", "Last Name 1": "Quispe", "Birth Date": "20090807"}  # noqa: RUF012

    def doubts(self, office):
        return [(state, status) for state, status, _ in items(office, data_quality.DOUBT)]

    def known_as(self, office, number):
        """The row that names the MSIX ID of this State ID's child."""
        return {"MSIX Identification Number": office.owners()[number]}

    def test_says_who_it_is(self, office):
        self.take(office, "TX", "VT", "FL")
        (said,) = words(office, data_quality.DOUBT)
        assert said.startswith("García Zepeda, Luis, 03/17/2012. Compared anew")

    def test_closed_by_hand_is_not_asked_again_when_a_further_state_comes(self, office):
        self.take(office, "TX", "VT", "FL")
        close(office, data_quality.DOUBT, "vt_state_data_administrator")
        office.take({"Students": [self.FL | {"State Student Identifier": "OH4"}]}, "OH")
        assert office.owners()["OH4"] == office.owners()["TX1"]
        assert self.doubts(office) == [("VT", WorklistStatus.RESOLVED)]

    def test_closed_by_hand_is_asked_again_when_another_child_is_sent(self, office):
        self.take(office, "TX", "VT", "FL")
        close(office, data_quality.DOUBT, "vt_state_data_administrator")
        office.take({"Students": [self.VT | self.ANOTHER]}, "VT")
        assert self.doubts(office) == [("VT", WorklistStatus.RESOLVED), ("VT", WorklistStatus.NEW)]

    def test_a_merge_with_a_third_child_settles_nothing(self, office):
        self.take(office, "TX", "VT", "FL")
        merge = office.merge("TX1", "TX103", accept_obstacles=True)
        office.validate(merge)
        assert self.doubts(office) == [("VT", WorklistStatus.NEW)]
        office.unmerge(merge)
        assert self.doubts(office) == [("VT", WorklistStatus.NEW)]

    def test_nor_when_the_third_child_is_the_one_that_is_kept(self, office):
        self.take(office, "TX", "VT", "FL")
        office.validate(office.merge("TX103", "TX1", accept_obstacles=True))
        assert self.doubts(office) == [("VT", WorklistStatus.NEW)]

    def test_one_merge_upon_another_is_not_doubted(self, office):
        self.take(office, "TX", "FL", "VT")
        for pair in (("VT2", "TX103"), ("TX1", "VT2")):
            office.validate(office.merge(*pair, accept_obstacles=True))
        assert len({self.students(office)["TX1"], *self.students(office).values()}) == 1
        assert self.doubts(office) == []

    def test_what_came_after_a_merge_belongs_to_those_that_it_is_like(self, office):
        self.take(office, "TX", "FL", "VT")
        office.validate(office.merge("TX1", "VT2"), actor="vt_state_data_administrator")
        office.take({"Students": [self.VT | self.known_as(office, "TX1") | {"State Student Identifier": "OH4"}]}, "OH")
        assert office.owners()["OH4"] == office.owners()["TX1"]
        assert self.doubts(office) == []

    def test_what_came_after_a_merge_and_is_like_none_is_doubted(self, office):
        self.take(office, "TX", "FL", "VT")
        office.validate(office.merge("TX1", "VT2"), actor="vt_state_data_administrator")
        late = self.FL | {"State Student Identifier": "OH4"}
        office.take({"Students": [late]}, "OH")
        office.take({"Students": [late | self.ANOTHER]}, "OH")
        assert office.owners()["OH4"] == office.owners()["TX1"]
        assert self.doubts(office) == [("OH", WorklistStatus.NEW)]

    @pytest.mark.parametrize("undone", ["undone", "to be decided again"])
    def test_a_merge_that_was_taken_back_answers_nothing(self, office, undone):
        self.take(office, "TX", "VT", "FL")
        split = office.split("VT2")
        office.validate(split, actor="vt_state_data_administrator")
        merge = office.merge("TX1", "VT2", accept_obstacles=True)
        office.validate(merge, actor="vt_state_data_administrator")
        assert self.doubts(office) == [("VT", WorklistStatus.SETTLED)]
        if undone == "undone":
            office.unmerge(merge)
        else:
            office.undo_item(merge)
            office.reject(merge, actor="vt_state_data_administrator")
        office.unmerge(split)
        assert self.doubts(office) == [("VT", WorklistStatus.SETTLED), ("VT", WorklistStatus.NEW)]
