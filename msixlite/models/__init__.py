"""The data dictionary. Importing it registers every table."""

from msixlite.models import audit, exports, incidents, places, search, students, uploads, users, worklist
from msixlite.models.base import Base

__all__ = ["Base", "audit", "exports", "incidents", "places", "search", "students", "uploads", "users", "worklist"]
