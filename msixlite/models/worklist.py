"""The worklist: what people must decide, whose desks it lies on, and who acts for whom."""

import enum
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, json_list, moment
from msixlite.models.merge_split import IdentityChange
from msixlite.models.students import StateRecord, Student
from msixlite.models.uploads import Submission
from msixlite.models.users import User
from msixlite.models.words import _l, _lp


class WorklistKind(enum.Enum):
    NEAR_MATCH = "near_match"
    VALIDATE_MERGE = "validate_merge"
    """A merge that came from a near match."""
    VALIDATE_USER_MERGE = "validate_user_merge"
    VALIDATE_USER_SPLIT = "validate_user_split"
    DATA_QUALITY = "data_quality"
    ESCALATION = "escalation"
    DATA_REQUEST = "data_request"
    MOVE_NOTICE = "move_notice"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    WorklistKind.NEAR_MATCH: _l("Near match"),
    WorklistKind.VALIDATE_MERGE: _l("Validate merge"),
    WorklistKind.VALIDATE_USER_MERGE: _l("Validate user-initiated merge"),
    WorklistKind.VALIDATE_USER_SPLIT: _l("Validate user-initiated split"),
    WorklistKind.DATA_QUALITY: _l("Data quality"),
    WorklistKind.ESCALATION: _l("Escalation"),
    WorklistKind.DATA_REQUEST: _l("Data request"),
    WorklistKind.MOVE_NOTICE: _l("Move notice"),
}


class WorklistStatus(enum.Enum):
    NEW = "new"
    IN_WORK = "in_work"
    ASKED = "asked"
    """Another State was asked and is to answer."""
    WAITING = "waiting"
    """Put off until a day."""
    SAME_CHILD = "same_child"
    DIFFERENT_CHILDREN = "different_children"
    VALIDATED = "validated"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    RESOLVED = "resolved"
    SETTLED = "settled"
    """By a later submission, or by another decision: nothing was left to decide."""

    @property
    def label(self) -> str:
        return _STATUS_LABELS[self]


_STATUS_LABELS = {
    WorklistStatus.NEW: _l("New"),
    WorklistStatus.IN_WORK: _l("In work"),
    WorklistStatus.ASKED: _l("Asked"),
    WorklistStatus.WAITING: _l("Waiting"),
    WorklistStatus.SAME_CHILD: _l("Same child"),
    WorklistStatus.DIFFERENT_CHILDREN: _l("Different children"),
    WorklistStatus.VALIDATED: _l("Validated"),
    WorklistStatus.REJECTED: _l("Rejected"),
    WorklistStatus.WITHDRAWN: _lp("worklist", "Withdrawn"),
    WorklistStatus.RESOLVED: _l("Resolved"),
    WorklistStatus.SETTLED: _l("Settled"),
}

OPEN = (WorklistStatus.NEW, WorklistStatus.IN_WORK, WorklistStatus.ASKED, WorklistStatus.WAITING)


class Level(enum.IntEnum):
    """Where in a State an item lies. Escalation goes up, reassignment down or sideways."""

    DISTRICT = 1
    REGION = 2
    STATE = 3


class WorklistItem(Base):
    """Something that a Data Administrator must decide, mend or answer."""

    __tablename__ = "worklist_item"
    __table_args__ = (
        UniqueConstraint("kind", "state_record_id", "candidate_id"),
        CheckConstraint(
            "(resolved_at IS NULL) = (status IN ('new', 'in_work', 'asked', 'waiting'))", name="resolved_at_fits_status"
        ),
        Index("ix_worklist_item_open", "resolved_at", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[WorklistKind]
    status: Mapped[WorklistStatus] = mapped_column(default=WorklistStatus.NEW)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"), index=True)
    """The State whose submission or whose user raised it, or that is asked for data; its settings count the days."""

    state_record_id: Mapped[int | None] = mapped_column(ForeignKey("state_record.id"), index=True)
    """Near match: the State record that came. Data request: that of which data are asked for."""
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"), index=True)
    """Near match: the child already known whom the State record resembles."""
    score: Mapped[float | None]
    reasons: Mapped[json_list] = mapped_column(default=list)
    """Near match: why they look alike. Data request: the elements asked for."""
    model_version: Mapped[str] = mapped_column(String(20), default="")
    change_id: Mapped[int | None] = mapped_column(ForeignKey("identity_change.id"), index=True)
    """Validate: the merge or split. Data quality: the one that brought the fault to light."""
    submission_id: Mapped[int | None] = mapped_column(ForeignKey("submission.id"), index=True)
    """Data quality: the submission that has the fault."""
    fault: Mapped[str | None] = mapped_column(String(120))
    """Data quality: which fault, as `domain/data_quality.py` names it."""

    opened_at: Mapped[moment]
    reply_due_at: Mapped[moment]
    """24 clock hours after it was opened (specification, Emails on student moves), or as the State set it."""
    due_on: Mapped[date]
    """Five working days after it was opened, or as the State set it."""
    due_days: Mapped[int] = mapped_column(default=5)
    """The working days that were counted."""
    due_calendar: Mapped[str] = mapped_column(String(40))
    """The holiday calendar that the due date was counted with."""
    replied_at: Mapped[moment | None]
    """When somebody first took it up."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    """Who claimed it, or was given it."""
    waits_until: Mapped[date | None]
    asked_state: Mapped[str | None] = mapped_column(ForeignKey("state.code"))
    note: Mapped[str] = mapped_column(String(500), default="")
    """The last question, reason for waiting or for the decision, in words."""
    resolved_at: Mapped[moment | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty though it is resolved: the system did it."""

    state_record: Mapped[StateRecord | None] = relationship()
    candidate: Mapped[Student | None] = relationship()
    change: Mapped[IdentityChange | None] = relationship()
    submission: Mapped[Submission | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    resolved_by: Mapped[User | None] = relationship(foreign_keys=[resolved_by_id])
    desks: Mapped[list["WorklistDesk"]] = relationship(order_by="WorklistDesk.id")
    cases: Mapped[list["DataQualityCase"]] = relationship(order_by="DataQualityCase.id")

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def title(self) -> str:
        """Near match 91."""
        return _l("%(kind)s %(number)s", kind=self.kind.label, number=str(self.id))


class WorklistDesk(Base):
    """A place whose Data Administrators an item concerns, by the enrollments of its children."""

    __tablename__ = "worklist_desk"
    __table_args__ = (
        UniqueConstraint("item_id", "state_code", "level", "place_id"),
        Index("ix_worklist_desk_place", "state_code", "level", "place_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("worklist_item.id"), index=True)
    state_code: Mapped[str] = mapped_column(ForeignKey("state.code"))
    level: Mapped[int]
    """1 district, 2 region, 3 State."""
    place_id: Mapped[int]
    """The district's or the region's row; 0 for the State."""
    acts: Mapped[bool]
    """Whether the item lies here now; in one State, on one level only. Others look on; higher ones may act."""


class Delegation(Base):
    """A Data Administrator acts for another one from one day to another, both included."""

    __tablename__ = "delegation"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="days_in_order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    made_at: Mapped[moment]

    from_user: Mapped[User] = relationship(foreign_keys=[from_id])
    to_user: Mapped[User] = relationship(foreign_keys=[to_id])


class DataQualityCase(Base):
    """One child's part in a data quality item."""

    __tablename__ = "data_quality_case"
    __table_args__ = (UniqueConstraint("item_id", "state_record_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("worklist_item.id"), index=True)
    state_record_id: Mapped[int] = mapped_column(ForeignKey("state_record.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    """What is wrong with this child's values, in words."""
    mended_at: Mapped[moment | None]

    state_record: Mapped[StateRecord] = relationship()
