"""The upload schedule (C12): when a file is overdue, what is due after events, who is reminded."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from msixlite.domain import clocks, policy, reminders, upload_schedule
from msixlite.domain.errors import NotAllowed, NotFound, RuleBroken
from msixlite.models.mail import OutgoingMail
from msixlite.models.places import District
from msixlite.models.policy import DaysReading, UploadSchedule
from msixlite.models.upload_schedule import UploadEvent, UploadEventKind
from msixlite.models.uploads import Submission, SubmissionStatus
from msixlite.models.users import AccountStatus
from tests.cases import NOW, person

TX, VT = "state_data_administrator", "vt_state_data_administrator"
KIND = UploadEventKind


def today(db, days=0):
    return clocks.day_in(NOW + timedelta(days=days), person(db, TX).state.time_zone)


def look(office, days=0, actor=TX):
    with office.read() as db:
        return upload_schedule.look(db, now=NOW + timedelta(days=days), by=person(db, actor))


def follow(office, schedule, **readings):
    values = {"first_reply_hours": 24, "resolution_days": 5, "escalation_days": 5}
    switches = {"single_administrator": False, "approve_when_run_out": False}
    with office.deed() as db:
        policy.change(db, "TX", **values, **switches, upload_schedule=schedule, **readings, by=person(db, TX))


def add(office, kind=KIND.TERM, days=0, district=None, actor=TX):
    with office.deed() as db:
        place = db.scalar(select(District).where(District.code == district)) if district else None
        return upload_schedule.add(
            db, kind, happened_on=today(db, days), district=place, now=NOW, by=person(db, actor)
        ).id


class TestSchedule:
    def test_nightly_by_default(self, office):
        assert look(office).schedule is UploadSchedule.NIGHTLY

    @pytest.mark.parametrize(
        ("schedule", "last_day_in_time"),
        [(UploadSchedule.NIGHTLY, 1), (UploadSchedule.TWICE_A_WEEK, 4), (UploadSchedule.WEEKLY, 7)],
    )
    def test_overdue_when_the_day_of_the_next_file_is_over(self, office, schedule, last_day_in_time):
        follow(office, schedule)
        assert not look(office, days=last_day_in_time).is_overdue
        assert look(office, days=last_day_in_time + 1).is_overdue

    def test_a_refused_file_did_not_arrive(self, office):
        with office.deed() as db:
            db.execute(update(Submission).values(status=SubmissionStatus.REFUSED))
        found = look(office)
        assert (found.last, found.expected_by, found.is_overdue) == (None, None, True)

    def test_another_states_file_is_none_of_ours(self, office):
        with office.deed() as db:
            db.execute(update(Submission).where(Submission.state_code == "TX").values(state_code="VT"))
        assert look(office).last is None
        assert look(office, actor=VT).last

    def test_other_settings_leave_the_schedule(self, office):
        follow(office, UploadSchedule.WEEKLY)
        follow(office, None)
        assert look(office).schedule is UploadSchedule.WEEKLY

    @pytest.mark.parametrize("actor", ["msix_primary", "district_data_administrator", "government_administrator"])
    def test_is_the_state_data_administrators(self, office, actor):
        with pytest.raises(NotAllowed):
            look(office, actor=actor)
        with pytest.raises(NotAllowed):
            add(office, actor=actor)


class TestDue:
    @pytest.mark.parametrize(
        ("kind", "happened", "due"),
        [
            (KIND.ENROLLMENT, date(2026, 9, 1), date(2026, 9, 11)),
            (KIND.TERM, date(2026, 12, 18), date(2027, 1, 17)),
            (KIND.RESIDENCE, date(2026, 11, 24), date(2026, 11, 28)),
            (KIND.WITHDRAWAL, date(2026, 11, 24), date(2026, 11, 25)),
            (KIND.GRADING_PERIOD, date(2026, 11, 24), date(2026, 11, 25)),
        ],
    )
    def test_the_earlier_of_specification_and_regulation(self, kind, happened, due):
        assert upload_schedule.due_on(kind, happened, UploadSchedule.NIGHTLY) == due

    def test_events_without_days_of_their_own_go_with_the_next_file(self):
        day = date(2026, 11, 24)
        assert upload_schedule.due_on(KIND.WITHDRAWAL, day, UploadSchedule.WEEKLY) == day + timedelta(days=7)

    def test_the_regulations_own_day_is_known_where_it_differs(self):
        event = UploadEvent(kind=KIND.RESIDENCE, happened_on=date(2026, 11, 24), due_on=date(2026, 11, 28))
        assert upload_schedule.other_day(event) == "by the regulation 12/01/2026"  # Thanksgiving and a weekend between
        term = UploadEvent(kind=KIND.TERM, happened_on=date(2026, 12, 18), due_on=date(2027, 1, 17))
        assert upload_schedule.other_day(term) == ""

    def test_a_state_that_goes_by_the_regulation_sees_the_other_day_beside_it(self, office):
        follow(office, UploadSchedule.NIGHTLY, days_reading=DaysReading.REGULATION)
        number = add(office, days=-1, kind=KIND.RESIDENCE)
        with office.read() as db:
            event = db.get(UploadEvent, number)
        assert event.due_on == clocks.add_working_days(event.happened_on, 4)
        plain = event.happened_on + timedelta(days=4)
        assert upload_schedule.other_day(event) == f"by the specification {plain:%m/%d/%Y}"

    def test_another_rule_knows_one_day_only(self):
        args = (date(2026, 12, 18), UploadSchedule.WEEKLY, DaysReading.REGULATION)
        assert upload_schedule.due_on(KIND.TERM, *args) == date(2027, 1, 17)
        assert upload_schedule.due_on(KIND.WITHDRAWAL, *args) == date(2026, 12, 25)

    def test_every_kind_has_its_rule(self):
        assert set(upload_schedule.RULES) == set(KIND)


class TestEvents:
    def test_what_is_to_come_is_listed_and_not_yet_due(self, office):
        add(office, days=-3, district="4800001")
        add(office, days=30)
        found = look(office)
        assert (len(found.events), len(found.due)) == (2, 1)
        assert found.due[0].district.name == "Robles ISD"

    def test_is_overdue_from_the_day_after(self, office):
        add(office, days=-30)
        assert look(office).overdue_events == 0
        assert look(office, days=1).overdue_events == 1

    def test_the_same_twice_is_refused(self, office):
        add(office, days=-3)
        add(office, days=-3, district="4800001")
        with pytest.raises(RuleBroken, match="already"):
            add(office, days=-3)

    def test_a_slip_of_the_year_is_refused(self, office):
        with pytest.raises(RuleBroken, match="year"):
            add(office, days=500)

    def test_a_district_of_another_state_does_not_exist(self, office):
        with pytest.raises(NotFound):
            add(office, district="5000001")

    def test_sent_only_after_a_file_has_arrived_since(self, office):
        coming, past = add(office, days=1), add(office, days=-1)
        with office.deed() as db:
            with pytest.raises(RuleBroken, match="No file has arrived"):
                upload_schedule.mark_sent(db, coming, now=NOW, by=person(db, TX))
            upload_schedule.mark_sent(db, past, now=NOW, by=person(db, TX))
            with pytest.raises(RuleBroken, match="already"):
                upload_schedule.mark_sent(db, past, now=NOW, by=person(db, TX))
            with pytest.raises(RuleBroken, match="already"):
                upload_schedule.remove(db, past, by=person(db, TX))
        assert [event.id for event in look(office).events] == [coming]
        with office.read() as db:
            assert [one.id for one in upload_schedule.sent_lately(db, now=NOW, by=person(db, TX))] == [past]

    @pytest.mark.parametrize("actor", [VT, "district_data_administrator"])
    def test_out_of_reach_does_not_exist(self, office, actor):
        event = add(office)
        with office.deed() as db:
            with pytest.raises(NotFound):
                upload_schedule.mark_sent(db, event, now=NOW, by=person(db, actor))
            with pytest.raises(NotFound):
                upload_schedule.remove(db, event, by=person(db, actor))
        assert look(office, actor=VT).events == []

    def test_one_entered_by_mistake_goes(self, office):
        event = add(office)
        with office.deed() as db:
            upload_schedule.remove(db, event, by=person(db, TX))
        assert look(office).events == []


class TestReminder:
    def remind(self, office, days):
        with office.deed() as db:
            made = reminders.remind_of_uploads(db, now=NOW + timedelta(days=days))
            return {one.user_id for one in made}

    def test_once_for_each_file_that_did_not_come(self, office):
        with office.read() as db:
            leads = {person(db, TX).id, person(db, VT).id}
        assert self.remind(office, 1) == set()
        assert self.remind(office, 2) == leads
        assert self.remind(office, 3) == set()
        with office.deed() as db:
            first = db.scalar(select(Submission).where(Submission.state_code == "TX"))
            first.received_at = NOW + timedelta(days=3)
        assert len(self.remind(office, 5)) == 1

    def test_says_when_and_where_and_nothing_of_children(self, office):
        self.remind(office, 2)
        with office.read() as db:
            mails = db.scalars(select(OutgoingMail).where(OutgoingMail.template == "upload_overdue")).all()
            assert len(mails) == 2
            assert f"{today(db, 1):%m/%d/%Y}" in mails[0].body
        assert "schedule: nightly" in mails[0].body
        assert "site:/uploads/schedule/" in mails[0].body

    def test_nobody_whose_account_is_not_in_use_and_no_state_that_never_sent(self, office):
        with office.deed() as db:
            person(db, TX).status = AccountStatus.DISABLED
            db.execute(update(Submission).where(Submission.state_code == "VT").values(status=SubmissionStatus.REFUSED))
        assert self.remind(office, 9) == set()

    def test_a_weekly_state_is_not_reminded_after_two_days(self, office):
        follow(office, UploadSchedule.WEEKLY)
        with office.read() as db:
            assert self.remind(office, 2) == {person(db, VT).id}
