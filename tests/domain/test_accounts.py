"""Account life: whom an administrator may touch, what may follow what, and what never comes back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from msixlite.domain import (
    access_notices,
    account_requests,
    account_reviews,
    account_steps,
    accounts,
    daily,
    help_desk,
    incidents,
    kept_files,
    second_factor,
    users,
)
from msixlite.domain.account_requests import TRANSITIONS, RequestStep
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.permissions import MANAGES, Permission, manages
from msixlite.models.account_requests import RequestStatus
from msixlite.models.account_reviews import ReviewDecision
from msixlite.models.audit import AuditEvent
from msixlite.models.places import District, Region
from msixlite.models.users import AccountStatus, NoticeKind, Role, User, UserSession

pytestmark = pytest.mark.writes
NOW = datetime.now(UTC)
LOOK = Permission.UPDATE_USER_ACCOUNT_INFORMATION
CHECK = {"check": account_steps.CallerCheck.IN_PERSON, "words": ""}
STATE_ROLES = set(Role) - accounts.NATIONAL_ROLES


def wanted(person, actor="msix_primary", **other):
    user = person(actor)
    values = {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "phone": user.phone,
        "role": user.role,
        "place": users.Place(user.state, user.region, user.district),
    }
    return users.Wanted(**{**values, **other})


def newcomer(person, **other):
    own = {"first_name": "Nela", "last_name": "O’Brien-Peña", "email": "nela@example.gov"}
    return wanted(person, **{**own, **other})


class TestWhomTheyManage:
    """Table 1.1, C16 and C17: exactly these, in exactly these places."""

    def seen(self, db, person, actor):
        return {user.user_name for user in users.find(db, users.Filters(), now=NOW, by=person(actor))}

    def test_a_state_user_administrator_manages_every_role_of_the_own_state_but_not_oneself(self, db, person):
        expected = {role.value for role in STATE_ROLES} - {"state_user_administrator"}
        assert self.seen(db, person, "state_user_administrator") == expected

    def test_a_regional_one_manages_the_regions_people_and_no_state_role(self, db, person):
        assert self.seen(db, person, "regional_user_administrator") == {
            "msix_primary",
            "district_data_administrator",
            "regional_data_administrator",
        }

    def test_the_ome_one_manages_state_user_administrators_only(self, db, person):
        assert self.seen(db, person, "ome_user_administrator") == {
            "state_user_administrator",
            "vt_state_user_administrator",
        }

    @pytest.mark.parametrize("role", [role for role in Role if role not in MANAGES])
    def test_nobody_else_manages_anybody(self, db, person, role):
        assert self.seen(db, person, role.value) == set()

    @pytest.mark.parametrize("actor", MANAGES, ids=lambda role: role.value)
    def test_the_list_and_the_rule_say_the_same(self, db, person, actor):
        by = person(actor.value)
        permission = Permission.UNLOCK_ACCOUNTS
        listed = set(db.scalars(select(User.user_name).where(*users.within_reach(by, permission))))
        assert listed == {user.user_name for user in db.scalars(select(User)) if manages(by, permission, user)}

    def test_a_region_switched_off_takes_its_administrator_everything(self, db, person):
        person("regional_user_administrator").region.disabled_at = NOW
        assert self.seen(db, person, "regional_user_administrator") == set()
        assert users.places_within_reach(db, by=person("regional_user_administrator")) == []

    @pytest.mark.parametrize(
        ("by", "role"),
        [
            ("regional_user_administrator", Role.STATE_DATA_ADMINISTRATOR),
            ("regional_user_administrator", Role.REGIONAL_USER_ADMINISTRATOR),
            ("regional_user_administrator", Role.HELP_DESK),
            ("state_user_administrator", Role.GOVERNMENT_ADMINISTRATOR),
            ("state_user_administrator", Role.OME_USER_ADMINISTRATOR),
            ("ome_user_administrator", Role.MSIX_PRIMARY),
            ("ome_user_administrator", Role.PRIVACY_ACT_ADMINISTRATOR),
            ("help_desk", Role.MSIX_PRIMARY),
            ("state_data_administrator", Role.MSIX_PRIMARY),
        ],
    )
    def test_nobody_gives_a_role_that_is_not_theirs_to_give(self, db, person, by, role):
        with pytest.raises(RuleBroken, match="may not give"):
            users.create(db, newcomer(person, role=role), password_hash="x", now=NOW, by=person(by))

    def test_not_in_another_state_region_or_district(self, db, person):
        vermont = person("vt_msix_primary")
        elsewhere = users.Place(vermont.state, None, vermont.district)
        loma_alta = users.Place(
            person("msix_primary").state, None, db.scalar(select(District).where(District.code == "4800002"))
        )
        for by, place in (("state_user_administrator", elsewhere), ("regional_user_administrator", loma_alta)):
            with pytest.raises(RuleBroken, match="may not give"):
                users.create(db, newcomer(person, place=place), password_hash="x", now=NOW, by=person(by))
            with pytest.raises(RuleBroken, match="from the list"):
                users.find_place(db, place.code, by=person(by))

    def test_a_regional_administrator_gives_nobody_the_whole_state(self, db, person):
        whole = users.Place(person("msix_primary").state)
        with pytest.raises(RuleBroken, match="may not give"):
            users.create(
                db,
                newcomer(person, place=whole),
                password_hash="x",
                now=NOW,
                by=person("regional_user_administrator"),
            )


class TestPlaceFitsRole:
    @pytest.mark.parametrize(
        ("role", "region", "district", "said"),
        [
            (Role.STATE_DATA_ADMINISTRATOR, True, False, "whole State"),
            (Role.HELP_DESK, False, True, "whole State"),
            (Role.REGIONAL_DATA_ADMINISTRATOR, False, True, "needs a region"),
            (Role.DISTRICT_DATA_ADMINISTRATOR, True, False, "needs a district"),
            (Role.MSIX_PRIMARY, True, True, "not to both"),
            (Role.GOVERNMENT_ADMINISTRATOR, False, False, "Department of Education"),
        ],
    )
    def test_a_place_of_the_wrong_kind(self, db, person, role, region, district, said):
        texas = person("msix_primary").state
        some_region = db.scalar(select(Region).where(Region.state_code == "TX")) if region else None
        some_district = person("msix_primary").district if district else None
        with pytest.raises(RuleBroken, match=said):
            accounts.check_place(role, texas, some_region, some_district)

    def test_a_region_that_is_switched_off(self, db, person):
        region = person("regional_data_administrator").region
        region.disabled_at = NOW
        with pytest.raises(RuleBroken, match="turned off"):
            accounts.check_place(Role.REGIONAL_DATA_ADMINISTRATOR, region.state, region, None)


class TestCreate:
    def create(self, db, person, **other):
        return users.create(
            db, newcomer(person, **other), password_hash="x", now=NOW, by=person("state_user_administrator")
        )

    def test_a_user_name_is_made_and_never_taken_twice(self, db, person):
        assert self.create(db, person).user_name == "nobrienpena"
        second = users.create(
            db,
            wanted(person, first_name="Nora", last_name="OBrien Pena", email="nora@example.gov"),
            password_hash="x",
            now=NOW,
            by=person("state_user_administrator"),
        )
        assert second.user_name == "nobrienpena2"

    def test_the_one_time_password_ends_after_72_hours(self, db, person):
        made = self.create(db, person)
        assert made.must_change_password
        assert accounts.begin_sign_in(db, made.user_name, now=NOW + timedelta(hours=71)).user_id == made.id
        assert accounts.begin_sign_in(db, made.user_name, now=NOW + timedelta(hours=73)).user_id is None

    @pytest.mark.parametrize("actor", ["msix_secondary", "vt_msix_secondary"])
    def test_an_address_is_never_used_again(self, db, person, actor):
        person(actor).status = AccountStatus.DEACTIVATED
        with pytest.raises(RuleBroken, match="used before"):
            users.create(
                db,
                wanted(person, email=f" {actor.upper()}@EXAMPLE.GOV"),
                password_hash="x",
                now=NOW,
                by=person("state_user_administrator"),
            )

    def test_an_address_that_somebody_left_stays_theirs(self, db, person):
        by, user = person("state_user_administrator"), person("msix_primary")
        users.change(db, user.id, wanted(person, email="new@example.gov"), edition=user.edition, now=NOW, by=by)
        with pytest.raises(RuleBroken, match="used before"):
            users.create(db, wanted(person, email="msix_primary@example.gov"), password_hash="x", now=NOW, by=by)
        back = wanted(person, email="msix_primary@example.gov")
        assert users.change(db, user.id, back, edition=user.edition, now=NOW, by=by).email == "msix_primary@example.gov"


class TestSteps:
    def step(self, db, person, step, by="state_user_administrator", actor="msix_primary", **other):
        user = person(actor)
        values = {"reason": "on leave", "edition": user.edition, **other}
        return account_steps.take_step(db, user.id, step, now=NOW, by=person(by), **values)

    @pytest.mark.parametrize("status", AccountStatus)
    @pytest.mark.parametrize("step", account_steps.Step)
    def test_only_what_the_table_has(self, db, person, status, step):
        person("msix_primary").status = status
        after = account_steps.STEPS.get((status, step))
        if after is None:
            with pytest.raises(RuleBroken, match="cannot be"):
                self.step(db, person, step)
        else:
            assert self.step(db, person, step).status is after

    def test_deactivated_is_final(self):
        assert not [1 for (status, _), _after in account_steps.STEPS.items() if status is AccountStatus.DEACTIVATED]

    def test_a_disabled_or_deactivated_person_is_out_at_once(self, db, person):
        for step in (account_steps.Step.DISABLE, account_steps.Step.DEACTIVATE):
            db.add(
                UserSession(
                    token_hash=step.value, user_id=person("msix_primary").id, started_at=NOW, last_active_at=NOW
                )
            )
            db.flush()
            self.step(db, person, step)
            assert db.scalar(select(UserSession.ended_at).where(UserSession.token_hash == step.value))

    def test_a_reason_is_asked_for_and_kept(self, db, person):
        with pytest.raises(RuleBroken, match="Write why"):
            self.step(db, person, account_steps.Step.DISABLE, reason=" ")
        self.step(db, person, account_steps.Step.DISABLE)
        assert users.history(db, person("msix_primary"))[0].words == "on leave"

    def test_a_breach_of_the_rules_is_kept_as_such_with_the_administrators_words(self, db, person):
        """A2."""
        reason = account_steps.disable_reason(account_steps.DisableReason.RULES_BREACH, " lent her password ")
        user = self.step(db, person, account_steps.Step.DISABLE, reason=reason)
        assert user.status_reason == "Rules of Behavior breach: lent her password"
        assert users.history(db, user)[0].words == user.status_reason

    def test_a_ready_made_reason_needs_no_words_and_other_says_only_the_words(self):
        assert account_steps.disable_reason(account_steps.DisableReason.LEFT, "") == "left the office"
        assert account_steps.disable_reason(account_steps.DisableReason.OTHER, " on loan ") == "on loan"

    @pytest.mark.parametrize("step", account_steps.Step)
    def test_a_reason_that_would_be_cut_is_refused(self, db, person, step):
        with pytest.raises(RuleBroken, match="201 characters, and 200 are kept"):
            self.step(db, person, step, reason="x" * 201)
        assert person("msix_primary").status is AccountStatus.ACTIVE

    def test_a_reason_of_the_whole_length_is_kept_whole(self, db, person):
        assert self.step(db, person, account_steps.Step.DISABLE, reason="x" * 200).status_reason == "x" * 200

    def test_the_reason_that_a_right_code_takes_back_is_the_sites_own(self, db, person):
        """A25: with it, an account that an administrator disabled would open at the next right code."""
        for typed in (second_factor.DISABLED_REASON, f" {second_factor.DISABLED_REASON} "):
            with pytest.raises(RuleBroken, match="in other words"):
                self.step(db, person, account_steps.Step.DISABLE, reason=typed)
        with pytest.raises(RuleBroken, match="in other words"):
            account_steps.by_system(
                db, "msix_primary", "disable", reason=str(second_factor.DISABLED_REASON), password_hash="-", now=NOW
            )
        assert person("msix_primary").status is AccountStatus.ACTIVE

    def test_the_command_line_cuts_no_reason_either(self, db, person):
        for deed in ("disable", "unlock", "reset"):
            with pytest.raises(RuleBroken, match="201 characters"):
                account_steps.by_system(db, "msix_primary", deed, reason="x" * 201, password_hash="-", now=NOW)

    @pytest.mark.parametrize(
        ("by", "actor"),
        [
            ("state_user_administrator", "state_user_administrator"),
            ("state_user_administrator", "vt_msix_primary"),
            ("state_user_administrator", "ome_user_administrator"),
            ("regional_user_administrator", "state_data_administrator"),
            ("regional_user_administrator", "msix_secondary"),
            ("ome_user_administrator", "msix_primary"),
            ("help_desk", "msix_primary"),
            ("state_data_administrator", "msix_primary"),
        ],
    )
    def test_out_of_reach_does_not_exist(self, db, person, by, actor):
        for step in account_steps.Step:
            with pytest.raises(NotFound):
                self.step(db, person, step, by=by, actor=actor)
        with pytest.raises(NotFound):
            account_steps.reset_password(
                db, person(actor).id, password_hash="x", edition=0, now=NOW, by=person(by), **CHECK
            )
        with pytest.raises(NotFound):
            users.change(db, person(actor).id, wanted(person), edition=0, now=NOW, by=person(by))

    def test_a_second_administrator_by_an_older_page_is_told_so(self, db, person):
        user = person("msix_primary")
        shown = user.edition
        account_steps.take_step(
            db,
            user.id,
            account_steps.Step.DISABLE,
            reason="x",
            edition=shown,
            now=NOW,
            by=person("state_user_administrator"),
        )
        with pytest.raises(RuleBroken, match="Somebody else changed"):
            users.change(
                db,
                user.id,
                wanted(person, first_name="Other"),
                edition=shown,
                now=NOW,
                by=person("regional_user_administrator"),
            )

    def test_another_role_ends_the_sessions_another_phone_does_not(self, db, person):
        user, by = person("msix_primary"), person("state_user_administrator")
        db.add(UserSession(token_hash="t", user_id=user.id, started_at=NOW, last_active_at=NOW))
        db.flush()
        users.change(db, user.id, wanted(person, phone="(555) 555-0199"), edition=user.edition, now=NOW, by=by)
        assert db.scalar(select(UserSession.ended_at).where(UserSession.token_hash == "t")) is None
        users.change(db, user.id, wanted(person, role=Role.MSIX_SECONDARY), edition=user.edition, now=NOW, by=by)
        assert db.scalar(select(UserSession.ended_at).where(UserSession.token_hash == "t"))


def lock(db, person, actor="msix_primary"):
    for _ in range(3):
        accounts.begin_sign_in(db, actor, now=NOW)
    assert users.is_locked(person(actor))
    return person(actor)


class TestClosedWhileThePasswordIsLookedAt:
    """A right password takes back nothing but the lock that its own try brought (A16, A25)."""

    def closed(self, db, person, reason, tries=1):
        for _ in range(tries):
            attempt = accounts.begin_sign_in(db, "msix_primary", now=NOW)
        user = person("msix_primary")
        user.status, user.status_reason = AccountStatus.DISABLED, reason or user.status_reason
        db.flush()
        return user, attempt

    @pytest.mark.parametrize("reason", [incidents.SELF_LOCKED, second_factor.DISABLED_REASON, "left the office"])
    def test_it_stays_closed(self, db, person, reason):
        user, attempt = self.closed(db, person, reason)
        with pytest.raises(RuleBroken):
            accounts.finish_sign_in(db, attempt, fits=True, now=NOW)
        assert (user.status, user.status_reason) == (AccountStatus.DISABLED, reason)

    def test_the_third_try_opens_what_it_closed(self, db, person):
        user, attempt = self.closed(db, person, "", tries=3)
        accounts.finish_sign_in(db, attempt, fits=True, now=NOW)
        assert user.status is AccountStatus.ACTIVE


class TestUnlockAndReset:
    def test_help_desk_unlocks_and_the_password_stays(self, db, person):
        user = lock(db, person)
        before = user.password_hash
        help_desk.unlock(db, user.id, edition=user.edition, now=NOW, by=person("help_desk"), **CHECK)
        assert (user.status, user.failed_attempts, user.password_hash) == (AccountStatus.ACTIVE, 0, before)
        assert not user.must_change_password

    @pytest.mark.parametrize("actor", ["vt_msix_primary", "ome_user_administrator", "help_desk"])
    def test_help_desk_reaches_its_own_state_and_never_itself(self, db, person, actor):
        user = lock(db, person, actor)
        with pytest.raises(NotFound):
            help_desk.unlock(db, user.id, edition=user.edition, now=NOW, by=person("help_desk"), **CHECK)

    def test_help_desk_does_not_enable_what_an_administrator_disabled(self, db, person):
        user = lock(db, person)
        user.status = AccountStatus.ACTIVE
        account_steps.take_step(
            db,
            user.id,
            account_steps.Step.DISABLE,
            reason="breach",
            edition=user.edition,
            now=NOW,
            by=person("state_user_administrator"),
        )
        with pytest.raises(RuleBroken, match="not locked"):
            help_desk.unlock(db, user.id, edition=user.edition, now=NOW, by=person("help_desk"), **CHECK)

    def test_the_help_desks_code_holds_no_password(self):
        import ast
        from pathlib import Path

        for file in ("domain/help_desk.py", "web/help_desk.py"):
            tree = ast.parse((Path(help_desk.__file__).parents[1] / file).read_text())
            used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            used |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
            assert not [name for name in used if "password" in name.lower()], file

    def test_a_reset_clears_the_lock_and_ends_the_old_password(self, db, person):
        user = lock(db, person)
        account_steps.reset_password(
            db,
            user.id,
            password_hash="new",
            edition=user.edition,
            now=NOW,
            by=person("state_user_administrator"),
            **CHECK,
        )
        assert (user.status, user.password_hash, user.must_change_password) == (AccountStatus.ACTIVE, "new", True)
        assert user.temporary_password_ends_at == NOW + timedelta(hours=72)
        assert "new" in accounts.remembered_hashes(db, user)

    def test_a_call_back_needs_its_number(self, db, person):
        user, by = lock(db, person), person("help_desk")
        call = {"check": account_steps.CallerCheck.CALL_BACK, "edition": user.edition, "now": NOW, "by": by}
        with pytest.raises(RuleBroken, match="number that you called back"):
            help_desk.unlock(db, user.id, words="the office", **call)
        help_desk.unlock(db, user.id, words="(555) 555-0110", **{**call, "edition": user.edition})
        assert "(555) 555-0110" in users.history(db, user)[0].words

    def test_a_disabled_account_gets_no_password(self, db, person):
        user = person("msix_primary")
        user.status = AccountStatus.DISABLED
        with pytest.raises(RuleBroken, match="Only an account in use"):
            account_steps.reset_password(
                db, user.id, password_hash="x", edition=0, now=NOW, by=person("state_user_administrator"), **CHECK
            )


class TestDormant:
    """The review list: 180 days without use, disabled meanwhile or not (A35)."""

    def listed(self, db, person, now, by="state_user_administrator"):
        found = users.find(db, users.Filters(dormant=True), now=now, by=person(by))
        return {user.user_name for user in found}

    def test_what_the_daily_run_disabled_stays_on_it(self, db, person):
        last = person("msix_primary").last_signed_in_at
        account_steps.disable_unused(db, unused_for=timedelta(days=90), now=last + timedelta(days=91))
        assert self.listed(db, person, last + timedelta(days=179)) == set()
        later = last + timedelta(days=181)
        assert "msix_primary" in self.listed(db, person, later)
        assert users.summary(
            db, password_age=timedelta(days=60), now=later, by=person("state_user_administrator")
        ).dormant == len(self.listed(db, person, later))

    def test_within_reach_and_not_deactivated(self, db, person):
        later = NOW + timedelta(days=200)
        assert self.listed(db, person, later, "regional_user_administrator") < self.listed(db, person, later)
        assert not {name for name in self.listed(db, person, later) if name.startswith("vt_")}
        person("msix_primary").status = AccountStatus.DEACTIVATED
        db.flush()
        assert "msix_primary" not in self.listed(db, person, later)

    def test_one_that_was_enabled_again_begins_anew(self, db, person):
        user = person("msix_primary")
        user.status_changed_at = NOW + timedelta(days=150)
        db.flush()
        assert "msix_primary" not in self.listed(db, person, NOW + timedelta(days=200))


class TestUnused:
    def run(self, db, tmp_path, days):
        limits = daily.Limits(timedelta(days=90), timedelta(days=60), tmp_path)
        return daily.run(db, limits, now=NOW + timedelta(days=days))

    def test_after_90_days_once_and_audited(self, db, person, tmp_path):
        assert "not" not in person("msix_primary").status_reason
        self.run(db, tmp_path, 88)
        assert person("msix_primary").status is AccountStatus.ACTIVE
        first = self.run(db, tmp_path, 92)
        assert person("msix_primary").status is AccountStatus.DISABLED
        assert first[0].endswith(str(len(db.scalars(select(User)).all())))
        assert self.run(db, tmp_path, 92)[0].endswith(": 0")
        assert db.scalar(select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(1)) == "daily"

    def test_who_was_enabled_again_has_90_days_anew(self, db, person, tmp_path):
        self.run(db, tmp_path, 92)
        user = person("msix_primary")
        account_steps.take_step(
            db,
            user.id,
            account_steps.Step.ENABLE,
            reason="back",
            edition=user.edition,
            now=NOW + timedelta(days=93),
            by=person("state_user_administrator"),
        )
        self.run(db, tmp_path, 94)
        assert user.status is AccountStatus.ACTIVE


class TestNotices:
    def test_a_person_says_it_once_and_the_administrator_settles_it(self, db, person):
        by = person("msix_primary")
        notice = access_notices.report(db, NoticeKind.NO_LONGER_NEEDED, words="", now=NOW, by=by)
        with pytest.raises(RuleBroken, match="already"):
            access_notices.report(db, NoticeKind.NO_LONGER_NEEDED, words="", now=NOW, by=by)
        assert access_notices.waiting(db, by=person("vt_state_user_administrator")) == []
        with pytest.raises(NotFound):
            access_notices.settle(db, notice.id, now=NOW, by=person("vt_state_user_administrator"))
        access_notices.settle(db, notice.id, now=NOW, by=person("regional_user_administrator"))
        assert access_notices.waiting(db, by=person("state_user_administrator")) == []


class TestReviews:
    def test_every_account_is_decided_then_signed(self, db, person):
        by = person("regional_user_administrator")
        review = account_reviews.start(db, now=NOW, by=by)
        with pytest.raises(RuleBroken, match="under way"):
            account_reviews.start(db, now=NOW, by=by)
        lines = {line.user.user_name: line for line in account_reviews.lines(db, review, by=by)}
        decisions = {
            "msix_primary": ReviewDecision.KEEP,
            "district_data_administrator": ReviewDecision.CHANGE,
            "regional_data_administrator": ReviewDecision.CLOSE,
        }
        assert set(lines) == set(decisions)
        with pytest.raises(RuleBroken, match="not decided"):
            account_reviews.sign(db, review.id, now=NOW, by=by)
        for name, decision in decisions.items():
            account_reviews.decide(db, lines[name].id, decision, words="", edition=person(name).edition, now=NOW, by=by)
        assert person("regional_data_administrator").status is AccountStatus.DEACTIVATED
        assert [notice.user.user_name for notice in access_notices.waiting(db, by=by)] == [
            "district_data_administrator"
        ]
        assert account_reviews.is_due(db, now=NOW, by=by)
        account_reviews.sign(db, review.id, now=NOW, by=by)
        assert not account_reviews.is_due(db, now=NOW, by=by)
        assert account_reviews.is_due(db, now=NOW + timedelta(days=366), by=by)
        with pytest.raises(RuleBroken, match="signed"):
            account_reviews.decide(
                db, lines["msix_primary"].id, ReviewDecision.CLOSE, words="", edition=0, now=NOW, by=by
            )

    def test_another_reach_does_not_see_it(self, db, person):
        review = account_reviews.start(db, now=NOW, by=person("state_user_administrator"))
        line = account_reviews.lines(db, review, by=person("state_user_administrator"))[0]
        for other in ("vt_state_user_administrator", "regional_user_administrator", "ome_user_administrator"):
            with pytest.raises(NotFound):
                account_reviews.get(db, review.id, by=person(other))
            with pytest.raises(NotFound):
                account_reviews.decide(
                    db, line.id, ReviewDecision.CLOSE, words="", edition=0, now=NOW, by=person(other)
                )


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class TestApplications:
    def application(self, **other):
        values = {
            "first_name": "Nela",
            "last_name": "Ruiz",
            "title": "Registrar",
            "email": "nela@example.gov",
            "phone": "(555) 555-0170",
            "work_address": "1 School Road",
            "role": Role.MSIX_PRIMARY,
            "intended_use": "I enroll children.",
            "trained_on": NOW.date() - timedelta(days=1),
            "verifier_name": "Dr. Head",
            "verifier_title": "Principal",
            "verifier_phone": "(555) 555-0171",
            "identity_document": account_requests.IdentityDocument.PASSPORT,
            "need_attested": True,
        }
        return account_requests.Application(**{**values, **other})

    def submit(self, db, person, token="", **other):
        place = users.Place(person("msix_primary").state, None, person("msix_primary").district)
        return account_requests.submit(db, self.application(**other), place=place, form_token=token, now=NOW)

    def test_training_of_tomorrow_lies_in_the_future_on_a_texas_evening_too(self, db, person):
        place, evening = users.Place(person("msix_primary").state), datetime(2027, 3, 3, 2, tzinfo=UTC)
        how = {"place": place, "form_token": "", "now": evening}
        with pytest.raises(RuleBroken, match="future"):
            account_requests.submit(db, self.application(trained_on=date(2027, 3, 3)), **how)
        account_requests.submit(db, self.application(trained_on=date(2027, 3, 2)), **how)

    @pytest.mark.parametrize("status", RequestStatus)
    @pytest.mark.parametrize("step", [RequestStep.VERIFY, RequestStep.APPROVE, RequestStep.REFUSE])
    def test_only_what_the_table_has(self, db, person, status, step):
        request = self.submit(db, person)
        request.status = status
        by, after = person("state_user_administrator"), TRANSITIONS.get((status, step))
        if after is None:
            with pytest.raises(RuleBroken, match="look at it again"):
                account_requests.take_step(db, request.id, step, words="called", now=NOW, by=by)
        else:
            assert account_requests.take_step(db, request.id, step, words="called", now=NOW, by=by).status is after

    def test_an_account_comes_from_an_approved_application_only_and_once(self, db, person):
        request, by = self.submit(db, person), person("regional_user_administrator")
        create = {"password_hash": "x", "now": NOW, "by": by}
        with pytest.raises(RuleBroken):
            account_requests.create_account(db, request.id, newcomer(person), **create)
        for step in (RequestStep.VERIFY, RequestStep.APPROVE):
            account_requests.take_step(db, request.id, step, words="called (555) 555-0171", now=NOW, by=by)
        made = account_requests.create_account(db, request.id, newcomer(person), **create)
        assert account_requests.of_user(db, made) is request
        with pytest.raises(RuleBroken):
            account_requests.create_account(db, request.id, newcomer(person, email="b@example.gov"), **create)

    @pytest.mark.parametrize("role", sorted(accounts.NATIONAL_ROLES, key=lambda role: role.value))
    def test_nobody_applies_for_a_role_of_the_department(self, db, person, role):
        with pytest.raises(RuleBroken, match="from the list"):
            self.submit(db, person, role=role)

    @pytest.mark.parametrize(
        ("by", "sees"),
        [
            ("state_user_administrator", True),
            ("regional_user_administrator", True),
            ("vt_state_user_administrator", False),
            ("vt_regional_user_administrator", False),
            ("ome_user_administrator", False),
            ("help_desk", False),
            ("state_data_administrator", False),
        ],
    )
    def test_who_sees_it(self, db, person, by, sees):
        request = self.submit(db, person)
        assert (request in account_requests.find(db, by=person(by))) is sees
        if not sees:
            with pytest.raises(NotFound):
                account_requests.take_step(db, request.id, RequestStep.REFUSE, words="x", now=NOW, by=person(by))

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"MZ\x90\x00", "not a PDF"),
            (b"<html>%PDF-1.7 %%EOF", "not a PDF"),
            (b"%PDF-1.7 cut off", "not a PDF"),
            (PDF + b"/JavaScript %%EOF", "holds scripts"),
            (PDF + b"/J#61vaScript %%EOF", "holds scripts"),
            (PDF + b"/Launch %%EOF", "holds scripts"),
            (PDF + b"0" * 2_000 + b"%%EOF", "larger"),
        ],
    )
    def test_what_is_no_plain_small_pdf_is_refused(self, content, said):
        with pytest.raises(RuleBroken, match=said):
            kept_files.check_pdf(content, limit=2_000, what="form")

    def test_a_plain_pdf_is_kept_under_a_random_name_for_the_owner_only(self, tmp_path):
        kept_files.check_pdf(PDF, limit=2_000, what="form")
        names = [kept_files.keep(PDF, folder=tmp_path / "forms") for _ in range(2)]
        assert len(set(names)) == 2
        kept = tmp_path / "forms" / names[0]
        assert (len(names[0]), kept.read_bytes(), kept.stat().st_mode & 0o777) == (43, PDF, 0o600)

    def test_the_form_is_kept_three_years_after_the_end_and_then_removed(self, db, person, tmp_path):
        by = person("state_user_administrator")
        token = kept_files.keep(PDF, folder=tmp_path)
        request = self.submit(db, person, token=token)
        for step in (RequestStep.VERIFY, RequestStep.APPROVE):
            account_requests.take_step(db, request.id, step, words="called", now=NOW, by=by)
        made = account_requests.create_account(db, request.id, newcomer(person), password_hash="x", now=NOW, by=by)
        assert account_requests.kept_until(db, request) is None
        account_steps.take_step(
            db, made.id, account_steps.Step.DEACTIVATE, reason="left", edition=made.edition, now=NOW, by=by
        )
        until = account_requests.kept_until(db, request)
        assert until.year == NOW.year + 3
        last_day = datetime(until.year, until.month, until.day, 12, tzinfo=UTC)
        assert account_requests.remove_old_forms(db, folder=tmp_path, now=last_day) == 0
        assert account_requests.remove_old_forms(db, folder=tmp_path, now=last_day + timedelta(days=1)) == 1
        assert not (tmp_path / token).exists()
        assert (request.form_token, request.work_address, request.full_name) == ("", "", "Nela Ruiz")
