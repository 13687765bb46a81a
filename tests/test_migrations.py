"""Alembic revisions: they lead to the models, from an empty database and with rows in the tables."""

from datetime import UTC, date, datetime, timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select, update
from sqlalchemy.exc import IntegrityError

from msixlite import migrations
from msixlite.domain import (
    attachments,
    correction_clocks,
    correction_inquiries,
    correction_intake,
    correction_letters,
    disputes,
    incidents,
    policy,
)
from msixlite.domain.attachments import Sent
from msixlite.domain.correction_wordings import Wording
from msixlite.models import Base
from msixlite.models.base import make_engine
from msixlite.models.corrections import AskedBy, Language
from msixlite.models.incidents import IncidentKind, IncidentReport
from msixlite.models.policy import StatePolicy
from msixlite.models.role_assignments import RoleAssignment
from msixlite.models.students import StateRecord
from msixlite.models.users import AccountStatus, User, UserSession
from tests.cases import person, record_of
from tests.domain import test_corrections, test_disputes, test_follow_ups, test_provided, test_requests


def differences(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": Base.metadata})
        return compare_metadata(context, Base.metadata)


def test_the_revisions_lead_to_the_models(empty_database):
    engine = make_engine(empty_database)
    migrations.upgrade(engine)
    assert differences(engine) == []
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_an_upgrade_twice_is_one(empty_database):
    engine = make_engine(empty_database)
    migrations.upgrade(engine)
    migrations.upgrade(engine)
    engine.dispose()


def test_every_upgrade_keeps_the_rows(settings):
    """From the revision before the newest, where there is one, with the small world in the tables."""
    engine = make_engine(settings.database_url)
    script = ScriptDirectory.from_config(migrations.configuration())
    before = script.get_revision(script.get_current_head()).down_revision
    with engine.connect() as connection:
        rows = connection.scalar(select(func.count()).select_from(StateRecord))
    if before is not None:
        config = migrations.configuration()
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, before)
    migrations.upgrade(engine)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(StateRecord)) == rows > 0
    engine.dispose()


FILLED = (
    *("data_request", "request_element", "request_message", "provided_entry", "follow_up"),
    *("correction_request", "correction_element", "correction_step", "correction_inquiry", "correction_reminder"),
    *("dispute_statement", "dispute_element", "dispute_addition", "attachment", "letter_template"),
)
"""The tables of revisions 0007 and 0008."""


def fill(office):
    """A row or more in each of them, by the deeds of the people."""
    with office.deed() as db:
        test_requests.ask(db)
        test_provided.add(db, office)
        test_follow_ups.ask(db, office)
        meant = test_corrections.meant(db, "TX100", "birth_city")
        lead, student = person(db, "state_data_administrator"), record_of(db, "TX100").student
        proof = attachments.keep(
            [Sent("proof.pdf", test_corrections.PDF)], folder=office.folder, now=office.now, by=lead
        )
        asked = correction_intake.take_in(
            db, student, test_corrections.intake(meant), files=proof, now=office.now, by=lead
        )
        about = {"asked_by": AskedBy.STATE, "asker": "Vermont", "received_on": test_corrections.TODAY, "text": "When?"}
        correction_inquiries.add(db, asked.id, **about, now=office.now, by=lead)
        letter = correction_letters.kind_of("acknowledgement")
        wording = Wording("Own {reference}", "Hello {requester}\n\n{elements}")
        correction_letters.change(db, letter, Language.ENGLISH, wording, now=office.now, by=lead)
        stated = test_disputes.stated(test_disputes.meant(db, "TX100", "sex"))
        privacy = person(db, "privacy_act_administrator")
        dispute = disputes.enter(db, stated, files=(), now=office.now, by=privacy)
        disputes.add(db, dispute.id, text="And her name.", files=(), now=office.now, by=privacy)
    with office.deed() as db:
        correction_clocks.follow(db, office.now + timedelta(days=40))


def rows_of(engine):
    with engine.connect() as connection:
        return {name: connection.execute(select(Base.metadata.tables[name])).all() for name in FILLED}


def test_requests_corrections_and_statements_stay_through_every_later_upgrade(office, settings):
    fill(office)
    engine = make_engine(settings.database_url)
    before = rows_of(engine)
    assert [name for name, rows in before.items() if not rows] == []
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0008_corrections")
    migrations.upgrade(engine)
    assert rows_of(engine) == before
    assert differences(engine) == []
    engine.dispose()


def test_everybody_has_30_minutes_after_the_upgrade_and_the_older_checks_stay(office, settings):
    """Revision 0016, with a State's settings and live sessions in the tables."""
    times = {"first_reply_hours": 8, "resolution_days": 2, "escalation_days": 5, "idle_minutes": 7}
    with office.deed() as db:
        lead = person(db, "state_data_administrator")
        policy.change(db, "TX", **times, single_administrator=True, approve_when_run_out=False, by=lead)
    engine = make_engine(settings.database_url)
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0015_reports_and_applications")
    migrations.upgrade(engine)
    with engine.connect() as connection:
        kept = select(StatePolicy.first_reply_hours, StatePolicy.single_administrator, StatePolicy.idle_minutes)
        assert connection.execute(kept).all() == [(8, True, 30)]
        assert set(connection.scalars(select(UserSession.idle_minutes))) == {30}
    for wrong in ({"first_reply_hours": 25}, {"idle_minutes": 31}):
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(update(StatePolicy).values(**wrong))
    assert differences(engine) == []
    engine.dispose()


def test_reports_and_mails_of_before_stay_when_nobody_may_report_too(office, settings):
    """Revision 0015: reports get the State of their reporter; mails keep their recipient."""
    with office.deed() as db:
        saw = {"kind": IncidentKind.OTHER, "text": "A cat.", "page": "home.index", "now": office.now}
        incidents.report(db, **saw, lock=False, by=person(db, "msix_primary"))
        incidents.report_unsigned(db, **saw, state="TX", contact="x")
    engine = make_engine(settings.database_url)
    mails = select(func.count()).select_from(Base.metadata.tables["outgoing_mail"])
    with engine.connect() as connection:
        before = connection.scalar(mails)
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0014_alerts_and_schedules")
    migrations.upgrade(engine)
    with engine.connect() as connection:
        kept = connection.execute(select(IncidentReport.text, IncidentReport.state_code, IncidentReport.contact)).all()
        assert kept == [("A cat.", "TX", "")]
        assert connection.scalar(mails) == before > 0
    assert differences(engine) == []
    engine.dispose()


def test_every_account_gets_the_role_that_it_has_as_an_assignment(office, settings):
    """Revision 0017: from the day at the State on which the account was made; what is closed has ended."""
    made_at = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    with office.deed() as db:
        db.execute(update(User).values(created_at=made_at))
        closed = person(db, "msix_secondary")
        closed.status, closed.status_changed_at = AccountStatus.DEACTIVATED, made_at + timedelta(days=9)
    engine = make_engine(settings.database_url)
    config = migrations.configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0015_reports_and_applications")
    migrations.upgrade(engine)
    assert differences(engine) == []
    with office.read() as db:
        people = {user.id: user for user in db.scalars(select(User))}
        made = {one.user_id: one for one in db.scalars(select(RoleAssignment))}
        assert set(made) == set(people)
        for number, user in people.items():
            one = made[number]
            copied = ("role", "state_code", "region_id", "district_id")
            assert [getattr(one, name) for name in copied] == [getattr(user, name) for name in copied]
            assert one.starts_on == user.role_starts_on == date(2026, 3, 1)
            assert (one.ends_on, user.role_ends_on, one.given_at, one.given_by_id) == (None, None, made_at, None)
            assert one.in_force is (user.status is not AccountStatus.DEACTIVATED)
            assert one.ended_at == (None if one.in_force else made_at + timedelta(days=9))
    engine.dispose()
