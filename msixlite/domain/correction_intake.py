"""How a correction request comes in: from the family, or from the State that it was first sent to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from msixlite.domain import attachments, clocks, correction_reach
from msixlite.domain.correction_elements import Meant
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.attachments import Attachment
from msixlite.models.corrections import (
    Channel,
    CorrectionElement,
    CorrectionRequest,
    CorrectionStatus,
    CorrectionStep,
    Language,
    Requester,
)
from msixlite.models.places import State
from msixlite.models.students import Student
from msixlite.models.users import User
from msixlite.models.words import _l, kept

S = CorrectionStatus
LONGEST_TEXT = 4_000


@dataclass(frozen=True)
class Intake:
    """What a family asks, as it came."""

    requester: Requester
    name: str
    address: str
    phone: str
    language: Language
    channel: Channel
    text: str
    received_on: date
    meant: Sequence[tuple[Meant, str]]
    """Each element, with the value as it should be."""


def take_in(
    db: Session, student: Student, intake: Intake, *, files: Sequence[Attachment], now: datetime, by: User
) -> CorrectionRequest:
    """Enter a request that came by letter, on paper, by telephone or in person. Its clocks run from its receipt."""
    if not correction_reach.may_take_in(db, student, by=by) or by.state_code is None:
        raise NotFound("student")
    state = db.get_one(State, by.state_code)
    _check(intake, clocks.day_in(now, state.time_zone))
    district = by.district_id
    request = _new(db, intake, state, now, by)
    request.district_id = district
    request.region_id = None if district else by.region_id
    request.attachments.extend(files)
    for meant, should in intake.meant:
        request.elements.append(_element(meant, should.strip()))
    if any(meant.state_code != state.code for meant, _ in intake.meant):
        counted = clocks.working_days(intake.received_on, clocks.CORRECTION_FORWARD_WORKING_DAYS)
        request.forward_due_on, request.forward_counted = counted.due_on, counted.words
    db.flush()
    say(request, S.RECEIVED, CAME.about(how=intake.channel.words, day=f"{intake.received_on:%m/%d/%Y}"), now, by)
    db.flush()
    return request


def _check(intake: Intake, today: date) -> None:
    if not intake.name.strip() or not intake.address.strip():
        raise RuleBroken(_l("Write the requester's name and postal address: the answer goes there."))
    if not intake.text.strip():
        raise RuleBroken(_l("Write what is wrong, in the family's words."))
    if not intake.meant:
        raise RuleBroken(_l("Choose at least one element that is meant."))
    for meant, should in intake.meant:
        if not should.strip():
            raise RuleBroken(_l("Write how “%(meant)s” should be.", meant=meant.name))
    check_day(intake.received_on, today)


def check_day(received_on: date, today: date) -> None:
    """Nothing can have come tomorrow, and what is older than a year was mistyped."""
    if received_on > today:
        raise RuleBroken(_l("The day of receipt lies in the future."))
    if (today - received_on).days > 366:
        raise RuleBroken(_l("The day of receipt is more than a year ago. Look at the year again."))


def _new(db: Session, intake: Intake, state: State, now: datetime, by: User) -> CorrectionRequest:
    counted = clocks.calendar_days(intake.received_on, clocks.CORRECTION_DAYS)
    request = CorrectionRequest(
        reference=f"new {state.code} {now.timestamp():.3f}"[:20],
        state_code=state.code,
        requester=intake.requester,
        requester_name=intake.name.strip(),
        requester_address="\n".join(filter(None, map(str.strip, intake.address.splitlines()))),
        requester_phone=intake.phone.strip(),
        language=intake.language,
        channel=intake.channel,
        text=intake.text.strip(),
        received_on=intake.received_on,
        entered_at=now,
        entered_by_id=by.id,
        status=S.RECEIVED,
        due_on=counted.due_on,
        due_counted=counted.words,
    )
    db.add(request)
    db.flush()
    request.reference = f"CR-{now.year}-{request.id:06}"
    return request


def _element(meant: Meant, should: str) -> CorrectionElement:
    return CorrectionElement(
        state_record_id=meant.state_record_id,
        section=meant.section,
        what=meant.what,
        key=meant.key,
        value_as_is=meant.value[:255],
        stored_as=meant.stored,
        value_as_should=should[:255],
    )


CAME = _l("Came %(how)s on %(day)s.")
FORWARDED_BY = _l("Forwarded by %(state)s.")
FORWARDED_TO = _l("Forwarded to %(states)s.")
ASKED = _l("Inquiry of %(asked_by)s, %(asker)s, came on %(day)s.")
ANSWERED = _l("Inquiry of %(asker)s answered.")
EVIDENCE = _l("Evidence added: %(files)s.")


def of_person(text: str) -> str:
    """A step of a person, as it was stored: the words of the system can be translated, their own cannot."""
    said = kept(text, CAME, FORWARDED_BY, FORWARDED_TO, ASKED, ANSWERED, EVIDENCE)
    return said if said.values else text


def say(request: CorrectionRequest, status: CorrectionStatus | None, text: str, now: datetime, by: User | None) -> None:
    """Keep what was done: a step to a status, or a note."""
    request.steps.append(CorrectionStep(at=now, by_id=by.id if by else None, status=status, text=text.strip()))


def forwarded(db: Session, request: CorrectionRequest, state: State, now: datetime, by: User) -> CorrectionRequest:
    """The other State's own request, with its own clock: it acts as if asked directly."""
    same = Intake(
        requester=request.requester,
        name=request.requester_name,
        address=request.requester_address,
        phone=request.requester_phone,
        language=request.language,
        channel=Channel.ANOTHER_STATE,
        text=request.text,
        received_on=clocks.day_in(now, state.time_zone),
        meant=(),
    )
    made = _new(db, same, state, now, by)
    made.forwarded_from = request
    fields = ("state_record_id", "section", "what", "key", "value_as_is", "stored_as", "value_as_should")
    for one in request.elements:
        if one.state_record.state_code == state.code:
            made.elements.append(CorrectionElement(**{name: getattr(one, name) for name in fields}))
    made.attachments.extend(map(attachments.copy, request.attachments))
    say(made, S.RECEIVED, FORWARDED_BY.about(state=request.state.name), now, by)
    db.flush()
    return made
