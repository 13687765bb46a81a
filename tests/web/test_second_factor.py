"""The second factor: on, asked for, used once, recovered, required."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyotp
import pytest
from sqlalchemy import select

from msixlite import config
from msixlite.domain import second_factor
from msixlite.domain.errors import RuleBroken
from msixlite.models.audit import AuditEvent
from msixlite.models.users import AccountStatus, RecoveryCode, SecondFactor, User
from msixlite.web import create_app
from tests.conftest import CheckedClient


@pytest.fixture
def secret_of(app):
    def secret(user_name):
        with app.config["SESSIONS"]().reading() as db:
            sealed = db.scalar(select(SecondFactor.secret).join(User).where(User.user_name == user_name))
            return app.config["SECOND_FACTOR_SEAL"].open(sealed)

    return secret


@pytest.fixture
def code_of(secret_of, clock):
    """`code_of("msix_primary")`: what the app on the phone shows now."""
    return lambda user_name: pyotp.TOTP(secret_of(user_name)).at(clock.now)


@pytest.fixture
def enrolled(as_, code_of, clock):
    """A signed-in person with a second factor, and the recovery codes."""
    client = as_("msix_primary")
    client.send("/second-factor/begin", expect=303)
    text = client.send("/second-factor/", {"code": code_of("msix_primary")}, expect=200).text
    codes = [part.split("<")[0] for part in text.split("<code>")[1:]]
    clock.forward(seconds=60)
    return client, codes


def password_step(app, password, user_name="msix_primary"):
    client = app.test_client()
    client.send("/consent", expect=303)
    client.send("/login", {"user_name": user_name, "password": password[0]}, expect=303)
    return client


class TestSwitchingOn:
    def test_shows_a_qr_code_and_the_key(self, as_, secret_of):
        client = as_("msix_primary")
        client.send("/second-factor/begin", expect=303)
        text = client.get("/second-factor/", expect=200).text
        assert "<path d=" in text
        assert " ".join(secret_of("msix_primary")[at : at + 4] for at in range(0, 32, 4)) in text

    def test_the_qr_code_says_what_the_app_reads(self, app, as_, person, secret_of):
        from msixlite.web.second_factor import _qr

        as_("msix_primary").send("/second-factor/begin", expect=303)
        user = person("msix_primary")
        address = second_factor.address_for_app(secret_of("msix_primary"), by=user)
        assert pyotp.parse_uri(address).secret == secret_of("msix_primary")
        drawn = _qr(address)
        assert drawn["width"] > 29
        assert drawn["path"].startswith("M4 4h1v1h-1z")  # the corner of the finder pattern, after four white squares

    def test_counts_only_once_a_code_has_confirmed_it(self, app, as_, password):
        client = as_("msix_primary")
        client.send("/second-factor/begin", expect=303)
        client.send("/second-factor/", {"code": "000000"}, expect=422)
        assert password_step(app, password).get("/", expect=200)

    def test_recovery_codes_are_shown_once_and_kept_as_hashes(self, enrolled, app):
        client, codes = enrolled
        assert len(codes) == 10
        assert codes[0] not in client.get("/second-factor/", expect=200).text
        with app.config["SESSIONS"]().reading() as db:
            kept = db.scalars(select(RecoveryCode.code_hash)).all()
        assert len(kept) == 10
        assert not {code.replace("-", "") for code in codes} & set(kept)


class TestSigningIn:
    def test_the_page_asked_for_before_sign_in_comes_after_the_code(self, app, enrolled, password, code_of):
        client = app.test_client()
        client.get("/saved-searches/", expect=303)
        client.send("/consent", expect=303)
        client.send("/login", {"user_name": "msix_primary", "password": password[0]}, expect=303)
        assert client.get("/", expect=303).location == "/second-factor/check"
        client.send("/second-factor/check", {"code": code_of("msix_primary")}, expect=303)
        assert client.get("/", expect=303).location == "/saved-searches/"

    def test_nothing_is_open_before_the_code(self, enrolled, app, password, code_of):
        client = password_step(app, password)
        for path in ("/", "/students/", "/password", "/rules", "/sessions/", "/second-factor/", "/me/"):
            assert client.get(path, expect=303).location == "/second-factor/check"
        token = client.token("/second-factor/check")
        new = "Orchard-Gate-9"
        form = {"csrf_token": token, "present": password[0], "new": new, "again": new}
        assert client.post("/password", data=form, expect=303).location == "/second-factor/check"
        client.post("/second-factor/off", data={"csrf_token": token, "code": "1"}, expect=303)
        client.send("/second-factor/check", {"code": code_of("msix_primary")}, expect=303)
        client.get("/students/", expect=200)

    def test_a_code_works_once(self, enrolled, app, password, code_of):
        code = code_of("msix_primary")
        password_step(app, password).send("/second-factor/check", {"code": code}, expect=303)
        again = password_step(app, password)
        assert "used before" in again.send("/second-factor/check", {"code": code}, expect=422).text
        again.get("/", expect=303)

    def test_one_code_in_twenty_hands_opens_once_at_most(self, enrolled, app, clock, code_of):
        code = code_of("msix_primary")

        def give(_number):
            with app.config["SESSIONS"]() as db:
                user = db.scalar(select(User).where(User.user_name == "msix_primary"))
                try:
                    number = second_factor.begin_check(db, by=user)
                    db.commit()
                    second_factor.finish_check(
                        db, code, number=number, seal=app.config["SECOND_FACTOR_SEAL"], now=clock.now, by=user
                    )
                except RuleBroken:
                    return False
                db.commit()
                return True

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(give, range(20))) <= 1
        assert not give(20)

    @pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (30, 303), (-90, 422), (90, 422)])
    def test_clocks_may_differ_by_half_a_minute(self, enrolled, app, password, secret_of, clock, seconds, status):
        code = pyotp.TOTP(secret_of("msix_primary")).at(clock.now.timestamp() + seconds)
        password_step(app, password).send("/second-factor/check", {"code": code}, expect=status)

    def test_the_third_wrong_code_disables_over_several_sign_ins(self, enrolled, app, password, code_of, db):
        for _ in range(2):
            password_step(app, password).send("/second-factor/check", {"code": "000000"}, expect=422)
        client = password_step(app, password)
        client.send("/second-factor/check", {"code": "000000"}, expect=422)
        assert db.scalar(select(User.status).where(User.user_name == "msix_primary")) is AccountStatus.DISABLED
        assert client.get("/", expect=303).location == "/login"

    def test_the_third_try_may_be_right(self, enrolled, app, password, code_of, db):
        client = password_step(app, password)
        for _ in range(2):
            client.send("/second-factor/check", {"code": "000000"}, expect=422)
        client.send("/second-factor/check", {"code": code_of("msix_primary")}, expect=303)
        client.get("/", expect=200)
        assert db.scalar(select(User.status).where(User.user_name == "msix_primary")) is AccountStatus.ACTIVE


class TestRecovery:
    def test_each_code_opens_once(self, enrolled, app, password):
        _, codes = enrolled
        typed = codes[3].lower().replace("-", " ")
        password_step(app, password).send("/second-factor/check", {"code": typed}, expect=303)
        password_step(app, password).send("/second-factor/check", {"code": codes[3]}, expect=422)
        password_step(app, password).send("/second-factor/check", {"code": codes[4]}, expect=303)

    def test_another_persons_code_opens_nothing(self, enrolled, app, as_, password, clock, code_of):
        other = as_("msix_secondary")
        other.send("/second-factor/begin", expect=303)
        other.send("/second-factor/", {"code": code_of("msix_secondary")}, expect=200)
        client = password_step(app, password, "msix_secondary")
        client.send("/second-factor/check", {"code": enrolled[1][0]}, expect=422)

    def test_new_codes_replace_the_old(self, enrolled, app, password, code_of):
        client, codes = enrolled
        client.send("/second-factor/codes", {"code": code_of("msix_primary")}, expect=200)
        password_step(app, password).send("/second-factor/check", {"code": codes[0]}, expect=422)


class TestHelpOfAnAdministrator:
    def test_a_lost_phone_is_forgotten_with_the_password(self, enrolled, app, as_, person, password):
        user = person("msix_primary")
        deed = {"check": "IN_PERSON", "edition": str(user.edition)}
        administrator = as_("state_user_administrator")
        administrator.send(f"/users/{user.id}/reset-password", deed, expect=200)
        with app.config["SESSIONS"]().reading() as db:
            assert second_factor.is_on(db, user)
        deed |= {"edition": str(user.edition + 1), "lost_phone": "y"}
        administrator.send(f"/users/{user.id}/reset-password", deed, expect=200)
        with app.config["SESSIONS"]().reading() as db:
            assert not second_factor.is_on(db, user)
            assert second_factor.codes_left(db, by=user) == 0

    def test_an_account_disabled_by_wrong_codes_works_once_enabled(self, enrolled, app, password, code_of):
        for _ in range(3):
            client = password_step(app, password)
            client.send("/second-factor/check", {"code": "000000"}, expect=422)
        with app.config["SESSIONS"]() as db, db.begin():
            db.scalar(select(User).where(User.user_name == "msix_primary")).status = AccountStatus.ACTIVE
        client = password_step(app, password)
        client.send("/second-factor/check", {"code": "000000"}, expect=422)
        client.send("/second-factor/check", {"code": code_of("msix_primary")}, expect=303)
        client.get("/", expect=200)


class TestSwitchingOff:
    def test_wants_a_code(self, enrolled, app, password, code_of):
        client, _ = enrolled
        client.send("/second-factor/off", {"code": "000000"}, expect=303)
        assert "On since" in client.get("/second-factor/", expect=200).text
        client.send("/second-factor/off", {"code": code_of("msix_primary")}, expect=303)
        assert password_step(app, password).get("/", expect=200)


class TestRequired:
    @pytest.fixture
    def strict(self, settings, clock):
        app = create_app(replace(settings, second_factor_roles="state_user_administrator, msix_primary"))
        app.test_client_class = CheckedClient
        app.config.update(TESTING=True, CLOCK=clock, PROPAGATE_EXCEPTIONS=False)
        yield app
        app.extensions["upload_pool"].shutdown(wait=True)
        app.config["SESSIONS"].kw["bind"].dispose()

    def test_these_roles_set_it_up_first(self, strict, password, code_of):
        client = password_step(strict, password)
        assert client.get("/students/", expect=303).location == "/second-factor/"
        client.send("/second-factor/begin", expect=303)
        client.send("/second-factor/", {"code": code_of("msix_primary")}, expect=200)
        client.get("/students/", expect=200)
        client.send("/second-factor/off", {"code": "1"}, expect=422)

    def test_other_roles_need_not(self, strict, password):
        password_step(strict, password, "msix_secondary").get("/students/", expect=200)

    def test_an_unknown_role_is_named_at_the_start(self, settings):
        with pytest.raises(config.ConfigError, match="boss"):
            create_app(replace(settings, second_factor_roles="boss"))


def test_nothing_of_it_is_in_logs_or_the_trail(enrolled, app, password, secret_of, code_of, caplog):
    _, codes = enrolled
    caplog.set_level(logging.DEBUG)
    code = code_of("msix_primary")
    password_step(app, password).send("/second-factor/check", {"code": code}, expect=303)
    with app.config["SESSIONS"]().reading() as db:
        kept = str([(event.detail, event.changes, event.subject) for event in db.scalars(select(AuditEvent))])
    for secret in (secret_of("msix_primary"), code, codes[0], codes[0].replace("-", "")):
        assert secret not in kept
        assert secret not in caplog.text
