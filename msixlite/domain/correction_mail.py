"""E-mail about correction requests: a number, a day and a link, to the State's own Data Administrators."""

from datetime import datetime

from sqlalchemy.orm import Session

from msixlite.domain import clocks, mail, move_routing, pii_guard
from msixlite.domain.errors import RuleBroken
from msixlite.models.corrections import CorrectionRequest
from msixlite.models.moves import MoveLevel
from msixlite.models.users import User


def tell_forwarded(db: Session, request: CorrectionRequest, *, now: datetime, by: User) -> str:
    """Tell the State that a request was forwarded to it; returns a sentence where nobody could be told."""
    values = {
        "office": by.place,
        "phone": by.phone or request.forwarded_from.state.contact_phone if request.forwarded_from else by.phone,
        "due": f"{request.due_on:%m/%d/%Y}",
    }
    return _write(db, request, "correction_forwarded", values, now, by)


def remind(db: Session, request: CorrectionRequest, *, clock: str, state: str, due: str, now: datetime) -> str:
    """Remind the State of a clock. `state`: is due soon, or is overdue."""
    values = {
        "office": request.state.name,
        "phone": request.state.contact_phone,
        "clock": clock,
        "state": state,
        "due": due,
    }
    return _write(db, request, "correction_due", values, now, None)


def _write(
    db: Session, request: CorrectionRequest, kind: str, values: dict[str, str], now: datetime, by: User | None
) -> str:
    known = {**values, "reference": request.reference, "link": f"{mail.SITE}corrections/{request.id}"}
    today = clocks.day_in(now, request.state.time_zone)
    try:
        for route in move_routing.recipients(db, request.state, None, "", today=today, start=MoveLevel.STATE):
            mail.write(db, kind=kind, to=route.user, values=known, reference=request.reference, now=now, by=by)
    except pii_guard.PersonalData as rule:
        return f"No e-mail went out. {rule}"
    except RuleBroken:
        phone = f" Call {request.state.contact_phone}." if request.state.contact_phone else ""
        return f"Nobody of {request.state.name} has an account here: send the letter by post.{phone}"
    return ""
