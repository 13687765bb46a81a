"""Who may do what, and where: the ONE table Role → Permission → Reach (specification, Table 1.1)."""

import enum

from msixlite.models.users import Role, User
from msixlite.models.words import _l, _lp


class Permission(enum.Enum):
    """A function of MSIX. The value is a sentence for people; the names are those of the specification's table."""

    SEARCH_STUDENTS = _l("find students")
    DISPLAY_STUDENT_RECORD = _l("read a consolidated student record")
    PRINT_STUDENT_RECORD = _l("print a consolidated student record")
    EMAIL_NOTIFICATION_ARRIVAL_DEPARTURE = _l("send a notice of arrival or departure")
    EXPORT_STUDENT_RECORDS_TO_FILE = _l("export student records to a file")
    INITIATE_MERGE_AND_SPLIT = _l("begin a merge or a split")
    VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS = _l("validate or reject near matches, merges and splits")
    RESOLVE_DATA_QUALITY_ISSUES = _l("resolve data quality issues")
    RESPOND_TO_ESCALATION_REQUESTS = _l("respond to escalation requests")
    GENERATE_REPORTS = _l("produce reports")
    SUMMARY_STANDARD_AND_ADHOC_QUERIES = _l("ask for summary figures")
    ENTER_DISPUTE_STATEMENTS = _l("enter dispute statements")
    CREATE_USER_ACCOUNTS = _l("create accounts")
    ASSIGN_USER_ROLES = _l("assign roles")
    UPDATE_USER_ACCOUNT_INFORMATION = _l("change account data")
    DEACTIVATE_USER_ACCOUNTS = _l("deactivate accounts")
    RESET_PASSWORDS = _l("reset passwords")
    ENABLE_DISABLE_REGIONAL_STRUCTURE = _l("turn regions on or off")
    CREATE_REGIONS = _l("create regions")
    ASSOCIATE_DISTRICTS_TO_REGIONS = _l("put districts into regions")
    EDIT_REGIONS = _l("change regions")

    UPLOAD_SUBMISSIONS = _l("upload the State's submissions")
    """Ours: the specification has the State's own system upload; a small State's Data Administrator does it by hand."""
    WORD_OUTGOING_MAIL = _l("word the State's outgoing e-mail and letters")
    """Ours: notices and letters carry the State's own words."""
    SEE_CORRECTIONS = _l("see correction requests and dispute statements")
    """Ours (34 CFR 200.85(e)): the specification names no role for it; the attachments open with it."""
    TAKE_IN_CORRECTIONS = _l("take in, acknowledge and investigate correction requests")
    """Ours (34 CFR 200.85(e)): a family turns to whichever office is near."""
    DECIDE_CORRECTIONS = _l("decide correction requests on the State's data")
    """Ours (34 CFR 200.85(e)): the duty is the State's."""
    SET_STATE_POLICY = _l("set the State's times and options")
    """Ours: the specification leaves response times, delegation and escalation to each State."""
    SEE_AUDIT_TRAIL = _lp("right", "read the audit trail")
    """Ours: the two that follow say what of it."""
    SEE_AUDIT_OF_ACCOUNTS = _l("see what accounts did")
    """Ours: who signed in, was refused, or changed an account; without the children it concerned."""
    SEE_AUDIT_OF_CHILDREN = _l("see who opened, printed or exported a child's record")
    """Ours: the accounting of disclosures of the Privacy Act (5 U.S.C. 552a(c))."""
    SEE_INCIDENT_REPORTS = _l("see incident reports")
    """Ours: whom a person turns to who suspects misuse (specification, Other Considerations)."""
    USE_OWN_ACCOUNT = _l("use one's own account")
    """Ours: home page, password, Rules of Behavior, training, sign-out."""
    UNLOCK_ACCOUNTS = _l("unlock accounts")
    """Ours: after three wrong passwords. It is not a reset: no password changes (C2)."""
    FORWARD_ACCESS_NOTICES = _l("tell the User Administrator that a person no longer needs access")
    """Ours (C8): the specification names a District Administrator who closes accounts; this one may only forward."""
    PUBLISH_RULES = _l("publish the Rules of Behavior")
    """Ours: they bind everybody on the site."""
    WRITE_TRAINING_TEXT = _l("write the State's own training text")
    """Ours (H1): a block above the built-in module."""


class Reach(enum.Enum):
    """How far a right goes, seen from the account's own place."""

    DISTRICT = _l("own district")
    REGION = _l("own region")
    STATE = _l("own State")
    NATION = _l("all States")


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
        P.SEE_CORRECTIONS,
        P.TAKE_IN_CORRECTIONS,
    )


def _user_administrator(reach: Reach) -> dict[Permission, Reach]:
    return _functions(
        reach,
        P.CREATE_USER_ACCOUNTS,
        P.ASSIGN_USER_ROLES,
        P.UPDATE_USER_ACCOUNT_INFORMATION,
        P.DEACTIVATE_USER_ACCOUNTS,
        P.RESET_PASSWORDS,
        P.UNLOCK_ACCOUNTS,
    )


_OWN = _functions(R.NATION, P.USE_OWN_ACCOUNT)
_STATE_LEAD = _functions(
    R.STATE,
    P.UPLOAD_SUBMISSIONS,
    P.WORD_OUTGOING_MAIL,
    P.SET_STATE_POLICY,
    P.SEE_AUDIT_TRAIL,
    P.SEE_AUDIT_OF_CHILDREN,
    P.SEE_INCIDENT_REPORTS,
    P.DECIDE_CORRECTIONS,
)

GRANTS: dict[Role, dict[Permission, Reach]] = {
    Role.MSIX_PRIMARY: _OWN | _EXPORT | _functions(R.STATE, P.INITIATE_MERGE_AND_SPLIT),
    Role.MSIX_SECONDARY: _OWN | _SECONDARY,
    Role.DISTRICT_DATA_ADMINISTRATOR: _OWN
    | _data_administrator(R.DISTRICT)
    | _functions(R.DISTRICT, P.FORWARD_ACCESS_NOTICES),
    Role.REGIONAL_DATA_ADMINISTRATOR: _OWN | _data_administrator(R.REGION),
    Role.REGIONAL_USER_ADMINISTRATOR: _OWN | _user_administrator(R.REGION),
    Role.STATE_DATA_ADMINISTRATOR: _OWN | _data_administrator(R.STATE) | _STATE_LEAD,
    Role.STATE_USER_ADMINISTRATOR: _OWN
    | _user_administrator(R.STATE)
    | _functions(R.STATE, P.WRITE_TRAINING_TEXT, P.SEE_AUDIT_TRAIL, P.SEE_AUDIT_OF_ACCOUNTS, P.SEE_INCIDENT_REPORTS),
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
    Role.OME_USER_ADMINISTRATOR: _OWN
    | _user_administrator(R.NATION)
    | _functions(R.NATION, P.PUBLISH_RULES, P.SEE_INCIDENT_REPORTS),
    Role.PRIVACY_ACT_ADMINISTRATOR: _OWN
    | _READ
    | _functions(
        R.NATION,
        P.ENTER_DISPUTE_STATEMENTS,
        P.SEE_CORRECTIONS,
        P.SEE_AUDIT_TRAIL,
        P.SEE_AUDIT_OF_ACCOUNTS,
        P.SEE_AUDIT_OF_CHILDREN,
    ),
    Role.HELP_DESK: _OWN | _functions(R.STATE, P.UNLOCK_ACCOUNTS),
}
"""A right that stands not here does not exist."""

_REGION_MANAGES = frozenset(
    (Role.MSIX_PRIMARY, Role.MSIX_SECONDARY, Role.DISTRICT_DATA_ADMINISTRATOR, Role.REGIONAL_DATA_ADMINISTRATOR)
)
_STATE_MANAGES = _REGION_MANAGES | {
    Role.REGIONAL_USER_ADMINISTRATOR,
    Role.STATE_DATA_ADMINISTRATOR,
    Role.STATE_USER_ADMINISTRATOR,
    Role.STATE_REGION_ADMINISTRATOR,
    Role.HELP_DESK,
}
MANAGES: dict[Role, frozenset[Role]] = {
    Role.REGIONAL_USER_ADMINISTRATOR: _REGION_MANAGES,
    Role.STATE_USER_ADMINISTRATOR: _STATE_MANAGES,
    Role.OME_USER_ADMINISTRATOR: frozenset((Role.STATE_USER_ADMINISTRATOR,)),
    Role.HELP_DESK: _STATE_MANAGES,
}
"""Whose accounts an administrator may touch, and which roles they may give (Table 1.1; C16, C17).

The other roles of the Department of Education are made and changed on the command line only.
"""


def allows(user: User, permission: Permission) -> bool:
    """Whether the user's role has the right at all, wherever it reaches."""
    return permission in GRANTS[user.role]


def reach_of(user: User, permission: Permission) -> Reach | None:
    """How far the right goes. None: the user lacks it, or it rests on a region that is switched off (H9)."""
    reach = GRANTS[user.role].get(permission)
    if reach is Reach.REGION and user.region is not None and user.region.disabled_at is not None:
        return None
    return reach


def covers(
    user: User, permission: Permission, *, state: str, region_id: int | None = None, district_id: int | None = None
) -> bool:
    """Whether the user's right reaches the place."""
    reach = reach_of(user, permission)
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


def may_give(
    user: User, permission: Permission, role: Role, *, state: str | None, region_id: int | None = None
) -> bool:
    """Whether the user may do this to an account of the role in the place."""
    if role not in MANAGES.get(user.role, ()) or state is None:
        return False
    return covers(user, permission, state=state, region_id=region_id)


def manages(user: User, permission: Permission, other: User) -> bool:
    """Whether the user may do this to the other's account. Nobody may to their own."""
    if user.id == other.id:
        return False
    region_id = other.district.region_id if other.district else other.region_id
    return may_give(user, permission, other.role, state=other.state_code, region_id=region_id)
