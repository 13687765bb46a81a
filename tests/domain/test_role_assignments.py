"""One account, one or more roles with their days: exactly one in force, whatever the clock's work has done (A14)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import IntegrityError

from msixlite.domain import (
    account_steps,
    accounts,
    days,
    feeds,
    help_desk,
    policy,
    role_assignments,
    roles_in_force,
    users,
)
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import Permission, manages
from msixlite.domain.role_assignments import Wanted
from msixlite.models.places import District, Region, State
from msixlite.models.policy import StatePolicy
from msixlite.models.role_assignments import RoleAssignment
from msixlite.models.users import AccountStatus, DeedKind, Role, User, UserSession

pytestmark = pytest.mark.writes
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
ADMINISTRATOR, PRIMARY = "state_user_administrator", "msix_primary"


def place_of(db, state="TX", *, region=None, district=None):
    return users.Place(
        db.get(State, state),
        db.scalar(select(Region).where(Region.name == region)) if region else None,
        db.scalar(select(District).where(District.code == district)) if district else None,
    )


def today_of(user, now=NOW):
    return days.today_of(user, now)


def give(db, person, actor=PRIMARY, role=Role.STATE_DATA_ADMINISTRATOR, *, place=None, by=ADMINISTRATOR, **more):
    """A role of Texas for an actor, by an administrator; `first` and `last`: days from today."""
    user, now = person(actor), more.get("now", NOW)
    days = {name: today_of(user, now) + more[key] * DAY for name, key in DAYS.items() if key in more}
    wanted = Wanted(role, place or place_of(db), **days)
    edition = more.get("edition", user.edition)
    return role_assignments.give(db, user.id, wanted, edition=edition, now=now, by=person(by))


DAYS = {"starts_on": "first", "ends_on": "last"}


def end(db, person, assignment, actor=PRIMARY, *, last=None, by=ADMINISTRATOR, reason="moved to payroll", now=NOW):
    user = person(actor)
    ends_on = None if last is None else today_of(user, now) + last * DAY
    how = {"ends_on": ends_on, "reason": reason, "edition": user.edition, "now": now, "by": person(by)}
    return role_assignments.end(db, user.id, assignment.id, **how)


def allow(db, most):
    kept = policy.of(db, "TX")
    kept.roles_per_account = most
    db.add(kept)
    db.flush()


def in_force(db, user):
    return db.scalars(select(RoleAssignment).where(RoleAssignment.user_id == user.id, RoleAssignment.in_force)).one()


def sign_in(db, actor, now=NOW):
    attempt = accounts.begin_sign_in(db, actor, now=now)
    return accounts.finish_sign_in(db, attempt, fits=True, now=now)[1]


def said_to(db, actor, now=NOW, *, fits=True):
    with pytest.raises(RuleBroken) as caught:
        accounts.finish_sign_in(db, accounts.begin_sign_in(db, actor, now=now), fits=fits, now=now)
    return caught.value.sentence


def live_reasons(db, user):
    return set(db.scalars(select(UserSession.end_reason).where(UserSession.user_id == user.id)))


def newcomer(db, person, **days):
    by = person(ADMINISTRATOR)
    wanted = users.Wanted("Nela", "Ruiz", "nela@example.gov", "1", Role.MSIX_SECONDARY, place_of(db), **days)
    return users.create(db, wanted, password_hash="x", now=NOW, by=by)


class TestEveryAccountHasOne:
    def test_the_one_in_force_says_what_the_account_says(self, db):
        for user in db.scalars(select(User)):
            one = in_force(db, user)
            assert (one.role, one.state_code, one.region_id, one.district_id) == (
                *(user.role, user.state_code, user.region_id, user.district_id),
            )
            assert (one.starts_on, one.ends_on) == (user.role_starts_on, user.role_ends_on)

    def test_the_database_allows_one_in_force(self, db, person):
        user = person(PRIMARY)
        db.add(roles_in_force.copy_of(user, now=NOW, by=None))
        with pytest.raises(IntegrityError):
            db.flush()

    def test_a_change_ends_it_and_begins_another_from_today(self, db, person):
        user, before = person(PRIMARY), in_force(db, person(PRIMARY))
        wanted = users.Wanted("A", "B", user.email, "1", Role.MSIX_SECONDARY, place_of(db))
        users.change(db, user.id, wanted, edition=user.edition, now=NOW, by=person(ADMINISTRATOR))
        after = in_force(db, user)
        assert (before.ended_at, before.end_reason) == (NOW, "role or place changed")
        assert (after.role, after.starts_on, after.district_id) == (Role.MSIX_SECONDARY, today_of(user), None)
        assert after.given_by_id == person(ADMINISTRATOR).id

    def test_a_change_keeps_the_last_day(self, db, person):
        user = person(PRIMARY)
        end(db, person, in_force(db, user), last=10)
        wanted = users.Wanted("A", "B", user.email, "1", Role.MSIX_SECONDARY, place_of(db))
        users.change(db, user.id, wanted, edition=user.edition, now=NOW, by=person(ADMINISTRATOR))
        assert in_force(db, user).ends_on == today_of(user) + 10 * DAY

    def test_a_change_of_names_alone_leaves_it(self, db, person):
        user, before = person(PRIMARY), in_force(db, person(PRIMARY))
        wanted = users.Wanted("A", "B", user.email, "1", user.role, users.Place(user.state, None, user.district))
        users.change(db, user.id, wanted, edition=user.edition, now=NOW, by=person(ADMINISTRATOR))
        assert in_force(db, user) is before

    def test_what_is_over_cannot_be_changed(self, db, person):
        user = person(PRIMARY)
        end(db, person, in_force(db, user))
        wanted = users.Wanted("A", "B", user.email, "1", Role.MSIX_SECONDARY, place_of(db))
        with pytest.raises(RuleBroken, match="no role in force"):
            users.change(db, user.id, wanted, edition=user.edition, now=NOW, by=person(ADMINISTRATOR))

    def test_deactivating_ends_all(self, db, person):
        allow(db, 2)
        give(db, person)
        user = person(PRIMARY)
        how = {"reason": "left", "edition": user.edition, "now": NOW, "by": person(ADMINISTRATOR)}
        account_steps.take_step(db, user.id, account_steps.Step.DEACTIVATE, **how)
        assert roles_in_force.open_of(db, user) == []


class TestGive:
    def test_a_further_role_waits_until_its_owner_takes_it_up(self, db, person):
        allow(db, 2)
        token = sign_in(db, PRIMARY)
        made, user = give(db, person), person(PRIMARY)
        assert (user.role, made.in_force) == (Role.MSIX_PRIMARY, False)
        assert accounts.find_session(db, token, now=NOW) is None
        assert "a role was given" in live_reasons(db, user)
        assert users.history(db, user)[0].kind is DeedKind.ROLE_GIVEN

    def test_a_role_of_another_day_ends_no_session(self, db, person):
        allow(db, 2)
        token = sign_in(db, PRIMARY)
        give(db, person, first=3)
        assert accounts.find_session(db, token, now=NOW) is not None

    def test_one_at_a_time_unless_the_state_says_otherwise(self, db, person):
        with pytest.raises(RuleBroken, match="at most 1"):
            give(db, person)
        allow(db, 2)
        give(db, person)
        with pytest.raises(RuleBroken, match="at most 2"):
            give(db, person, role=Role.MSIX_SECONDARY)

    def test_a_successor_is_not_at_the_same_time(self, db, person):
        end(db, person, in_force(db, person(PRIMARY)), last=5)
        with pytest.raises(RuleBroken, match="at most 1"):
            give(db, person, first=5)
        assert give(db, person, first=6).starts_on == today_of(person(PRIMARY)) + 6 * DAY

    def test_the_busiest_day_counts(self, db, person):
        allow(db, 2)
        give(db, person, first=10, last=20)
        with pytest.raises(RuleBroken, match="at most 2"):
            give(db, person, role=Role.MSIX_SECONDARY, first=1)
        give(db, person, role=Role.MSIX_SECONDARY, first=1, last=9)
        give(db, person, role=Role.MSIX_SECONDARY, first=21)

    @pytest.mark.parametrize(
        ("days", "said"),
        [({"first": -1}, "today or later"), ({"first": 5, "last": 4}, "before the first"), ({"first": 366}, "year")],
    )
    def test_days_that_lie_wrong(self, db, person, days, said):
        allow(db, 3)
        with pytest.raises(RuleBroken, match=said):
            give(db, person, **days)

    def test_the_same_role_twice(self, db, person):
        allow(db, 3)
        give(db, person, last=9)
        with pytest.raises(RuleBroken, match="already"):
            give(db, person, first=9)
        give(db, person, first=10)

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.STATE_USER_ADMINISTRATOR}, key=lambda role: role.value))
    @pytest.mark.parametrize("by", ["help_desk", "msix_primary", "state_data_administrator", "vt_" + ADMINISTRATOR])
    def test_who_may_not_touch_the_account_gives_it_nothing(self, db, person, by, role):
        allow(db, 3)
        with pytest.raises(NotFound):
            give(db, person, "msix_secondary", role, by=by)

    @pytest.mark.parametrize("role", sorted(accounts.NATIONAL_ROLES, key=lambda role: role.value))
    def test_no_role_of_the_department(self, db, person, role):
        allow(db, 3)
        with pytest.raises(RuleBroken):
            give(db, person, role=role)

    def test_a_regional_administrator_gives_no_more_than_the_region(self, db, person):
        allow(db, 3)
        by = "regional_user_administrator"
        with pytest.raises(RuleBroken, match="may not give"):
            give(db, person, by=by)
        with pytest.raises(RuleBroken, match="may not give"):
            give(db, person, role=Role.MSIX_SECONDARY, place=place_of(db, district="4800002"), by=by)
        with pytest.raises(RuleBroken, match="may not give"):
            give(db, person, role=Role.REGIONAL_USER_ADMINISTRATOR, place=place_of(db, region="Coastal Bend"), by=by)
        give(db, person, role=Role.REGIONAL_DATA_ADMINISTRATOR, place=place_of(db, region="Coastal Bend"), by=by)

    def test_help_desk_is_a_role_like_the_others(self, db, person):
        allow(db, 2)
        assert give(db, person, role=Role.HELP_DESK).role is Role.HELP_DESK

    def test_nobody_gives_to_themselves(self, db, person):
        allow(db, 3)
        with pytest.raises(NotFound):
            give(db, person, ADMINISTRATOR, Role.HELP_DESK)

    def test_not_to_another_state_s_place(self, db, person):
        allow(db, 3)
        with pytest.raises(RuleBroken, match="may not give"):
            give(db, person, place=place_of(db, "VT"))

    def test_all_roles_lie_in_one_state(self, db, person):
        """OME reaches both States, and gives one account no role in the other."""
        allow(db, 3)
        with pytest.raises(RuleBroken, match="one State"):
            give(
                *(db, person, ADMINISTRATOR, Role.STATE_USER_ADMINISTRATOR),
                place=place_of(db, "VT"),
                by="ome_user_administrator",
            )

    def test_by_an_older_page(self, db, person):
        allow(db, 2)
        with pytest.raises(RuleBroken, match="Somebody else changed"):
            give(db, person, edition=person(PRIMARY).edition - 1)

    def test_not_to_a_closed_account(self, db, person):
        person(PRIMARY).status = AccountStatus.DEACTIVATED
        with pytest.raises(RuleBroken, match="deactivated"):
            give(db, person)


class TestBeyondReach:
    """Who sets an account's password has the key to all of its roles."""

    def test_a_further_role_beyond_reach_takes_the_account_out_of_it(self, db, person):
        regional, right = person("regional_user_administrator"), Permission.RESET_PASSWORDS
        user = person(PRIMARY)
        allow(db, 2)
        assert manages(regional, right, user)
        for role, place in (
            (Role.STATE_DATA_ADMINISTRATOR, place_of(db)),
            (Role.REGIONAL_USER_ADMINISTRATOR, place_of(db, region="Coastal Bend")),
            (Role.MSIX_SECONDARY, place_of(db)),
            (Role.MSIX_SECONDARY, place_of(db, district="4800002")),
        ):
            made = give(db, person, role=role, place=place, first=1)
            with pytest.raises(NotFound):
                users.open_for_change(db, user.id, right, edition=user.edition, by=regional)
            with pytest.raises(NotFound):
                users.get(db, user.id, by=regional)
            assert users.get(db, user.id, by=person(ADMINISTRATOR)) is user
            end(db, person, made)
            assert users.get(db, user.id, by=regional) is user

    @pytest.mark.parametrize("place", [{"district": "4800001"}, {"region": "Coastal Bend"}])
    def test_one_within_reach_does_not(self, db, person, place):
        allow(db, 2)
        give(db, person, role=Role.MSIX_SECONDARY, place=place_of(db, **place))
        assert users.get(db, person(PRIMARY).id, by=person("regional_user_administrator"))


class TestEnd:
    def test_at_once_the_account_is_disabled_in_words_and_signed_out(self, db, person):
        token, user = sign_in(db, PRIMARY), person(PRIMARY)
        end(db, person, in_force(db, user))
        assert (user.status, user.status_reason) == (AccountStatus.DISABLED, "it has no role any more")
        assert accounts.find_session(db, token, now=NOW) is None
        assert "a role was ended" in live_reasons(db, user)
        assert said_to(db, PRIMARY) == accounts.SIGN_IN_REFUSED
        assert "moved to payroll" in next(
            one.words for one in users.history(db, user) if one.kind is DeedKind.ROLE_ENDED
        )

    def test_at_once_another_of_today_takes_over(self, db, person):
        allow(db, 2)
        give(db, person)
        user = person(PRIMARY)
        end(db, person, in_force(db, user))
        assert (user.role, user.district_id, user.status) == (
            *(Role.STATE_DATA_ADMINISTRATOR, None, AccountStatus.ACTIVE),
        )
        assert in_force(db, user).role is user.role

    def test_a_new_role_enables_again_and_only_that(self, db, person):
        user = person(PRIMARY)
        end(db, person, in_force(db, user))
        how = {"reason": "back", "edition": user.edition, "now": NOW, "by": person(ADMINISTRATOR)}
        with pytest.raises(RuleBroken, match="No role"):
            account_steps.take_step(db, user.id, account_steps.Step.ENABLE, **how)
        give(db, person)
        assert (user.status, user.role) == (AccountStatus.ACTIVE, Role.STATE_DATA_ADMINISTRATOR)
        assert sign_in(db, PRIMARY)

    def test_a_new_role_opens_no_account_that_a_person_disabled(self, db, person):
        user = person(PRIMARY)
        how = {"reason": "looked into", "now": NOW, "by": person(ADMINISTRATOR)}
        account_steps.take_step(db, user.id, account_steps.Step.DISABLE, edition=user.edition, **how)
        end(db, person, in_force(db, user))
        give(db, person)
        assert (user.status, user.status_reason) == (AccountStatus.DISABLED, "looked into")

    @pytest.mark.parametrize("reason", roles_in_force.WAITS, ids=["not begun", "none left"])
    def test_nobody_disables_with_a_reason_that_the_site_takes_back(self, db, person, reason):
        user = person(PRIMARY)
        how = {"reason": str(reason), "edition": user.edition, "now": NOW, "by": person(ADMINISTRATOR)}
        with pytest.raises(RuleBroken, match="itself gives"):
            account_steps.take_step(db, user.id, account_steps.Step.DISABLE, **how)

    def test_an_unlock_or_a_reset_opens_no_ended_role(self, db, person):
        user = person(PRIMARY)
        user.status, user.status_reason, user.failed_attempts = AccountStatus.DISABLED, accounts.LOCKED_OUT, 3
        end(db, person, in_force(db, user))
        check = {"check": account_steps.CallerCheck.IN_PERSON, "words": ""}
        help_desk.unlock(db, user.id, **check, edition=user.edition, now=NOW, by=person("help_desk"))
        assert said_to(db, PRIMARY) == accounts.SIGN_IN_REFUSED
        assert (user.status, user.status_reason) == (AccountStatus.DISABLED, roles_in_force.NONE_LEFT)

    def test_one_that_is_not_in_use_changes_no_right(self, db, person):
        allow(db, 2)
        made, user = give(db, person), person(PRIMARY)
        end(db, person, made)
        assert (user.role, user.status, user.role_ends_on) == (Role.MSIX_PRIMARY, AccountStatus.ACTIVE, None)

    @pytest.mark.parametrize(("last", "said"), [(-1, "over already"), (8, "ends before that day")])
    def test_last_days_that_lie_wrong(self, db, person, last, said):
        mine = in_force(db, person(PRIMARY))
        end(db, person, mine, last=7)
        with pytest.raises(RuleBroken, match=said):
            end(db, person, mine, last=last)

    def test_before_its_first_day(self, db, person):
        allow(db, 2)
        made = give(db, person, first=5)
        with pytest.raises(RuleBroken, match="not begun by then"):
            end(db, person, made, last=2)
        end(db, person, made)
        with pytest.raises(NotFound):
            end(db, person, made)

    def test_without_a_reason(self, db, person):
        with pytest.raises(RuleBroken, match="why"):
            end(db, person, in_force(db, person(PRIMARY)), reason=" ")
        with pytest.raises(RuleBroken, match="characters"):
            end(db, person, in_force(db, person(PRIMARY)), reason="x" * 201)

    def test_by_an_older_page(self, db, person):
        user = person(PRIMARY)
        mine = in_force(db, user)
        how = {"ends_on": None, "reason": "x", "now": NOW, "by": person(ADMINISTRATOR)}
        with pytest.raises(RuleBroken, match="Somebody else changed"):
            role_assignments.end(db, user.id, mine.id, edition=user.edition + 1, **how)

    def test_an_assignment_of_another_account_does_not_exist(self, db, person):
        other = in_force(db, person("msix_secondary"))
        with pytest.raises(NotFound):
            end(db, person, other)
        with pytest.raises(NotFound):
            end(db, person, in_force(db, person("vt_msix_primary")))

    @pytest.mark.parametrize("by", [PRIMARY, "help_desk", "state_data_administrator", "vt_" + ADMINISTRATOR])
    def test_who_may_not(self, db, person, by):
        with pytest.raises(NotFound):
            end(db, person, in_force(db, person(PRIMARY)), by=by)

    def test_nobody_ends_their_own(self, db, person):
        with pytest.raises(NotFound):
            end(db, person, in_force(db, person(ADMINISTRATOR)), ADMINISTRATOR)


class TestSwitch:
    @pytest.fixture
    def two(self, db, person):
        """Primary, and in force; State Data Administrator besides. Returns the second one."""
        allow(db, 2)
        return give(db, person)

    def switch(self, db, person, assignment, token=None):
        session = accounts.find_session(db, token or sign_in(db, PRIMARY), now=NOW)
        return role_assignments.switch(db, assignment.id, session, now=NOW, by=person(PRIMARY))

    def test_the_rights_of_the_other_and_no_more(self, db, person, two):
        before, user = in_force(db, person(PRIMARY)), person(PRIMARY)
        self.switch(db, person, two)
        assert (user.role, user.district_id, user.state_code) == (Role.STATE_DATA_ADMINISTRATOR, None, "TX")
        assert in_force(db, user) is two
        assert before.ended_at is None
        self.switch(db, person, before)
        assert (user.role, user.district_id) == (Role.MSIX_PRIMARY, before.district_id)

    def test_a_new_session_that_ends_no_later_and_knows_no_purpose(self, db, person, two):
        old = sign_in(db, PRIMARY)
        session = accounts.find_session(db, old, now=NOW)
        session.started_at, session.purpose_reference = NOW - timedelta(hours=3), "drawer 3"
        session.second_factor_at = NOW - timedelta(hours=2)
        db.flush()
        new = self.switch(db, person, two, old)
        assert accounts.find_session(db, old, now=NOW) is None
        live = accounts.find_session(db, new, now=NOW)
        assert (live.started_at, live.second_factor_at) == (session.started_at, session.second_factor_at)
        assert (live.purpose, live.purpose_reference) == (None, "")
        assert "another own role taken up" in live_reasons(db, person(PRIMARY))

    def test_not_the_one_in_force(self, db, person, two):
        with pytest.raises(RuleBroken, match="already"):
            self.switch(db, person, in_force(db, person(PRIMARY)))

    def test_neither_anothers_nor_ended_nor_future_nor_over(self, db, person, two):
        allow(db, 3)
        future = give(db, person, role=Role.HELP_DESK, first=1)
        over = roles_in_force.copy_of(person(PRIMARY), now=NOW, by=None)
        over.in_force, over.role = False, Role.STATE_REGION_ADMINISTRATOR
        over.starts_on = over.ends_on = today_of(person(PRIMARY)) - DAY
        db.add(over)
        db.flush()
        for other in (future, over, in_force(db, person("state_data_administrator"))):
            with pytest.raises(NotFound):
                self.switch(db, person, other)
        end(db, person, two)
        with pytest.raises(NotFound):
            self.switch(db, person, two)
        assert person(PRIMARY).role is Role.MSIX_PRIMARY


class TestClock:
    """The day at the State decides, at once; the clock's own work only writes it down."""

    def after(self, db, user, days):
        """The first moment of a day at the person's State, so many days from today."""
        day = today_of(user) + days * DAY
        zone = roles_in_force.ZoneInfo(user.state.time_zone)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)

    def test_over_at_the_midnight_of_the_state_though_no_work_has_run(self, db, person):
        user = person(PRIMARY)
        end(db, person, in_force(db, user), last=2)
        midnight = self.after(db, user, 3)
        token = sign_in(db, PRIMARY, midnight - timedelta(minutes=10))
        link = feeds.make(db, now=NOW, by=user)
        db.flush()
        before, at = midnight - timedelta(seconds=1), midnight
        assert accounts.find_session(db, token, now=before) is not None
        assert feeds.owner(db, link, now=before) is user
        assert accounts.find_session(db, token, now=at) is None
        with pytest.raises(NotFound):
            feeds.owner(db, link, now=at)
        assert accounts.late_writer(db, token, now=at + timedelta(hours=1)) is None
        assert said_to(db, PRIMARY, at) == accounts.SIGN_IN_REFUSED
        assert (user.status, user.status_reason) == (AccountStatus.DISABLED, roles_in_force.NONE_LEFT)

    def test_a_session_costs_no_further_query(self, db, person):
        end(db, person, in_force(db, person(PRIMARY)), last=2)
        token = sign_in(db, PRIMARY)
        db.expunge_all()
        asked = []

        def count(*args):
            asked.append(args[2])

        event.listen(db.get_bind(), "before_cursor_execute", count)
        assert accounts.find_session(db, token, now=NOW) is not None
        event.remove(db.get_bind(), "before_cursor_execute", count)
        assert len(asked) == 1

    def test_the_days_work_disables_once(self, db, person):
        user = person(PRIMARY)
        end(db, person, in_force(db, user), last=0)
        at = self.after(db, user, 1)
        assert role_assignments.follow_clock(db, now=at - timedelta(seconds=1)) == []
        assert role_assignments.follow_clock(db, now=at) == [user]
        assert role_assignments.follow_clock(db, now=at + DAY) == []
        assert (user.status, user.status_reason) == (AccountStatus.DISABLED, roles_in_force.NONE_LEFT)
        assert [one.kind for one in users.history(db, user)[:2]] == [DeedKind.DISABLED, DeedKind.ROLE_ENDED]

    @pytest.mark.parametrize("is_late", [False, True])
    def test_a_successor_takes_over_by_the_work_or_at_sign_in(self, db, person, is_late):
        user = person(PRIMARY)
        end(db, person, in_force(db, user), last=1)
        successor = give(db, person, role=Role.MSIX_SECONDARY, first=2)
        at = self.after(db, user, 2)
        token = sign_in(db, PRIMARY, at - timedelta(minutes=5))
        if not is_late:
            role_assignments.follow_clock(db, now=at)
        assert accounts.find_session(db, token, now=at) is None
        assert accounts.find_session(db, sign_in(db, PRIMARY, at), now=at).user is user
        assert (user.role, user.status) == (Role.MSIX_SECONDARY, AccountStatus.ACTIVE)
        assert in_force(db, user) is successor
        assert "another role, or none, is in force" in live_reasons(db, user)

    def test_between_two_roles_it_waits(self, db, person):
        user = person(PRIMARY)
        end(db, person, in_force(db, user), last=0)
        give(db, person, role=Role.MSIX_SECONDARY, first=3)
        role_assignments.follow_clock(db, now=self.after(db, user, 1))
        assert (user.status, user.status_reason) == (AccountStatus.DISABLED, roles_in_force.NOT_BEGUN)
        assert role_assignments.follow_clock(db, now=self.after(db, user, 3)) == [user]
        assert (user.status, user.role) == (AccountStatus.ACTIVE, Role.MSIX_SECONDARY)

    def test_another_of_its_own_takes_over_when_the_one_in_use_ends(self, db, person):
        allow(db, 2)
        user = person(PRIMARY)
        give(db, person, role=Role.MSIX_SECONDARY)
        end(db, person, in_force(db, user), last=0)
        role_assignments.follow_clock(db, now=self.after(db, user, 1))
        assert (user.role, user.status) == (Role.MSIX_SECONDARY, AccountStatus.ACTIVE)

    def test_one_beside_it_that_passes_changes_nothing(self, db, person):
        allow(db, 2)
        user = person(PRIMARY)
        made = give(db, person, role=Role.MSIX_SECONDARY, last=0)
        at = self.after(db, user, 1)
        assert role_assignments.follow_clock(db, now=at) == []
        assert (made.ended_at, made.end_reason, user.role) == (at, "its last day has passed", Role.MSIX_PRIMARY)

    def test_who_is_disabled_for_another_reason_stays_so(self, db, person):
        user = person(PRIMARY)
        end(db, person, in_force(db, user), last=0)
        give(db, person, role=Role.MSIX_SECONDARY, first=1)
        user.status, user.status_reason = AccountStatus.DISABLED, "looked into"
        role_assignments.follow_clock(db, now=self.after(db, user, 1))
        assert (user.role, user.status_reason) == (Role.MSIX_SECONDARY, "looked into")


class TestNotBegun:
    @pytest.fixture
    def nela(self, db, person):
        """Her only role begins in three days."""
        return newcomer(db, person, starts_on=today_of(person(PRIMARY)) + 3 * DAY)

    def test_the_day_is_told_after_a_right_password_only(self, db, nela):
        assert (nela.status, nela.status_reason) == (AccountStatus.DISABLED, roles_in_force.NOT_BEGUN)
        assert f"{nela.role_starts_on:%m/%d/%Y}" in said_to(db, "nruiz")
        assert said_to(db, "nruiz", fits=False) == accounts.SIGN_IN_REFUSED

    def test_wrong_passwords_count_and_right_ones_do_not(self, db, nela):
        told = len(users.history(db, nela))
        for _ in range(4):
            assert "begins on" in said_to(db, "nruiz")
        assert nela.failed_attempts == 0
        assert len(users.history(db, nela)) == told
        for _ in range(3):
            said_to(db, "nruiz", fits=False)
        assert (users.is_locked(nela), nela.status_reason) == (True, accounts.LOCKED_OUT)
        assert said_to(db, "nruiz") == accounts.SIGN_IN_REFUSED

    def test_the_last_of_three_tries_may_be_right(self, db, nela):
        for _ in range(2):
            said_to(db, "nruiz", fits=False)
        assert "begins on" in said_to(db, "nruiz")
        assert (nela.failed_attempts, nela.status_reason) == (0, roles_in_force.NOT_BEGUN)

    def test_an_unlock_does_not_let_her_in_before(self, db, person, nela):
        for _ in range(3):
            said_to(db, "nruiz", fits=False)
        check = {"check": account_steps.CallerCheck.IN_PERSON, "words": ""}
        help_desk.unlock(db, nela.id, **check, edition=nela.edition, now=NOW, by=person("help_desk"))
        assert "begins on" in said_to(db, "nruiz")

    @pytest.mark.parametrize("is_late", [False, True])
    def test_on_the_day_she_comes_in_with_the_password_of_before(self, db, nela, is_late):
        at = TestClock().after(db, nela, 3)
        if not is_late:
            assert role_assignments.follow_clock(db, now=at) == [nela]
        assert sign_in(db, "nruiz", at + timedelta(hours=71))
        assert nela.status is AccountStatus.ACTIVE

    def test_the_one_time_password_lives_72_hours_of_the_role(self, db, nela):
        assert said_to(db, "nruiz", TestClock().after(db, nela, 3) + timedelta(hours=73)) == accounts.SIGN_IN_REFUSED

    def test_she_is_not_enabled_before(self, db, person, nela):
        how = {"reason": "early", "edition": nela.edition, "now": NOW, "by": person(ADMINISTRATOR)}
        with pytest.raises(RuleBroken, match="No role"):
            account_steps.take_step(db, nela.id, account_steps.Step.ENABLE, **how)

    def test_days_are_checked_at_creation_too(self, db, person):
        yesterday = today_of(person(PRIMARY)) - DAY
        with pytest.raises(RuleBroken, match="today or later"):
            newcomer(db, person, starts_on=yesterday)
        with pytest.raises(RuleBroken, match="before the first"):
            newcomer(db, person, ends_on=yesterday)
        assert newcomer(db, person, ends_on=yesterday + DAY).role_ends_on == yesterday + DAY


class TestPolicy:
    def values(self, **more):
        times = {"first_reply_hours": 24, "resolution_days": 5, "escalation_days": 5}
        return times | {"single_administrator": False, "approve_when_run_out": False} | more

    def test_one_to_three(self, db, person):
        lead = person("state_data_administrator")
        for wrong in (0, 4, -1):
            with pytest.raises(RuleBroken, match="1 to 3"):
                policy.change(db, "TX", **self.values(roles_per_account=wrong), by=lead)
        policy.change(db, "TX", **self.values(roles_per_account=3), by=lead)
        policy.change(db, "TX", **self.values(), by=lead)
        assert policy.of(db, "TX").roles_per_account == 3
        assert policy.of(db, "VT").roles_per_account == 1

    def test_the_database_says_so_too(self, db, person):
        policy.change(db, "TX", **self.values(), by=person("state_data_administrator"))
        with pytest.raises(IntegrityError):
            db.execute(update(StatePolicy).values(roles_per_account=4))

    def test_a_lower_number_holds_for_what_is_given_from_then_on(self, db, person):
        allow(db, 2)
        given = give(db, person)
        allow(db, 1)
        TestSwitch().switch(db, person, given)
        assert person(PRIMARY).role is Role.STATE_DATA_ADMINISTRATOR


def test_words_of_the_history(db, person):
    user = person(PRIMARY)
    mine = in_force(db, user)
    mine.starts_on, mine.ends_on = date(2026, 1, 2), date(2026, 3, 4)
    assert roles_in_force.words_of(mine) == "MSIX Primary, Robles ISD, TX (2026-01-02 – 2026-03-04)"
