"""Replies to a move notice, the correspondence, and what the clock does with a notice."""

from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from msixlite.domain import clocks, move_routing, moves
from msixlite.domain.errors import RuleBroken
from msixlite.domain.move_routing import LEVELS, Route
from msixlite.domain.moves import LONGEST_TEXT, UNANSWERED
from msixlite.domain.moves_sending import add_recipient, say, write
from msixlite.models.audit import AuditEvent
from msixlite.models.mail import MailStatus, OutgoingMail
from msixlite.models.moves import MoveLevel, MoveNotice, MoveRecipient, MoveStatus
from msixlite.models.users import User
from msixlite.models.words import Sentence, _l, kept

S = MoveStatus


class LateWithoutReason(RuleBroken):
    """Solved after its due day, and nobody said why: “within 5 business days, when possible”."""


PASSED_ON = _l("Nobody acknowledged it in time; passed on to the %(level)s.")
"""What the clock writes into the correspondence."""


def by_clock(text: str) -> Sentence:
    """What the clock wrote into the correspondence, as it was stored."""
    return kept(text, PASSED_ON)


def reply(
    db: Session, notice: MoveNotice, status: MoveStatus, *, text: str, why_late: str = "", now: datetime, by: User
) -> None:
    """Take the notice to its next state, with words for the other side. Dismissing needs an outcome in words,
    and where the outcome came after its due day also the reason (specification, Emails on student moves)."""
    text, why_late = text.strip(), why_late.strip()
    if status not in moves.next_steps(notice.status, moves.sides(db, notice, by=by)):
        raise RuleBroken(
            _l(
                "A notice that is “%(status)s” cannot become “%(status_2)s” here.",
                status=notice.status.value,
                status_2=status.value,
            )
        )
    if status in (S.DISMISSED, S.NEEDS_MORE) and not text:
        came, needs = _l("Write what came of it."), _l("Write what you need to know.")
        raise RuleBroken(came if status is S.DISMISSED else needs)
    _check_length(text)
    _check_length(why_late)
    is_late = status is S.DISMISSED and moves.is_solved_late(notice, now=now)
    if is_late and not why_late:
        raise LateWithoutReason(
            _l("The outcome was due on %(day)s. Write why it came later.", day=f"{notice.due_on:%m/%d/%Y}")
        )
    notice.status = status
    if notice.acknowledged_at is None and status is not S.DISMISSED:
        notice.acknowledged_at = now
    if status in (S.LOCATED, S.ALREADY_ENROLLED):
        _start_former_states_clock(notice, now)
    if status is S.DISMISSED:
        notice.dismissed_at, notice.dismissed_by_id, notice.outcome = now, by.id, text[:200]
    say(db, notice, f"{text}\nLate because: {why_late}" if is_late else text, now, by, status)
    _tell_the_other_side(db, notice, now, by)


def _check_length(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise RuleBroken(_l("The text has at most %(longest)s letters.", longest=LONGEST_TEXT))


def _start_former_states_clock(notice: MoveNotice, now: datetime) -> None:
    """The children were found elsewhere: the State they left sends what is new, once."""
    if notice.update_due_on is None:
        notice.update_state_code = notice.own_state_code
        notice.update_due_on = clocks.former_state_due(now, notice.own_state.time_zone)


def write_line(db: Session, notice: MoveNotice, *, text: str, now: datetime, by: User) -> None:
    """A line of the correspondence that changes no state. It stays inside."""
    if not text.strip():
        raise RuleBroken(_l("Write something first."))
    _check_length(text)
    say(db, notice, text, now, by)


def _tell_the_other_side(db: Session, notice: MoveNotice, now: datetime, by: User) -> None:
    """An e-mail to the sender, or to the recipients where the sending side took the step."""
    if notice.sender_id != by.id:
        write(db, notice, "move_reply", db.get_one(User, notice.sender_id), now, by)
        return
    for recipient in notice.recipients:
        write(db, notice, "move_reply", recipient.user, now, by)


# What the clock does


def follow(db: Session, now: datetime) -> str:
    """Note what was delivered and opened, and pass on what nobody acknowledged. To run it twice changes nothing."""
    waiting = list(db.scalars(moves.whole().where(MoveNotice.status.in_(UNANSWERED)).with_for_update(of=MoveNotice)))
    followed = [_follow_delivery(db, notice, now) for notice in waiting]
    passed_on = [_pass_on(db, notice, now) for notice in waiting if notice.reply_due_at <= now]
    return f"{sum(followed)} delivered or seen, {sum(passed_on)} passed on"


def _follow_delivery(db: Session, notice: MoveNotice, now: datetime) -> bool:
    before = notice.status
    if notice.status is S.SENT and _was_delivered(db, notice):
        notice.status = S.DELIVERED
    for recipient in notice.recipients:
        recipient.seen_at = recipient.seen_at or _opened_at(db, notice, recipient)
        if recipient.seen_at:
            notice.status = S.SEEN
    if notice.status is not before:
        say(db, notice, "", now, None, notice.status)
    return notice.status is not before


def _was_delivered(db: Session, notice: MoveNotice) -> bool:
    sent = and_(OutgoingMail.reference == notice.reference, OutgoingMail.status == MailStatus.SENT)
    return db.scalar(select(OutgoingMail.id).where(sent).limit(1)) is not None


def _opened_at(db: Session, notice: MoveNotice, recipient: MoveRecipient) -> datetime | None:
    """When the person first opened the notice, as the audit trail has it."""
    opened = (AuditEvent.subject == f"notice {notice.id}", AuditEvent.action == "moves.notice")
    by_them = (AuditEvent.user_id == recipient.user_id, AuditEvent.outcome == "ok")
    return db.scalar(select(AuditEvent.at).where(*opened, *by_them).order_by(AuditEvent.id).limit(1))


def _pass_on(db: Session, notice: MoveNotice, now: datetime) -> bool:
    """To the next level that has somebody who is not yet among the recipients; the State is the last."""
    known = {recipient.user_id for recipient in notice.recipients}
    for level in LEVELS[LEVELS.index(notice.level) + 1 :]:
        new = [route for route in _from_level(db, notice, level, now) if route.user.id not in known]
        if new:
            notice.level, notice.reply_due_at = new[0].level, now + clocks.FIRST_REPLY
            say(db, notice, PASSED_ON.about(level=notice.level.value), now, None)
            for route in new:
                add_recipient(db, notice, route, "move_escalated", now, None)
            return True
    return False


def _from_level(db: Session, notice: MoveNotice, level: MoveLevel, now: datetime) -> list[Route]:
    try:
        today = clocks.day_in(now, notice.other_state.time_zone)
        return move_routing.recipients(db, notice.other_state, notice.other_district, "", today=today, start=level)
    except RuleBroken:
        return []
