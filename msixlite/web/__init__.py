"""msixlite on the web: `create_app` is an ordered list of calls."""

from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

from msixlite import config, site
from msixlite.domain import accounts
from msixlite.domain import second_factor as second_factor_rules
from msixlite.models import users as people
from msixlite.models.users import Role
from msixlite.web import (
    access,
    access_notices,
    account,
    account_requests,
    account_reviews,
    audit,
    auth,
    correction_letters,
    corrections,
    credit_plan,
    delegations,
    directory,
    disputes,
    drafts,
    errors,
    exports,
    families,
    family_page,
    feeds,
    follow_ups,
    help,
    help_desk,
    home,
    incidents,
    language,
    mail,
    merge_split,
    middleware,
    moves,
    packet,
    policy,
    provided,
    purposes,
    regions,
    rendering,
    requests,
    role_assignments,
    rules,
    saved_searches,
    second_factor,
    sessions,
    sign_in_alerts,
    status,
    students,
    summary,
    training,
    turns,
    upload_schedule,
    uploads,
    users,
    worklist,
)
from msixlite.web.converters import CONVERTERS

ROOT = Path(__file__).resolve().parents[2]
FEATURES = (
    auth,
    home,
    students,
    summary,
    packet,
    credit_plan,
    family_page,
    saved_searches,
    purposes,
    families,
    worklist,
    delegations,
    merge_split,
    moves,
    requests,
    provided,
    follow_ups,
    mail,
    corrections,
    correction_letters,
    disputes,
    feeds,
    uploads,
    upload_schedule,
    policy,
    users,
    role_assignments,
    access_notices,
    account_requests,
    account_reviews,
    help_desk,
    directory,
    regions,
    training,
    rules,
    audit,
    exports,
    incidents,
    account,
    drafts,
    sessions,
    sign_in_alerts,
    second_factor,
    language,
    status,
    help,
)


def create_app(settings: config.Settings | None = None) -> Flask:
    """The WSGI application on a prepared database."""
    settings = settings or config.load()
    app = Flask("msixlite", root_path=str(ROOT), instance_path=str(settings.instance))
    configure(app, settings)
    Htmx(app)
    turns.init_app(app)
    middleware.init_app(app)
    for feature in FEATURES:
        app.register_blueprint(feature.bp)
    students.init_app(app)
    uploads.init_app(app)
    mail.init_app(app)
    language.init_app(app)
    rendering.init_app(app)
    errors.init_app(app)
    access.public(app.view_functions["static"])
    access.check_every_view_declares_access(app)
    return app


def configure(app: Flask, settings: config.Settings) -> None:
    """Settings, database and cookies."""
    secure = settings.tls_certificate is not None or settings.trusted_proxies > 0
    made = site.prepare(settings)
    people.titles = _titles(settings.department_titles)
    app.config.update(
        SETTINGS=settings,
        SESSIONS=made,
        SECOND_FACTOR_SEAL=settings.seal("second factor"),
        DRAFT_SEAL=settings.seal("drafts"),
        SECOND_FACTOR_ROLES=_roles(settings.second_factor_roles),
        CLOCK=lambda: datetime.now(UTC),
        DEMO=site.is_demo(settings),
        PRACTICE=site.sign_ins(settings) if site.is_practice(settings) else [],
        SHORTCUT=None,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-msixlite" if secure else "msixlite",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_OPTIONS={"sessions": made},
        TRUSTED_HOSTS=[name.strip() for name in settings.host_names.split(",") if name.strip()] or None,
        MAX_CONTENT_LENGTH=(settings.upload_megabytes + 1) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1_000_000,
    )
    app.url_map.converters.update(CONVERTERS)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]


def _titles(text: str) -> dict[Role, str]:
    try:
        return accounts.read_titles(text)
    except ValueError as error:
        known = ", ".join(sorted(role.label for role in accounts.NATIONAL_ROLES))
        raise config.ConfigError(
            f"department_titles: {error}. Write ROLE = TITLE; … of these roles: {known}."
        ) from error


def _roles(text: str) -> frozenset[Role]:
    try:
        return second_factor_rules.required_roles(text)
    except ValueError as error:
        known = ", ".join(role.value for role in Role)
        raise config.ConfigError(f"second_factor_roles: {error}. Write all, or of these: {known}.") from error
