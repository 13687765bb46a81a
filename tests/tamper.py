"""What an attacker does who holds the database itself: take away the triggers, then change the trail."""

from sqlalchemy import text

TRIGGERS = {
    "sqlite": ("audit_event_no_update", "audit_event_no_delete", "audit_head_no_delete", "audit_event_no_replace"),
    "postgresql": ("audit_event_append_only ON audit_event", "audit_head_append_only ON audit_head"),
}


def drop_triggers(db):
    for trigger in TRIGGERS[db.get_bind().dialect.name]:
        db.execute(text(f"DROP TRIGGER {trigger}"))
