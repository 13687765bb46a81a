"""Which roles an account has, where, and from which day to which (rule A14)."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment
from msixlite.models.places import District, Region, State
from msixlite.models.users import Role, User, place_name


class RoleAssignment(Base):
    """One role of an account in one place, first and last day included, counted at the State.

    The one in force is copied into the account, whose rights are never those of two roles.
    """

    __tablename__ = "role_assignment"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="days_in_order"),
        CheckConstraint("NOT in_force OR ended_at IS NULL", name="in_force_is_open"),
        Index(
            "uq_role_assignment_in_force",
            "user_id",
            unique=True,
            sqlite_where=text("in_force"),
            postgresql_where=text("in_force"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role]
    state_code: Mapped[str | None] = mapped_column(ForeignKey("state.code"))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    """Empty: until somebody ends it."""
    in_force: Mapped[bool] = mapped_column(default=False)
    """`User.role` and its place are a copy of this one; of all of an account's, one at most."""
    given_at: Mapped[moment]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: the command line, or the site before it kept assignments."""
    ended_at: Mapped[moment | None]
    """Ended before its last day, or noted that this day has passed."""
    end_reason: Mapped[str] = mapped_column(String(200), default="")

    state: Mapped[State | None] = relationship()
    region: Mapped[Region | None] = relationship()
    district: Mapped[District | None] = relationship()
    given_by: Mapped[User | None] = relationship(foreign_keys=given_by_id)

    @property
    def place(self) -> str:
        """Where it holds, in words."""
        return place_name(self.role, self.state, self.region, self.district)

    def is_on(self, day: date) -> bool:
        """Whether it holds on the day."""
        return self.ended_at is None and self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
