"""Data requests: the table of steps, what is asked, uploads that answer, statements, clocks, and who sees what."""

from datetime import UTC, date, datetime
from itertools import product

import pytest
from sqlalchemy import select

from msixlite.domain import (
    completeness,
    consolidated_record,
    daily,
    mail,
    merge_split,
    merge_split_sides,
    requests,
    requests_answers,
    requests_asking,
    worklist,
    worklist_decisions,
    worklist_desks,
    worklist_lists,
)
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.pii_guard import PersonalData
from msixlite.domain.requests import Side
from msixlite.domain.requests_asking import Draft
from msixlite.models.mail import OutgoingMail
from msixlite.models.requests import DataRequest, RequestReason, RequestStatus
from msixlite.models.students import StateRecord
from msixlite.models.users import AccountStatus
from msixlite.models.worklist import Delegation, Level, WorklistItem, WorklistKind, WorklistStatus
from tests import world
from tests.cases import person, record_of
from tests.files import child

S = RequestStatus
ASKER, OWNER = "vt_msix_primary", "district_data_administrator"
TUESDAY = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


def graciela(db):
    return record_of(db, "TX100").student


def offers(db, now=TUESDAY, actor=ASKER):
    return requests_asking.offers(db, graciela(db), today=now.date(), by=person(db, actor))


def wanted(db, state="TX", **how):
    return tuple(
        (offer.record.id, name) for offer in offers(db, **how) if offer.state.code == state for name in offer.missing
    )


def ask(db, *, now=TUESDAY, actor=ASKER, **changes):
    values = {"wanted": changes.pop("wanted", None) or wanted(db), "reason": RequestReason.INTERSTATE_MOVE, **changes}
    made = requests_asking.ask(db, graciela(db), Draft(**values), now=now, by=person(db, actor))
    db.flush()
    return made[0]


def again(db, request, now=TUESDAY, actor=ASKER):
    db.flush()
    db.expire_all()
    return requests.get(db, request.id, today=now.date(), by=person(db, actor))


def do(db, deed, request, *, actor=OWNER, now=TUESDAY, **how):
    deed(db, request, now=now, by=person(db, actor), **how)
    return again(db, request, now)


@pytest.fixture
def writing(office):
    """A session that writes; nothing is committed."""
    with office.sessions() as db:
        yield db


def open_for(office, now=TUESDAY, **changes):
    """A request that is committed; returns its number."""
    with office.deed() as db:
        return ask(db, now=now, **changes).id


class TestSteps:
    def test_everything_else_does_not_exist(self):
        """Every pair of states from every side, against the table."""
        for start, end, side in product(S, S, Side):
            allowed = any((step.start, step.end, step.side) == (start, end, side) for step in requests.TRANSITIONS)
            assert (end in requests.next_steps(start, {side})) is allowed

    def test_every_state_can_be_reached_and_left(self):
        assert {step.end for step in requests.TRANSITIONS} == set(S) - {S.SENT}
        assert {step.start for step in requests.TRANSITIONS} == set(S) - {S.CLOSED, S.WITHDRAWN}

    def test_deeds_keep_to_the_table(self, writing):
        deeds = {
            S.ACKNOWLEDGED: (requests_answers.acknowledge, OWNER, {}),
            S.STILL_MISSING: (requests_answers.reopen, ASKER, {"element_ids": (), "text": "still nothing"}),
            S.CLOSED: (requests_answers.close, ASKER, {"text": ""}),
            S.WITHDRAWN: (requests_answers.withdraw, ASKER, {"text": ""}),
        }
        request = ask(writing)
        for start, (end, (deed, actor, how)) in product(S, deeds.items()):
            request.status = start
            writing.flush()
            if not any(step.start is start and step.end is end for step in requests.TRANSITIONS):
                with pytest.raises(RuleBroken, match="cannot become"):
                    do(writing, deed, request, actor=actor, **how)

    @pytest.mark.parametrize("deed", [requests_answers.acknowledge, requests_answers.withdraw, requests_answers.close])
    def test_not_from_the_other_side(self, writing, deed):
        request = ask(writing)
        actor, how = (ASKER, {}) if deed is requests_answers.acknowledge else (OWNER, {"text": ""})
        with pytest.raises(RuleBroken, match="cannot become"):
            do(writing, deed, request, actor=actor, **how)


class TestAsking:
    def test_exactly_what_is_missing_for_age_and_grade_is_offered(self, writing):
        found = offers(writing)
        records = writing.scalars(select(StateRecord).where(StateRecord.student_id == graciela(writing).id)).all()
        missing = completeness.of_child(records, TUESDAY.date())
        assert {offer.record.id: list(offer.missing) for offer in found} == missing
        assert [offer.state.code for offer in found] == ["TX", "VT"]  # the own State last
        assert [offer.is_own for offer in found] == [False, True]
        assert found[0].label == "TX TX100, Robles ISD"
        assert [one.user_name for one in found[0].people] == [OWNER]

    def test_the_request_lies_on_the_asked_states_desk_only_with_its_four_days(self, writing):
        request = again(writing, ask(writing, note="Please hurry, Graciela starts on Monday."))
        item = request.item
        assert (item.kind, item.state_code, item.status) == (WorklistKind.DATA_REQUEST, "TX", WorklistStatus.NEW)
        assert worklist_desks.states_of(item) == ["TX"]
        assert worklist_desks.level_in(item, "TX") is Level.DISTRICT
        assert (item.due_on, item.due_days, item.due_calendar) == (date(2026, 12, 1), 4, "federal holidays")
        assert request.reference == f"DR-2026-{item.id:06}"
        assert worklist_lists.who(item).startswith("Castañeda Peña, Graciela Yamileth (")

    def test_several_states_at_once_are_one_request_each(self, writing):
        both = (*wanted(writing, "TX"), *wanted(writing, "VT"))
        draft = Draft(wanted=both, reason=RequestReason.CREDIT)
        made = requests_asking.ask(writing, graciela(writing), draft, now=TUESDAY, by=person(writing, ASKER))
        assert [one.asked_state_code for one in made] == ["TX", "VT"]
        assert len({one.reference for one in made}) == 2

    def test_the_email_says_nothing_personal(self, writing):
        request = ask(writing, note="Graciela Castañeda, born 3/14/2012, SSN 123-45-6789")
        (written,) = writing.scalars(select(OutgoingMail)).all()
        assert written.recipient.user_name == OWNER
        assert request.reference in written.subject
        assert f"{mail.SITE}requests/{request.id}" in written.body
        assert "12/01/2026" in written.body
        for personal in ("Graciela", "Castañeda", "2012", "123-45"):
            assert personal not in written.subject + written.body

    def test_words_for_the_email_are_guarded(self, writing):
        with pytest.raises(PersonalData, match="name of a child"):
            ask(writing, text="For Graciela Castañeda, please.")

    def test_asking_for_something_else_needs_the_note(self, writing):
        only = ((record_of(writing, "TX100").id, ""),)
        with pytest.raises(RuleBroken, match="Say in the note"):
            ask(writing, wanted=only)
        request = ask(writing, wanted=only, note="The transcript of summer school.")
        assert request.elements == []
        done = do(writing, requests_answers.answer, request, element_ids=(), text="Faxed it today.")
        assert done.status is S.ANSWERED

    @pytest.mark.parametrize("name", ["Grade Level of the moon", "First Name"])
    def test_what_is_not_missing_cannot_be_asked(self, writing, name):
        with pytest.raises(RuleBroken, match="not missing any more"):
            ask(writing, wanted=((record_of(writing, "TX100").id, name),))

    def test_a_record_of_another_child_cannot_be_asked_for(self, writing):
        with pytest.raises(RuleBroken, match="not missing any more"):
            ask(writing, wanted=((record_of(writing, "TX101").id, "Enrollments"),))

    def test_nothing_ticked(self, writing):
        draft = Draft(wanted=(), reason=RequestReason.ENROLLMENT)
        with pytest.raises(RuleBroken, match="Tick at least one"):
            requests_asking.ask(writing, graciela(writing), draft, now=TUESDAY, by=person(writing, ASKER))

    def test_a_state_where_nobody_is_says_whom_to_call(self, writing):
        for level in ("district", "regional", "state"):
            person(writing, f"{level}_data_administrator").status = AccountStatus.DISABLED
        writing.flush()
        with pytest.raises(RuleBroken, match=r"Nobody .* Texas .* Call \(555\) 555-0148"):
            ask(writing)

    def test_what_is_asked_already_is_said(self, writing):
        request = ask(writing)
        assert set(offers(writing)[0].asked.values()) == {request.reference}
        assert offers(writing, actor="msix_primary")[1].asked == {}  # another State's asking is not ours

    def test_a_deputy_gets_the_email(self, writing):
        away, deputy = person(writing, OWNER), person(writing, "state_data_administrator")
        day = TUESDAY.date()
        numbers = {"from_id": away.id, "to_id": deputy.id, "made_at": TUESDAY}
        writing.add(Delegation(**numbers, starts_on=day, ends_on=day))
        writing.flush()
        ask(writing)
        assert [one.recipient.user_name for one in writing.scalars(select(OutgoingMail))] == [deputy.user_name]


class TestWhoSeesIt:
    @pytest.mark.parametrize(
        ("actor", "sees"),
        [
            (ASKER, True),
            ("vt_district_data_administrator", True),
            ("vt_regional_data_administrator", True),
            ("vt_state_data_administrator", True),
            ("vt_msix_secondary", False),
            (OWNER, True),
            ("regional_data_administrator", True),
            ("state_data_administrator", True),
            ("msix_primary", False),
        ],
    )
    def test_both_sides_and_nobody_else(self, writing, actor, sees):
        request, by = ask(writing), person(writing, actor)
        assert (request in requests.of_child(writing, graciela(writing), today=TUESDAY.date(), by=by)) is sees
        if sees:
            assert requests.get(writing, request.id, today=TUESDAY.date(), by=by) is request
        else:
            with pytest.raises(NotFound):
                requests.get(writing, request.id, today=TUESDAY.date(), by=by)

    def test_boxes_and_counts(self, writing):
        request = ask(writing)
        today, owner, asker = TUESDAY.date(), person(writing, OWNER), person(writing, ASKER)
        assert requests.received(writing, today=today, by=owner) == [request]
        assert requests.sent(writing, by=asker) == [request]
        assert requests.received(writing, today=today, by=asker) == requests.sent(writing, by=owner) == []
        assert requests.count_waiting(writing, today=today, by=owner) == 1
        assert requests.count_waiting(writing, today=today, by=asker) == 0
        counted = requests.counts([request], now=TUESDAY)
        assert (counted.open, counted.unacknowledged, counted.overdue, counted.answered) == (1, 1, 0, 0)
        ids = [element.id for element in request.elements]
        do(writing, requests_answers.answer, request, element_ids=ids, text="not kept by the school")
        assert requests.count_waiting(writing, today=today, by=owner) == 0
        assert requests.count_waiting(writing, today=today, by=asker) == 1

    def test_it_follows_the_child_through_a_split(self, office):
        number = open_for(office, now=office.now)
        with office.deed() as db:
            student = graciela(db)
            groups = {record_of(db, "VT200").id: 1}
            by = person(db, "state_data_administrator")
            change = merge_split.begin_split(
                db, student, groups=groups, reason="two children after all", now=office.now, by=by
            )
            item = db.scalar(select(WorklistItem).where(WorklistItem.change_id == change.id))
            seen = merge_split_sides.picture(merge_split_sides.records_of(db, change))
            other = person(db, "vt_state_data_administrator")
            worklist_decisions.validate(db, item.id, seen=seen, now=office.now, by=other)
        with office.read() as db:
            texas, vermont = (record_of(db, one).student for one in ("TX100", "VT200"))
            assert texas is not vermont
            by = person(db, ASKER)
            today = office.now.date()
            assert [one.id for one in requests.of_child(db, texas, today=today, by=by)] == [number]
            assert requests.of_child(db, vermont, today=today, by=by) == []


class TestAnswers:
    def test_i_have_it_claims_the_item_and_tells_the_asker(self, writing):
        request = do(writing, requests_answers.acknowledge, ask(writing))
        assert (request.status, request.acknowledged_at, request.raise_on) == (S.ACKNOWLEDGED, TUESDAY, None)
        assert request.item.owner.user_name == OWNER
        told = [(one.recipient.user_name, one.template) for one in writing.scalars(select(OutgoingMail))]
        assert told == [(OWNER, "data_request"), (ASKER, "data_request_reply")]

    def test_a_claim_on_the_worklist_is_an_acknowledgement_too(self, writing):
        request = ask(writing)
        worklist.claim(writing, request.id, now=TUESDAY, by=person(writing, OWNER))
        assert requests_answers.follow(writing, TUESDAY) == "1 acknowledged, 0 sent up"
        assert requests_answers.follow(writing, TUESDAY) == "0 acknowledged, 0 sent up"
        assert again(writing, request).status is S.ACKNOWLEDGED

    def test_element_by_element_then_answered(self, writing):
        request = ask(writing)
        first, *rest = [element.id for element in request.elements]
        assert rest
        request = do(writing, requests_answers.answer, request, element_ids=[first], text="was never taken")
        assert request.status is S.PARTLY_ANSWERED
        assert [element.id for element in request.waiting] == rest
        assert request.item.is_open
        request = do(writing, requests_answers.answer, request, element_ids=rest, text="the school has closed")
        assert request.status is S.ANSWERED
        assert request.answered_at == TUESDAY
        assert request.item.status is WorklistStatus.RESOLVED
        assert {element.statement for element in request.elements} == {"was never taken", "the school has closed"}

    @pytest.mark.parametrize(("text", "says"), [("no", "why it is not available"), ("x" * 501, "at most 500")])
    def test_a_statement_says_why(self, writing, text, says):
        request = ask(writing)
        ids = [element.id for element in request.elements]
        with pytest.raises(RuleBroken, match=says):
            do(writing, requests_answers.answer, request, element_ids=ids, text=text)

    def test_a_statement_is_about_something(self, writing):
        with pytest.raises(RuleBroken, match="Tick the elements"):
            do(writing, requests_answers.answer, ask(writing), element_ids=[2**30], text="not available")

    def test_the_worklist_does_not_close_it_behind_its_back(self, writing):
        request = ask(writing)
        with pytest.raises(RuleBroken, match="answered on its own page"):
            worklist.resolve(
                writing, request.id, note="this is done, I believe", now=TUESDAY, by=person(writing, OWNER)
            )

    def test_still_missing_opens_it_with_new_clocks(self, writing):
        request = ask(writing)
        ids = [element.id for element in request.elements]
        do(writing, requests_answers.answer, request, element_ids=ids, text="not available")
        later = datetime(2026, 12, 2, 16, 0, tzinfo=UTC)
        request = do(
            writing, requests_answers.reopen, request, actor=ASKER, now=later, element_ids=ids[:1], text="look again"
        )
        assert request.status is S.STILL_MISSING
        assert [element.id for element in request.waiting] == ids[:1]
        assert (request.item.status, request.item.due_on) == (WorklistStatus.NEW, date(2026, 12, 8))
        assert (request.raise_on, request.acknowledge_due_on) == (date(2026, 12, 4), date(2026, 12, 8))
        assert request.acknowledged_at is None
        assert do(writing, requests_answers.acknowledge, request, now=later).status is S.ACKNOWLEDGED

    def test_withdrawing_settles_the_item_and_tells_the_asked_state(self, writing):
        request = do(writing, requests_answers.withdraw, ask(writing), actor=ASKER, text="")
        assert (request.status, request.ended_at) == (S.WITHDRAWN, TUESDAY)
        assert request.item.status is WorklistStatus.SETTLED
        last = writing.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
        assert (last.recipient.user_name, "withdrawn" in last.subject) == (OWNER, True)

    def test_a_line_of_the_thread_changes_no_state(self, writing):
        request = do(writing, requests_answers.write_line, ask(writing), text="The school opens again on Monday.")
        assert request.status is S.SENT
        assert request.messages[-1].text == "The school opens again on Monday."
        for nothing in ("", " ", "x" * 2_001):
            with pytest.raises(RuleBroken):
                do(writing, requests_answers.write_line, request, text=nothing)


PFS = "Priority for Services (PFS) Flag"


def sent_by_texas(**more):
    """Texas sends Graciela again, with more in her enrollment than before."""
    tables = world.texas_file()
    tables["Enrollments"][0].update(more)
    return tables


class TestUploads:
    def test_a_file_ticks_off_what_it_brings(self, office):
        number = open_for(office, now=office.now)
        with office.read() as db:
            names = [element.name for element in db.get(DataRequest, number).elements]
        assert PFS in names
        office.take(sent_by_texas(**{PFS: "Y"}))
        with office.read() as db:
            request = db.get(DataRequest, number)
            came = [element for element in request.elements if element.came_at]
            assert [element.name for element in came] == [PFS]
            assert came[0].submission.file_name
            assert request.status is S.PARTLY_ANSWERED
            assert request.item.is_open
            assert "Came with" in request.messages[-1].text
            told = db.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
            assert told.recipient.user_name == ASKER
            assert "Graciela" not in told.subject + told.body
            assert "From: Texas, (555) 555-0148" in told.body

    def test_when_all_are_there_it_is_answered_and_off_the_worklist(self, office):
        with office.read() as db:
            only = tuple(one for one in wanted(db) if one[1] == PFS)
        number = open_for(office, now=office.now, wanted=only)
        office.take(sent_by_texas(**{PFS: "Y"}))
        with office.read() as db:
            request = db.get(DataRequest, number)
            assert request.status is S.ANSWERED
            assert request.item.status is WorklistStatus.SETTLED
            assert request.acknowledged_at == request.answered_at == office.now

    def test_a_file_that_brings_nothing_of_it_changes_nothing(self, office):
        number = open_for(office, now=office.now)
        office.take(sent_by_texas(**{"School District": "Robles Independent"}))
        with office.read() as db:
            assert db.get(DataRequest, number).status is S.SENT

    def test_what_is_not_due_any_more_has_not_come(self, office):
        """Out of school, fewer elements are missing: none of them is there because of it."""
        number = open_for(office, now=office.now)
        office.take(sent_by_texas(**{"Enrollment Type": "06", "Grade Level": "OS"}))
        with office.read() as db:
            assert not any(element.came_at for element in db.get(DataRequest, number).elements)

    def test_another_states_file_answers_nothing(self, office):
        number = open_for(office, now=office.now)
        office.take({"Students": [child("VT200", **world.GRACIELA) | {"Birth Date Verification": "1004"}]}, state="VT")
        with office.read() as db:
            assert db.get(DataRequest, number).status is S.SENT

    def test_what_was_stated_and_comes_later_is_ticked_too(self, office):
        number = open_for(office, now=office.now)
        with office.deed() as db:
            request = db.get(DataRequest, number)
            ids = [element.id for element in request.elements]
            requests_answers.answer(
                db, request, element_ids=ids, text="not known", now=office.now, by=person(db, OWNER)
            )
        office.take(sent_by_texas(**{PFS: "Y"}))
        with office.read() as db:
            request = db.get(DataRequest, number)
            assert request.status is S.ANSWERED
            assert sum(element.came_at is not None for element in request.elements) == 1

    def test_a_withdrawn_request_rests(self, office):
        number = open_for(office, now=office.now)
        with office.deed() as db:
            requests_answers.withdraw(db, db.get(DataRequest, number), text="", now=office.now, by=person(db, ASKER))
        office.take(sent_by_texas(**{PFS: "Y"}))
        with office.read() as db:
            assert not any(element.came_at for element in db.get(DataRequest, number).elements)


class TestClocks:
    @pytest.mark.parametrize(
        ("asked", "raise_on", "due"),
        [
            (datetime(2026, 11, 24, 16, tzinfo=UTC), date(2026, 11, 27), date(2026, 12, 1)),  # over Thanksgiving
            (datetime(2026, 11, 24, 3, tzinfo=UTC), date(2026, 11, 25), date(2026, 11, 30)),  # still Monday in Texas
            (datetime(2028, 2, 28, 18, tzinfo=UTC), date(2028, 3, 1), date(2028, 3, 3)),  # over a leap day
            (datetime(2026, 7, 1, 18, tzinfo=UTC), date(2026, 7, 6), date(2026, 7, 8)),  # 07/04 is kept on 07/03
        ],
    )
    def test_days_are_counted_at_the_asked_states_place(self, writing, asked, raise_on, due):
        request = ask(writing, now=asked)
        assert (request.raise_on, request.acknowledge_due_on, request.item.due_on) == (raise_on, due, due)

    def test_up_one_level_after_two_working_days_then_on_to_the_state(self, writing):
        request = ask(writing)  # Tuesday; Thursday is Thanksgiving
        for now, level, says in (
            (datetime(2026, 11, 28, 5, 59, tzinfo=UTC), Level.DISTRICT, "0 acknowledged, 0 sent up"),  # Friday in Texas
            (datetime(2026, 11, 28, 6, 1, tzinfo=UTC), Level.REGION, "0 acknowledged, 1 sent up"),
            (datetime(2026, 11, 28, 6, 2, tzinfo=UTC), Level.REGION, "0 acknowledged, 0 sent up"),
            (datetime(2026, 12, 2, 6, 1, tzinfo=UTC), Level.STATE, "0 acknowledged, 1 sent up"),
            (datetime(2026, 12, 30, 6, 1, tzinfo=UTC), Level.STATE, "0 acknowledged, 0 sent up"),
        ):
            assert requests_answers.follow(writing, now) == says
            writing.flush()
            assert worklist_desks.level_in(request.item, "TX") is level
        raised = select(OutgoingMail).where(OutgoingMail.template == "data_request_raised").order_by(OutgoingMail.id)
        told = [one.recipient.user_name for one in writing.scalars(raised)]
        assert told == ["regional_data_administrator", "state_data_administrator"]

    def test_the_first_midnight_after_the_clock_changed(self, writing):
        """Daylight saving begins on Sunday, 03/14/2027: midnight in Texas is 05:00 UTC from then on."""
        request = ask(writing, now=datetime(2027, 3, 11, 18, tzinfo=UTC))
        assert request.raise_on == date(2027, 3, 15)
        assert requests_answers.follow(writing, datetime(2027, 3, 16, 4, 59, tzinfo=UTC)).endswith("0 sent up")
        assert requests_answers.follow(writing, datetime(2027, 3, 16, 5, 1, tzinfo=UTC)).endswith("1 sent up")

    def test_a_clock_set_back_sends_nothing_up_twice(self, writing):
        ask(writing)
        assert requests_answers.follow(writing, datetime(2026, 11, 30, 18, tzinfo=UTC)).endswith("1 sent up")
        assert requests_answers.follow(writing, datetime(2026, 11, 25, 18, tzinfo=UTC)).endswith("0 sent up")
        assert requests_answers.follow(writing, datetime(2026, 11, 30, 18, tzinfo=UTC)).endswith("0 sent up")

    def test_what_was_acknowledged_stays(self, writing):
        do(writing, requests_answers.acknowledge, ask(writing))
        assert requests_answers.follow(writing, datetime(2026, 12, 1, 18, tzinfo=UTC)).endswith("0 sent up")

    def test_late_and_overdue(self, writing):
        request = ask(writing)
        on_time, late = datetime(2026, 12, 2, 5, 59, tzinfo=UTC), datetime(2026, 12, 2, 6, 1, tzinfo=UTC)
        for clock, said in ((on_time, False), (late, True)):
            assert requests.is_overdue(request, now=clock) is said
            assert requests.acknowledgement_is_late(request, now=clock) is said

    def test_the_job_runs_each_minute(self):
        (job,) = [one for one in daily.JOBS if one.name == "data requests"]
        assert job.period is daily.each_minute


def test_a_request_is_no_possible_duplicate(office):
    """The record shows near matches as duplicates, and nothing else that lies on the worklist."""
    open_for(office, now=office.now)
    with office.read() as db:
        assert consolidated_record.build(db, graciela(db), today=office.now.date()).duplicates == []
