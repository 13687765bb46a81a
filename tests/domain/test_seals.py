"""Seals: one key a purpose, nothing readable in between, and secrets of before are sealed at the start."""

import pytest
from sqlalchemy import select

from msixlite import site
from msixlite.domain.errors import RuleBroken
from msixlite.domain.seals import Seal, is_sealed
from msixlite.models.users import SecondFactor, User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_what_is_sealed_for_one_purpose_opens_for_no_other():
    sealed = Seal("key", "second factor").close(SECRET)
    assert is_sealed(sealed)
    assert not is_sealed(SECRET)
    assert SECRET not in sealed
    assert len(sealed) < 255
    assert Seal("key", "second factor").open(sealed) == SECRET
    for other in (Seal("key", "drafts"), Seal("another key", "second factor")):
        with pytest.raises(RuleBroken, match="another key"):
            other.open(sealed)


def test_a_seal_that_was_changed_does_not_open():
    sealed = Seal("key", "drafts").close(SECRET)
    with pytest.raises(RuleBroken):
        Seal("key", "drafts").open(sealed[:-4] + "AAA=")


def test_secrets_kept_in_the_clear_are_sealed_at_the_start_once(app, settings, clock):
    sessions = app.config["SESSIONS"]
    with sessions() as db, db.begin():
        user_id = db.scalar(select(User.id).limit(1))
        db.add(SecondFactor(user_id=user_id, secret=SECRET, begun_at=clock.now))

    def kept():
        with sessions().reading() as db:
            return db.scalar(select(SecondFactor.secret))

    assert kept() == SECRET
    site.prepare(settings).kw["bind"].dispose()
    sealed = kept()
    assert settings.seal("second factor").open(sealed) == SECRET
    site.prepare(settings).kw["bind"].dispose()
    assert kept() == sealed
