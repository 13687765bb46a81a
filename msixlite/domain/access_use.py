"""When a person last used each of their rights, from the audit trail (rule A33)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from msixlite.domain.permissions import GRANTS, Permission
from msixlite.models.audit import AuditEvent
from msixlite.models.users import User

Actions = Mapping[Permission, Collection[str]]
"""Which actions of the audit trail are the use of a right."""


def last_used(db: Session, user: User, actions: Actions) -> dict[Permission, datetime | None]:
    """For each right of the person's present role that has actions: when it was last used with success, or None.

    The user was loaded within reach before. One question, answered from the index `ix_audit_event_use` alone: one
    step in it for each action, however long the trail is.
    """
    rights = [right for right in GRANTS[user.role] if actions.get(right)]
    wanted = sorted({action for right in rights for action in actions[right]})
    if not wanted:
        return {}
    latest = dict(db.execute(union_all(*(_latest(user, action) for action in wanted))).all())
    return {right: max(filter(None, (latest[one] for one in actions[right])), default=None) for right in rights}


def _latest(user: User, action: str) -> Select[str, datetime | None]:
    done = (AuditEvent.user_id == user.id, AuditEvent.outcome == "ok", AuditEvent.action == action)
    return select(literal(action), func.max(AuditEvent.at)).where(*done)
