"""Correction requests: the table of steps, reach, clocks, forwarding, revised data, inquiries, reminders, letters."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from msixlite.domain import (
    attachments,
    clocks,
    correction_clocks,
    correction_elements,
    correction_inquiries,
    correction_intake,
    correction_letters,
    correction_revisions,
    corrections,
    daily,
    feeds,
    kept_files,
    spanish,
)
from msixlite.domain import mde as registry
from msixlite.domain.attachments import Sent
from msixlite.domain.correction_wordings import DEFAULTS, Wording
from msixlite.domain.errors import NotAllowed, NotFound, RuleBroken
from msixlite.models.corrections import (
    AskedBy,
    Channel,
    CorrectionReminder,
    CorrectionRequest,
    CorrectionStatus,
    Decision,
    Language,
    Requester,
)
from msixlite.models.mail import OutgoingMail
from msixlite.models.uploads import Submission
from tests import world
from tests.cases import NOW, person, record_of
from tests.files import child

S = CorrectionStatus
TODAY = clocks.day_in(NOW, "America/Chicago")
TX, VT = "state_data_administrator", "vt_state_data_administrator"
STEPS = {
    S.ACKNOWLEDGED: lambda db, one, by: corrections.acknowledge(db, one, text="", now=NOW, by=by),
    S.INVESTIGATED: lambda db, one, by: corrections.investigate(db, one, text="Looked.", now=NOW, by=by),
    S.DECIDED: lambda db, one, by: corrections.decide(db, one, accepted=(), reasons="Seen.", now=NOW, by=by),
    S.NOTIFIED: lambda db, one, by: corrections.notify(db, one, text="", now=NOW, by=by),
}


def meant(db, number, key, should="Reynosa", row=0):
    """An element of the State record of a State ID, with what it should be."""
    record = record_of(db, number)
    offered = correction_elements.offered(db, record.student)
    found = [one for one in offered if (one.state_record_id, one.key) == (record.id, key)]
    return found[row], should


def intake(*elements, **changes):
    made = correction_intake.Intake(
        requester=Requester.PARENT,
        name="Ofelia Peña",
        address="17 Orchard Lane\n\nRobles, TX 70000",
        phone="",
        language=Language.SPANISH,
        channel=Channel.LETTER,
        text="El lugar está mal.",
        received_on=TODAY,
        meant=elements,
    )
    return replace(made, **changes)


@pytest.fixture
def take_in(office):
    """`take_in("birth_city", …)`: the number of a request on elements of Texas's Graciela."""

    def take_in(*keys, number="TX100", actor=TX, files=(), **changes):
        with office.deed() as db:
            elements = [meant(db, number, key) for key in keys or ("birth_city",)]
            student = record_of(db, number).student
            asked = intake(*elements, **changes)
            return correction_intake.take_in(db, student, asked, files=files, now=NOW, by=person(db, actor)).id

    return take_in


@pytest.fixture
def lead(office):
    """`lead(number, S.DECIDED)`: the request led there, everything to be corrected."""

    def lead(number, to, accepted=None, now=NOW, actor=TX):
        with office.deed() as db:
            by = person(db, actor)
            for status in (S.ACKNOWLEDGED, S.INVESTIGATED, S.DECIDED, S.NOTIFIED):
                if status is S.DECIDED:
                    ids = {one.id for one in corrections.get(db, number, by=by).own_elements}
                    ids = ids if accepted is None else set(list(ids)[:accepted])
                    corrections.decide(db, number, accepted=ids, reasons="Seen.", now=now, by=by)
                else:
                    STEPS[status](db, number, by)
                if status is to:
                    return

    return lead


class TestSteps:
    def test_everything_else_does_not_exist(self, office, take_in):
        """Every pair of statuses by every role that may come near, against the table."""
        number = take_in()
        with office.sessions() as db:
            for start, end, actor in product(S, STEPS, (TX, "district_data_administrator")):
                by = person(db, actor)
                request = db.get(CorrectionRequest, number)
                request.status, request.district_id = start, person(db, "district_data_administrator").district_id
                request.decided_at = request.decision = None
                db.flush()
                row = next((s for s in corrections.TRANSITIONS if (s.start, s.end) == (start, end)), None)
                if row is None:
                    with pytest.raises((RuleBroken, NotAllowed)):
                        STEPS[end](db, number, by)
                elif not corrections.allows(by, row.right):
                    with pytest.raises(NotAllowed):
                        STEPS[end](db, number, by)
                else:
                    assert STEPS[end](db, number, by).status is end

    def test_every_status_can_be_reached_and_left(self):
        assert {step.end for step in corrections.TRANSITIONS} == set(S) - {S.RECEIVED}
        assert {step.start for step in corrections.TRANSITIONS} == set(S) - set(corrections.ENDED)

    @pytest.mark.parametrize(
        ("accepted", "decision"), [(2, Decision.CORRECTED), (1, Decision.PARTLY), (0, Decision.NOT_CORRECTED)]
    )
    def test_the_elements_make_the_decision(self, office, take_in, lead, accepted, decision):
        number = take_in("birth_city", "sex")
        lead(number, S.DECIDED, accepted=accepted)
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            assert request.decision is decision
            assert sum(one.accepted for one in request.elements) == accepted
            assert (request.revised_due_on is None) is (accepted == 0)

    @pytest.mark.parametrize("reasons", ["", "  "])
    def test_a_decision_and_an_investigation_need_words(self, office, take_in, lead, reasons):
        number = take_in()
        lead(number, S.ACKNOWLEDGED)
        with office.sessions() as db:
            by = person(db, TX)
            with pytest.raises(RuleBroken, match="what you found"):
                corrections.investigate(db, number, text=reasons, now=NOW, by=by)
            corrections.investigate(db, number, text="Looked.", now=NOW, by=by)
            with pytest.raises(RuleBroken, match="reasons"):
                corrections.decide(db, number, accepted=(), reasons=reasons, now=NOW, by=by)

    def test_nobody_decides_on_a_foreign_element(self, office, take_in, lead):
        number = take_in()
        lead(number, S.INVESTIGATED)
        with office.sessions() as db, pytest.raises(RuleBroken, match="not among those"):
            corrections.decide(db, number, accepted={999}, reasons="Seen.", now=NOW, by=person(db, TX))


class TestIntake:
    def test_the_value_is_taken_as_it_is_then(self, office, take_in):
        number = take_in("birth_city", "multiple_birth", "suffix", "grade_level")
        office.take({"Students": [child("TX100", **{**world.GRACIELA, "Birth_City": "Matamoros"})]})
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            kept = {one.key: one.value_as_is for one in request.elements}
        assert kept == {"birth_city": "Reynosa", "multiple_birth": "No", "suffix": "", "grade_level": "Grade 8"}

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": " "}, "name and postal address"),
            ({"address": ""}, "name and postal address"),
            ({"text": " "}, "what is wrong"),
            ({"meant": ()}, "at least one element"),
            ({"received_on": TODAY + timedelta(days=1)}, "future"),
            ({"received_on": TODAY - timedelta(days=400)}, "more than a year ago"),
        ],
    )
    def test_what_is_missing_is_said(self, office, changes, sentence):
        with office.sessions() as db:
            asked = replace(intake(meant(db, "TX100", "birth_city")), **changes)
            student = record_of(db, "TX100").student
            with pytest.raises(RuleBroken, match=sentence):
                correction_intake.take_in(db, student, asked, files=(), now=NOW, by=person(db, TX))

    def test_each_element_says_what_it_should_be(self, office):
        with office.sessions() as db:
            asked = intake(meant(db, "TX100", "birth_city", should=" "))
            student = record_of(db, "TX100").student
            with pytest.raises(RuleBroken, match="“Birth City” should be"):
                correction_intake.take_in(db, student, asked, files=(), now=NOW, by=person(db, TX))

    @pytest.mark.parametrize(
        ("actor", "number", "may"),
        [
            ("district_data_administrator", "TX100", True),
            ("district_data_administrator", "TX101", False),
            ("regional_data_administrator", "TX100", True),
            ("regional_data_administrator", "TX103", False),
            (TX, "VT201", True),
            ("msix_primary", "TX100", False),
            ("privacy_act_administrator", "TX100", False),
            ("help_desk", "TX100", False),
        ],
    )
    def test_who_takes_in(self, take_in, actor, number, may):
        if may:
            assert take_in(actor=actor, number=number)
        else:
            with pytest.raises(NotFound):
                take_in(actor=actor, number=number)

    def test_who_sees_it(self, office, take_in):
        of_district = take_in(actor="district_data_administrator")
        of_region = take_in(actor="regional_data_administrator")
        of_state = take_in()
        seen = {
            "district_data_administrator": {of_district},
            "regional_data_administrator": {of_district, of_region},
            TX: {of_district, of_region, of_state},
            "privacy_act_administrator": {of_district, of_region, of_state},
            VT: set(),
            "msix_primary": set(),
            "state_user_administrator": set(),
        }
        with office.read() as db:
            for actor, numbers in seen.items():
                by = person(db, actor)
                assert {row.request.id for row in correction_clocks.open_rows(db, now=NOW, by=by)} == numbers, actor
                assert correction_clocks.count_open(db, by=by) == len(numbers)
                for number in {of_district, of_region, of_state} - numbers:
                    with pytest.raises(NotFound):
                        corrections.get(db, number, by=by)


class TestClocks:
    def test_thirty_calendar_days(self):
        counted = clocks.calendar_days(date(2026, 11, 2), clocks.CORRECTION_DAYS)
        assert (counted.due_on, counted.words) == (date(2026, 12, 2), "30 calendar days from 11/02/2026")

    @pytest.mark.parametrize(
        ("start", "count", "due_on", "without"),
        [
            (date(2026, 11, 24), 4, date(2026, 12, 1), ", without 11/26/2026"),
            (date(2026, 11, 9), 10, date(2026, 11, 24), ", without 11/11/2026"),
            (date(2026, 11, 2), 4, date(2026, 11, 6), ""),
            (date(2026, 12, 23), 10, date(2027, 1, 8), ", without 12/25/2026 and 01/01/2027"),
        ],
    )
    def test_working_days_name_the_holidays_left_out(self, start, count, due_on, without):
        counted = clocks.working_days(start, count)
        words = f"{count} working days from {start:%m/%d/%Y}, federal holidays{without}"
        assert (counted.due_on, counted.words) == (due_on, words)

    def test_each_clock_of_a_request(self, office, take_in, lead):
        number = take_in("birth_city", received_on=TODAY - timedelta(days=2))
        lead(number, S.DECIDED)
        with office.deed() as db:
            by = person(db, TX)
            correction_inquiries.add(
                db,
                number,
                asked_by=AskedBy.DEPARTMENT,
                asker="Office of Migrant Education",
                received_on=TODAY,
                text="How far is it?",
                now=NOW,
                by=by,
            )
            found = {
                one.key.split()[0]: one for one in correction_clocks.of_request(corrections.get(db, number, by=by))
            }
        assert found["answer"].due_on == TODAY + timedelta(days=28)
        assert found["revised"].due_on == clocks.add_working_days(TODAY, 4)
        assert found["inquiry"].due_on == clocks.add_working_days(TODAY, 10)
        assert found["inquiry"].plain_on == TODAY + timedelta(days=10)
        assert all(one.runs and not one.is_late(TODAY) for one in found.values())

    def test_a_leap_day_is_a_day(self):
        assert clocks.calendar_days(date(2028, 2, 1), 30).due_on == date(2028, 3, 2)

    def test_the_list_has_the_first_due_first_and_says_what_is_overdue(self, office, take_in):
        late = take_in(received_on=TODAY - timedelta(days=31))
        new = take_in()
        with office.read() as db:
            rows = correction_clocks.open_rows(db, now=NOW, by=person(db, TX))
            assert [(row.request.id, row.overdue) for row in rows] == [(late, True), (new, False)]

    def test_the_last_day_is_not_late_where_the_state_is(self, office, take_in):
        number = take_in(received_on=date(2026, 10, 20)) if date(2026, 10, 20) < TODAY else take_in()
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            evening = datetime(request.due_on.year, request.due_on.month, request.due_on.day, tzinfo=UTC)
            still_that_day = evening + timedelta(hours=28)  # 22 or 23 o'clock in Texas, the next day in UTC
            assert not correction_clocks.row_of(request, now=still_that_day).overdue
            assert correction_clocks.row_of(request, now=still_that_day + timedelta(hours=3)).overdue


class TestForwarding:
    def forward(self, office, number, now=NOW):
        with office.deed() as db:
            return [one.id for one in corrections.forward(db, number, text="Note.", now=now, by=person(db, TX))]

    def test_the_owner_acts_as_if_asked_directly(self, office, take_in, lead):
        number = take_in(number="VT200", received_on=TODAY - timedelta(days=3))
        (other,) = self.forward(office, number)
        with office.read() as db:
            there = corrections.get(db, other, by=person(db, VT))
            assert (there.state_code, there.status, there.channel) == ("VT", S.RECEIVED, Channel.ANOTHER_STATE)
            assert there.received_on == clocks.day_in(NOW, "America/New_York")
            assert there.due_on == there.received_on + timedelta(days=30)
            assert there.requester_address == "17 Orchard Lane\nRobles, TX 70000"
            assert [one.value_as_should for one in there.elements] == ["Reynosa"]
            here = corrections.get(db, number, by=person(db, TX))
            assert here.status is S.FORWARDED
            assert not [one for one in correction_clocks.of_request(here) if one.runs]
            with pytest.raises(NotFound):
                corrections.get(db, other, by=person(db, TX))
        lead(other, S.NOTIFIED, actor=VT)

    def test_it_is_due_within_four_working_days_of_receipt(self, office, take_in):
        received = TODAY - timedelta(days=2)
        number = take_in(number="VT200", received_on=received)
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            assert request.forward_due_on == clocks.add_working_days(received, 4)
            assert request.forward_counted.startswith(f"4 working days from {received:%m/%d/%Y}")

    def test_own_elements_stay_and_the_rest_goes(self, office, lead):
        with office.deed() as db:
            both = intake(meant(db, "TX100", "sex"), meant(db, "VT200", "birth_city"))
            by = person(db, TX)
            request = correction_intake.take_in(db, record_of(db, "TX100").student, both, files=(), now=NOW, by=by)
            number = request.id
        (other,) = self.forward(office, number)
        lead(number, S.NOTIFIED)
        with office.read() as db:
            mine = corrections.get(db, number, by=person(db, TX))
            assert (mine.status, [one.key for one in mine.own_elements]) == (S.NOTIFIED, ["sex"])
            there = corrections.get(db, other, by=person(db, VT))
            assert [one.key for one in there.elements] == ["birth_city"]

    def test_what_belongs_to_others_alone_is_not_investigated_here(self, office, take_in, lead):
        number = take_in(number="VT200")
        with office.sessions() as db:
            corrections.acknowledge(db, number, text="", now=NOW, by=person(db, TX))
            with pytest.raises(RuleBroken, match="belongs to VT"):
                corrections.investigate(db, number, text="x", now=NOW, by=person(db, TX))

    def test_twice_is_refused(self, office, take_in):
        number = take_in(number="VT200")
        self.forward(office, number)
        with pytest.raises(RuleBroken, match="nothing to forward"):
            self.forward(office, number)

    def test_the_evidence_goes_with_it(self, office, take_in, tmp_path):
        with office.read() as db:
            files = attachments.keep([Sent("acta.pdf", PDF)], folder=tmp_path / "a", now=NOW, by=person(db, TX))
        (other,) = self.forward(office, take_in(number="VT200", files=files))
        with office.read() as db:
            there = corrections.get(db, other, by=person(db, VT))
            assert [one.file_name for one in there.attachments] == ["acta.pdf"]

    def test_the_e_mail_says_a_number_and_a_day(self, office, take_in):
        (other,) = self.forward(office, take_in(number="VT200"))
        with office.read() as db:
            (mail,) = db.scalars(select(OutgoingMail)).all()
            assert mail.recipient.user_name == VT
            assert corrections.get(db, other, by=person(db, VT)).reference in mail.subject
            assert "Ofelia" not in mail.body
            assert "Orchard" not in mail.body


class TestRevisedData:
    def revise(self, office, city="Nuevo Laredo", **more):
        changed = {**world.GRACIELA, "Birth_City": city, **more}
        return office.take({"Students": [child("TX100", **changed)]})

    def test_a_later_submission_is_seen_by_itself(self, office, take_in, lead):
        number = take_in()
        lead(number, S.DECIDED)
        self.revise(office)
        with office.read() as db:
            sent = db.scalars(select(Submission).order_by(Submission.id.desc())).first()
            request = corrections.get(db, number, by=person(db, TX))
            (element,) = request.elements
            assert element.revised_by_id == sent.id
            assert request.revised_at == sent.received_at
            (revision,) = correction_revisions.of_request(db, request)
            assert (revision.old, revision.new, revision.file_name) == (
                "Reynosa",
                "Nuevo Laredo",
                sent.file_name,
            )
            assert sent.file_name in request.steps[-1].text

    def test_another_element_ticks_nothing(self, office, take_in, lead):
        number = take_in("sex")
        lead(number, S.DECIDED)
        self.revise(office)
        with office.read() as db:
            assert corrections.get(db, number, by=person(db, TX)).revised_at is None

    def test_of_two_both_must_come(self, office, take_in, lead):
        number = take_in("birth_city", "middle_name")
        lead(number, S.DECIDED)
        self.revise(office)
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            assert [bool(one.revised_by_id) for one in request.elements] == [True, False]
            assert request.revised_at is None
        self.revise(office, Middle_Name="Yamila")
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            assert all(one.revised_by_id for one in request.elements)
            assert request.revised_at is not None

    def test_what_came_during_the_investigation_counts(self, office, take_in, lead):
        number = take_in()
        self.revise(office)
        lead(number, S.DECIDED)
        with office.read() as db:
            assert corrections.get(db, number, by=person(db, TX)).revised_at is not None

    def test_an_element_of_an_enrollment_by_its_row(self, office, take_in, lead):
        number = take_in("grade_level")
        lead(number, S.DECIDED)
        row = next(one for one in world.texas_file()["Enrollments"])
        office.take({"Enrollments": [{**row, "Grade Level": "07"}]})
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            assert request.elements[0].what == "Seabreeze Junior High, 2025-08-12"
            assert request.revised_at is not None

    def test_a_key_is_corrected_by_a_new_row(self, office, take_in, lead):
        number = take_in("arrival_date")
        lead(number, S.DECIDED)
        identity = {"State Student Identifier": "TX100", "State Student Identifier Type": "01"}
        office.take({"Qualifying Moves": [{**identity, "Qualifying Arrival Date (QAD)": "20260610"}]})
        with office.read() as db:
            assert corrections.get(db, number, by=person(db, TX)).revised_at is not None

    def test_what_was_not_accepted_is_not_ticked(self, office, take_in, lead):
        number = take_in()
        lead(number, S.DECIDED, accepted=0)
        self.revise(office)
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            assert request.elements[0].revised_by_id is None
            assert len(correction_revisions.of_request(db, request)) == 1


class TestInquiries:
    def ask(self, office, number, **changes):
        values = {"asked_by": AskedBy.STATE, "asker": "Ohio", "received_on": TODAY, "text": "How far?"}
        with office.deed() as db:
            by = person(db, TX)
            return correction_inquiries.add(db, number, **{**values, **changes}, now=NOW, by=by).id

    def test_it_is_answered_once(self, office, take_in):
        number = take_in()
        inquiry = self.ask(office, number)
        with office.deed() as db:
            correction_inquiries.answer(db, number, inquiry, text="Decided.", now=NOW, by=person(db, TX))
            with pytest.raises(RuleBroken, match="answered already"):
                correction_inquiries.answer(db, number, inquiry, text="Again.", now=NOW, by=person(db, TX))

    @pytest.mark.parametrize("changes", [{"asker": " "}, {"text": ""}, {"received_on": TODAY + timedelta(days=1)}])
    def test_what_is_missing_is_said(self, office, take_in, changes):
        with pytest.raises(RuleBroken):
            self.ask(office, take_in(), **changes)

    def test_of_another_request_it_does_not_exist(self, office, take_in):
        inquiry, other = self.ask(office, take_in()), take_in()
        with office.sessions() as db, pytest.raises(NotFound):
            correction_inquiries.answer(db, other, inquiry, text="x", now=NOW, by=person(db, TX))

    def test_an_open_one_keeps_an_ended_request_on_the_list(self, office, take_in, lead):
        number = take_in()
        lead(number, S.NOTIFIED, accepted=0)
        with office.read() as db:
            assert correction_clocks.open_rows(db, now=NOW, by=person(db, TX)) == []
        self.ask(office, number)
        with office.read() as db:
            (row,) = correction_clocks.open_rows(db, now=NOW, by=person(db, TX))
            assert row.clock.key.startswith("inquiry")


class TestReminders:
    def follow(self, office, now):
        with office.deed() as db:
            return correction_clocks.follow(db, now)

    def mails(self, office):
        with office.read() as db:
            return [(mail.recipient.user_name, mail.subject) for mail in db.scalars(select(OutgoingMail))]

    def test_soon_then_overdue_each_once(self, office, take_in):
        number = take_in()
        for days, count in ((22, 0), (23, 1), (23, 1), (30, 1), (31, 2), (31, 2), (60, 2)):
            self.follow(office, NOW + timedelta(days=days))
            assert len(self.mails(office)) == count, days
        reference = f"CR-{NOW.year}-{number:06}"
        assert self.mails(office) == [
            (TX, f"Correction request {reference} is due soon"),
            (TX, f"Correction request {reference} is overdue"),
        ]

    def test_the_earlier_reading_drives_it(self, office, take_in):
        """Four working days over a weekend: as plain days they are over sooner."""
        received = next(TODAY - timedelta(days=n) for n in range(7) if (TODAY - timedelta(days=n)).weekday() == 3)
        number = take_in(number="VT200", received_on=received)
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            clock = next(one for one in correction_clocks.of_request(request) if one.key == "forward")
            assert clock.plain_on == received + timedelta(days=4) < clock.due_on
            assert clock.reminds_on == received + timedelta(days=3)

    @pytest.mark.parametrize(
        ("received", "due", "midnight"),
        [
            (date(2027, 2, 20), date(2027, 3, 22), 5),  # daylight saving begins on 03/14/2027
            (date(2026, 10, 10), date(2026, 11, 9), 6),  # and ends on 11/01/2026
            (date(2028, 2, 1), date(2028, 3, 2), 6),  # over a leap day
            (date(2027, 6, 4), date(2027, 7, 4), 5),  # the holiday is kept on Monday: calendar days do not care
        ],
    )
    def test_thirty_days_are_over_at_the_states_midnight(self, office, received, due, midnight):
        entered = datetime(received.year, received.month, received.day, 18, tzinfo=UTC)
        with office.deed() as db:
            asked = intake(meant(db, "TX100", "birth_city"), received_on=received)
            student = record_of(db, "TX100").student
            made = correction_intake.take_in(db, student, asked, files=(), now=entered, by=person(db, TX))
            assert made.due_on == due
        over = datetime(due.year, due.month, due.day, midnight, tzinfo=UTC) + timedelta(days=1)
        self.follow(office, over - timedelta(minutes=1))
        assert [subject.rpartition(" is ")[2] for _, subject in self.mails(office)] == ["due soon"]
        self.follow(office, over + timedelta(minutes=1))
        self.follow(office, over - timedelta(days=3))  # the clock is set back
        self.follow(office, over + timedelta(minutes=2))
        assert [subject.rpartition(" is ")[2] for _, subject in self.mails(office)] == ["due soon", "overdue"]

    def test_nothing_personal_leaves(self, office, take_in):
        number = take_in()
        with office.deed() as db:
            correction_inquiries.add(
                db,
                number,
                asked_by=AskedBy.STATE,
                asker="Graciela Castañeda",
                received_on=TODAY,
                text="x",
                now=NOW,
                by=person(db, TX),
            )
        self.follow(office, NOW + timedelta(days=40))
        with office.read() as db:
            mails = list(db.scalars(select(OutgoingMail)))
            assert len(mails) == 2
            assert not any("Castañeda" in mail.body or "Peña" in mail.body for mail in mails)
            assert len(list(db.scalars(select(CorrectionReminder)))) == 2

    def test_it_is_part_of_the_clock_work(self):
        assert "corrections" in {job.name for job in daily.JOBS}
        assert daily._corrections in daily.DEEDS


class TestAfterMergeAndSplit:
    def test_the_request_follows_the_state_record(self, office, take_in):
        number = take_in(number="TX103")
        before = office.owners()
        item = office.merge("TX100", "TX103")
        office.validate(item)
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            assert request.student.msix_id == before["TX100"]
            assert [one.id for one in corrections.of_child(db, request.student, by=person(db, TX))] == [number]
        office.unmerge(item)
        with office.read() as db:
            assert corrections.get(db, number, by=person(db, TX)).student.msix_id == before["TX103"]


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40 + b"\xff\xd9"


class TestEvidence:
    @pytest.mark.parametrize(
        ("content", "kind"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg"), (b"GIF89a", None)]
    )
    def test_the_content_tells_the_kind(self, content, kind):
        assert attachments.media_type(content) == kind

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"<html>", "not a PDF, PNG or JPEG"),
            (b"MZ\x90", "not a PDF, PNG or JPEG"),
            (b"", "not a PDF, PNG or JPEG"),
            (PDF.replace(b"<<>>", b"<</JavaScript (x)>>"), "scripts"),
            (PDF.replace(b"<<>>", b"<</#4aS (x)>>"), "scripts"),
            (PDF + b"0" * 2000 + b"%%EOF", "larger"),
        ],
    )
    def test_what_is_refused(self, content, sentence):
        with pytest.raises(RuleBroken, match=sentence):
            attachments.check([Sent("a.pdf", content)], limit=1500)

    def test_too_many(self):
        with pytest.raises(RuleBroken, match="At most 10"):
            attachments.check([Sent("a.pdf", PDF)] * 2, limit=1000, already=9)

    def test_it_lies_under_a_random_name_for_the_owner_only(self, office, tmp_path):
        with office.read() as db:
            (kept,) = attachments.keep(
                [Sent("C:\\papers\\acta\x07.pdf", PDF)], folder=tmp_path / "attachments", now=NOW, by=person(db, TX)
            )
        path = tmp_path / "attachments" / kept.token
        assert (kept.file_name, kept.size, path.read_bytes()) == ("acta.pdf", len(PDF), PDF)
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    def test_a_name_of_nothing_is_said(self):
        assert kept_files.is_pdf(PDF)
        assert attachments._shown("/") == "without a name"


class TestLetters:
    def write(self, office, number, key, **how):
        with office.read() as db:
            request = corrections.get(db, number, by=person(db, TX))
            return correction_letters.write(db, request, correction_letters.kind_of(key), **how, now=NOW)

    def test_in_the_familys_language_with_its_address(self, office, take_in):
        letter = self.write(office, take_in(), "acknowledgement")
        assert letter.language is Language.SPANISH
        assert letter.address == ("Ofelia Peña", "17 Orchard Lane", "Robles, TX 70000")
        assert letter.subject == "Su solicitud para corregir información sobre Graciela Yamileth Castañeda Peña"
        (line,) = letter.elements
        assert (line.name, line.as_is, line.as_should) == ("Ciudad de nacimiento", "Reynosa", "Reynosa")

    def test_in_another_language_where_asked(self, office, take_in):
        letter = self.write(office, take_in("multiple_birth"), "acknowledgement", language=Language.ENGLISH)
        assert letter.subject.startswith("Your request to correct")
        assert letter.elements[0].name == "Multiple Birth Flag"

    @pytest.mark.parametrize("key", ["decision", "notification", "forwarded"])
    def test_no_letter_before_its_time(self, office, take_in, key):
        with pytest.raises(RuleBroken, match="cannot be written"):
            self.write(office, take_in(), key)

    @pytest.mark.parametrize("language", Language)
    @pytest.mark.parametrize("key", ["decision", "notification"])
    def test_the_decision_with_its_reasons(self, office, take_in, lead, key, language):
        number = take_in("birth_city", "sex")
        lead(number, S.DECIDED, accepted=1)
        letter = self.write(office, number, key, language=language)
        text = " ".join(letter.paragraphs)
        assert ("in part" if language is Language.ENGLISH else "en parte") in text
        assert key == "notification" or "Seen." in text
        assert "{" not in text.replace("{elements}", "")
        assert all(line.outcome for line in letter.elements)
        assert not any(line.outcome for line in self.write(office, number, "acknowledgement").elements)

    def test_the_forwarded_one_names_the_office(self, office, take_in):
        number = take_in(number="VT200")
        with office.deed() as db:
            corrections.forward(db, number, text="", now=NOW, by=person(db, TX))
        text = " ".join(self.write(office, number, "forwarded").paragraphs)
        assert "Vermont: Vermont Migrant Education Program, (555) 555-0150" in text

    def test_each_letter_lists_what_it_is_about(self, office, lead):
        with office.deed() as db:
            both = intake(meant(db, "TX100", "sex"), meant(db, "VT200", "birth_city"))
            by = person(db, TX)
            student = record_of(db, "TX100").student
            number = correction_intake.take_in(db, student, both, files=(), now=NOW, by=by).id
            corrections.forward(db, number, text="", now=NOW, by=by)
        lead(number, S.DECIDED)
        listed = {
            key: [one.state for one in self.write(office, number, key).elements] for key in correction_letters.KINDS
        }
        assert listed == {
            "acknowledgement": ["TX", "VT"],
            "forwarded": ["VT"],
            "decision": ["TX"],
            "notification": ["TX"],
        }

    def test_every_default_can_be_used(self):
        assert DEFAULTS.keys() == set(product(correction_letters.KINDS, Language))
        for (_key, language), wording in DEFAULTS.items():
            preview = correction_letters.preview(wording, language, today=TODAY)
            assert "{" not in "".join((preview.subject, *preview.paragraphs)).replace("{elements}", "")

    def test_every_element_has_a_spanish_name(self):
        named = {element.key for element in registry.ELEMENTS if element.key} - {"msix_id"}
        assert named == spanish.ELEMENTS.keys()

    @pytest.mark.parametrize(
        ("subject", "body", "sentence"),
        [
            ("", "{reference}", "needed"),
            ("x", " ", "needed"),
            ("x\ny", "{reference}", "one line"),
            ("x", "{reference} {mother}", "no field {mother}"),
            ("x", "{reference} {elements}", "stands alone"),
            ("{elements}", "{reference}", "stands alone"),
            ("x", "no number", "needs {reference}"),
            ("x", "{reference}" + "y" * 6000, "at most 6,000"),
        ],
    )
    def test_a_wording_that_cannot_be_used(self, subject, body, sentence):
        with pytest.raises(RuleBroken, match=sentence):
            correction_letters.preview(Wording(subject, body), Language.ENGLISH, today=TODAY)

    def test_a_states_own_wording_and_back(self, office, take_in):
        number, kind = take_in(), correction_letters.kind_of("acknowledgement")
        own = Wording("Own {reference}", "Hola {requester}\n\n{elements}")
        with office.deed() as db:
            correction_letters.change(db, kind, Language.SPANISH, own, now=NOW, by=person(db, TX))
        assert self.write(office, number, "acknowledgement").paragraphs == ("Hola Ofelia Peña", "{elements}")
        assert self.write(office, number, "acknowledgement", language=Language.ENGLISH).subject.startswith("Your")
        with office.deed() as db:
            correction_letters.reset(db, kind, Language.SPANISH, by=person(db, TX))
        assert self.write(office, number, "acknowledgement").subject.startswith("Su solicitud")

    def test_braces_of_the_family_stay_text(self, office, take_in):
        letter = self.write(office, take_in(name="{office} {x}"), "acknowledgement")
        assert letter.address[0] == "{office} {x}"
        assert "{office} {x}" in letter.paragraphs[0]


def test_the_calendar_has_numbers_and_days_only(office, take_in):
    number = take_in(number="VT200")
    with office.read() as db:
        found = {one.key: one.title for one in feeds.due_dates(db, now=NOW, by=person(db, TX))}
    assert found[f"correction-{number}-forward"] == f"CR-{NOW.year}-{number:06}: forward due"
