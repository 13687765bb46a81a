"""The people who use msixlite: accounts, their sessions, passwords and Rules of Behavior."""

import enum
from datetime import date, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from msixlite.models.base import Base, json_dict, moment
from msixlite.models.places import District, Region, State
from msixlite.models.words import Sentence, _l


class Role(enum.Enum):
    """The eleven roles of MSIX (specification, Table 1.1), and Help Desk, which is ours."""

    MSIX_PRIMARY = "msix_primary"
    MSIX_SECONDARY = "msix_secondary"
    DISTRICT_DATA_ADMINISTRATOR = "district_data_administrator"
    REGIONAL_DATA_ADMINISTRATOR = "regional_data_administrator"
    REGIONAL_USER_ADMINISTRATOR = "regional_user_administrator"
    STATE_DATA_ADMINISTRATOR = "state_data_administrator"
    STATE_USER_ADMINISTRATOR = "state_user_administrator"
    STATE_REGION_ADMINISTRATOR = "state_region_administrator"
    GOVERNMENT_ADMINISTRATOR = "government_administrator"
    OME_USER_ADMINISTRATOR = "ome_user_administrator"
    PRIVACY_ACT_ADMINISTRATOR = "privacy_act_administrator"
    HELP_DESK = "help_desk"
    """Ours: unlocks accounts and can do nothing else (specification, User Credentials and Help Desk)."""

    @property
    def label(self) -> str:
        """Its name, after the title that the site's own office has for it, where it has one (C21)."""
        title, name = titles.get(self), _ROLE_LABELS[self]
        return Sentence("%(title)s (%(role)s)", values={"title": title, "role": name}) if title else name


_ROLE_LABELS = {
    Role.MSIX_PRIMARY: _l("MSIX Primary"),
    Role.MSIX_SECONDARY: _l("MSIX Secondary"),
    Role.DISTRICT_DATA_ADMINISTRATOR: _l("District Data Administrator"),
    Role.REGIONAL_DATA_ADMINISTRATOR: _l("Regional Data Administrator"),
    Role.REGIONAL_USER_ADMINISTRATOR: _l("Regional User Administrator"),
    Role.STATE_DATA_ADMINISTRATOR: _l("State Data Administrator"),
    Role.STATE_USER_ADMINISTRATOR: _l("State User Administrator"),
    Role.STATE_REGION_ADMINISTRATOR: _l("State Region Administrator"),
    Role.GOVERNMENT_ADMINISTRATOR: _l("Government Administrator"),
    Role.OME_USER_ADMINISTRATOR: _l("OME User Administrator"),
    Role.PRIVACY_ACT_ADMINISTRATOR: _l("Privacy Act Administrator"),
    Role.HELP_DESK: _l("Help Desk"),
}


titles: dict[Role, str] = {}
"""Which office of the State stands for a role of the Department of Education here (C21); the web sets it. A title gives
no right and takes none."""


class AccountStatus(enum.Enum):
    ACTIVE = _l("active")
    DISABLED = _l("disabled")
    """Reversible: three wrong passwords, or an administrator's decision."""
    DEACTIVATED = _l("deactivated")
    """Final: the identifier and the e-mail address are never used again."""


class DeedKind(enum.Enum):
    """What was done to an account."""

    CREATED = _l("created")
    CHANGED = _l("changed")
    DISABLED = _l("disabled")
    ENABLED = _l("enabled")
    DEACTIVATED = _l("deactivated")
    UNLOCKED = _l("unlocked")
    PASSWORD_RESET = _l("password reset")
    TRAINED = _l("training taken elsewhere recorded")
    CONFIRMED = _l("confirmed in the yearly review")
    ROLE_GIVEN = _l("role given")
    ROLE_ENDED = _l("role ended")
    ROLE_TAKEN_UP = _l("role taken up")


class NoticeKind(enum.Enum):
    """What a person says about their own access (rules A32, A33)."""

    NO_LONGER_NEEDED = _l("I no longer need access")
    MORE_THAN_NEEDED = _l("This is more than I need")


def place_name(role: Role, state: State | None, region: Region | None, district: District | None) -> str:
    """A place in words: district, region, State or the Nation.

    An office with a title of its own is none of the Department; its role reaches all States all the same.
    """
    if district:
        return f"{district.name}, {district.state_code}"
    if region:
        return f"{region.name}, {region.state_code}"
    if state:
        return state.name
    return _l("All States") if role in titles else _l("U.S. Department of Education")


class User(Base):
    """One person's account. Never deleted: the audit trail leads to it."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("user_name = lower(user_name)", name="user_name_folded"),
        CheckConstraint("email = lower(email)", name="email_folded"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_name: Mapped[str] = mapped_column(String(60), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    first_name: Mapped[str] = mapped_column(String(60))
    last_name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(30), default="")
    role: Mapped[Role]
    """The role in force, with its place and days: a copy of one `RoleAssignment`. Every right is read from here."""
    state_code: Mapped[str | None] = mapped_column(ForeignKey("state.code"))
    """Empty for the roles of the Department of Education."""
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    role_starts_on: Mapped[date | None]
    role_ends_on: Mapped[date | None]
    """The last day at the State; a role that was ended before it has the day before the end. Empty: no last day."""

    status: Mapped[AccountStatus] = mapped_column(default=AccountStatus.ACTIVE)
    status_reason: Mapped[str] = mapped_column(String(200), default="")
    password_hash: Mapped[str] = mapped_column(String(200), info={"secret": True})
    password_changed_at: Mapped[moment]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    temporary_password_ends_at: Mapped[moment | None]
    """A one-time password works until then; empty once the person has chosen their own."""
    failed_attempts: Mapped[int] = mapped_column(default=0)
    last_signed_in_at: Mapped[moment | None]
    keyboard_shortcuts: Mapped[bool] = mapped_column(default=True)
    """Single-letter keys can be switched off (WCAG 2.1.4)."""
    privacy_mode: Mapped[bool] = mapped_column(default=False)
    """Children's names and birth dates are blurred until pointed at (rule P6)."""
    blur_after_seconds: Mapped[int] = mapped_column(default=0)
    """They are blurred too after so many seconds without use; 0: never."""
    language: Mapped[str] = mapped_column(String(5), default="")
    """What the person chose to read the site in: "en", "es"; empty: as the browser asks."""
    created_at: Mapped[moment]
    status_changed_at: Mapped[moment | None]
    """When it was last disabled, enabled or deactivated. Three years after the end its application form may go."""
    edition: Mapped[int] = mapped_column(default=0)
    """Counts what administrators did to the account: who decides by an older page is told so."""
    phone_hidden: Mapped[bool] = mapped_column(default=False)
    """Not shown in the public User Administrator Search."""

    state: Mapped[State | None] = relationship()
    region: Mapped[Region | None] = relationship()
    district: Mapped[District | None] = relationship()

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def place(self) -> str:
        """Where the account belongs, in words."""
        return place_name(self.role, self.state, self.region, self.district)


class Purpose(enum.Enum):
    """Why a child outside one's own scope is opened: the five routine uses of the Privacy Act notice, or consent."""

    MEP_PARTICIPATION = "mep_participation"
    ENROLLMENT = "enrollment"
    PLACEMENT = "placement"
    CREDIT_ACCRUAL = "credit_accrual"
    MATCHING = "matching"
    WRITTEN_CONSENT = "written_consent"


class PastEmail(Base):
    """An address that an account had before: nobody else ever gets it."""

    __tablename__ = "past_email"

    email: Mapped[str] = mapped_column(String(254), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)


class AccountDeed(Base):
    """One thing that was done to an account, by whom and why; the account's own history."""

    __tablename__ = "account_deed"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[DeedKind]
    words: Mapped[str] = mapped_column(String(300), default="")
    """The reason, or how the caller was verified before an unlock or a reset (rules A26, A31, P7)."""
    at: Mapped[moment]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: the daily run or the command line."""

    by: Mapped[User | None] = relationship(foreign_keys=by_id)


class AccessNotice(Base):
    """A person says that they need less access, or none: a task for the User Administrator."""

    __tablename__ = "access_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[NoticeKind]
    words: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[moment]
    forwarded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """The District Data Administrator who said it in the person's place (C8)."""
    settled_at: Mapped[moment | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    user: Mapped[User] = relationship(foreign_keys=user_id)
    forwarded_by: Mapped[User | None] = relationship(foreign_keys=forwarded_by_id)
    settled_by: Mapped[User | None] = relationship(foreign_keys=settled_by_id)


class PastPassword(Base):
    """A password that was used before: the last six may not come back (rule A23)."""

    __tablename__ = "past_password"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200), info={"secret": True})
    set_at: Mapped[moment]


class UserSession(Base):
    """One sign-in. The cookie holds a random token, this row its hash; ending the row signs the person out."""

    __tablename__ = "user_session"
    __table_args__ = (CheckConstraint("idle_minutes BETWEEN 5 AND 30", name="idle_minutes"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    started_at: Mapped[moment]
    last_active_at: Mapped[moment]
    ended_at: Mapped[moment | None]
    end_reason: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    """Network address of the browser that signed in."""
    idle_minutes: Mapped[int] = mapped_column(default=30, server_default="30")
    """Without activity for so long it ends: what the State of the account sets (rule A13)."""
    locked_at: Mapped[moment | None]
    """Locked by the person: the password opens it again (rule A34)."""
    second_factor_at: Mapped[moment | None]
    """When the second factor was given in this session."""
    purpose: Mapped[Purpose | None]
    """Why children outside one's own scope are opened in this visit (rules P4, P10)."""
    purpose_reference: Mapped[str] = mapped_column(String(120), default="")
    """Where the written consent is kept."""
    purpose_msix_id: Mapped[str] = mapped_column(String(12), default="")
    """A written consent speaks of one child only; empty for the other purposes."""
    searching: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """What was typed into the search box and has not yet been logged."""

    user: Mapped[User] = relationship()

    @property
    def idle_limit(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)


class SecondFactor(Base):
    """A person's one-time codes by an authenticator app (RFC 6238)."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255), info={"secret": True})
    """Sealed with the site's own key (`domain/seals.py`)."""
    begun_at: Mapped[moment]
    confirmed_at: Mapped[moment | None]
    """Empty until a first code has shown that the app knows the secret."""
    last_step: Mapped[int] = mapped_column(default=0, info={"secret": True})
    """The half minute of the last code that was accepted: no code works twice."""
    failed_attempts: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """Opens the second step once, when the authenticator app is lost."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), info={"secret": True})
    used_at: Mapped[moment | None]


class RulesOfBehavior(Base):
    """A version of the Rules of Behavior. The newest one binds."""

    __tablename__ = "rules_of_behavior"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    """Paragraphs, with an empty line between them."""
    published_at: Mapped[moment]
    forced: Mapped[bool] = mapped_column(default=True)
    """Everybody reads it at their next page; otherwise when their year is over."""


class RulesAcceptance(Base):
    """A person read and accepted the Rules of Behavior."""

    __tablename__ = "rules_acceptance"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    rules_id: Mapped[int] = mapped_column(ForeignKey("rules_of_behavior.id"))
    accepted_at: Mapped[moment]
    address: Mapped[str] = mapped_column(String(45), default="")
    """Network address of the browser."""


class PastSearch(Base):
    """What a person searched for. Its token stands in the address in place of a child's name."""

    __tablename__ = "past_search"

    token: Mapped[str] = mapped_column(String(43), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    text: Mapped[str] = mapped_column(String(200))
    fields: Mapped[json_dict | None]
    """What the form “More fields” asked for, as `domain/search_fields.py` writes it; empty: the one box was used."""
    searched_at: Mapped[moment]


class RateCount(Base):
    """How often something was tried in a window of time; kept here so that a restart does not forget."""

    __tablename__ = "rate_count"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[float]
    """Seconds since 1970."""
