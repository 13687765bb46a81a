"""Sign-ins from two networks (A18): when an alert is raised, who sees it, what leaves by e-mail."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from msixlite.domain import accounts, policy, sign_in_alerts, unusual_use
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.mail import OutgoingMail
from msixlite.models.sign_in_alerts import SignInAlert
from msixlite.models.users import UserSession

pytestmark = pytest.mark.writes
NOW = datetime.now(UTC)
OFFICE, SAME_OFFICE, ELSEWHERE = "192.0.2.10", "192.0.2.200", "198.51.100.7"
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def sign_in(db):
    """`sign_in(address, minutes=5)`: the alert that a sign-in so many minutes from now raises."""

    def sign_in(address, minutes=0, actor="msix_primary", at_once=1, within=HALF_HOUR):
        now = NOW + timedelta(minutes=minutes)
        attempt = accounts.begin_sign_in(db, actor, now=now)
        _, token = accounts.finish_sign_in(db, attempt, fits=True, now=now, address=address, at_once=at_once)
        live = accounts.find_session(db, token, now=now)
        return sign_in_alerts.compare(db, live, within=within, now=now)

    return sign_in


class TestNetworks:
    @pytest.mark.parametrize(
        ("address", "other", "apart"),
        [
            ("192.0.2.10", "192.0.2.200", False),
            ("192.0.2.10", "192.0.3.10", True),
            ("2001:db8:1:2::5", "2001:db8:1:ffff::9", False),
            ("2001:db8:1::5", "2001:db8:2::5", True),
            ("::ffff:192.0.2.10", "192.0.2.99", False),
            ("192.0.2.10", "2001:db8::1", True),
            ("", "192.0.2.10", False),
            ("unix:", "192.0.2.10", False),
            ("192.0.2.10", "", False),
        ],
    )
    def test_ipv4_by_24_bits_and_ipv6_by_48(self, address, other, apart):
        assert sign_in_alerts.are_apart(address, other) is apart


class TestAlert:
    def test_another_network_while_the_session_before_was_in_use(self, sign_in, person):
        assert sign_in(OFFICE) is None
        alert = sign_in(ELSEWHERE, minutes=5)
        assert (alert.user_id, alert.address, alert.other_address) == (person("msix_primary").id, ELSEWHERE, OFFICE)
        assert alert.other_active_at == NOW

    def test_the_same_network_is_none(self, sign_in):
        sign_in(OFFICE)
        assert sign_in(SAME_OFFICE, minutes=5) is None

    def test_a_session_that_was_left_long_ago_is_none(self, sign_in):
        sign_in(OFFICE)
        assert sign_in(ELSEWHERE, minutes=31) is None

    def test_nor_is_one_that_its_own_limit_had_ended(self, sign_in, db):
        """A13: the State signs out after 5 minutes."""
        shorter = policy.defaults("TX")
        shorter.idle_minutes = 5
        db.add(shorter)
        db.flush()
        sign_in(OFFICE, at_once=2)
        assert sign_in(ELSEWHERE, minutes=6, at_once=2) is None
        assert sign_in(OFFICE, minutes=12) is None
        assert sign_in(ELSEWHERE, minutes=18) is None

    def test_the_setting_says_how_long_ago_counts(self, sign_in):
        sign_in(OFFICE)
        assert sign_in(ELSEWHERE, minutes=11, within=timedelta(minutes=10)) is None
        assert sign_in(OFFICE, minutes=20, within=timedelta(minutes=10))
        assert sign_in(ELSEWHERE, minutes=21, within=timedelta(0)) is None

    def test_a_session_that_was_signed_out_is_none(self, sign_in, db, person):
        sign_in(OFFICE)
        accounts.end_sessions(db, person("msix_primary"), reason="signed out", now=NOW)
        assert sign_in(ELSEWHERE, minutes=1) is None

    def test_another_persons_session_is_none(self, sign_in):
        sign_in(OFFICE, actor="msix_secondary")
        assert sign_in(ELSEWHERE, minutes=1) is None

    def test_two_that_live_side_by_side(self, sign_in, db):
        """Where several sessions are allowed, one that goes on counts as long as it lives."""
        sign_in(OFFICE, at_once=2)
        assert sign_in(ELSEWHERE, minutes=20, at_once=2, within=timedelta(minutes=10))
        living = select(func.count()).select_from(UserSession).where(UserSession.ended_at.is_(None))
        assert db.scalar(living) == 2


class TestMail:
    def mails(self, db):
        return db.scalars(select(OutgoingMail).where(OutgoingMail.template == "sign_in_alert")).all()

    def test_one_a_day_to_the_person_without_addresses(self, sign_in, db, person):
        for minutes, address in enumerate((OFFICE, ELSEWHERE, OFFICE, ELSEWHERE)):
            sign_in(address, minutes=minutes)
        (mail,) = self.mails(db)
        assert mail.recipient_id == person("msix_primary").id
        assert OFFICE not in mail.body
        assert ELSEWHERE not in mail.body
        assert "site:/sessions/" in mail.body


class TestAnswer:
    def answer(self, db, person, alert, was_me, actor="msix_primary"):
        user = person(actor)
        own = select(UserSession).where(UserSession.user_id == user.id).order_by(UserSession.id.desc())
        sign_in_alerts.answer(db, alert.id, was_me=was_me, session=db.scalar(own.limit(1)), now=NOW, by=user)

    def test_it_was_me_settles_it_and_those_before(self, sign_in, db, person):
        sign_in(OFFICE)
        first, second = sign_in(ELSEWHERE, minutes=1), sign_in(OFFICE, minutes=2)
        self.answer(db, person, second, was_me=True)
        assert (first.was_me, second.was_me) == (True, True)
        assert sign_in_alerts.unanswered(db, by=person("msix_primary")) == []
        with pytest.raises(RuleBroken, match="already"):
            self.answer(db, person, second, was_me=False)

    def test_it_was_not_me_ends_the_other_sessions(self, sign_in, db, person):
        sign_in(OFFICE, at_once=2)
        alert = sign_in(ELSEWHERE, minutes=1, at_once=2)
        self.answer(db, person, alert, was_me=False)
        living = select(UserSession.address).where(UserSession.ended_at.is_(None))
        assert db.scalars(living).all() == [ELSEWHERE]

    def test_another_persons_alert_does_not_exist(self, sign_in, db, person):
        sign_in(OFFICE)
        alert = sign_in(ELSEWHERE, minutes=1)
        with pytest.raises(NotFound):
            self.answer(db, person, alert, was_me=True, actor="msix_secondary")


class TestAdministrator:
    @pytest.mark.parametrize(
        ("actor", "sees"),
        [
            ("state_user_administrator", 1),
            ("regional_user_administrator", 1),
            ("vt_state_user_administrator", 0),
            ("ome_user_administrator", 0),
            ("state_data_administrator", 0),
            ("msix_primary", 0),
        ],
    )
    def test_those_in_whose_reach_the_account_lies(self, sign_in, db, person, actor, sees):
        sign_in(OFFICE)
        alert = sign_in(ELSEWHERE, minutes=1)
        assert len(sign_in_alerts.waiting(db, by=person(actor))) == sees
        if not sees:
            with pytest.raises(NotFound):
                sign_in_alerts.look_at(db, alert.id, now=NOW, by=person(actor))

    def test_the_persons_answer_does_not_take_it_off_the_administrators_list(self, sign_in, db, person):
        """Whoever answered may be the thief."""
        sign_in(OFFICE)
        alert = sign_in(ELSEWHERE, minutes=1)
        TestAnswer().answer(db, person, alert, was_me=True)
        by = person("state_user_administrator")
        assert [one.id for one in sign_in_alerts.waiting(db, by=by)] == [alert.id]
        sign_in_alerts.look_at(db, alert.id, now=NOW, by=by)
        assert sign_in_alerts.waiting(db, by=by) == []
        with pytest.raises(RuleBroken):
            sign_in_alerts.look_at(db, alert.id, now=NOW, by=by)

    @pytest.mark.parametrize(
        ("actor", "sees"),
        [
            ("state_user_administrator", 1),
            ("privacy_act_administrator", 1),
            ("vt_state_user_administrator", 0),
            ("state_data_administrator", 0),
        ],
    )
    def test_stands_in_the_report_of_unusual_use(self, sign_in, db, person, actor, sees):
        sign_in(OFFICE)
        sign_in(ELSEWHERE, minutes=1)
        report = unusual_use.report(db, since=NOW - HALF_HOUR, limits=unusual_use.Limits(), by=person(actor))
        assert [one.user.user_name for one in report.two_networks] == ["msix_primary"] * sees
        assert db.scalar(select(func.count()).select_from(SignInAlert)) == 1
