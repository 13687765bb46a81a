"""The data dictionary. Importing it registers every table."""

from msixlite.models import (
    audit,
    exports,
    incidents,
    merge_split,
    places,
    policy,
    search,
    students,
    uploads,
    users,
    worklist,
)
from msixlite.models.base import Base

__all__ = [
    "Base",
    "audit",
    "exports",
    "incidents",
    "merge_split",
    "places",
    "policy",
    "search",
    "students",
    "uploads",
    "users",
    "worklist",
]
