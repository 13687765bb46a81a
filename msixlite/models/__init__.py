"""The data dictionary. Importing it registers every table."""

from msixlite.models import audit, daily, feeds, mail, moves, places, search, students, uploads, users, worklist
from msixlite.models.base import Base

__all__ = [
    "Base",
    "audit",
    "daily",
    "feeds",
    "mail",
    "moves",
    "places",
    "search",
    "students",
    "uploads",
    "users",
    "worklist",
]
