"""The practice site: a place of its own, marked on every page, in which everybody may be anybody."""

import pytest
from sqlalchemy import func, select

from msixlite import backups, site
from msixlite.models.students import Student
from msixlite.web import create_app
from tests.checked_client import CheckedClient


@pytest.fixture
def practice(settings):
    """A filled practice site, and its visitor."""
    own = site.practice_of(settings)
    sessions = site.prepare(own)
    site.fill_demo(sessions, own, children=20)
    sessions.kw["bind"].dispose()
    made = create_app(own)
    made.test_client_class = CheckedClient
    made.config.update(TESTING=True)
    yield own, made.test_client()
    made.extensions["mail_pool"].shutdown(wait=True)
    made.extensions["upload_pool"].shutdown(wait=True)
    made.extensions["pdf_pool"].close()
    made.config["SESSIONS"].kw["bind"].dispose()


def test_it_has_its_own_bar_and_lists_who_one_may_be(practice, settings):
    own, visitor = practice
    assert "PRACTICE. Made-up children" in visitor.get("/consent", expect=200).text
    with visitor.session_transaction() as cookie:
        cookie["consented"] = True
    page = visitor.get("/login", expect=200).text
    assert "Who you may be here" in page
    account = site.sign_ins(own)[0]
    assert account["password"] in page
    for _ in range(2):  # its password stays for the next person
        form = {"user_name": account["user"], "password": account["password"]}
        assert visitor.send("/login", form, expect=303).location == "/"
        visitor.get("/", expect=200)  # Rules of Behavior and training are behind them
        visitor.send("/logout", {}, expect=303)
        visitor.send("/consent", {}, expect=303)


def test_the_real_site_shows_no_accounts_and_keeps_its_children(practice, visitor, db):
    with visitor.session_transaction() as cookie:
        cookie["consented"] = True
    page = visitor.get("/login", expect=200).text
    assert "Who you may be here" not in page
    assert "PRACTICE" not in page
    assert db.scalar(select(func.count()).select_from(Student)) < 20


def test_a_fresh_one_begins_anew_and_no_backup_holds_it(practice, settings, tmp_path):
    file = backups.write(settings, tmp_path / "b.zip", passphrase="a long passphrase of the office")
    assert file.stat().st_size > 0
    assert not [name for name, _ in backups._site_files(settings) if "practice" in name]
    site.clear_practice(settings)
    assert not (settings.instance / site.PRACTICE).exists()
