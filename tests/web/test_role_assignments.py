"""Roles with their days on the pages: given, ended, taken up; forged numbers, other places, live sessions (A14)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from msixlite.domain import days, policy, training
from msixlite.models.audit import AuditEvent
from msixlite.models.role_assignments import RoleAssignment
from msixlite.models.users import AccountStatus, Role, User, UserSession
from tests import world
from tests.cases import SETTINGS
from tests.web.test_auth import sign_in
from tests.web.test_users import form, one_time

PRIMARY, ADMINISTRATOR = "msix_primary", "state_user_administrator"


class Site:
    """The accounts and their assignments as they are now, and what an administrator sends about them."""

    def __init__(self, app, as_):
        self.app, self.as_ = app, as_

    def read(self, actor=PRIMARY):
        with self.app.config["SESSIONS"]().reading() as db:
            return db.scalar(select(User).where(User.user_name == actor))

    def assignments(self, actor=PRIMARY):
        with self.app.config["SESSIONS"]().reading() as db:
            user = db.scalar(select(User).where(User.user_name == actor))
            return list(db.scalars(select(RoleAssignment).where(RoleAssignment.user_id == user.id).order_by("id")))

    def allow(self, most):
        with self.app.config["SESSIONS"]() as db, db.begin():
            kept = policy.of(db, "TX")
            kept.roles_per_account = most
            db.add(kept)

    def day(self, ahead):
        """So many days from today at the State, as a form sends it."""
        with self.app.config["SESSIONS"]().reading() as db:
            user = db.scalar(select(User).where(User.user_name == PRIMARY))
            return (days.today_of(user, self.app.config["CLOCK"]()) + timedelta(days=ahead)).isoformat()

    def give(self, actor=PRIMARY, by=ADMINISTRATOR, expect=303, **sent):
        user = self.read(actor)
        values = {"role": "state_data_administrator", "place": "state-TX", "edition": user.edition} | sent
        return self.as_(by).send(f"/users/{user.id}/roles", values, expect=expect)

    def end(self, assignment, actor=PRIMARY, by=ADMINISTRATOR, expect=303, **sent):
        user = self.read(actor)
        values = {"reason": "other work", "edition": user.edition} | sent
        return self.as_(by).send(f"/users/{user.id}/roles/{assignment}/end", values, expect=expect)

    def train(self, actor=PRIMARY):
        """The training of the role in force, which comes before everything else in it."""
        now = self.app.config["CLOCK"]()
        with self.app.config["SESSIONS"]() as db, db.begin():
            user = db.scalar(select(User).where(User.user_name == actor))
            training.take_quiz(db, world.right_answers(user.role), pass_percent=80, now=now, by=user)

    def set_back(self, actor=PRIMARY):
        """As if the days had passed, without the clock's work."""
        with self.app.config["SESSIONS"]() as db, db.begin():
            user = db.scalar(select(User).where(User.user_name == actor))
            one = db.scalar(select(RoleAssignment).where(RoleAssignment.user_id == user.id, RoleAssignment.in_force))
            yesterday = days.today_of(user, self.app.config["CLOCK"]()) - timedelta(days=1)
            one.starts_on = user.role_starts_on = yesterday - timedelta(days=30)
            one.ends_on = user.role_ends_on = yesterday


@pytest.fixture
def site(app, as_):
    return Site(app, as_)


class TestAccountPage:
    def test_shows_each_role_with_its_days_past_ones_too(self, site, as_):
        site.allow(2)
        site.give(ends_on=site.day(9))
        site.end(site.assignments()[1].id)
        page = as_(ADMINISTRATOR).get(f"/users/{site.read().id}", expect=200).text
        table = page.split('aria-label="Roles and their days"')[1].split("</table>")[0]
        assert "State Data Administrator" in table
        assert "in force" in table
        assert re.search(r"ended on [\d/]+ [\d:]+ [A-Z]+: other work", table)
        assert page.count("End the role<span") == 1

    def test_a_further_role_to_be_taken_up(self, site, as_):
        site.allow(2)
        site.give()
        page = as_(ADMINISTRATOR).get(f"/users/{site.read().id}", expect=200).text
        assert "can be taken up" in page
        assert "allows 2 roles" in page

    def test_what_was_typed_is_kept_with_the_fault(self, site):
        text = site.give(expect=422, starts_on=site.day(1), ends_on="").text
        assert "at most 1" in text
        assert f'value="{site.day(1)}"' in text
        assert '<option selected value="state_data_administrator"' in text

    @pytest.mark.parametrize(
        "forged",
        [
            {"role": "ome_user_administrator"},
            {"role": "superuser"},
            {"role": ""},
            {"place": "state-VT"},
            {"place": "region-999"},
            {"starts_on": "soon"},
            {"starts_on": "2020-01-01"},
            {"starts_on": "9999-12-31"},
            {"ends_on": "0001-01-01"},
            {"edition": "-1"},
            {"edition": ""},
        ],
        ids=str,
    )
    def test_forged_fields_give_nothing(self, site, forged):
        site.allow(3)
        site.give(expect=422, **forged)
        assert len(site.assignments()) == 1

    @pytest.mark.parametrize("forged", [{"reason": ""}, {"ends_on": "soon"}, {"ends_on": "2020-01-01"}, {"edition": 9}])
    def test_forged_fields_end_nothing(self, site, forged):
        site.end(site.assignments()[0].id, expect=422, **forged)
        assert site.assignments()[0].ended_at is None

    def test_two_administrators_at_once(self, site):
        site.allow(3)
        edition = site.read().edition
        site.give()
        assert "Somebody else" in site.give(role="msix_secondary", edition=edition, expect=422).text

    def test_ended_at_once(self, site, as_):
        client = as_(PRIMARY)
        client.get("/", expect=200)
        site.end(site.assignments()[0].id)
        assert client.get("/", expect=303).location == "/login"
        page = as_(ADMINISTRATOR).get(f"/users/{site.read().id}", expect=200).text
        assert "disabled: it has no role any more" in page

    def test_the_audit_trail_has_both(self, site, app):
        site.allow(2)
        site.give()
        site.end(site.assignments()[1].id)
        with app.config["SESSIONS"]().reading() as db:
            events = {event.action: event for event in db.scalars(select(AuditEvent))}
        number = site.read().id
        assert events["role_assignments.give"].subject == f"user {number}"
        changed = {(table, column) for table, _row, column, _old, _new in events["role_assignments.end"].changes}
        assert {("role_assignment", "ended_at"), ("role_assignment", "end_reason")} <= changed


class TestNewAccount:
    def test_with_first_and_last_day(self, site, as_, db, visitor):
        days = {"starts_on": site.day(2), "ends_on": site.day(30)}
        plain = one_time(as_(ADMINISTRATOR).send("/users/new", form(db, **days), expect=200))
        made = site.read("nruiz")
        assert (made.role_starts_on.isoformat(), made.role_ends_on.isoformat()) == (days["starts_on"], days["ends_on"])
        assert "begins on" in sign_in(visitor, "nruiz", plain, expect=422).text

    def test_before_its_day_only_the_right_password_is_told_so(self, site, as_, db, visitor, app, clock):
        as_(ADMINISTRATOR).send("/users/new", form(db, starts_on=site.day(2)), expect=200)
        plain = one_time(as_(ADMINISTRATOR).send("/users/new", form(db, email="b@x.gov", starts_on=site.day(2))))

        def body(answer):
            return re.sub(r'(value|content|hx-headers)=(".*?"|\'.*?\')', "", answer.text)

        unknown = sign_in(visitor, "nobody", "Wrong-Guess-1", expect=422)
        wrong = sign_in(visitor, "nruiz2", "Wrong-Guess-1", expect=422)
        assert body(wrong) == body(unknown)
        for _ in range(4):
            assert "begins on" in sign_in(visitor, "nruiz2", plain, expect=422).text
        assert site.read("nruiz2").failed_attempts == 0
        clock.forward(days=3)
        assert sign_in(visitor, "nruiz2", plain, expect=303).location == "/"

    def test_days_that_lie_wrong_are_refused(self, as_, db, site):
        client = as_(ADMINISTRATOR)
        assert "today or later" in client.send("/users/new", form(db, starts_on="2020-01-01"), expect=422).text
        wrong = form(db, starts_on=site.day(2), ends_on=site.day(1))
        assert "before the first" in client.send("/users/new", wrong, expect=422).text


class TestMyAccount:
    def test_one_role_has_no_button(self, as_):
        page = as_(PRIMARY).get("/me/", expect=200).text
        assert "in force" in page
        assert "Work as" not in page

    def test_take_up_another(self, site, as_, app):
        site.allow(2)
        site.give()
        client = as_(PRIMARY)
        client.get("/uploads/", expect=403)
        page = client.get("/me/", expect=200).text
        assert "Work as State Data Administrator, Texas" in page
        old = client.get_cookie("msixlite").value
        address = re.search(r'action="(/me/roles/\d+/take-up)"', page).group(1)
        assert client.send(address, expect=303).location == "/"
        assert client.get("/uploads/", expect=303).location == "/training/"
        site.train()
        client.get("/uploads/", expect=200)
        client.get("/users/", expect=403)
        thief = app.test_client()
        thief.set_cookie("msixlite", old)
        assert thief.get("/", expect=303).location == "/login"

    def test_the_rights_of_the_role_before_are_gone(self, site, as_):
        site.allow(2)
        site.give(role="state_region_administrator")
        client = as_(PRIMARY)
        client.get("/students/", expect=200)
        client.send(f"/me/roles/{site.assignments()[1].id}/take-up", expect=303)
        site.train()
        client.get("/students/", expect=403)
        assert site.read().role is Role.STATE_REGION_ADMINISTRATOR

    def test_the_one_in_force_again(self, site, as_):
        client = as_(PRIMARY)
        assert client.send(f"/me/roles/{site.assignments()[0].id}/take-up", expect=303).location == "/me/"
        assert "You work in this role already" in client.get("/me/").text

    def test_why_a_session_ended(self, site, as_):
        site.allow(2)
        site.give()
        client = as_(PRIMARY)
        client.send(f"/me/roles/{site.assignments()[1].id}/take-up", expect=303)
        site.train()
        client.send(f"/me/roles/{site.assignments()[0].id}/take-up", expect=303)
        page = client.get("/sessions/", expect=200).text
        assert page.count("Another own role taken up") == 2


class TestSettings:
    @pytest.mark.parametrize(("sent", "status"), [("1", 303), ("3", 303), ("4", 422), ("0", 422), ("", 422)])
    def test_one_to_three(self, as_, app, sent, status):
        client = as_("state_data_administrator")
        client.send("/settings/", SETTINGS | {"roles_per_account": sent}, expect=status)
        with app.config["SESSIONS"]().reading() as db:
            assert policy.of(db, "TX").roles_per_account == (int(sent) if status == 303 else 1)

    def test_not_by_a_user_administrator(self, as_):
        as_(ADMINISTRATOR).send("/settings/", SETTINGS | {"roles_per_account": "3"}, expect=403)


class TestAttacks:
    def test_a_role_that_ended_yesterday_opens_nothing_today(self, site, as_, visitor, password):
        """In a live session, though no clock's work has run."""
        client = as_(PRIMARY)
        client.get("/students/", expect=200)
        site.set_back()
        assert client.get("/students/", expect=303).location == "/login"
        client.get("/me/", expect=303)
        assert "wrong, or the account is disabled" in sign_in(visitor, PRIMARY, password[0], expect=422).text
        assert site.read().status is AccountStatus.DISABLED

    @pytest.mark.parametrize("actor", ["msix_secondary", "vt_msix_primary", ADMINISTRATOR])
    def test_an_assignment_of_somebody_else(self, site, as_, actor):
        other = site.assignments(actor)[0].id
        before = site.read().role
        as_(PRIMARY).send(f"/me/roles/{other}/take-up", expect=404)
        assert site.read().role is before
        assert site.read(actor).role is Role(actor.removeprefix("vt_"))

    def test_an_ended_and_a_future_one(self, site, as_):
        site.allow(3)
        site.give()
        site.give(role="help_desk", starts_on=site.day(2))
        site.end(site.assignments()[1].id)
        client = as_(PRIMARY)
        for one in site.assignments()[1:]:
            client.send(f"/me/roles/{one.id}/take-up", expect=404)
        client.send("/me/roles/2147483647/take-up", expect=404)
        assert site.read().role is Role.MSIX_PRIMARY

    def test_a_switch_needs_a_post_with_its_token(self, site, as_):
        site.allow(2)
        site.give()
        address = f"/me/roles/{site.assignments()[1].id}/take-up"
        client = as_(PRIMARY)
        client.get(address, expect=405)
        client.post(address, expect=400)

    def test_the_assignment_of_another_account_is_not_ended_by_a_forged_number(self, site):
        other = site.assignments("vt_msix_primary")[0].id
        site.end(other, expect=404)
        site.end(site.assignments("msix_secondary")[0].id, expect=404)
        assert site.assignments("vt_msix_primary")[0].ended_at is None

    @pytest.mark.parametrize("actor", ["vt_msix_primary", ADMINISTRATOR, "ome_user_administrator"])
    def test_other_states_oneself_and_the_department_do_not_exist(self, site, actor):
        site.allow(3)
        site.give(actor, role="help_desk", expect=404)
        site.end(site.assignments(actor)[0].id, actor, expect=404)

    def test_outside_the_region(self, site):
        site.allow(3)
        by = "regional_user_administrator"
        site.give(by=by, role="msix_secondary", place="state-TX", expect=422)
        site.give(by=by, role="state_data_administrator", expect=422)
        assert len(site.assignments()) == 1

    def test_no_way_up_by_the_password_of_an_account_with_a_higher_role(self, site, as_):
        """A regional administrator resets no password that opens a State's role."""
        site.allow(2)
        number = site.read().id
        client = as_("regional_user_administrator")
        client.get(f"/users/{number}", expect=200)
        site.give(starts_on=site.day(1))
        client.get(f"/users/{number}", expect=404)
        reset = {"check": "IN_PERSON", "edition": site.read().edition}
        client.send(f"/users/{number}/reset-password", reset, expect=404)
        assert "MSIXPrimary" not in client.get("/users/", expect=200).text

    @pytest.mark.parametrize("by", ["help_desk", PRIMARY, "state_data_administrator", "privacy_act_administrator"])
    def test_who_may_assign_no_roles(self, site, by):
        site.give("msix_secondary", by=by, expect=403)
        site.end(site.assignments("msix_secondary")[0].id, "msix_secondary", by=by, expect=403)

    def test_no_session_outlives_a_switch(self, site, as_, app):
        site.allow(2)
        site.give()
        client = as_(PRIMARY)
        with app.config["SESSIONS"]().reading() as db:
            started = db.scalar(
                select(UserSession.started_at)
                .where(UserSession.user_id == site.read().id)
                .order_by(UserSession.id.desc())
            )
        client.send(f"/me/roles/{site.assignments()[1].id}/take-up", expect=303)
        with app.config["SESSIONS"]().reading() as db:
            live = db.scalars(
                select(UserSession).where(UserSession.user_id == site.read().id, UserSession.ended_at.is_(None))
            ).all()
        assert [one.started_at for one in live] == [started]
        assert live[0].purpose is None
