"""The outbox against real mail servers: no mail is lost, none is sent twice."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from msixlite import mail_senders, site
from msixlite.domain import mail, mail_templates
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.domain.mail_templates import KINDS, Wording
from msixlite.domain.pii_guard import PersonalData
from msixlite.models.mail import MailStatus, OutgoingMail
from msixlite.models.users import User
from tests import mail_servers

ROOT = Path(__file__).resolve().parents[2]
VALUES = {
    "reference": "MN-2026-000001",
    "office": "Robles ISD, TX",
    "phone": "(555) 555-0110",
    "link": f"{mail.SITE}moves/1",
    "reply_due": "11/26/2026 11:05 CST",
    "due": "12/03/2026",
}


@pytest.fixture
def sessions(settings):
    made = site.prepare(settings)
    yield made
    made.kw["bind"].dispose()


@pytest.fixture
def write(sessions, clock):
    """Write a mail from Texas's registrar to Vermont's; returns its number."""

    def made(**values):
        with sessions() as db, db.begin():
            sender, to = (
                db.scalar(select(User).where(User.user_name == name)) for name in ("msix_primary", "vt_msix_primary")
            )
            return mail.write(
                db,
                kind="move_notice",
                to=to,
                values=VALUES | values,
                reference="MN-2026-000001",
                now=clock(),
                by=sender,
            ).id

    return made


@pytest.fixture
def stored(sessions):
    """A mail as it stands in the database now, with its tries."""

    def read(number):
        with sessions().reading() as db:
            return db.scalar(mail._whole().where(OutgoingMail.id == number))

    return read


@pytest.fixture
def deliver(sessions, settings, clock):
    """Send what is due through the server of a port."""

    def sent(port, **how):
        chosen = {"smtp_security": "none", "smtp_seconds": 2, **how}
        by_smtp = replace(settings, mail_sender="smtp", smtp_host="127.0.0.1", smtp_port=port, **chosen)
        return mail.deliver_due(sessions, mail_senders.sender(by_smtp), clock=clock)

    return sent


class TestAServerThatTakesMail:
    def test_one_mail_arrives_once(self, write, deliver, stored):
        number, inbox = write(), mail_servers.Inbox()
        with mail_servers.serving(inbox) as port:
            assert deliver(port) == 1
            assert deliver(port) == 0
        (arrived,) = inbox.taken
        assert arrived["Message-ID"] == stored(number).message_id
        assert arrived["To"] == "vt_msix_primary@example.gov"
        assert arrived["Auto-Submitted"] == "auto-generated"
        text = arrived.get_payload(decode=True).decode()
        assert "http://127.0.0.1:8000/moves/1" in text
        assert "(555) 555-0110" in text
        assert stored(number).status is MailStatus.SENT
        assert [one.outcome for one in stored(number).attempts] == ["sent"]

    def test_lines_that_begin_with_a_dot_arrive_whole(self, write, deliver, sessions):
        number, inbox = write(), mail_servers.Inbox()
        with sessions() as db, db.begin():
            db.get(OutgoingMail, number).body = "One\n.\n..two\nEnd\n"
        with mail_servers.serving(inbox) as port:
            deliver(port)
        assert inbox.taken[0].get_payload(decode=True).decode().splitlines() == ["One", ".", "..two", "End"]

    def test_starttls_with_a_password(self, write, deliver, tmp_path):
        certificate, context = mail_servers.certificate(tmp_path)
        inbox = mail_servers.Inbox()
        write()
        how = {"tls_context": context, "require_starttls": True, "authenticator": inbox.authenticate}
        with mail_servers.serving(inbox, **how) as port:
            deliver(
                port, smtp_security="starttls", smtp_authority=certificate, smtp_user="msixlite", smtp_password="secret"
            )
        assert len(inbox.taken) == 1
        assert inbox.users == ["msixlite"]

    def test_tls_from_the_first_letter(self, write, deliver, tmp_path):
        certificate, context = mail_servers.certificate(tmp_path)
        inbox = mail_servers.Inbox()
        write()
        with mail_servers.serving(inbox, ssl_context=context) as port:
            deliver(port, smtp_security="tls", smtp_authority=certificate)
        assert len(inbox.taken) == 1

    def test_a_certificate_that_nobody_vouches_for_gets_no_mail(self, write, deliver, stored, tmp_path):
        _, context = mail_servers.certificate(tmp_path)
        number, inbox = write(), mail_servers.Inbox()
        with mail_servers.serving(inbox, tls_context=context) as port:
            deliver(port, smtp_security="starttls")
        assert inbox.taken == []
        assert stored(number).status is MailStatus.WAITING


class TestAServerThatDoesNot:
    def test_put_off_and_tried_again_after_growing_waits(self, write, deliver, stored, clock):
        number, inbox = write(), mail_servers.PutsOff(tries=2)
        with mail_servers.serving(inbox) as port:
            deliver(port)
            assert stored(number).next_try_at == clock.now + timedelta(minutes=1)
            assert deliver(port) == 0
            clock.forward(minutes=1)
            deliver(port)
            assert stored(number).next_try_at == clock.now + timedelta(minutes=5)
            clock.forward(minutes=5)
            deliver(port)
        assert [one.outcome for one in stored(number).attempts] == ["put off", "put off", "sent"]
        assert "451" in stored(number).attempts[0].answer
        assert len(inbox.taken) == 1

    def test_put_off_after_the_whole_text(self, write, deliver, stored):
        number = write()
        with mail_servers.serving(mail_servers.PutsOffTheText()) as port:
            deliver(port)
        assert stored(number).status is MailStatus.WAITING

    def test_refused_for_good(self, write, deliver, stored):
        number = write()
        with mail_servers.serving(mail_servers.Refuses()) as port:
            deliver(port)
            assert deliver(port) == 0
        assert stored(number).status is MailStatus.REFUSED
        assert "No such user" in stored(number).attempts[0].answer

    def test_a_server_that_hangs_is_left(self, write, deliver, stored):
        number = write()
        with mail_servers.serving(mail_servers.Hangs()) as port:
            deliver(port, smtp_seconds=1)
        assert stored(number).status is MailStatus.WAITING

    def test_no_server_at_all(self, write, deliver, stored):
        number = write()
        deliver(1)
        assert stored(number).status is MailStatus.WAITING

    def test_dead_in_the_middle_of_the_text_then_well_again(self, write, deliver, stored, clock):
        number, inbox = write(), mail_servers.Inbox()
        with mail_servers.serving(inbox, dies=True) as port:
            deliver(port)
        assert stored(number).status is MailStatus.WAITING
        assert stored(number).handed_over_at is None
        clock.forward(minutes=1)
        with mail_servers.serving(inbox) as port:
            deliver(port)
        assert len(inbox.taken) == 1
        assert stored(number).status is MailStatus.SENT

    def test_dead_after_the_text_is_never_sent_again_by_itself(self, write, deliver, stored, clock):
        number, inbox = write(), mail_servers.DiesAfterTheText()
        with mail_servers.serving(inbox) as port:
            deliver(port)
            clock.forward(hours=12)
            assert deliver(port) == 0
        assert len(inbox.taken) == 1
        assert stored(number).status is MailStatus.UNCERTAIN

    def test_after_24_hours_the_sender_is_told(self, write, deliver, stored, clock, sessions, person):
        number = write()
        for _ in range(40):
            deliver(1)
            clock.now = max(clock.now, stored(number).next_try_at)
        assert stored(number).status is MailStatus.GIVEN_UP
        assert timedelta(hours=19) < stored(number).ended_at - stored(number).written_at <= timedelta(hours=24)
        with sessions().reading() as db:
            assert [one.id for one in mail.not_gone_out(db, by=person("msix_primary"))] == [number]
            assert mail.not_gone_out(db, by=person("vt_msix_primary")) == []


class TestSendAgain:
    def test_the_same_message_goes_out(self, write, deliver, stored, sessions, person, clock):
        number = write()
        with mail_servers.serving(mail_servers.Refuses()) as port:
            deliver(port)
        with sessions() as db, db.begin():
            mail.send_again(db, mail.get(db, number, by=person("msix_primary")), now=clock(), by=person("msix_primary"))
        inbox = mail_servers.Inbox()
        with mail_servers.serving(inbox) as port:
            deliver(port)
        assert inbox.taken[0]["Message-ID"] == stored(number).message_id

    def test_not_what_went_out(self, write, deliver, sessions, person, clock):
        number = write()
        with mail_servers.serving(mail_servers.Inbox()) as port:
            deliver(port)
        with sessions() as db, pytest.raises(RuleBroken):
            mail.send_again(db, mail.get(db, number, by=person("msix_primary")), now=clock(), by=person("msix_primary"))

    def test_a_mail_of_others_does_not_exist(self, write, db, person):
        number = write()
        with pytest.raises(NotFound):
            mail.get(db, number, by=person("vt_state_data_administrator"))
        assert mail.get(db, number, by=person("state_data_administrator")).id == number

    def test_what_came_back_later_is_shown(self, write, deliver, stored, sessions, clock):
        number = write()
        with mail_servers.serving(mail_servers.Inbox()) as port:
            deliver(port)
        with sessions() as db, db.begin():
            mail.returned(db, stored(number).message_id, "550 mailbox gone", now=clock())
        assert stored(number).status is MailStatus.REFUSED
        assert stored(number).attempts[-1].outcome == "returned"


class TestSeveralProcesses:
    def test_threads_side_by_side_send_each_mail_once(self, write, sessions, settings, clock):
        numbers, inbox, faults = [write() for _ in range(12)], mail_servers.Inbox(), []
        with mail_servers.serving(inbox) as port:
            by_smtp = replace(settings, mail_sender="smtp", smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")

            def work():
                try:
                    mail.deliver_due(sessions, mail_senders.sender(by_smtp), clock=clock)
                except Exception as fault:
                    faults.append(fault)

            workers = [threading.Thread(target=work) for _ in range(4)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        assert faults == []
        sent = [arrived["Message-ID"] for arrived in inbox.taken]
        assert len(sent) == len(set(sent)) == len(numbers)

    @pytest.mark.parametrize(("handed_over", "status"), [(False, MailStatus.WAITING), (True, MailStatus.UNCERTAIN)])
    def test_a_killed_process_loses_nothing(self, write, sessions, stored, clock, settings, handed_over, status):
        """A real process is killed while it sends: before, or after, it has handed the mail over."""
        number = write()
        script = (
            "import sys, time\nfrom datetime import UTC, datetime\nfrom msixlite import config, site\n"
            "from msixlite.domain import mail\n"
            "def send(one, hand_over):\n"
            f"    {'hand_over()' if handed_over else 'pass'}\n"
            "    print('sending', flush=True)\n    time.sleep(60)\n"
            "mail.deliver_due(site.prepare(config.load()), send, clock=lambda: datetime.now(UTC))\n"
        )
        environment = os.environ | {
            "MSIXLITE_DATABASE_URL": settings.database_url,
            "MSIXLITE_INSTANCE": str(settings.instance),
        }
        killed = subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert killed.stdout.readline() == "sending\n"
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        killed.stdout.close()
        assert stored(number).status is MailStatus.SENDING
        clock.forward(minutes=20)
        with sessions() as db, db.begin():
            mail.release_abandoned(db, now=clock())
        assert stored(number).status is status


class TestOutbox:
    def test_a_deed_that_fails_leaves_no_mail(self, sessions, person, clock, db):
        with sessions() as writing:
            mail.write(
                writing, kind="move_notice", to=person("vt_msix_primary"), values=VALUES, reference="x", now=clock(),
                by=person("msix_primary"),
            )  # fmt: skip
            writing.rollback()
        assert db.scalars(select(OutgoingMail)).all() == []

    def test_personal_data_in_a_field_is_refused(self, write):
        with pytest.raises(PersonalData):
            write(office="Graciela Castañeda")

    def test_a_folder_gets_one_file_a_mail(self, write, sessions, settings, clock):
        write()
        mail.deliver_due(sessions, mail_senders.sender(settings), clock=clock)
        (file,) = (settings.instance / "outbox").iterdir()
        assert "MN-2026-000001" in file.read_text()
        assert file.stat().st_mode & 0o077 == 0

    def test_the_console(self, write, sessions, settings, clock, capsys):
        write()
        mail.deliver_due(sessions, mail_senders.sender(replace(settings, mail_sender="console")), clock=clock)
        assert "Subject: Move notice MN-2026-000001 waits for you" in capsys.readouterr().out


class TestTemplates:
    def test_a_states_own_wording(self, sessions, person, clock, write, stored):
        kind = KINDS["move_notice"]
        with sessions() as db, db.begin():
            new = Wording("Texas: {reference}", "Please open {link}")
            mail_templates.change(db, kind, new, now=clock(), by=person("state_data_administrator"))
        assert stored(write()).subject == "Texas: MN-2026-000001"
        with sessions() as db, db.begin():
            mail_templates.reset(db, kind, by=person("state_data_administrator"))
        assert stored(write()).subject.startswith("Move notice")

    @pytest.mark.parametrize(
        ("subject", "body", "sentence"),
        [
            ("{reference}", "{link} {child}", "no field {child}"),
            ("{reference}", "no link", "needs {reference} and {link}"),
            ("", "{link} {reference}", "Both"),
            ("a\r\nBcc: x@example.org {reference}", "{link}", "one line"),
            ("{reference}", "{link} Graciela Castañeda", "name of a child"),
        ],
    )
    def test_what_a_wording_may_not_hold(self, db, person, clock, subject, body, sentence):
        with pytest.raises(RuleBroken, match=sentence.replace("{", r"\{")):
            mail_templates.change(
                db, KINDS["move_notice"], Wording(subject, body), now=clock(), by=person("state_data_administrator")
            )

    def test_every_default_keeps_its_own_rules(self, db, clock):
        for kind in KINDS.values():
            mail_templates.check(db, kind, kind.default, now=clock())
