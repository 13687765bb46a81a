"""What comes to a correction request later: questions of a State or the Department, and further evidence."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from msixlite.domain import clocks, corrections
from msixlite.domain.correction_intake import ANSWERED, ASKED, EVIDENCE, LONGEST_TEXT, check_day, say
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.attachments import Attachment
from msixlite.models.corrections import AskedBy, CorrectionInquiry, CorrectionRequest
from msixlite.models.users import User
from msixlite.models.words import _l


def add(
    db: Session,
    request_id: int,
    *,
    asked_by: AskedBy,
    asker: str,
    received_on: date,
    text: str,
    now: datetime,
    by: User,
) -> CorrectionInquiry:
    """Enter a question about the request. It is answered in writing within ten working days."""
    request = corrections.get(db, request_id, by=by, for_change=True)
    if not asker.strip() or not text.strip():
        raise RuleBroken(_l("Write who asks and what."))
    check_day(received_on, clocks.day_in(now, request.state.time_zone))
    counted = clocks.working_days(received_on, clocks.CORRECTION_INQUIRY_WORKING_DAYS)
    inquiry = CorrectionInquiry(
        asked_by=asked_by,
        asker=asker.strip(),
        received_on=received_on,
        text=text.strip(),
        due_on=counted.due_on,
        counted=counted.words,
    )
    request.inquiries.append(inquiry)
    asked = ASKED.about(asked_by=asked_by.value, asker=asker.strip(), day=f"{received_on:%m/%d/%Y}")
    say(request, None, asked, now, by)
    db.flush()
    return inquiry


def answer(db: Session, request_id: int, inquiry_id: int, *, text: str, now: datetime, by: User) -> CorrectionRequest:
    """Keep the written answer. Given once."""
    request = corrections.get(db, request_id, by=by, for_change=True)
    inquiry = next((one for one in request.inquiries if one.id == inquiry_id), None)
    if inquiry is None:
        raise NotFound("inquiry")
    if inquiry.answered_at is not None:
        raise RuleBroken(_l("This inquiry has been answered already."))
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise RuleBroken(_l("Write the answer, in at most %(longest)s letters.", longest=LONGEST_TEXT))
    inquiry.answer, inquiry.answered_at, inquiry.answered_by_id = text.strip(), now, by.id
    say(request, None, ANSWERED.about(asker=inquiry.asker), now, by)
    db.flush()
    return request


def attach(db: Session, request_id: int, *, files: Sequence[Attachment], now: datetime, by: User) -> CorrectionRequest:
    """Put further evidence beside the request."""
    request = corrections.get(db, request_id, by=by, for_change=True)
    request.attachments.extend(files)
    say(request, None, EVIDENCE.about(files=", ".join(one.file_name for one in files)), now, by)
    db.flush()
    return request
