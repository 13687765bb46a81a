"""The data dictionary. Importing it registers every table."""

from msixlite.models import (
    account_requests,
    account_reviews,
    audit,
    exports,
    incidents,
    merge_split,
    places,
    policy,
    search,
    students,
    training,
    uploads,
    users,
    worklist,
)
from msixlite.models.base import Base

__all__ = [
    "Base",
    "account_requests",
    "account_reviews",
    "audit",
    "exports",
    "incidents",
    "merge_split",
    "places",
    "policy",
    "search",
    "students",
    "training",
    "uploads",
    "users",
    "worklist",
]
