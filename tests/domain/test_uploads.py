"""Submissions: what they add, change and leave; what waits and why; nothing half done."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from msixlite import site
from msixlite.domain import clocks, uploads
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models import Base
from msixlite.models.audit import AuditEvent
from msixlite.models.students import Course, Enrollment, LinkDecision, RecordChange, StateRecord, Student
from msixlite.models.uploads import QuarantinedRow, Submission, SubmissionStatus
from msixlite.models.worklist import WorklistItem
from tests import world
from tests.files import child, csv_text, workbook, zip_of_csv

NOW = datetime.now(UTC)
UNCOUNTED = {"submission", "audit_event", "audit_head"}


@pytest.fixture
def sessions(settings):
    made = site.prepare(settings)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def take(sessions, tmp_path):
    """`take({"Students": [...]})`: a workbook of Texas, taken; returns the report."""

    def take(sheets, state="TX", **options):
        path = workbook(tmp_path / "sent.xlsx", sheets)
        return uploads.receive_file(sessions, path, state=state, now=NOW, **options)

    return take


def row_of(number, **elements):
    identity = {"State Student Identifier": str(number), "State Student Identifier Type": "01"}
    return {**identity, **{name.replace("_", " "): value for name, value in elements.items()}}


def record_of(db, number, state="TX"):
    found = select(StateRecord).where(StateRecord.state_code == state, StateRecord.state_student_id == number)
    return db.scalar(found)


def item_of(db, number, state):
    return db.scalar(select(WorklistItem).where(WorklistItem.state_record_id == record_of(db, number, state).id))


def row_counts(sessions):
    with sessions().reading() as db:
        return {
            table.name: db.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
            if table.name not in UNCOUNTED
        }


def faults(report):
    return [
        (row.section, row.number, fault.element, fault.reason) for row in report.quarantined for fault in row.faults
    ]


class TestOneChildOfTwoStates:
    def test_is_linked_and_the_decision_says_why(self, sessions):
        with sessions().reading() as db:
            texas, vermont = record_of(db, "TX100"), record_of(db, "VT200", "VT")
            assert texas.student_id == vermont.student_id
            decision = db.scalar(select(LinkDecision).where(LinkDecision.state_record_id == vermont.id))
            assert decision.outcome == "linked"
            assert decision.reasons
            assert decision.model_version

    def test_twins_and_namesakes_are_not(self, sessions):
        with sessions().reading() as db:
            students = {record_of(db, number).student_id for number in ("TX100", "TX101", "TX102", "TX103")}
        assert len(students) == 4


class TestTheSameFileTwice:
    def test_changes_nothing(self, sessions, take):
        before = row_counts(sessions)
        report = take(world.texas_file())
        assert (report.new, report.linked, report.changed, report.unchanged) == (0, 0, 0, 4)
        assert row_counts(sessions) == before

    def test_as_another_kind_of_file_neither(self, sessions, tmp_path):
        before = row_counts(sessions)
        path = zip_of_csv(tmp_path / "same.zip", world.texas_file())
        assert uploads.receive_file(sessions, path, state="TX", now=NOW).unchanged == 4
        assert row_counts(sessions) == before


class TestAChildAlreadyKnown:
    def test_is_updated_and_its_history_says_what_changed(self, sessions, take):
        report = take({"Students": [child("TX103", First_Name="Graciela Inés", Last_Name_1="Castañeda")]})
        assert (report.new, report.changed) == (0, 1)
        with sessions().reading() as db:
            record = record_of(db, "TX103")
            changes = {
                change.element: (change.old, change.new)
                for change in db.scalars(select(RecordChange).where(RecordChange.state_record_id == record.id))
            }
            assert record.first_name == "Graciela Inés"
            assert changes["First Name"] == ("Graciela", "Graciela Inés")
            assert changes["Birth Date"] == ("2010-11-30", "2012-03-14")

    def test_an_empty_cell_empties_and_a_missing_column_does_not(self, sessions, take):
        take({"Students": [child("TX100", **{**world.GRACIELA, "Middle_Name": ""})]})
        with sessions().reading() as db:
            assert record_of(db, "TX100").middle_name is None
            assert record_of(db, "TX100").birth_city == "Reynosa"
        bare = child("TX100", First_Name="Graciela", Last_Name_1="Castañeda", Last_Name_2="Peña")
        take({"Students": [bare]})
        with sessions().reading() as db:
            assert record_of(db, "TX100").birth_city == "Reynosa"

    def test_the_change_of_an_element_with_a_long_name_is_kept(self, sessions, take):
        """60 letters: PostgreSQL holds columns to their length."""
        stay = next(row for row in world.texas_file()["Enrollments"])
        name = "Individuals with Disabilities Education Act (IDEA) Indicator"
        assert take({"Enrollments": [{**stay, name: "Y"}]}).changed == 1
        with sessions().reading() as db:
            assert db.scalars(select(RecordChange).where(RecordChange.element == name)).one().new == "Y"

    def test_a_row_of_a_section_needs_no_row_in_students(self, sessions, take):
        course = row_of("TX100", Course_Title="Biology", Academic_Year="2026-2027", Clock_Hours="40")
        assert take({"Course History": [course]}).changed == 1
        with sessions().reading() as db:
            titles = db.scalars(select(Course.title).where(Course.state_record_id == record_of(db, "TX100").id))
            assert set(titles) == {"Algebra 1", "English 8", "Biology"}

    def test_a_withdrawal_closes_the_enrollment_in_place(self, sessions, take):
        enrollment = row_of(
            "TX100",
            School_Identification_Code=world.TX_SCHOOL,
            Enrollment_Date="20250812",
            Withdrawal_Date="20260529",
        )
        take({"Enrollments": [enrollment]})
        with sessions().reading() as db:
            ended = db.scalars(
                select(Enrollment.withdrawal_date).where(Enrollment.state_record_id == record_of(db, "TX100").id)
            ).all()
            assert ended == [date(2026, 5, 29)]

    def test_the_same_number_in_another_state_is_another_record(self, sessions, take):
        assert take({"Students": [child("TX100", First_Name="Winston", Last_Name_1="Abara")]}, state="VT").new == 1
        with sessions().reading() as db:
            assert record_of(db, "TX100", "VT").student_id != record_of(db, "TX100").student_id


class TestQuarantine:
    def test_good_rows_are_taken_and_faulty_ones_wait(self, sessions, take):
        bad = child("TX901", Birth_Date="03/14/212", Sex="?")
        report = take({"Students": [child("TX900"), bad], "Enrollments": [row_of("TX901", Enrollment_Date="20250812")]})
        assert report.new == 1
        assert [fault[:3] for fault in faults(report)] == [
            ("student", 3, "Sex"),
            ("student", 3, "Birth Date"),
            ("enrollment", 2, "State Student Identifier"),
        ]
        with sessions().reading() as db:
            kept = db.scalars(select(QuarantinedRow).order_by(QuarantinedRow.id)).all()
            assert kept[0].child == "TX901 Quintanilla, Rosalinda"
            assert kept[0].content["birth_date"] == "03/14/212"
            assert "waits for the child's row in Students" in kept[1].faults[0][2]

    def test_a_child_whom_nobody_sent(self, take):
        report = take({"Enrollments": [row_of("TX999", Enrollment_Date="20250812")]})
        assert "add the child's row in Students" in faults(report)[0][3]

    def test_two_rows_that_contradict_each_other_both_wait(self, sessions, take):
        report = take({"Students": [child("TX900"), child("TX900", First_Name="Rosaura"), child("TX902")]})
        assert [fault[1] for fault in faults(report)] == [3, 2]
        assert "row 2 has different values for the same entry (First Name)" in faults(report)[0][3]
        with sessions().reading() as db:
            assert record_of(db, "TX900") is None
            assert record_of(db, "TX902") is not None

    def test_two_equal_rows_are_one(self, take):
        report = take({"Students": [child("TX900"), child("TX900")]})
        assert (report.new, report.quarantined) == (1, [])

    def test_mended_and_sent_again_it_is_taken(self, sessions, take):
        take({"Students": [child("TX901", Birth_Date="20130231")]})
        assert take({"Students": [child("TX901", Birth_Date="20130228")]}).new == 1
        with sessions().reading() as db:
            assert record_of(db, "TX901").birth_date == date(2013, 2, 28)


class TestNearMatch:
    def test_waits_on_the_worklist_and_both_keep_their_number(self, sessions, take):
        resembling = child("VT900", **{**world.GRACIELA, "First_Name": "Yamileth", "Middle_Name": ""})
        resembling["Birth Date"] = "20120413"
        report = take({"Students": [resembling]}, state="VT")
        assert (report.new, report.near_matches) == (1, 1)
        with sessions().reading() as db:
            item = item_of(db, "VT900", "VT")
            assert item.candidate_id == record_of(db, "TX100").student_id
            assert item.due_on == clocks.worklist_due(NOW, "America/New_York").due_on
            assert item.reasons[-1] == "not linked by itself: two numbers in one State"
            assert len({record_of(db, "VT900", "VT").student_id, item.candidate_id}) == 2


class TestAClaimedMsixId:
    def msix_id(self, sessions, number):
        with sessions().reading() as db:
            return db.get(Student, record_of(db, number).student_id).msix_id

    def test_is_believed_when_the_child_is_alike(self, sessions, take):
        claim = child("VT901", **world.GRACIELA, MSIX_Identification_Number=self.msix_id(sessions, "TX100"))
        assert take({"Students": [claim]}, state="VT").linked == 1

    def test_is_a_near_match_when_it_is_not(self, sessions, take):
        claimed = self.msix_id(sessions, "TX100")
        stranger = child("VT902", First_Name="Winston", Last_Name_1="Abara", Birth_Date="20100101")
        report = take({"Students": [{**stranger, "MSIX Identification Number": claimed}]}, state="VT")
        assert (report.new, report.linked, report.near_matches) == (1, 0, 1)
        with sessions().reading() as db:
            assert "doubtful" in item_of(db, "VT902", "VT").reasons[0]

    def test_an_unknown_one_is_told_and_not_used(self, take):
        claim = {**child("VT903", First_Name="Winston"), "MSIX Identification Number": "318847370605"}
        assert "is not known here" in take({"Students": [claim]}, state="VT").warnings[-1]


class TestDryRun:
    def test_says_the_same_and_writes_nothing(self, sessions, take):
        before = row_counts(sessions)
        would = take({"Students": [child("TX900"), child("TX901", Sex="?")]}, dry_run=True)
        assert row_counts(sessions) == before
        with sessions().reading() as db:
            assert db.scalar(select(func.count()).select_from(Submission)) == 2
        did = take({"Students": [child("TX900"), child("TX901", Sex="?")]})
        assert (would.new, len(would.quarantined)) == (did.new, len(did.quarantined)) == (1, 1)
        assert "nothing was changed" in would.summary()[0]


class TestARefusedFile:
    def test_leaves_everything_as_it_was_and_says_why(self, sessions, tmp_path):
        before = row_counts(sessions)
        path = tmp_path / "students.csv"
        path.write_text(csv_text([{"State Student Identifier": "1", "First Name": "Ana"}]))
        with pytest.raises(RuleBroken, match="has no column"):
            uploads.receive_file(sessions, path, state="TX", now=NOW)
        assert row_counts(sessions) == before
        with sessions().reading() as db:
            last = db.scalars(select(Submission).order_by(Submission.id.desc())).first()
            assert last.status is SubmissionStatus.REFUSED
            assert "has no column" in last.message

    def test_an_unknown_state(self, sessions, tmp_path):
        path = workbook(tmp_path / "a.xlsx", {"Students": [child("1")]})
        with pytest.raises(RuleBroken, match="There is no State “ZZ”"):
            uploads.receive_file(sessions, path, state="ZZ", now=NOW)

    def test_headings_alone(self, sessions, tmp_path):
        path = tmp_path / "students.csv"
        path.write_text(",".join(child(1)) + "\n")
        with pytest.raises(RuleBroken, match="no row"):
            uploads.receive_file(sessions, path, state="TX", now=NOW)


class TestWhoMay:
    def test_nobody_uploads_for_another_state(self, sessions, person, tmp_path):
        path = workbook(tmp_path / "a.xlsx", {"Students": [child("1")]})
        with sessions() as db, pytest.raises(RuleBroken, match="own State only"):
            uploads.receive(
                db, state="TX", file_name="a.xlsx", path=path, now=NOW, by=person("vt_state_data_administrator")
            )

    def test_another_states_submission_does_not_exist(self, db, person):
        assert uploads.get(db, 1, by=person("state_data_administrator")).state_code == "TX"
        with pytest.raises(NotFound):
            uploads.get(db, 1, by=person("vt_state_data_administrator"))


class TestWhatAStopInterrupted:
    def test_is_found_and_taken_up_again(self, sessions, tmp_path):
        path = workbook(tmp_path / "a.xlsx", {"Students": [child("TX900")]})
        with sessions() as db, db.begin():
            number = uploads.receive(db, state="TX", file_name="a.xlsx", path=path, now=NOW, by=None).id
        with sessions().reading() as db:
            assert [one.id for one in uploads.interrupted(db)] == [number]
        uploads.process(sessions, number, path, now=NOW)
        with sessions().reading() as db:
            assert uploads.interrupted(db) == []
            assert db.get(Submission, number).children_new == 1
        assert not path.exists()

    def test_what_another_server_took_meanwhile_stays_taken(self, sessions, tmp_path):
        path = workbook(tmp_path / "1", {"Students": [child(1)]})
        with sessions() as db, db.begin():
            number = uploads.receive(db, state="TX", file_name="a.xlsx", path=path, now=NOW, by=None).id
        copied = path.read_bytes()
        uploads.process(sessions, number, path, now=NOW)
        path.write_bytes(copied)
        uploads.process(sessions, number, path, now=NOW)  # the file is still there
        uploads.process(sessions, number, path, now=NOW)  # and now it is gone
        with sessions().reading() as db:
            submission = db.get_one(Submission, number)
            assert (submission.status, submission.message) == (SubmissionStatus.APPLIED, "")

    def test_a_file_that_ends_the_process_is_not_taken_up_for_ever(self, sessions, tmp_path):
        path = workbook(tmp_path / "a.xlsx", {"Students": [child("TX900")]})
        with sessions() as db, db.begin():
            submission = uploads.receive(db, state="TX", file_name="a.xlsx", path=path, now=NOW, by=None)
            submission.tries = uploads.MOST_TRIES
        uploads.process(sessions, submission.id, path, now=NOW)
        with sessions().reading() as db:
            refused = db.get(Submission, submission.id)
            assert refused.status is SubmissionStatus.REFUSED
            assert "not read again" in refused.message

    def test_a_file_that_is_gone_is_told(self, sessions, tmp_path):
        path = workbook(tmp_path / "a.xlsx", {"Students": [child("TX900")]})
        with sessions() as db, db.begin():
            number = uploads.receive(db, state="TX", file_name="a.xlsx", path=path, now=NOW, by=None).id
        path.unlink()
        uploads.process(sessions, number, path, now=NOW)
        with sessions().reading() as db:
            assert db.get(Submission, number).status is SubmissionStatus.REFUSED


class TestSideBySide:
    def test_two_states_that_send_one_child_at_once_get_one_student(self, sessions, tmp_path):
        def send(state):
            amalia = child(f"{state}1", First_Name="Amalia", Middle_Name="Sofía", Last_Name_1="Ybarra")
            amalia |= {"Last Name 2": "Montemayor", "Birth Date": "20110706", "Birth City": "Uvalde"}
            amalia |= {"Female Parent First Name": "Leticia", "Female Parent Last Name": "Montemayor"}
            strangers = [child(f"{state}{n}", First_Name=f"Name{n}", Last_Name_1=f"Sur{n}") for n in range(2, 200)]
            path = workbook(tmp_path / f"{state}.xlsx", {"Students": [amalia, *strangers]})
            return uploads.receive_file(sessions, path, state=state, now=NOW)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(send, ("OH", "NC")))
        with sessions().reading() as db:
            assert record_of(db, "OH1", "OH").student_id == record_of(db, "NC1", "NC").student_id


def test_the_submission_is_an_event_of_the_audit_trail(sessions, take):
    take({"Students": [child("TX900")]})
    with sessions().reading() as db:
        event = db.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert (event.action, event.outcome, event.detail["new"]) == ("uploads.apply", "ok", 1)
        assert "Quintanilla" not in str(event.changes)


def test_old_and_new_values_stand_in_the_event(sessions, take):
    take({"Students": [child("TX103", First_Name="Graciela Inés", Last_Name_1="Castañeda")]})
    with sessions().reading() as db:
        event = db.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        record = record_of(db, "TX103")
    assert ["state_record", str(record.id), "First Name", "Graciela", "Graciela Inés"] in event.changes


def test_a_refusal_is_an_event_too(sessions, tmp_path):
    path = tmp_path / "students.csv"
    path.write_text("A,B\n1,2\n")
    with pytest.raises(RuleBroken):
        uploads.receive_file(sessions, path, state="TX", now=NOW)
    with sessions().reading() as db:
        event = db.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert (event.action, event.outcome) == ("uploads.refuse", "refused")


def test_unknown_codes_of_schools_are_a_warning_not_a_refusal(take):
    enrollment = row_of("TX100", School_Identification_Code="480000199999", Enrollment_Date="20261001")
    report = take({"Enrollments": [enrollment]})
    assert report.changed == 1
    assert "480000199999" in report.warnings[-1]


def test_eligibility_is_not_computed_over_what_the_state_says(sessions, take):
    move = row_of("TX103", **{"Qualifying Arrival Date (QAD)": "20250601", "Eligibility Expiration Date": "20271231"})
    take({"Qualifying Moves": [move]})
    with sessions().reading() as db:
        assert record_of(db, "TX103").moves[0].eligibility_end == date(2025, 6, 1) + timedelta(days=943)
