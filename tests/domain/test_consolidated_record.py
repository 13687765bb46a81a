"""The consolidated record: several States' views of one child, joined."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event

from msixlite.domain import consolidated_record, places
from msixlite.domain.errors import NotFound
from msixlite.domain.reported import Agreement
from msixlite.models import Base
from msixlite.models.base import make_engine, make_session_factory
from msixlite.models.students import (
    Assessment,
    Course,
    Enrollment,
    LinkDecision,
    QualifyingMove,
    RecordChange,
    StateRecord,
    Student,
)
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.worklist import WorklistItem, WorklistKind

TODAY = date(2026, 11, 25)
TX_SCHOOL, VT_SCHOOL = "480000100001", "500000100001"


@pytest.fixture
def db(empty_database):
    engine = make_engine(empty_database)
    Base.metadata.create_all(engine)
    with make_session_factory(engine)() as session:
        places.add_missing_states(session)
        yield session
    engine.dispose()


class Family:
    """Adds children and what States say of them."""

    def __init__(self, db):
        self.db = db

    def add(self, row):
        self.db.add(row)
        self.db.flush()
        return row

    def student(self, msix_id="123456789012", **values):
        return self.add(Student(msix_id=msix_id, created_at=datetime(2026, 1, 1, tzinfo=UTC), **values))

    def submission(self, state, day):
        at = datetime.combine(day, datetime.min.time(), UTC).replace(hour=15)
        name = f"{state}-{day}.csv"
        sent = {"file_name": name, "sha256": "0" * 64, "size": 1, "status": SubmissionStatus.APPLIED}
        return self.add(Submission(state_code=state, received_at=at, **sent))

    def record(self, student, state, day=date(2026, 11, 1), **values):
        child = {
            "state_student_id": f"{state}-{student.id}",
            "id_type": "01",
            "first_name": "Graciela",
            "last_name_1": "Castañeda",
            "sex": "Female",
            "birth_date": date(2011, 3, 14),
        }
        submission = self.submission(state, day)
        return self.add(
            StateRecord(
                student_id=student.id,
                state_code=state,
                submission_id=submission.id,
                content_hash="0" * 64,
                **{**child, **values},
            )
        )

    def row(self, kind, record, **values):
        return self.add(kind(state_record_id=record.id, submission_id=record.submission_id, **values))

    def enrollment(self, record, day, school=TX_SCHOOL, **values):
        return self.row(Enrollment, record, enrollment_date=day, school_key=school, school_code=school, **values)

    def course(self, record, title, **values):
        place = {"school_key": TX_SCHOOL, "academic_year": "2025-2026"}
        return self.row(Course, record, title=title, **{**place, **values})

    def build(self, student, today=TODAY):
        self.db.expire_all()
        return consolidated_record.build(self.db, student, today=today)


@pytest.fixture
def family(db):
    return Family(db)


@pytest.fixture
def graciela(family):
    return family.student()


class TestIdentity:
    def test_the_newest_value_that_is_not_blank_wins(self, family, graciela):
        family.record(graciela, "TX", date(2026, 11, 1), middle_name="Yamileth", suffix="Jr.")
        family.record(graciela, "VT", date(2026, 11, 9), suffix="III")
        record = family.build(graciela)
        assert record.identity["middle_name"].value == "Yamileth"
        assert record.identity["suffix"].value == "III"
        assert record.name == "Castañeda III, Graciela", "whole, as Vermont writes it"
        assert record.other_names == ("Castañeda Jr., Graciela Yamileth",)
        assert [source.label for source in record.sources] == ["VT", "TX"]

    def test_both_values_are_kept_with_state_and_date_where_they_differ(self, family, graciela):
        family.record(graciela, "TX", date(2026, 11, 1), birth_city="Reynosa", birth_country="MEX")
        family.record(graciela, "VT", date(2026, 11, 9), birth_city="McAllen", birth_state="TX")
        birthplace = family.build(graciela).identity["birthplace"]
        assert birthplace.agreement is Agreement.DIFFERS
        assert [(said.value, said.source.label, said.on.date()) for said in birthplace.versions] == [
            ("McAllen, TX", "VT", date(2026, 11, 9)),
            ("Reynosa, MEX", "TX", date(2026, 11, 1)),
        ]

    @pytest.mark.parametrize(
        ("texas", "vermont", "agreement"),
        [
            (("Castañeda", "Peña"), ("Castañeda", "Peña"), Agreement.SAME),
            (("Castañeda", "Peña"), ("CASTANEDA", "PENA"), Agreement.NEARLY),
            (("Castañeda", "Peña"), ("Castaneda-Pena", None), Agreement.NEARLY),
            (("Castañeda", "Peña"), ("Castañeda", None), Agreement.NEARLY),
            (("Castañeda", None), ("Castaneda-Pena", None), Agreement.NEARLY),
            (("Castañeda", None), ("Castañedas", "Peña"), Agreement.DIFFERS),
            (("O'Hara", None), ("O’Hara", None), Agreement.NEARLY),
            (("Castañeda", "Peña"), ("Peña", "Castañeda"), Agreement.DIFFERS),
            (("Castañeda", "Peña"), ("Zavala", None), Agreement.DIFFERS),
        ],
    )
    def test_accents_case_and_hyphens_alone_are_no_conflict(self, family, graciela, texas, vermont, agreement):
        family.record(graciela, "TX", last_name_1=texas[0], last_name_2=texas[1])
        family.record(graciela, "VT", last_name_1=vermont[0], last_name_2=vermont[1])
        assert family.build(graciela).identity["surnames"].agreement is agreement

    def test_every_spelling_of_the_whole_name_is_told(self, family, graciela):
        family.record(graciela, "TX", date(2026, 11, 1), last_name_1="Castañeda", last_name_2="Peña")
        family.record(graciela, "VT", date(2026, 11, 9), last_name_1="Castaneda-Pena")
        record = family.build(graciela)
        assert (record.name, record.other_names) == ("Castaneda-Pena, Graciela", ("Castañeda Peña, Graciela",))

    def test_a_blank_names_the_states_that_left_it(self, family, graciela):
        family.record(graciela, "TX", birth_date_verification="1004")
        family.record(graciela, "VT")
        identity = family.build(graciela).identity
        assert identity["birth_date_verification"].silent == ("VT",)
        assert identity["birth_date_verification"].value == "Birth certificate"
        assert identity["multiple_birth"].missing in ("not reported by TX, VT", "not reported by VT, TX")

    def test_no_is_an_answer(self, family, graciela):
        family.record(graciela, "TX", multiple_birth=False)
        assert family.build(graciela).identity["multiple_birth"].value == "No"

    def test_two_records_of_one_state_are_told_apart(self, family, graciela):
        family.record(graciela, "TX", state_student_id="1")
        family.record(graciela, "TX", state_student_id="2")
        assert {source.label for source in family.build(graciela).sources} == {"TX 1", "TX 2"}

    def test_one_number_of_two_types_drops_nothing(self, family, graciela):
        family.record(graciela, "TX", state_student_id="1", id_type="01", birth_city="Reynosa")
        family.record(graciela, "TX", state_student_id="1", id_type="02", birth_city="McAllen")
        assert len(family.build(graciela).identity["birthplace"].versions) == 2

    def test_a_tie_goes_to_the_state_of_the_latest_enrollment(self, family, graciela):
        vermont = family.record(graciela, "VT", sex="Male")
        texas = family.record(graciela, "TX", sex="Female")
        family.enrollment(vermont, date(2025, 9, 1))
        family.enrollment(texas, date(2026, 9, 1))
        assert family.build(graciela).identity["sex"].value == "Female"

    def test_merged_msix_ids_are_told(self, family, graciela):
        family.record(graciela, "TX")
        first = family.student("223456789019", merged_into_id=graciela.id)
        family.student("323456789016", merged_into_id=first.id)
        assert family.build(graciela).former_msix_ids == ("223456789019", "323456789016")

    def test_a_student_without_any_state_record_does_not_exist(self, family, graciela):
        with pytest.raises(NotFound):
            family.build(graciela)


class TestFlags:
    def test_only_where_yes(self, family, graciela):
        texas = family.record(graciela, "TX")
        family.enrollment(texas, date(2026, 9, 1), lep=True, idea=False, med_alert="None")
        assert [flag.name for flag in family.build(graciela).flags] == ["English learner"]

    def test_a_yes_is_not_hidden_by_another_states_later_no(self, family, graciela):
        family.enrollment(family.record(graciela, "TX"), date(2025, 9, 1), med_alert="Chronic")
        family.enrollment(family.record(graciela, "VT"), date(2026, 9, 1), VT_SCHOOL, med_alert="None")
        (alert,) = family.build(graciela).flags
        assert alert.differs
        assert [(said.value, said.source.label) for said in alert.versions] == [("Chronic", "TX"), ("None", "VT")]

    def test_the_latest_enrollment_that_says_it_counts(self, family, graciela):
        texas = family.record(graciela, "TX")
        family.enrollment(texas, date(2025, 9, 1), grade_level="08", pfs=True)
        family.enrollment(texas, date(2026, 6, 1), VT_SCHOOL)
        record = family.build(graciela)
        assert record.placement["grade_level"].value == "Grade 8"
        assert [flag.name for flag in record.flags] == ["Priority for services"]


class TestLines:
    def test_enrollments_of_all_states_newest_first(self, family, graciela):
        texas, vermont = family.record(graciela, "TX"), family.record(graciela, "VT")
        family.enrollment(texas, date(2024, 8, 12))
        family.enrollment(vermont, date(2026, 6, 3), VT_SCHOOL)
        family.enrollment(texas, date(2025, 8, 18))
        lines = family.build(graciela).enrollments
        assert [(line.states, line["enrollment_date"].year) for line in lines] == [
            ("VT", 2026),
            ("TX", 2025),
            ("TX", 2024),
        ]

    def test_only_an_identical_natural_key_makes_one_line(self, family, graciela):
        texas = family.record(graciela, "TX", date(2026, 11, 1))
        vermont = family.record(graciela, "VT", date(2026, 11, 9))
        family.enrollment(texas, date(2026, 6, 3), VT_SCHOOL, grade_level="08", telephone="(555) 555-0111")
        family.enrollment(vermont, date(2026, 6, 3), VT_SCHOOL, grade_level="09")
        family.enrollment(texas, date(2026, 6, 4), VT_SCHOOL)
        other_day, joined = family.build(graciela).enrollments
        assert (other_day.states, joined.states) == ("TX", "VT, TX")
        assert (joined["grade_level"], joined["telephone"]) == ("09", "(555) 555-0111")
        assert [(one.element, one.value, one.label) for one in joined.differences] == [("Grade Level", "Grade 8", "TX")]

    def test_open_courses_come_first_and_years_are_apart(self, family, graciela):
        texas = family.record(graciela, "TX")
        family.course(texas, "Art 1", final_grade="A", credits=Decimal(1))
        family.course(texas, "Biology", clock_hours=67, grade_to_date="B")
        family.course(texas, "Algebra 1", academic_year="2024-2025", final_grade="B", credits=Decimal(1))
        record = family.build(graciela)
        assert [course["title"] for course in record.open_courses] == ["Biology"]
        assert {year: [line["title"] for line in lines] for year, lines in record.courses.items()} == {
            "2025-2026": ["Biology", "Art 1"],
            "2024-2025": ["Algebra 1"],
        }

    @pytest.mark.parametrize(
        ("title", "year", "section", "status"),
        [
            ("BIOLOGY", "2025-2026", "Full Year", "finished elsewhere"),
            ("Biology", "2026-2027", "Section A", "finished elsewhere"),
            ("Biology", "2026-2027", "Section B", "open"),
            ("Biology", "2024-2025", "Full Year", "open"),
            ("Chemistry", "2026-2027", "Full Year", "open"),
        ],
    )
    def test_a_course_finished_elsewhere_is_not_open(self, family, graciela, title, year, section, status):
        texas, vermont = family.record(graciela, "TX"), family.record(graciela, "VT")
        family.course(texas, "Biology", section="Section A", clock_hours=67)
        family.course(vermont, title, academic_year=year, section=section, final_grade="A", credits=Decimal(1))
        record = family.build(graciela)
        unfinished = next(line for line in record.courses["2025-2026"] if line["clock_hours"])
        assert unfinished.status == status
        assert (record.open_courses == [unfinished]) is (status == "open")

    def test_one_value_written_in_two_ways_is_told_once(self, family, graciela):
        for state, city in (("TX", "Reynosa"), ("VT", "REYNOSA"), ("OH", "McAllen")):
            family.record(graciela, state, birth_city=city)
        birthplace = family.build(graciela).identity["birthplace"]
        assert len(birthplace.versions) == 2
        assert birthplace.differs

    def test_credits_by_subject(self, family, graciela):
        texas, vermont = family.record(graciela, "TX"), family.record(graciela, "VT")
        family.course(texas, "Algebra 1", subject="Mathematics", section="A", credits=Decimal("0.5"), final_grade="B")
        family.course(vermont, "Algebra 1", subject="mathematics", section="B", credits=Decimal("0.25"))
        family.course(texas, "Geometry", subject="Mathematics")
        record = family.build(graciela)
        (mathematics,) = record.credits
        assert (mathematics.credits, mathematics.courses, mathematics.unfinished) == (Decimal("0.75"), 3, 1)
        assert record.credits_total == Decimal("0.75")
        assert record.repeats == []

    def test_a_course_taken_again_is_pointed_out(self, family, graciela):
        texas, vermont = family.record(graciela, "TX"), family.record(graciela, "VT")
        family.course(texas, "Algebra 1", credits=Decimal(1), school_name="Loma Alta")
        family.course(vermont, "ALGEBRA 1", academic_year="2026-2027", school_name="Maple")
        (repeat,) = family.build(graciela).repeats
        assert repeat.where == ("2026-2027 VT Maple", "2025-2026 TX Loma Alta")

    def test_tests_newest_first_whether_or_not_the_day_is_known(self, family, graciela):
        texas = family.record(graciela, "TX")
        for on in ("2026-03-12", "2026-04", "2025-05"):
            family.row(Assessment, texas, title="STAAR", administered_on=on)
        assert [line["administered_on"] for line in family.build(graciela).tests] == [
            "2026-04",
            "2026-03-12",
            "2025-05",
        ]


class TestEligibility:
    def test_three_years_less_a_day_after_the_latest_arrival(self, family, graciela):
        texas = family.record(graciela, "TX")
        family.row(QualifyingMove, texas, arrival_date=date(2024, 5, 30))
        family.row(QualifyingMove, texas, arrival_date=date(2026, 6, 3), eligibility_end=date(2029, 6, 3))
        eligibility = family.build(graciela).eligibility
        assert (eligibility.arrival, eligibility.until) == (date(2026, 6, 3), date(2029, 6, 2))
        assert eligibility.days_left == (date(2029, 6, 2) - TODAY).days
        assert not eligibility.by_age
        assert eligibility.reported == (("TX", date(2029, 6, 3)),)

    def test_the_22nd_birthday_cuts_it(self, family, graciela):
        texas = family.record(graciela, "TX", birth_date=date(2005, 1, 10))
        family.row(QualifyingMove, texas, arrival_date=date(2026, 6, 3))
        eligibility = family.build(graciela).eligibility
        assert (eligibility.until, eligibility.by_age) == (date(2027, 1, 9), True)

    def test_none_without_a_move(self, family, graciela):
        family.record(graciela, "TX")
        assert family.build(graciela).eligibility is None


class TestContacts:
    def test_the_enrollment_speaks_first_then_the_directory(self, family, graciela, db):
        texas = places.get_state(db, "TX")
        district = places.add_district(db, state=texas, code="4800001", name="Robles ISD", email="records@example.org")
        places.add_school(db, district=district, code=TX_SCHOOL, name="Seabreeze", phone="(555) 555-0111")
        record = family.record(graciela, "TX")
        family.enrollment(record, date(2026, 9, 1), district_code="4800001", facility_city="Robles")
        (contact,) = family.build(graciela).contacts
        assert (contact.phone, contact.email, contact.district) == (
            "(555) 555-0111",
            "records@example.org",
            "Robles ISD",
        )
        assert contact.address == "Robles"
        family.enrollment(record, date(2026, 10, 1), telephone="(555) 555-0199")
        assert family.build(graciela).contacts[0].phone == "(555) 555-0199"

    def test_after_a_summer_project_the_last_regular_school_is_there_too(self, family, graciela):
        texas, vermont = family.record(graciela, "TX"), family.record(graciela, "VT")
        family.enrollment(texas, date(2025, 8, 12), school_name="Loma Alta High School", enrollment_type="01")
        family.enrollment(vermont, date(2026, 6, 3), VT_SCHOOL, school_name="Maple project", enrollment_type="03")
        record = family.build(graciela)
        assert [contact.place for contact in record.contacts] == ["Maple project", "Loma Alta High School"]
        assert [office.code for office in record.offices] == ["VT", "TX"]


class TestMissing:
    def test_courses_are_missing_from_secondary_grades_only(self, family, graciela):
        texas, vermont = family.record(graciela, "TX"), family.record(graciela, "VT")
        family.enrollment(texas, date(2026, 9, 1), grade_level="09")
        family.enrollment(vermont, date(2022, 9, 1), VT_SCHOOL, grade_level="05", withdrawal_date=date(2023, 6, 1))
        missing = {gap.label: gap.elements for gap in family.build(graciela).missing}
        assert "Course History" in missing["TX"]
        assert "Course History" not in missing["VT"]
        assert "Out of State Transcript Indicator" in missing["TX"]
        assert "Out of State Transcript Indicator" not in missing["VT"]

    def test_a_withdrawal_is_missing_once_another_state_enrolls(self, family, graciela):
        vermont = family.record(graciela, "VT")
        family.enrollment(vermont, date(2025, 9, 1), VT_SCHOOL)
        assert "Withdrawal Date" not in family.build(graciela).missing[0].elements
        family.enrollment(family.record(graciela, "TX"), date(2026, 9, 1))
        missing = {gap.label: gap.elements for gap in family.build(graciela).missing}
        assert "Withdrawal Date" in missing["VT"]
        assert "Withdrawal Date" not in missing["TX"]

    def test_hours_and_grade_of_what_was_left_unfinished(self, family, graciela):
        texas = family.record(graciela, "TX")
        family.enrollment(texas, date(2025, 9, 1), grade_level="10", withdrawal_date=date(2026, 5, 1))
        family.course(texas, "Biology", grade_to_date="B")
        (missing,) = family.build(graciela).missing
        assert "Clock Hours" in missing.elements
        assert "Grade-to-Date" not in missing.elements

    def test_out_of_school_youth_owe_no_school_elements(self, family, graciela):
        texas = family.record(graciela, "TX")
        family.enrollment(texas, date(2026, 9, 1), grade_level="OS", enrollment_type="06")
        (missing,) = family.build(graciela).missing
        assert not {"LEP Indicator", "Course History", "Residency Date"} & set(missing.elements)


def test_open_near_matches_lead_to_the_other_child(family, graciela):
    ours = family.record(graciela, "TX")
    other = family.student("223456789019")
    theirs = family.record(other, "OH", first_name="Graziela")
    item = {
        "kind": WorklistKind.NEAR_MATCH,
        "state_code": "OH",
        "score": 78.0,
        "reasons": ["same birth date"],
        "model_version": "1",
        "opened_at": datetime(2026, 11, 1, tzinfo=UTC),
        "reply_due_at": datetime(2026, 11, 2, tzinfo=UTC),
        "due_on": date(2026, 11, 9),
        "due_calendar": "federal holidays",
    }
    again = family.record(other, "VT", first_name="Graziela")
    first = family.add(WorklistItem(state_record_id=theirs.id, candidate_id=graciela.id, **item))
    second = family.add(WorklistItem(state_record_id=again.id, candidate_id=graciela.id, **item))
    (seen_here,) = family.build(graciela).duplicates
    (seen_there,) = family.build(other).duplicates
    assert seen_here.item_ids == (first.id, second.id)
    assert (seen_here.msix_id, seen_here.name) == ("223456789019", "Castañeda, Graziela")
    assert (seen_there.msix_id, seen_there.name) == (graciela.msix_id, ours.full_name)


def test_history_tells_why_and_what(family, graciela):
    texas = family.record(graciela, "TX")
    at = datetime(2026, 11, 1, tzinfo=UTC)
    link = {"outcome": "linked", "score": 96.2, "reasons": ["same birth date"], "model_version": "2026.1"}
    family.add(LinkDecision(state_record_id=texas.id, student_id=graciela.id, decided_at=at, **link))
    family.row(RecordChange, texas, section="student", what="", element="Birth City", old="Renosa", new="Reynosa")
    family.row(RecordChange, texas, section="course", what="Algebra 1, 2025-2026", element="", new="added")
    (part,) = family.build(graciela).history
    (decision,) = part.decisions
    assert (decision.outcome, decision.reasons, decision.decided_by) == (
        "Linked to a child already here",
        ("same birth date",),
        "the system",
    )
    (sent,) = part.submissions
    assert [(change.section, change.element, change.old, change.new) for change in sent.changes] == [
        ("Students", "Birth City", "Renosa", "Reynosa"),
        ("Course History", "whole row", "", "added"),
    ]


def test_the_timeline_has_a_lane_for_each_state(family, graciela):
    texas, vermont = family.record(graciela, "TX"), family.record(graciela, "VT")
    family.enrollment(texas, date(2025, 1, 1), withdrawal_date=date(2025, 7, 2))
    family.enrollment(vermont, date(2026, 1, 1), VT_SCHOOL)
    timeline = family.build(graciela, today=date(2026, 12, 31)).timeline
    assert list(timeline.lanes) == ["VT", "TX"]
    assert [year for _, year in timeline.years] == [2025, 2026]
    (stay,) = timeline.lanes["TX"]
    assert (stay.left, stay.width, stay.open_end) == (0.0, pytest.approx(25, abs=0.1), False)
    (open_stay,) = timeline.lanes["VT"]
    assert open_stay.open_end
    assert open_stay.left + open_stay.width <= 100


def test_the_number_of_queries_does_not_grow_with_the_record(family, graciela, db):
    def queries():
        family.db.expire_all()
        student = db.get(Student, graciela.id)
        seen = []
        event.listen(db.get_bind(), "before_cursor_execute", lambda *what: seen.append(what[2]))
        consolidated_record.build(db, student, today=TODAY)
        return len(seen)  # of this listener: the earlier one keeps a list of its own

    texas = family.record(graciela, "TX")
    family.enrollment(texas, date(2025, 9, 1))
    family.course(texas, "Algebra 1")
    small = queries()
    for number in range(40):
        other = family.record(graciela, "VT", state_student_id=str(number))
        family.enrollment(other, date(2024, 9, 1))
        family.course(other, f"Biology {number}")
    assert queries() == small
