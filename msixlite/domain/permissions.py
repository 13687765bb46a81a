"""Who may do what, and where: the ONE table Role → Permission → Reach (specification, Table 1.1)."""

import enum

from msixlite.models.users import Role, User


class Permission(enum.Enum):
    """A function of MSIX. The value is a sentence for people; the names are those of the specification's table."""

    SEARCH_STUDENTS = "find students"
    DISPLAY_STUDENT_RECORD = "read a consolidated student record"
    PRINT_STUDENT_RECORD = "print a consolidated student record"
    EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE = "send a notice of arrival or departure"
    EXPORT_STUDENT_RECORDS_TO_FILE = "export student records to a file"
    INITIATE_MERGE_AND_SPLIT = "begin a merge or a split"
    VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS = "validate or reject near matches, merges and splits"
    RESOLVE_DATA_QUALITY_ISSUES = "resolve data quality issues"
    RESPOND_TO_ESCALATION_REQUESTS = "respond to escalation requests"
    GENERATE_REPORTS = "produce reports"
    SUMMARY_STANDARD_AND_ADHOC_QUERIES = "ask for summary figures"
    ENTER_DISPUTE_STATEMENTS = "enter dispute statements"
    CREATE_USER_ACCOUNTS = "create accounts"
    ASSIGN_USER_ROLES = "assign roles"
    UPDATE_USER_ACCOUNT_INFORMATION = "change account data"
    DEACTIVATE_USER_ACCOUNTS = "deactivate accounts"
    RESET_PASSWORDS = "reset passwords"
    ENABLE_DISABLE_REGIONAL_STRUCTURE = "switch regions on or off"
    CREATE_REGIONS = "create regions"
    ASSOCIATE_DISTRICTS_TO_REGIONS = "put districts into regions"
    EDIT_REGIONS = "change regions"

    UPLOAD_SUBMISSIONS = "upload the State's submissions"
    """Ours: the specification has the State's own system upload; a small State's Data Administrator does it by hand."""
    WORD_OUTGOING_MAIL = "word the State's outgoing e-mail"
    """Ours: the notices carry the State's own words."""
    USE_OWN_ACCOUNT = "use one's own account"
    """Ours: home page, password, Rules of Behavior, sign-out."""


class Reach(enum.Enum):
    """How far a right goes, seen from the account's own place."""

    DISTRICT = "own district"
    REGION = "own region"
    STATE = "own State"
    NATION = "all States"


def _functions(reach: Reach, *permissions: Permission) -> dict[Permission, Reach]:
    return dict.fromkeys(permissions, reach)


P, R = Permission, Reach

_READ = _functions(R.NATION, P.SEARCH_STUDENTS, P.DISPLAY_STUDENT_RECORD, P.PRINT_STUDENT_RECORD)
_SECONDARY = _READ | _functions(R.NATION, P.EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE)
_EXPORT = _SECONDARY | _functions(R.NATION, P.EXPORT_STUDENT_RECORDS_TO_FILE)


def _data_administrator(reach: Reach) -> dict[Permission, Reach]:
    return _EXPORT | _functions(
        reach,
        P.INITIATE_MERGE_AND_SPLIT,
        P.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS,
        P.RESOLVE_DATA_QUALITY_ISSUES,
        P.RESPOND_TO_ESCALATION_REQUESTS,
        P.GENERATE_REPORTS,
    )


def _user_administrator(reach: Reach) -> dict[Permission, Reach]:
    return _functions(
        reach,
        P.CREATE_USER_ACCOUNTS,
        P.ASSIGN_USER_ROLES,
        P.UPDATE_USER_ACCOUNT_INFORMATION,
        P.DEACTIVATE_USER_ACCOUNTS,
        P.RESET_PASSWORDS,
    )


_OWN = _functions(R.NATION, P.USE_OWN_ACCOUNT)

GRANTS: dict[Role, dict[Permission, Reach]] = {
    Role.MSIX_PRIMARY: _OWN | _EXPORT | _functions(R.STATE, P.INITIATE_MERGE_AND_SPLIT),
    Role.MSIX_SECONDARY: _OWN | _SECONDARY,
    Role.DISTRICT_DATA_ADMINISTRATOR: _OWN | _data_administrator(R.DISTRICT),
    Role.REGIONAL_DATA_ADMINISTRATOR: _OWN | _data_administrator(R.REGION),
    Role.REGIONAL_USER_ADMINISTRATOR: _OWN | _user_administrator(R.REGION),
    Role.STATE_DATA_ADMINISTRATOR: _OWN
    | _data_administrator(R.STATE)
    | _functions(R.STATE, P.UPLOAD_SUBMISSIONS, P.WORD_OUTGOING_MAIL),
    Role.STATE_USER_ADMINISTRATOR: _OWN | _user_administrator(R.STATE),
    Role.STATE_REGION_ADMINISTRATOR: _OWN
    | _functions(
        R.STATE,
        P.ENABLE_DISABLE_REGIONAL_STRUCTURE,
        P.CREATE_REGIONS,
        P.ASSOCIATE_DISTRICTS_TO_REGIONS,
        P.EDIT_REGIONS,
    ),
    Role.GOVERNMENT_ADMINISTRATOR: _OWN
    | _functions(R.NATION, P.GENERATE_REPORTS, P.SUMMARY_STANDARD_AND_ADHOC_QUERIES),
    Role.OME_USER_ADMINISTRATOR: _OWN | _user_administrator(R.NATION),
    Role.PRIVACY_ACT_ADMINISTRATOR: _OWN | _READ | _functions(R.NATION, P.ENTER_DISPUTE_STATEMENTS),
}
"""A right that stands not here does not exist."""


def allows(user: User, permission: Permission) -> bool:
    """Whether the user's role has the right at all, wherever it reaches."""
    return permission in GRANTS[user.role]


def covers(
    user: User, permission: Permission, *, state: str, region_id: int | None = None, district_id: int | None = None
) -> bool:
    """Whether the user's right reaches the place."""
    reach = GRANTS[user.role].get(permission)
    if reach is None:
        return False
    if reach is Reach.NATION:
        return True
    if user.state_code != state:
        return False
    if reach is Reach.STATE:
        return True
    if reach is Reach.REGION:
        return region_id is not None and user.region_id == region_id
    return district_id is not None and user.district_id == district_id
