"""Move notices: the table of steps, who gets them, clocks, and what the clock does."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from msixlite import mail_senders, site
from msixlite.domain import (
    audit,
    clocks,
    daily,
    delegations,
    mail,
    move_routing,
    moves,
    moves_replies,
    moves_sending,
    policy,
)
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.moves import Side
from msixlite.domain.moves_sending import Draft
from msixlite.domain.pii_guard import PersonalData
from msixlite.models.mail import OutgoingMail
from msixlite.models.moves import Certainty, MoveKind, MoveLevel, MoveNotice, MoveStatus, RoutingRule
from msixlite.models.places import District, State
from msixlite.models.students import StateRecord
from msixlite.models.users import AccountStatus, User
from msixlite.models.worklist import Delegation
from tests import world

S = MoveStatus


@pytest.fixture
def sessions(settings):
    made = site.prepare(settings)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def writing(sessions):
    """A session that writes; nothing is committed."""
    with sessions() as db:
        yield db


def person_of(db, actor):
    return db.scalar(select(User).where(User.user_name == actor))


def graciela(db):
    return db.scalar(select(StateRecord.student_id).where(StateRecord.state_student_id == "TX100"))


def draft(db, **changes):
    district = db.scalar(select(District.id).where(District.code == world.VT_DISTRICT))
    values = {
        "kind": MoveKind.DEPARTED,
        "student_ids": frozenset((graciela(db),)),
        "state_code": "VT",
        "district_id": district,
    }
    return Draft(**{**values, **changes})


def send(db, clock, actor="msix_primary", **changes):
    notice = moves_sending.send(db, draft(db, **changes), now=clock(), by=person_of(db, actor))
    db.flush()
    db.expire_all()
    return moves.get(db, notice.id, by=person_of(db, actor))


def reply(db, notice, status, clock, actor="vt_district_data_administrator", text="words", why_late=""):
    moves_replies.reply(db, notice, status, text=text, why_late=why_late, now=clock(), by=person_of(db, actor))
    db.flush()


class TestSteps:
    def test_everything_else_does_not_exist(self, writing, clock):
        """Every pair of states from every side, against the table."""
        notice = send(writing, clock)
        receiver, sender = (person_of(writing, name) for name in ("vt_district_data_administrator", "msix_primary"))
        for start, end, (side, by) in product(S, S, ((Side.RECEIVER, receiver), (Side.SENDER, sender))):
            notice.status = start
            allowed = any((step.start, step.end, step.side) == (start, end, side) for step in moves.TRANSITIONS)
            if allowed:
                moves_replies.reply(writing, notice, end, text="words", now=clock(), by=by)
                assert notice.status is end
                notice.dismissed_at = notice.dismissed_by_id = None
            else:
                with pytest.raises(RuleBroken):
                    moves_replies.reply(writing, notice, end, text="words", now=clock(), by=by)

    def test_every_state_can_be_reached_and_left(self):
        assert {step.end for step in moves.TRANSITIONS} == set(S) - {S.SENT}
        assert {step.start for step in moves.TRANSITIONS} == set(S) - {S.DISMISSED}

    def test_dismissing_needs_an_outcome(self, writing, clock):
        notice = send(writing, clock)
        reply(writing, notice, S.LOCATED, clock)
        with pytest.raises(RuleBroken, match="what came of it"):
            reply(writing, notice, S.DISMISSED, clock, text=" ")
        reply(writing, notice, S.DISMISSED, clock, text="enrolled in grade 8")
        assert (notice.outcome, notice.dismissed_at) == ("enrolled in grade 8", clock())

    def test_an_outcome_after_its_due_day_needs_a_reason(self, writing, clock):
        notice = send(writing, clock)
        clock.forward(days=12)
        reply(writing, notice, S.LOCATED, clock)
        writing.refresh(notice, ["messages"])
        with pytest.raises(moves_replies.LateWithoutReason, match="Write why it came later"):
            reply(writing, notice, S.DISMISSED, clock, text="enrolled", why_late=" ")
        assert notice.status is S.LOCATED
        reply(writing, notice, S.DISMISSED, clock, text="enrolled", why_late="The school was closed.")
        writing.refresh(notice, ["messages"])
        assert notice.messages[-1].text == "enrolled\nLate because: The school was closed."
        assert notice.outcome == "enrolled"

    def test_found_in_time_and_dismissed_later_is_not_late(self, writing, clock):
        notice = send(writing, clock)
        reply(writing, notice, S.LOCATED, clock)
        writing.refresh(notice, ["messages"])
        clock.forward(days=12)
        reply(writing, notice, S.DISMISSED, clock, text="enrolled", why_late="not asked")
        assert notice.status is S.DISMISSED
        assert "Late" not in moves.get(writing, notice.id, by=notice.sender).messages[-1].text

    def test_the_sender_who_gives_up_late_says_why_too(self, writing, clock):
        notice = send(writing, clock)
        clock.forward(days=12)
        with pytest.raises(moves_replies.LateWithoutReason):
            reply(writing, notice, S.DISMISSED, clock, actor="msix_primary", text="they came back")


class TestWhoGetsIt:
    def routes(self, db, area="", district=world.VT_DISTRICT, state="VT", today=date(2026, 11, 25)):
        state, district = db.get(State, state), db.scalar(select(District).where(District.code == district))
        return move_routing.recipients(db, state, district, area, today=today)

    def names(self, db, **where):
        return [route.user.user_name for route in self.routes(db, **where)]

    def disable(self, db, actor):
        person_of(db, actor).status = AccountStatus.DISABLED
        db.flush()

    def test_district_then_region_then_state(self, writing):
        for level in ("district", "regional", "state"):
            assert self.names(writing) == [f"vt_{level}_data_administrator"]
            self.disable(writing, f"vt_{level}_data_administrator")
        with pytest.raises(RuleBroken, match=r"Nobody .* Vermont .* Call \(555\) 555-0150"):
            self.routes(writing)

    def test_an_unknown_district_goes_to_the_state(self, writing):
        assert self.names(writing, district=None) == ["vt_state_data_administrator"]

    def test_a_district_without_a_region_goes_to_the_state(self, writing):
        assert self.names(writing, state="TX", district=world.TX_OTHER_DISTRICT) == ["state_data_administrator"]

    @pytest.mark.parametrize(
        ("area", "who"),
        [
            ("05401", "vt_msix_secondary"),
            ("05477", "vt_msix_primary"),
            ("Chittenden County", "vt_msix_primary"),
            ("99999", "vt_district_data_administrator"),
        ],
    )
    def test_the_longest_area_comes_first(self, writing, area, who):
        rules = [("054", "vt_msix_primary"), ("05401", "vt_msix_secondary"), ("chittenden", "vt_msix_primary")]
        for rule, actor in rules:
            writing.add(RoutingRule(state_code="VT", area=rule, user_id=person_of(writing, actor).id))
        assert self.names(writing, area=area) == [who]

    def away(self, db, actor, deputy, first=date(2026, 11, 20), last=date(2026, 11, 25)):
        numbers = {"from_id": person_of(db, actor).id, "to_id": person_of(db, deputy).id}
        db.add(Delegation(**numbers, starts_on=first, ends_on=last, made_at=datetime(2026, 11, 1, tzinfo=UTC)))
        db.flush()

    def test_a_deputy_stands_in_from_the_first_to_the_last_day(self, writing):
        self.away(writing, "vt_district_data_administrator", "vt_state_data_administrator")
        (route,) = self.routes(writing)
        assert route.user.user_name == "vt_state_data_administrator"
        assert "stands in for" in route.why
        for day in (date(2026, 11, 19), date(2026, 11, 26)):
            assert self.names(writing, today=day) == ["vt_district_data_administrator"]

    def test_where_the_deputy_is_away_too_it_goes_up(self, writing):
        self.away(writing, "vt_district_data_administrator", "vt_state_data_administrator")
        self.away(writing, "vt_state_data_administrator", "vt_district_data_administrator")
        assert self.names(writing) == ["vt_regional_data_administrator"]


class TestSending:
    def test_each_recipient_gets_an_email_that_says_nothing_personal(self, writing, clock):
        notice = send(writing, clock, note="Graciela Castañeda, SSN 123-45-6789, lives at 12 Main St")
        (written,) = writing.scalars(select(OutgoingMail)).all()
        assert notice.reference in written.subject
        assert "Robles ISD, TX" in written.body
        assert f"{mail.SITE}moves/{notice.id}" in written.body
        for personal in ("Graciela", "Castañeda", "2012", "Main St", "123-45"):
            assert personal not in written.subject + written.body

    def test_words_for_the_email_are_guarded(self, writing, clock):
        with pytest.raises(PersonalData, match="name of a child"):
            send(writing, clock, text="Please find Graciela Castañeda.")
        assert "No Spanish spoken" in (
            send(writing, clock, text="No Spanish spoken at home.") and writing.scalars(select(OutgoingMail)).one().body
        )

    def test_the_same_again_within_hours_leads_to_the_first(self, writing, clock):
        notice = send(writing, clock, moved_on=clock().date())
        with pytest.raises(moves_sending.SentAlready, match=notice.reference) as again:
            send(writing, clock, moved_on=clock().date(), text="Call me.")
        assert again.value.notice_id == notice.id
        assert len(writing.scalars(select(OutgoingMail)).all()) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"kind": MoveKind.DEPARTURE_PLANNED},
            {"moved_on": date(2026, 11, 20)},
            {"district_id": None},
            {"city": "Barre"},
            {"area": "05401"},
            {"actor": "district_data_administrator"},
        ],
    )
    def test_what_differs_is_another_notice(self, writing, clock, changes):
        clock.now = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
        first = send(writing, clock)
        assert send(writing, clock, **changes).reference != first.reference

    def test_more_children_are_another_notice_and_fewer_are_not(self, writing, clock):
        other = writing.scalar(select(StateRecord.student_id).where(StateRecord.student_id != graciela(writing)))
        send(writing, clock)
        send(writing, clock, student_ids=frozenset((graciela(writing), other)))
        with pytest.raises(moves_sending.SentAlready):
            send(writing, clock, student_ids=frozenset((other,)))

    def test_later_or_after_dismissing_it_is_another_notice(self, writing, clock):
        first = send(writing, clock)
        clock.forward(hours=12)
        second = send(writing, clock)
        reply(writing, second, S.DISMISSED, clock, actor="msix_primary")
        assert len({first.id, second.id, send(writing, clock).id}) == 3

    @pytest.mark.parametrize(
        ("kind", "day", "why"),
        [
            (MoveKind.ARRIVED, date(2026, 11, 24), "still to come"),
            (MoveKind.DEPARTED, date(2026, 11, 24), "will leave"),
            (MoveKind.DEPARTURE_PLANNED, date(2026, 11, 19), "They left"),
            (MoveKind.ARRIVED, date(2026, 11, 23), ""),
            (MoveKind.DEPARTED, date(2026, 11, 23), ""),
            (MoveKind.DEPARTURE_PLANNED, date(2026, 11, 20), ""),
            (MoveKind.DEPARTURE_PLANNED, date(2026, 12, 24), ""),
        ],
    )
    def test_the_day_fits_what_happened_at_the_senders_place(self, writing, clock, kind, day, why):
        clock.now = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # still Monday evening in Texas
        if not why:
            assert send(writing, clock, kind=kind, moved_on=day).moved_on == day
            return
        with pytest.raises(moves_sending.WrongDay, match=why):
            send(writing, clock, kind=kind, moved_on=day)

    def test_what_is_certain_has_a_date(self, writing, clock):
        with pytest.raises(moves_sending.WrongDay, match="Give the date"):
            send(writing, clock, certainty=Certainty.CERTAIN)
        assert send(writing, clock, certainty=Certainty.CERTAIN, moved_on=clock().date())

    def test_a_district_of_another_state_is_refused(self, writing, clock):
        with pytest.raises(RuleBroken, match="another State"):
            send(writing, clock, state_code="TX")


class TestClocks:
    def test_24_hours_and_5_working_days_at_the_recipients_place(self, writing, clock):
        clock.now = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # still Monday evening in Vermont
        notice = send(writing, clock)
        assert notice.reply_due_at == datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
        assert (notice.due_on, notice.due_calendar) == (date(2026, 12, 1), "federal holidays")

    def test_due_soon_from_the_third_working_day_on(self, writing, clock):
        """Sent on Monday 11/23, due on 12/01; the 26th is a holiday: the third working day is the 27th."""
        clock.now = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
        notice = send(writing, clock)
        days = [datetime(2026, 11, day, 16, 0, tzinfo=UTC) for day in (23, 24, 25, 26, 27, 30)]
        assert [moves.is_due_soon(notice, now=day) for day in days] == [False, False, False, False, True, True]
        assert not moves.is_due_soon(notice, now=datetime(2026, 12, 2, 16, 0, tzinfo=UTC))

    def test_fewer_where_the_receiving_state_set_it_so(self, writing, clock):
        clock.now = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
        shorter = policy.defaults("VT")
        shorter.first_reply_hours, shorter.resolution_days = 8, 2
        writing.add(shorter)
        notice = send(writing, clock)
        assert notice.reply_due_at == datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
        assert (notice.due_on, notice.due_days) == (date(2026, 11, 27), 2)

    def test_24_hours_stay_24_hours_over_a_daylight_saving_change(self, writing, clock):
        clock.now = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)
        notice = send(writing, clock)
        assert notice.reply_due_at - clock.now == timedelta(hours=24)

    @pytest.mark.parametrize(
        ("sent", "due"),
        [
            (datetime(2028, 2, 25, 18, tzinfo=UTC), date(2028, 3, 3)),  # over a leap day
            (datetime(2026, 7, 1, 18, tzinfo=UTC), date(2026, 7, 9)),  # 07/04 is kept on Friday, 07/03
        ],
    )
    def test_leap_day_and_moved_holiday(self, sent, due):
        assert clocks.worklist_due(sent, "America/New_York").due_on == due

    def test_the_former_state_has_4_working_days_from_an_arrival(self, writing, clock):
        clock.now = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
        notice = send(writing, clock, kind=MoveKind.ARRIVED)
        assert (notice.update_state_code, notice.update_due_on) == ("VT", date(2026, 12, 1))

    def test_after_a_departure_it_has_them_from_the_day_the_children_are_found(self, writing, clock):
        clock.now = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
        notice = send(writing, clock)
        assert notice.update_due_on is None
        clock.forward(days=6)
        reply(writing, notice, S.LOCATED, clock)
        assert (notice.update_state_code, notice.update_due_on) == ("TX", date(2026, 12, 4))
        clock.forward(days=1)
        reply(writing, notice, S.ALREADY_ENROLLED, clock)
        assert notice.update_due_on == date(2026, 12, 4)


class TestWhoSeesIt:
    @pytest.mark.parametrize(
        ("actor", "on"),
        [
            ("msix_primary", {Side.SENDER}),
            ("district_data_administrator", {Side.SENDER}),
            ("regional_data_administrator", {Side.SENDER}),
            ("state_data_administrator", {Side.SENDER}),
            ("vt_district_data_administrator", {Side.RECEIVER}),
            ("vt_regional_data_administrator", {Side.RECEIVER}),
            ("vt_state_data_administrator", {Side.RECEIVER}),
        ],
    )
    def test_both_sides(self, writing, clock, actor, on):
        notice = send(writing, clock)
        by = person_of(writing, actor)
        assert moves.get(writing, notice.id, by=by).id == notice.id
        assert moves.sides(writing, notice, by=by) == on

    @pytest.mark.parametrize("actor", ["msix_secondary", "vt_msix_primary", "vt_state_user_administrator"])
    def test_for_others_it_does_not_exist(self, writing, clock, actor):
        notice = send(writing, clock)
        with pytest.raises(NotFound):
            moves.get(writing, notice.id, by=person_of(writing, actor))


class TestTheClock:
    @pytest.fixture
    def notice_id(self, sessions, clock):
        with sessions() as db, db.begin():
            return send(db, clock).id

    def tick(self, sessions, clock):
        limits = daily.Limits(timedelta(days=36_500), timedelta(days=60), Path())
        return daily.run_due(sessions, limits, now=clock(), jobs=daily.JOBS[1:])

    def state(self, sessions, notice_id):
        with sessions().reading() as db:
            return db.scalar(moves.whole().where(MoveNotice.id == notice_id))

    def test_delivered_when_the_mail_system_took_it(self, sessions, settings, clock, notice_id):
        self.tick(sessions, clock)
        assert self.state(sessions, notice_id).status is S.SENT
        mail.deliver_due(sessions, mail_senders.sender(settings), clock=clock)
        clock.forward(minutes=1)
        self.tick(sessions, clock)
        assert self.state(sessions, notice_id).status is S.DELIVERED

    def test_seen_when_a_recipient_opened_it(self, sessions, clock, notice_id):
        with sessions() as db, db.begin():
            for actor in ("msix_primary", "vt_district_data_administrator"):
                audit.record(
                    db, at=clock(), action="moves.notice", outcome="ok", subject=f"notice {notice_id}",
                    user_id=person_of(db, actor).id,
                )  # fmt: skip
        self.tick(sessions, clock)
        found = self.state(sessions, notice_id)
        assert found.status is S.SEEN
        assert found.recipients[0].seen_at == clock()

    def test_up_a_level_each_24_hours_until_the_state(self, sessions, clock, notice_id):
        levels, people = [], []
        for _ in range(4):
            clock.forward(hours=24)
            self.tick(sessions, clock)
            self.tick(sessions, clock)
            found = self.state(sessions, notice_id)
            levels.append(found.level)
            people.append([one.user.user_name for one in found.recipients])
        assert levels == [MoveLevel.REGION, MoveLevel.STATE, MoveLevel.STATE, MoveLevel.STATE]
        assert people[-1] == [f"vt_{level}_data_administrator" for level in ("district", "regional", "state")]
        with sessions().reading() as db:
            assert [one.template for one in db.scalars(select(OutgoingMail).order_by(OutgoingMail.id))] == [
                "move_notice",
                "move_escalated",
                "move_escalated",
            ]

    def test_not_a_minute_early_and_not_twice_when_the_clock_is_set_back(self, sessions, clock, notice_id):
        clock.forward(hours=23, minutes=59)
        self.tick(sessions, clock)
        assert self.state(sessions, notice_id).level is MoveLevel.DISTRICT
        clock.forward(minutes=1)
        self.tick(sessions, clock)
        clock.forward(days=-3)
        self.tick(sessions, clock)
        clock.forward(days=3, minutes=1)
        self.tick(sessions, clock)
        found = self.state(sessions, notice_id)
        assert found.level is MoveLevel.REGION
        assert len(found.recipients) == 2

    def test_what_was_acknowledged_stays(self, sessions, clock, notice_id):
        with sessions() as db, db.begin():
            by = person_of(db, "vt_district_data_administrator")
            moves_replies.reply(db, moves.get(db, notice_id, by=by), S.ACKNOWLEDGED, text="", now=clock(), by=by)
        clock.forward(hours=48)
        self.tick(sessions, clock)
        found = self.state(sessions, notice_id)
        assert (found.level, found.status) == (MoveLevel.DISTRICT, S.ACKNOWLEDGED)

    def test_overdue_at_the_recipients_midnight(self, sessions, clock, notice_id):
        found = self.state(sessions, notice_id)
        last = datetime(found.due_on.year, found.due_on.month, found.due_on.day, 12, tzinfo=UTC)
        assert not moves.is_overdue(found, now=last + timedelta(hours=15))
        assert moves.is_overdue(found, now=last + timedelta(hours=18))


def test_a_deputy_stands_in_on_the_evening_of_the_last_day(writing):
    """At 02:00 UTC it is still the day before in Vermont."""
    evening = datetime(2027, 3, 3, 2, 0, tzinfo=UTC)
    away, deputy = (person_of(writing, f"vt_{role}_data_administrator") for role in ("district", "state"))
    day = date(2027, 3, 2)
    delegations.delegate(writing, to_id=deputy.id, starts_on=day, ends_on=day, now=evening, by=away)
    district = writing.scalar(select(District.id).where(District.code == world.VT_DISTRICT))
    (route,) = moves_sending.routes(writing, "VT", district, "", now=evening)
    assert route.user.id == deputy.id
