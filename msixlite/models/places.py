"""States and, inside them, regions, districts and schools."""

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, moment


class State(Base):
    """A State that takes part, with its Migrant Education Program (MEP) office."""

    __tablename__ = "state"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    time_zone: Mapped[str] = mapped_column(String(40), default="America/New_York")
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_phone: Mapped[str] = mapped_column(String(30), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")


class Region(Base):
    """A part of a State that has its own administrators; optional."""

    __tablename__ = "region"
    __table_args__ = (UniqueConstraint("state_code", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"))
    name: Mapped[str] = mapped_column(String(120))
    disabled_at: Mapped[moment | None]
    """Switched off: its administrators reach nothing, its districts answer to the State. Empty: in use."""

    state: Mapped[State] = relationship()


class District(Base):
    """A school district (local educational agency)."""

    __tablename__ = "district"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(7), unique=True)
    """NCES number of the local educational agency, MDE 68."""
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    """At most one region for a district."""
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(30), default="")
    email: Mapped[str] = mapped_column(String(254), default="")

    state: Mapped[State] = relationship()
    region: Mapped[Region | None] = relationship()


class School(Base):
    """A school or project site."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    """NCES number of the school, MDE 28."""
    district_id: Mapped[int] = mapped_column(ForeignKey("district.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(30), default="")
    email: Mapped[str] = mapped_column(String(254), default="")

    district: Mapped[District] = relationship()
