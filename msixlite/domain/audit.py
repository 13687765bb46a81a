"""The audit trail: one hash-chained event for each request, written in the same transaction as the deed."""

import enum
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from msixlite.models.audit import AuditEvent, AuditHead
from msixlite.models.base import Base, OurSession

NO_HASH = "0" * 64
UNTRACKED = frozenset(("audit_event", "audit_head", "user_session", "rate_count"))
LONGEST_VALUE = 300


@event.listens_for(OurSession, "after_flush")
def _collect(session: Session, _context: UOWTransaction) -> None:
    """Old and new values of every row that a session changes or deletes, for the event that ends its transaction."""
    changes = session.info.setdefault("changes", [])
    for model in session.new | session.dirty | session.deleted:
        if isinstance(model, Base) and model.__tablename__ not in UNTRACKED:
            gone = model in session.deleted
            changes.extend(_gone_with(model) if gone else _changes_of(model, is_new=model in session.new))


@event.listens_for(OurSession, "after_commit")
def _keep(session: Session) -> None:
    """Changes that stand before their event is written: a rollback that follows does not undo them, nor forget them."""
    if not session.in_nested_transaction():
        session.info.setdefault("committed changes", []).extend(session.info.pop("changes", []))


def add_changes(db: Session, changes: Iterable[list[Any]]) -> None:
    """Changes made by set-based statements, [table, row, column, old, new], for the event of the transaction."""
    db.info.setdefault("changes", []).extend(changes)


@event.listens_for(OurSession, "after_soft_rollback")
def _forget(session: Session, _previous: SessionTransaction) -> None:
    session.info.pop("changes", None)


def _changes_of(model: Base, *, is_new: bool) -> Iterable[list[Any]]:
    state = inspect(model)
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if not history.has_changes() or (is_new and history.added == [None]):
            continue
        column = attribute.columns[0]
        if column.info.get("secret"):
            yield [model.__tablename__, _row(model), column.name, "(secret)", "(secret)"]
            continue
        old = history.deleted[0] if history.deleted else None
        new = history.added[0] if history.added else None
        yield [model.__tablename__, _row(model), column.name, _plain(old), _plain(new)]


def _gone_with(model: Base) -> Iterable[list[Any]]:
    """What a deleted row held, as far as the session had read it."""
    state = inspect(model)
    for attribute in state.mapper.column_attrs:
        column, old = attribute.columns[0], state.dict.get(attribute.key)
        if old is not None:
            secret = column.info.get("secret")
            yield [model.__tablename__, _row(model), column.name, "(secret)" if secret else _plain(old), None]


def _row(model: Base) -> str:
    """The row's primary key."""
    return "-".join(str(part) for part in inspect(model).mapper.primary_key_from_instance(model))


def _plain(value: Any) -> Any:
    """A value as the trail keeps it: JSON's own kinds, long texts cut."""
    match value:
        case None | bool() | int() | float():
            return value
        case enum.Enum():
            return value.value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | Decimal():
            return str(value)
        case _:
            return str(value)[:LONGEST_VALUE]


def record(
    db: Session,
    *,
    at: datetime,
    action: str,
    outcome: str,
    user_id: int | None = None,
    subject: str = "",
    address: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append one event, with the changes collected since the last one. The caller commits."""
    db.flush()
    head = db.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    if head is None:
        head = AuditHead(id=1, event_id=0, hash=NO_HASH)
        db.add(head)
    made = AuditEvent(
        id=head.event_id + 1,
        at=at,
        user_id=user_id,
        action=action,
        subject=subject,
        outcome=outcome,
        address=address,
        detail=detail or {},
        changes=[*db.info.pop("committed changes", []), *db.info.pop("changes", [])],
        previous_hash=head.hash,
    )
    made.hash = hash_of(made)
    db.add(made)
    head.event_id, head.hash = made.id, made.hash
    db.flush()
    return made


def hash_of(made: AuditEvent) -> str:
    """SHA-256 over the event's own values and the hash before it."""
    values = [
        made.id,
        made.at.astimezone(UTC).isoformat(),
        made.user_id,
        made.action,
        made.subject,
        made.outcome,
        made.address,
        made.detail,
        made.changes,
        made.previous_hash,
    ]
    return chained_hash(values)


def chained_hash(values: list[Any]) -> str:
    """SHA-256 over the values of an event as JSON, the hash before it last."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class AuditCheck:
    """What verifying the chain found."""

    ok: bool
    events: int
    message: str
    last_hash: str = ""
    """Of the last event that the chain reaches: to be kept elsewhere."""


def verify(db: Session) -> AuditCheck:
    """Walk the whole chain; names the first broken link."""
    expected_id, expected_hash = 1, NO_HASH
    for made in db.scalars(select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=2_000)):
        fault = _fault(made, expected_id, expected_hash)
        if fault:
            return AuditCheck(False, expected_id - 1, fault)
        expected_id, expected_hash = made.id + 1, made.hash
        db.expunge(made)
    count = expected_id - 1
    head = db.get(AuditHead, 1)
    if (head.event_id, head.hash) != (count, expected_hash) if head else count:
        return AuditCheck(
            False, count, f"The trail ends at event {count}, but its head says otherwise: events were cut."
        )
    return AuditCheck(
        True, count, f"The audit trail is whole: {count} events, each linked to the one before.", expected_hash
    )


def _fault(made: AuditEvent, expected_id: int, expected_hash: str) -> str:
    if made.id != expected_id:
        return f"Event {expected_id} is missing: the next one found is {made.id}."
    if made.previous_hash != expected_hash:
        return f"Event {made.id} does not follow event {made.id - 1}: the link is broken."
    if made.hash != hash_of(made):
        return f"Event {made.id} was changed after it was written."
    return ""
