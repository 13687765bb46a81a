"""The table of rights against the specification's Table 1.1."""

import csv
from pathlib import Path

import pytest

from msixlite.domain.permissions import GRANTS, Permission, Reach, allows, covers
from msixlite.models.users import Role, User

TABLE = Path(__file__).parents[1] / "specification" / "roles.csv"
OURS = {
    Permission.DECIDE_CORRECTIONS,
    Permission.FORWARD_ACCESS_NOTICES,
    Permission.PUBLISH_RULES,
    Permission.SEE_AUDIT_OF_ACCOUNTS,
    Permission.SEE_AUDIT_OF_CHILDREN,
    Permission.SEE_AUDIT_TRAIL,
    Permission.SEE_INCIDENT_REPORTS,
    Permission.SEE_CORRECTIONS,
    Permission.SET_STATE_POLICY,
    Permission.TAKE_IN_CORRECTIONS,
    Permission.UNLOCK_ACCOUNTS,
    Permission.UPLOAD_SUBMISSIONS,
    Permission.USE_OWN_ACCOUNT,
    Permission.WORD_OUTGOING_MAIL,
    Permission.WRITE_TRAINING_TEXT,
}
OUR_ROLES = {Role.HELP_DESK}


def published():
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            role = Role(row.pop("role").lower().replace(" ", "_"))
            yield role, {Permission[name.upper()] for name, right in row.items() if right == "Y"}


def test_the_table_has_eleven_roles_and_help_desk():
    assert {role for role, _ in published()} == set(Role) - OUR_ROLES
    assert set(Role) == set(GRANTS)
    assert len(Role) == 12


@pytest.mark.parametrize(("role", "rights"), list(published()), ids=lambda value: getattr(value, "value", ""))
def test_each_role_has_the_published_rights_and_no_more(role, rights):
    assert set(GRANTS[role]) - OURS == rights


@pytest.mark.parametrize("right", [Permission.UPLOAD_SUBMISSIONS, Permission.SET_STATE_POLICY])
def test_only_state_data_administrators_upload_and_set_the_policy(right):
    assert [role for role in Role if right in GRANTS[role]] == [Role.STATE_DATA_ADMINISTRATOR]


@pytest.mark.parametrize(
    ("role", "own", "place", "expected"),
    [
        (Role.STATE_DATA_ADMINISTRATOR, {}, {"state": "TX"}, True),
        (Role.STATE_DATA_ADMINISTRATOR, {}, {"state": "VT"}, False),
        (Role.REGIONAL_DATA_ADMINISTRATOR, {"region_id": 1}, {"state": "TX", "region_id": 1}, True),
        (Role.REGIONAL_DATA_ADMINISTRATOR, {"region_id": 1}, {"state": "TX", "region_id": 2}, False),
        (Role.REGIONAL_DATA_ADMINISTRATOR, {"region_id": 1}, {"state": "TX"}, False),
        (Role.REGIONAL_DATA_ADMINISTRATOR, {"region_id": 1}, {"state": "VT", "region_id": 1}, False),
        (Role.DISTRICT_DATA_ADMINISTRATOR, {"district_id": 5}, {"state": "TX", "district_id": 5}, True),
        (Role.DISTRICT_DATA_ADMINISTRATOR, {"district_id": 5}, {"state": "TX", "district_id": 6}, False),
        (Role.MSIX_SECONDARY, {}, {"state": "TX"}, False),
    ],
)
def test_rights_end_at_their_reach(role, own, place, expected):
    user = User(role=role, state_code="TX", **own)
    assert covers(user, Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS, **place) is expected


def test_every_reader_reads_all_states():
    readers = [role for role in Role if Permission.DISPLAY_STUDENT_RECORD in GRANTS[role]]
    assert len(readers) == 6
    assert {GRANTS[role][Permission.DISPLAY_STUDENT_RECORD] for role in readers} == {Reach.NATION}


def test_user_administrators_see_no_child():
    for role in (Role.STATE_USER_ADMINISTRATOR, Role.OME_USER_ADMINISTRATOR, Role.GOVERNMENT_ADMINISTRATOR):
        assert not allows(User(role=role), Permission.SEARCH_STUDENTS)


def test_who_enters_dispute_statements_and_who_decides_corrections():
    assert [role for role in Role if Permission.ENTER_DISPUTE_STATEMENTS in GRANTS[role]] == [
        Role.PRIVACY_ACT_ADMINISTRATOR
    ]
    assert [role for role in Role if Permission.DECIDE_CORRECTIONS in GRANTS[role]] == [Role.STATE_DATA_ADMINISTRATOR]
