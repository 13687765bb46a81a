"""What a view asks of its visitor. The app does not start while a view says neither @requires nor @public."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from msixlite.domain.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """The rule of one view."""

    permission: Permission | None
    """None: open to everybody."""
    background: bool = False
    """Asked by the page itself, not by the person: it does not keep a session alive."""
    reads: bool = False
    """A POST that only reads: it takes no write lock."""
    is_typing: bool = False
    """Asked at each letter: logged with what the person does next, not by itself."""
    asks_purpose: bool = True
    """Whether an MSIX ID in its address asks for a purpose of use first."""
    gate: bool = False
    """Open also to those who must first change their password, read the Rules of Behavior or train."""


def requires(
    permission: Permission,
    *,
    background: bool = False,
    reads: bool = False,
    gate: bool = False,
    is_typing: bool = False,
    asks_purpose: bool = True,
) -> Callable[[View], View]:
    """Only for signed-in people whose role has the permission."""
    return _declare(
        Access(
            permission,
            background=background,
            reads=reads,
            gate=gate,
            is_typing=is_typing,
            asks_purpose=asks_purpose,
        )
    )


def public(view: View) -> View:
    """For everybody, signed in or not."""
    return _declare(Access(None, gate=True))(view)


def _declare(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


def access_of(app: Flask, endpoint: str | None) -> Access | None:
    """The rule of an endpoint; None where there is no such page."""
    view = app.view_functions.get(endpoint) if endpoint else None
    return getattr(view, "access", None)


PART_OF = {
    Permission.RESOLVE_DATA_QUALITY_ISSUES: Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS,
    Permission.RESPOND_TO_ESCALATION_REQUESTS: Permission.VALIDATE_OR_REJECT_NEAR_MATCHES_MERGES_SPLITS,
    Permission.SEE_AUDIT_OF_ACCOUNTS: Permission.SEE_AUDIT_TRAIL,
}
"""Functions that are done on the pages of another one: the worklist, the audit trail."""


def functions(app: Flask) -> frozenset[Permission]:
    """The functions that this program has pages for. A person's rights name no others."""
    declared = {view.access.permission for view in app.view_functions.values() if hasattr(view, "access")}
    return frozenset(declared - {None}) | {part for part, whole in PART_OF.items() if whole in declared}


def actions(app: Flask) -> dict[Permission, frozenset[str]]:
    """Which pages are the use of which right, by their names in the audit trail."""
    found: dict[Permission, set[str]] = {}
    for name, view in app.view_functions.items():
        permission = view.access.permission  # type: ignore[attr-defined]
        if permission is not None:
            found.setdefault(permission, set()).add(name)
    for part, whole in PART_OF.items():
        found.setdefault(part, set()).update(found.get(whole, ()))
    return {permission: frozenset(names) for permission, names in found.items()}


def check_every_view_declares_access(app: Flask) -> None:
    """Raise RuntimeError naming the views without a rule."""
    bare = [name for name, view in app.view_functions.items() if not hasattr(view, "access")]
    if bare:
        raise RuntimeError(f"Add @requires(...) or @public to: {', '.join(sorted(bare))}")
