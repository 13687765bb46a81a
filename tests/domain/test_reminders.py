"""Reminders: one e-mail for each person, renewal and threshold, without a word about children."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from msixlite.domain import accounts, daily, mail, reminders, training
from msixlite.models.mail import OutgoingMail
from msixlite.models.reminders import Reminder, Renewal
from msixlite.models.users import AccountStatus, RulesAcceptance, User

pytestmark = pytest.mark.writes
AGE = timedelta(days=60)


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.fixture
def mine(db, person):
    """`mine(now)`: what the day's run wrote to the person, as (what, days before)."""

    def run(now, age=AGE):
        made = reminders.remind(db, password_age=age, now=now)
        user_id = person("msix_primary").id
        return [(one.renewal, one.days_before) for one in made if one.user_id == user_id]

    return run


class TestThresholds:
    def test_training_30_and_7_days_before_each_once(self, db, person, mine):
        last_day = training.due_on(db, person("msix_primary"))
        db.execute(update(RulesAcceptance).values(accepted_at=noon(last_day)))
        db.execute(update(User).values(password_changed_at=noon(last_day)))

        def days(before):
            return [one for what, one in mine(noon(last_day) - timedelta(days=before)) if what is Renewal.TRAINING]

        assert [days(one) for one in (31, 30, 30, 8, 7, 7, 0, -1)] == [[], [30], [], [], [7], [], [], []]

    def test_the_password_follows_the_sites_own_age(self, db, person, mine):
        changed = person("msix_primary").password_changed_at
        due = (changed + AGE).date()
        assert mine(noon(due) - timedelta(days=30)) == [(Renewal.PASSWORD, 30)]
        assert mine(noon(due) - timedelta(days=7)) == [(Renewal.PASSWORD, 7)]

    def test_a_short_life_has_no_long_threshold(self, db, person, mine):
        changed = person("msix_primary").password_changed_at
        assert mine(changed + timedelta(hours=1), age=timedelta(days=20)) == []
        assert mine(changed + timedelta(days=14), age=timedelta(days=20)) == [(Renewal.PASSWORD, 7)]

    def test_the_rules(self, db, person, mine):
        accepted = db.scalar(select(func.max(RulesAcceptance.accepted_at)))
        db.execute(update(User).values(password_changed_at=accepted + timedelta(days=350)))
        found = mine(noon((accepted + timedelta(days=365)).date()) - timedelta(days=20))
        assert (Renewal.RULES, 30) in found

    def test_a_day_left_out_loses_none(self, db, person, mine):
        due = (person("msix_primary").password_changed_at + AGE).date()
        assert mine(noon(due) - timedelta(days=26)) == [(Renewal.PASSWORD, 30)]
        assert mine(noon(due) - timedelta(days=2)) == [(Renewal.PASSWORD, 7)]

    def test_nobody_whose_account_is_not_in_use(self, db, person, mine):
        due = (person("msix_primary").password_changed_at + AGE).date()
        person("msix_primary").status = AccountStatus.DISABLED
        assert mine(noon(due) - timedelta(days=7)) == []

    def test_a_one_time_password_needs_no_reminder(self, db, person, mine):
        due = (person("msix_primary").password_changed_at + AGE).date()
        person("msix_primary").must_change_password = True
        assert mine(noon(due) - timedelta(days=7)) == []


class TestMail:
    def test_says_what_until_when_and_where_and_nothing_of_children(self, db, person, mine):
        due = (person("msix_primary").password_changed_at + AGE).date()
        mine(noon(due) - timedelta(days=7))
        written = db.scalars(select(OutgoingMail).where(OutgoingMail.recipient_id == person("msix_primary").id)).all()
        (one,) = [made for made in written if made.template == "renewal_due"]
        assert f"{due:%m/%d/%Y}" in one.subject
        assert "A new password is due" in one.body
        assert "in 7 days" in one.body
        assert f"{mail.SITE}password" in one.body
        assert "Graciela" not in one.body

    def test_a_wording_that_the_guard_holds_back_stops_nobody_else(self, db, person, mine):
        """The State worded it, then a child of that name came: the day's work goes on."""
        from msixlite.models.mail import MailTemplate

        user = person("state_data_administrator")
        db.add(
            MailTemplate(
                state_code="TX",
                key="renewal_due",
                subject="Due {due}",
                body="Graciela Castañeda Peña, born 03/14/2012: {link}",
                changed_at=user.created_at,
                changed_by_id=user.id,
            )
        )
        due = (user.password_changed_at + AGE).date()
        made = reminders.remind(db, password_age=AGE, now=noon(due) - timedelta(days=7))
        people = {db.get(User, one.user_id).state_code for one in made}
        assert "VT" in people
        assert "TX" not in people

    def test_twice_a_day_is_once(self, db, person, tmp_path):
        """Through the day's work itself."""
        due = (person("msix_primary").password_changed_at + AGE).date()
        limits = daily.Limits(timedelta(days=36_500), AGE, tmp_path)
        for _ in range(2):
            daily.run(db, limits, now=noon(due) - timedelta(days=7))
        kept = select(func.count()).select_from(Reminder).where(Reminder.user_id == person("msix_primary").id)
        assert db.scalar(kept) == 1


def test_a_password_of_ones_own_begins_a_new_time(db, person, mine):
    user = person("msix_primary")
    due = (user.password_changed_at + AGE).date()
    now = noon(due) - timedelta(days=7)
    assert mine(now) == [(Renewal.PASSWORD, 7)]
    attempt = accounts.begin_sign_in(db, "msix_primary", now=now)
    _, token = accounts.finish_sign_in(db, attempt, fits=True, now=now)
    session = accounts.find_session(db, token, now=now)
    accounts.change_password(db, user, password_hash="x", session=session, now=now)
    assert mine(now) == []
