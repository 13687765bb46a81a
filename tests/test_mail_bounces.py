"""Delivery reports as mail systems write them: Postfix, Exchange, mails that are none, and hostile ones."""

import pytest

from msixlite import mail_bounces
from msixlite.domain.errors import RuleBroken

OURS = "<MN-2026-000012.7f3a@msixlite.example.gov>"

POSTFIX = f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.gov (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: msixlite@example.gov
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4F1B2.1764115200/mx.example.gov"
Message-Id: <20261125231500.9A1B24F1B2@mx.example.gov>

This is a MIME-encapsulated message.

--4F1B2.1764115200/mx.example.gov
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.gov.

<clerk@district.example.gov>: host mail.district.example.gov[192.0.2.7] said: 550 5.1.1
    <clerk@district.example.gov>: Recipient address rejected (in reply to RCPT TO command)

--4F1B2.1764115200/mx.example.gov
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.gov
X-Postfix-Queue-ID: 9A1B24F1B2
Arrival-Date: Wed, 25 Nov 2026 23:14:58 +0000 (UTC)

Final-Recipient: rfc822; clerk@district.example.gov
Original-Recipient: rfc822;clerk@district.example.gov
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.district.example.gov
Diagnostic-Code: smtp; 550 5.1.1 <clerk@district.example.gov>: Recipient
    address rejected

--4F1B2.1764115200/mx.example.gov
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <msixlite@example.gov>
Message-ID: {OURS}
From: msixlite@example.gov
To: clerk@district.example.gov
Subject: MN-2026-000012: a move notice waits for you

A move notice waits for you.

--4F1B2.1764115200/mx.example.gov--
"""

EXCHANGE = f"""From: Microsoft Outlook <postmaster@state.example.gov>
To: <msixlite@example.gov>
Subject: Undeliverable: MN-2026-000012: a move notice waits for you
Date: Wed, 25 Nov 2026 23:15:00 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="c1d2e3f4-0000-4a5b-8c9d-1234567890ab"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-US
Message-ID: <c1d2e3f4-0000-4a5b@state.example.gov>
In-Reply-To: {OURS}
MIME-Version: 1.0

--c1d2e3f4-0000-4a5b-8c9d-1234567890ab
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="inner-1234567890ab"

--inner-1234567890ab
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Delivery has failed to these recipients or groups:

--inner-1234567890ab
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p>Delivery has failed to these recipients or groups:</p></body></html>

--inner-1234567890ab--

--c1d2e3f4-0000-4a5b-8c9d-1234567890ab
Content-Type: message/delivery-status

Reporting-MTA: dns;EX01.state.example.gov
Received-From-MTA: dns;mail.example.gov
Arrival-Date: Wed, 25 Nov 2026 23:14:59 +0000

Original-Recipient: rfc822;clerk@state.example.gov
Final-Recipient: rfc822;clerk@state.example.gov
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp;554 5.2.2 mailbox full
X-Display-Name: clerk@state.example.gov

--c1d2e3f4-0000-4a5b-8c9d-1234567890ab
Content-Type: text/rfc822-headers

Received: from mail.example.gov (192.0.2.9) by EX01.state.example.gov
Message-ID: {OURS}
From: <msixlite@example.gov>
To: <clerk@state.example.gov>
Subject: MN-2026-000012: a move notice waits for you

--c1d2e3f4-0000-4a5b-8c9d-1234567890ab--
"""

FORWARDED = f"""From: clerk@district.example.gov
To: msixlite@example.gov
Subject: Fwd: MN-2026-000012
Message-ID: <another@district.example.gov>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

Who wrote this?

--b
Content-Type: message/rfc822

Message-ID: {OURS}
Subject: MN-2026-000012: a move notice waits for you

A move notice waits for you.

--b--
"""

AWAY = f"""From: clerk@district.example.gov
To: msixlite@example.gov
Subject: Automatic reply: I am away
Auto-Submitted: auto-replied
In-Reply-To: {OURS}
Message-ID: <away@district.example.gov>
Content-Type: text/plain

I am back on Monday.
"""


def read(text):
    return mail_bounces.read(text.encode())


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("report", "words"),
    [
        (POSTFIX, "smtp; 550 5.1.1 <clerk@district.example.gov>: Recipient address rejected"),
        (EXCHANGE, "smtp;554 5.2.2 mailbox full"),
    ],
    ids=["Postfix", "Exchange"],
)
def test_which_mail_and_why(report, words, ends):
    assert read(report.replace("\n", ends)) == (OURS, words)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_report_of_no_failure_changes_nothing(action):
    with pytest.raises(RuleBroken, match="does not say that a mail failed"):
        read(POSTFIX.replace("Action: failed", f"Action: {action}"))


@pytest.mark.parametrize("mail", [FORWARDED, AWAY, "", "\n\n", "no mail at all"])
def test_what_is_no_report(mail):
    with pytest.raises(RuleBroken, match="no delivery report"):
        read(mail)


def test_of_several_recipients_the_one_that_failed_speaks():
    other = "Final-Recipient: rfc822; other@example.gov\nAction: delivered\nDiagnostic-Code: smtp; 250 taken\n\n"
    assert read(POSTFIX.replace("Final-Recipient:", other + "Final-Recipient:", 1))[1].startswith("smtp; 550")


def test_without_words_the_number_of_the_failure_is_said():
    assert read(EXCHANGE.replace("Diagnostic-Code: smtp;554 5.2.2 mailbox full\n", "")) == (OURS, "5.2.2")


def test_a_report_that_names_no_mail():
    with pytest.raises(RuleBroken, match="which mail came back"):
        read(EXCHANGE.replace(f"Message-ID: {OURS}\nFrom:", "From:"))


class TestHostile:
    @pytest.mark.parametrize("message_id", ["<", "<@>", "=?utf-8?b?////?=", "<a@[", "\x00"])
    def test_a_broken_number_is_text_or_refused(self, message_id):
        try:
            found, _ = read(POSTFIX.replace(OURS, message_id))
        except RuleBroken:
            return
        assert found != OURS

    def test_the_words_are_one_short_line(self):
        written = POSTFIX.encode().replace(b"550 5.1.1 <clerk", b"550 \x1b[31m\x07\xff" + b"A" * 5_000 + b" <clerk")
        _, words = mail_bounces.read(written)
        assert len(words) == mail_bounces.LONGEST_ANSWER
        assert words.isprintable()

    def test_nested_a_thousand_deep(self):
        opened = "".join(f'Content-Type: multipart/mixed; boundary="b{at}"\n\n--b{at}\n' for at in range(5_000))
        with pytest.raises(RuleBroken):
            read(opened)

    def test_any_bytes(self):
        for start in range(0, len(POSTFIX), 37):
            cut = POSTFIX.encode()[:start] + bytes(range(256)) + POSTFIX.encode()[start + 50 :]
            try:
                _, words = mail_bounces.read(cut)
            except RuleBroken:
                continue
            assert len(words) <= mail_bounces.LONGEST_ANSWER
