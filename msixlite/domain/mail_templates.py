"""The wording of e-mails: the defaults here, each State's own in the database. No field can hold personal data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from msixlite.domain import pii_guard
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.mail import MailTemplate
from msixlite.models.users import User
from msixlite.models.words import _l

LONGEST_SUBJECT = 150
LONGEST_BODY = 4_000


@dataclass(frozen=True)
class Wording:
    """Subject and body of one kind of e-mail, with fields in braces."""

    subject: str
    body: str


@dataclass(frozen=True)
class Kind:
    """One kind of e-mail: when it goes out, its fields with an example each, and its default wording."""

    key: str
    title: str
    when: str
    fields: Mapping[str, str]
    default: Wording


_WHERE = {
    "reference": "MN-2026-000123",
    "office": "Robles ISD, TX",
    "phone": "(555) 555-0110",
    "link": "https://msix.example.gov/moves/123",
}
_ABOUT_REQUEST = {**_WHERE, "reference": "DR-2026-000123", "link": "https://msix.example.gov/requests/123"}
_FOOT = """
This e-mail holds no personal data. Please put none into a reply: answer in msixlite.
We never ask for a password, by e-mail or by telephone.
"""
KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "move_notice",
            _l("Move notice"),
            _l("To each recipient when a move notice is sent."),
            {**_WHERE, "reply_due": "11/26/2026 11:05 CST", "due": "12/03/2026"},
            Wording(
                "Move notice {reference} waits for you",
                "A move notice (reference {reference}) waits for you in msixlite.\n\n"
                "From: {office}, {phone}\nFirst reply due: {reply_due}\nOutcome due: {due}\n\n"
                "Open it: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "move_reply",
            _l("Reply to a move notice"),
            _l("To the sender of a move notice when its recipient acknowledges it or finds an outcome."),
            {**_WHERE, "status": "acknowledged"},
            Wording(
                "Move notice {reference}: {status}",
                "Your move notice {reference} is now: {status}.\n\n"
                "From: {office}, {phone}\n\nRead the reply: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "move_escalated",
            _l("Move notice passed on"),
            _l("To the next level when nobody acknowledged a move notice within 24 hours."),
            {**_WHERE, "due": "12/03/2026"},
            Wording(
                "Move notice {reference} was not acknowledged",
                "Nobody acknowledged move notice {reference} within 24 hours, so it comes to you.\n\n"
                "From: {office}, {phone}\nOutcome due: {due}\n\nOpen it: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "data_request",
            _l("Data request"),
            _l("To the asked State's Data Administrators when data are asked for, or asked for again."),
            {**_ABOUT_REQUEST, "due": "12/01/2026"},
            Wording(
                "Data request {reference} waits for you",
                "A data request (reference {reference}) waits for you in msixlite.\n\n"
                "From: {office}, {phone}\nAnswer due: {due}\n\n"
                "Open it: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "data_request_reply",
            _l("Reply to a data request"),
            _l("To the other side when a data request is acknowledged, answered, closed or withdrawn."),
            {**_ABOUT_REQUEST, "status": "answered"},
            Wording(
                "Data request {reference}: {status}",
                "Data request {reference} is now: {status}.\n\n"
                "From: {office}, {phone}\n\nRead it: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "data_request_raised",
            _l("Data request sent up"),
            _l("To the next level when nobody acknowledged a data request within two working days."),
            {**_ABOUT_REQUEST, "due": "12/01/2026"},
            Wording(
                "Data request {reference} was not acknowledged",
                "Nobody acknowledged data request {reference} within two working days, so it comes to you.\n\n"
                "From: {office}, {phone}\nAnswer due: {due}\n\nOpen it: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "correction_forwarded",
            _l("Correction request forwarded"),
            _l("To the State Data Administrators whose State's data a family wants corrected."),
            {**_WHERE, "reference": "CR-2026-000123", "due": "12/24/2026"},
            Wording(
                "Correction request {reference} was forwarded to you",
                "A family asks to correct data of your State (reference {reference}). You act as if asked directly.\n\n"
                "From: {office}, {phone}\nAnswer due: {due}\n\nOpen it: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "correction_due",
            _l("Correction request: a clock is due"),
            _l("To the State Data Administrators before a clock of a correction request is over, and once when it is."),
            {
                **_WHERE,
                "reference": "CR-2026-000123",
                "clock": "Send the revised data",
                "state": "is due soon",
                "due": "12/03/2026",
            },
            Wording(
                "Correction request {reference} {state}",
                "{clock}: this {state} (correction request {reference}).\n\n"
                "Office: {office}, {phone}\nDue: {due}\n\nOpen it: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "directory_message",
            _l("Message by User Administrator Search"),
            _l("To a User Administrator whom somebody writes to on the public search page."),
            {
                "name": "Nela Ruiz",
                "office": "Robles ISD",
                "reply_to": "nela.ruiz@example.gov",
                "link": "https://msix.example.gov/users/",
            },
            Wording(
                "A message by User Administrator Search",
                "Somebody wrote to you on the public page of User Administrator Search. msixlite does not know who "
                "it is: make sure before you do anything, and open no link that you do not expect.\n\n"
                "Name: {name}\nOffice: {office}\nReply to: {reply_to}\n\nAccounts: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "sign_in_alert",
            _l("Signed in from two networks"),
            _l("To each person who signs in while a session from another network is in use, once a day."),
            {"when": "12/03/2026 17:05 UTC", "link": "https://msix.example.gov/sessions/"},
            Wording(
                "msixlite: a sign-in from another network",
                "Somebody signed in to your account at {when}, from another network than shortly before.\n\n"
                "Was it you? Then nothing is to be done. If not: sign in, end your other sessions, change your "
                "password and report it.\n\nYour sessions: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "upload_overdue",
            _l("State's file overdue"),
            _l("To the State Data Administrators when the State's file has not come by its schedule, once."),
            {"due": "12/03/2026", "schedule": "nightly", "link": "https://msix.example.gov/uploads/schedule/"},
            Wording(
                "msixlite: the State's file is overdue",
                "The State's next file was expected by {due} (schedule: {schedule}) and has not arrived.\n\n"
                "See what is due: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "incident_report",
            _l("Report of a problem"),
            _l("To the User Administrators and the State lead when somebody reports a problem."),
            {"reference": "IR-2026-000123", "link": "https://msix.example.gov/incidents/"},
            Wording(
                "Report of a problem {reference} waits for you",
                "Somebody reported a problem (reference {reference}). It may be misuse: please look soon.\n\n"
                "Read it and say what you did: {link}\n" + _FOOT,
            ),
        ),
        Kind(
            "application_draft",
            _l("Unfinished application for an account"),
            _l("To an applicant who keeps an unfinished application, at the address typed there."),
            {"due": "12/10/2026", "link": "https://msix.example.gov/get-an-account?draft=…"},
            Wording(
                "Your unfinished application for an msixlite account",
                "You, or somebody who typed this address, began an application for an msixlite account.\n\n"
                "Go on with it until {due}: {link}\n\n"
                "Whoever has this link can read what was typed: give it to nobody. If it was not you, do nothing; "
                "the application is removed after that day.\n" + _FOOT,
            ),
        ),
        Kind(
            "renewal_due",
            _l("Training, Rules of Behavior or password due"),
            _l("To each person 30 and 7 days before one of these is due."),
            {
                "what": "Your yearly training",
                "due": "12/03/2026",
                "days": "7",
                "link": "https://msix.example.gov/training/",
            },
            Wording(
                "msixlite: due by {due}",
                "{what} is due by {due}, in {days} days. After that day nothing else opens before it is done.\n\n"
                "Do it here: {link}\n" + _FOOT,
            ),
        ),
    )
}  # fmt: skip
_FIELD = re.compile(r"\{(\w*)\}")


def kind_of(key: str) -> Kind:
    """The kind of e-mail, by its key."""
    if key not in KINDS:
        raise NotFound("mail template")
    return KINDS[key]


def wording(db: Session, key: str, *, state: str | None) -> Wording:
    """The State's own wording, or the default."""
    own = _own(db, key, state)
    return Wording(own.subject, own.body) if own else KINDS[key].default


def _own(db: Session, key: str, state: str | None) -> MailTemplate | None:
    return db.scalar(select(MailTemplate).where(MailTemplate.state_code == state, MailTemplate.key == key))


def changed_keys(db: Session, *, state: str | None) -> frozenset[str]:
    """The kinds that the State words itself."""
    return frozenset(db.scalars(select(MailTemplate.key).where(MailTemplate.state_code == state)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields filled in."""
    return _FIELD.sub(lambda field: values[field[1]], text)


def check(db: Session, kind: Kind, new: Wording, *, now: datetime) -> Wording:
    """The wording filled with examples. Raises RuleBroken for an unknown field, or where personal data stands in it."""
    _check_form(kind, new)
    example = Wording(filled(new.subject, kind.fields), filled(new.body, kind.fields))
    own_text = {pii_guard.SUBJECT: _FIELD.sub("", new.subject), pii_guard.TEXT: _FIELD.sub("", new.body)}
    pii_guard.check(db, own_text, today=now.date())
    return example


def _check_form(kind: Kind, new: Wording) -> None:
    if not new.subject.strip() or not new.body.strip():
        raise RuleBroken(_l("Both the subject and the text are needed."))
    if "\n" in new.subject or "\r" in new.subject or len(new.subject) > LONGEST_SUBJECT:
        raise RuleBroken(_l("The subject is one line of at most %(longest)s letters.", longest=LONGEST_SUBJECT))
    if len(new.body) > LONGEST_BODY:
        raise RuleBroken(_l("The text has at most %(longest)s letters.", longest=LONGEST_BODY))
    unknown = sorted(set(_FIELD.findall(new.subject + new.body)) - kind.fields.keys())
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in kind.fields)
        raise RuleBroken(
            _l("There is no field {%(unknown)s} here. Fields are: %(known)s.", unknown=unknown[0], known=known)
        )
    if "{link}" not in new.body or ("reference" in kind.fields and "{reference}" not in new.subject + new.body):
        if "reference" in kind.fields:
            raise RuleBroken(
                _l("The text needs {reference} and {link}: without them the reader cannot find what it is about.")
            )
        raise RuleBroken(_l("The text needs {link}: without it the reader cannot find what it is about."))


def change(db: Session, kind: Kind, new: Wording, *, now: datetime, by: User) -> None:
    """The State's own wording from now on."""
    check(db, kind, new, now=now)
    if by.state_code is None:
        raise RuleBroken(_l("Only a State has a wording of its own."))
    own = _own(db, kind.key, by.state_code) or MailTemplate(state_code=by.state_code, key=kind.key)
    own.subject, own.body = new.subject.strip(), new.body.strip() + "\n"
    own.changed_at, own.changed_by_id = now, by.id
    db.add(own)


def reset(db: Session, kind: Kind, *, by: User) -> None:
    """The default wording again."""
    own = _own(db, kind.key, by.state_code)
    if own is not None:
        db.delete(own)
