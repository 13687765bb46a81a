"""The status page: plain words for everybody, figures for administrators, and an answer without a database (P5)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import g

from msixlite import backups
from msixlite.domain import daily, incidents, mail
from msixlite.models.daily import JobRun
from msixlite.models.incidents import IncidentKind
from msixlite.models.mail import MailStatus, OutgoingMail
from tests.cases import person as person_of

INTERNALS = ("backup_folder", "Figures", "sqlite", "postgres", "job", "E-mails on the way", "never")


@pytest.fixture
def write_mail(app, clock):
    def write(**values):
        with app.config["SESSIONS"]() as db, db.begin():
            when = {"when": "12/03/2026", "link": "site:/"}
            to = person_of(db, "msix_primary")
            made = mail.write(db, kind="sign_in_alert", to=to, values=when, reference="", now=clock.now, by=None)
            for name, value in values.items():
                setattr(made, name, value)

    return write


@pytest.fixture
def days_work(app, clock):
    with app.config["SESSIONS"]() as db, db.begin():
        db.add(JobRun(name=daily.DAYS_WORK.name, period="", finished_at=clock.now))


class TestEverybody:
    def test_plain_words_without_internals(self, visitor, days_work):
        text = visitor.get("/status", expect=200).text
        assert "The site is up" in text
        assert "notices leave as usual" in text
        assert "done within the last day" in text
        assert "not well" not in text
        main = text.split("<main")[1].split("</main>")[0]
        assert not [word for word in INTERNALS if word in main]

    def test_late_mail_is_said(self, visitor, write_mail, clock):
        write_mail()
        assert "notices leave as usual" in visitor.get("/status", expect=200).text
        clock.forward(minutes=61)
        assert "notices leave late" in visitor.get("/status", expect=200).text

    def test_work_that_was_not_done_is_said(self, visitor, days_work, clock):
        clock.forward(hours=27)
        assert "not done within the last day" in visitor.get("/status", expect=200).text

    def test_a_planned_outage_stands_above(self, visitor, app):
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], planned_outage="Sunday 2 to 4 a.m. <b>CST</b>")
        text = visitor.get("/status", expect=200).text
        assert "Sunday 2 to 4 a.m. &lt;b&gt;CST" in text

    def test_the_backup_where_backups_are_made(self, visitor, app, clock, tmp_path):
        assert "Backup" not in visitor.get("/status", expect=200).text
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], backup_folder=tmp_path)
        assert "none was made within the last day" in visitor.get("/status", expect=200).text
        (tmp_path / "msixlite-2026-11-27.zip").write_bytes(b"-")
        assert abs(backups.last(app.config["SETTINGS"]) - clock.now) < timedelta(minutes=5)
        assert "made within the last day." in visitor.get("/status", expect=200).text.split("Backup")[1]

    @pytest.mark.parametrize("who", ["visitor", "msix_primary"])
    def test_without_its_database_the_site_says_so(self, who, visitor, as_, app, settings, databases):
        client = visitor if who == "visitor" else as_(who)
        app.config["SESSIONS"].kw["bind"].dispose()
        databases.drop(settings.database_url)
        assert "its database does not" in client.get("/status", expect=503).text

    @pytest.mark.parametrize("path", ["/", "/worklist/", "/me/", "/nowhere"])
    def test_without_its_database_a_protected_page_is_an_error_page_too(self, path, as_, app, settings, databases):
        client = as_("state_data_administrator")
        app.config["SESSIONS"].kw["bind"].dispose()
        databases.drop(settings.database_url)
        answer = client.get(path, expect=503)
        assert "Not available just now" in answer.text
        assert 'href="/status">Is the site up?' in answer.text
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Retry-After"] == "10"

    def test_a_database_that_goes_while_a_page_is_made_leaves_its_error_page(self, as_, app, settings, databases):
        client, deed = as_("state_data_administrator"), app.view_functions["account.index"]

        def cut(**values):
            app.config["SESSIONS"].kw["bind"].dispose()
            g.db.close()
            databases.drop(settings.database_url)
            return deed(**values)

        cut.access = deed.access
        app.view_functions["account.index"] = cut
        assert "Not available just now" in client.get("/me/", expect=503).text

    def test_every_footer_and_every_error_page_leads_there(self, visitor, as_):
        for client in (visitor, as_("msix_primary")):
            assert 'href="/status">Is the site up?' in client.get("/nowhere", expect=404).text
            assert 'href="/status">Site status' in client.get("/help", expect=200).text


class TestFigures:
    @pytest.mark.parametrize(
        "actor", ["state_user_administrator", "state_data_administrator", "ome_user_administrator"]
    )
    def test_administrators_see_the_figures(self, as_, actor, write_mail, clock):
        write_mail()
        write_mail(status=MailStatus.REFUSED, ended_at=clock.now)
        write_mail(status=MailStatus.REFUSED, ended_at=clock.now - timedelta(days=2))
        write_mail(status=MailStatus.SENT, ended_at=clock.now)
        text = as_(actor).get("/status", expect=200).text
        assert "<dd>1, the oldest of" in text
        assert "<dt>E-mails that failed in the last 24 hours</dt><dd>1</dd>" in text
        assert "backup_folder" in text

    @pytest.mark.parametrize("actor", ["msix_primary", "help_desk", "government_administrator"])
    def test_others_do_not(self, as_, actor):
        assert "Figures" not in as_(actor).get("/status", expect=200).text


def test_the_categories_of_a_report_have_every_sign():
    """P5: odd pictures or text, wrong formats, missing data, outage."""
    signs = {IncidentKind.ODD_CONTENT, IncidentKind.WRONG_FORMAT, IncidentKind.MISSING_DATA, IncidentKind.OUTAGE}
    assert signs <= set(incidents.KINDS)
    assert set(incidents.KINDS) == set(IncidentKind)


def test_no_mail_is_needed(visitor, app, days_work):
    with app.config["SESSIONS"]().reading() as db:
        assert db.query(OutgoingMail).count() == 0
    assert "notices leave as usual" in visitor.get("/status", expect=200).text
