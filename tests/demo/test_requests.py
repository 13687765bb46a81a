"""What a new user of the demo finds of requests: different states, an entry, follow-ups, and no name in an e-mail."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from msixlite import site
from msixlite.domain import requests_answers
from msixlite.models.follow_ups import FollowUp
from msixlite.models.mail import OutgoingMail
from msixlite.models.provided import ProvidedEntry
from msixlite.models.requests import DataRequest, RequestStatus
from tests.conftest import site_settings

S = RequestStatus


@pytest.fixture(scope="module")
def db(databases, tmp_path_factory):
    """The smallest demo: the showcase children alone."""
    address = databases.new()
    settings = site_settings(address, tmp_path_factory.mktemp("demo"))
    sessions = site.prepare(settings)
    site.fill_demo(sessions, settings, children=7)
    with sessions() as session:
        yield session
    sessions.kw["bind"].dispose()
    databases.drop(address)


def test_a_new_user_sees_every_kind(db):
    found = {request.status for request in db.scalars(select(DataRequest))}
    assert found >= {S.SENT, S.ACKNOWLEDGED, S.ANSWERED, S.WITHDRAWN}
    assert len(db.scalars(select(ProvidedEntry)).all()) == 1
    assert {one.received_on is None for one in db.scalars(select(FollowUp))} == {True, False}


def test_the_clock_finds_nothing_to_send_up(db):
    assert requests_answers.follow(db, datetime.now(UTC)) == "0 acknowledged, 0 sent up"


def test_no_e_mail_names_a_child(db):
    written = list(db.scalars(select(OutgoingMail)))
    assert written
    assert not any(word in one.subject + one.body for one in written for word in ("María", "García", "Mendoza", "2012"))
