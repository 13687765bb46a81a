"""Children and decisions for the tests of the worklist, merges, splits and data quality, made by the domain itself."""

import io
import re
from contextlib import contextmanager
from datetime import UTC, datetime

import pypdf
from sqlalchemy import select

from msixlite.domain import accounts, merge_split, merge_split_sides, training, uploads, worklist_decisions
from msixlite.models.merge_split import IdentityChange
from msixlite.models.places import District, Region, State
from msixlite.models.students import StateRecord
from msixlite.models.users import User
from msixlite.models.worklist import WorklistItem, WorklistKind
from tests import world
from tests.files import child, workbook

NOW = datetime.now(UTC)
SETTINGS = {
    "first_reply_hours": "24",
    "resolution_days": "5",
    "escalation_days": "5",
    "idle_minutes": "30",
    "upload_schedule": "nightly",
    "days_reading": "the earlier of both days",
    "roles_per_account": "1",
}
"""The form of a State's settings, as it stands where a State has set none."""
REASON = "the birth certificate was seen"
PRINT_LINE = re.compile(r"Printed \d\d/\d\d/\d{4} \d\d:\d\d [A-Z]{3,4} by (.+?)\. Serial ([0-9A-Z]{4}-[0-9A-Z]{4})")


class Office:
    """A site's database with the people of the small world, and short words for what they do."""

    def __init__(self, sessions, folder):
        self.sessions, self.folder, self.now = sessions, folder, NOW
        self.files = 0

    def take(self, tables, state="TX"):
        """Upload a workbook for a State."""
        self.files += 1
        path = workbook(self.folder / f"file{self.files}.xlsx", tables)
        return uploads.receive_file(self.sessions, path, state=state, now=self.now)

    @contextmanager
    def deed(self):
        """One transaction, as a request has it."""
        with self.sessions() as db, db.begin():
            yield db

    def read(self):
        return self.sessions().reading()

    def near_match(self):
        """The number of a near match between a new child of Vermont and Texas's Graciela."""
        resembling = child("VT900", **{**world.GRACIELA, "First_Name": "Yamileth", "Middle_Name": ""})
        resembling["Birth Date"] = "20120413"
        self.take({"Students": [resembling]}, state="VT")
        with self.read() as db:
            return item_of(db, "VT900").id

    def same_child(self, item_id, actor="state_data_administrator", **how):
        """Decide a near match: returns the number of the item that asks for validation."""
        with self.deed() as db:
            item = db.get(WorklistItem, item_id)
            how.setdefault("seen", worklist_decisions.picture(db, item))
            done = worklist_decisions.same_child(db, item_id, **how, now=self.now, by=person(db, actor))
            return validation_of(db, done.change).id

    def merge(self, *numbers, actor="state_data_administrator", **how):
        """Begin a merge of the children of these State IDs, the first one's MSIX ID is kept; returns its item."""
        with self.deed() as db:
            change = self.begin_merge(db, *numbers, actor=actor, **how)
            return validation_of(db, change).id

    def begin_merge(self, db, *numbers, actor="state_data_administrator", reason=REASON, **how):
        by = person(db, actor)
        ids = [record_of(db, number).student.msix_id for number in numbers]
        sides = merge_split_sides.merge_sides(db, ids, by=by)
        return merge_split.begin_merge(db, sides, master=sides[0], reason=reason, **how, now=self.now, by=by)

    def split(self, *leaving, actor="state_data_administrator", reason=REASON):
        """Begin a split: the State records of these State IDs become one other child; returns its item."""
        with self.deed() as db:
            records = [record_of(db, number) for number in leaving]
            groups = {record.id: 1 for record in records}
            student, by = records[0].student, person(db, actor)
            change = merge_split.begin_split(db, student, groups=groups, reason=reason, now=self.now, by=by)
            return validation_of(db, change).id

    def validate(self, item_id, actor="vt_state_data_administrator", **how):
        with self.deed() as db:
            change = db.get(WorklistItem, item_id).change
            how = {"accept_obstacles": True} | how
            how.setdefault("seen", merge_split_sides.picture(merge_split_sides.records_of(db, change)))
            worklist_decisions.validate(db, item_id, **how, now=self.now, by=person(db, actor))

    def reject(self, item_id, actor="vt_state_data_administrator", reason="not the same child at all"):
        with self.deed() as db:
            worklist_decisions.reject(db, item_id, reason=reason, now=self.now, by=person(db, actor))

    def undo_item(self, item_id, actor="state_data_administrator"):
        with self.deed() as db:
            worklist_decisions.undo(db, item_id, now=self.now, by=person(db, actor))

    def unmerge(self, item_id, actor="state_data_administrator"):
        with self.deed() as db:
            change = db.get(WorklistItem, item_id).change
            merge_split.undo(db, change, reason="these are two children", now=self.now, by=person(db, actor))

    def owners(self):
        """State ID → MSIX ID."""
        with self.read() as db:
            return {record.state_student_id: record.student.msix_id for record in db.scalars(select(StateRecord))}

    def hire(self, name, role, *, state="TX", district=None, region=None):
        """One more person, past the first password, the Rules of Behavior and the training."""
        with self.deed() as db:
            made = accounts.create(
                db,
                user_name=name,
                email=f"{name}@example.gov",
                first_name=name.title(),
                last_name="Colleague",
                role=role,
                password_hash="-",
                now=self.now,
                state=db.get(State, state),
                district=db.scalar(select(District).where(District.code == district)) if district else None,
                region=db.scalar(select(Region).where(Region.name == region)) if region else None,
            )
            made.must_change_password, made.temporary_password_ends_at = False, None
            accounts.accept_rules(db, address="127.0.0.1", now=self.now, by=made)
            training.take_quiz(db, world.right_answers(role), pass_percent=80, now=self.now, by=made)
        return name


def printed_under(drawn):
    """The one name and the one serial with which every page of a PDF is marked (rules A11, P1)."""
    sheets = [" ".join(sheet.extract_text().split()) for sheet in pypdf.PdfReader(io.BytesIO(drawn)).pages]
    marks = [PRINT_LINE.findall(sheet) for sheet in sheets]
    assert all(len(found) == 1 for found in marks), marks
    (mark,) = {found[0] for found in marks}
    return mark


def person(db, actor) -> User:
    return db.scalar(select(User).where(User.user_name == actor))


def record_of(db, number) -> StateRecord:
    return db.scalar(select(StateRecord).where(StateRecord.state_student_id == number))


def item_of(db, number) -> WorklistItem:
    """The near match of a State record."""
    return db.scalar(
        select(WorklistItem).where(
            WorklistItem.kind == WorklistKind.NEAR_MATCH, WorklistItem.state_record_id == record_of(db, number).id
        )
    )


def validation_of(db, change: IdentityChange) -> WorklistItem:
    return db.scalar(
        select(WorklistItem).where(WorklistItem.change_id == change.id, WorklistItem.kind.in_(VALIDATIONS))
    )


VALIDATIONS = (WorklistKind.VALIDATE_MERGE, WorklistKind.VALIDATE_USER_MERGE, WorklistKind.VALIDATE_USER_SPLIT)
